import { isDevK8sError } from '../problems/problem.ts'
import { askGit, repositoryOf, zeroSeparated } from './git.ts'
import type { GuardOutside } from './outside.ts'
import { biggestBytes, headLength, isBinaryName, isTextAfterAll, type Source, textOf } from './sources.ts'

/** In the syntax of .gitignore, in the top folder of a repository: what is not scanned although it is committed. */
export const ignoreFile = '.guardignore'

/** In folders without git. */
const neverWalked: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', 'node_modules'])

/**
 * The files of a folder: in a repository those that git knows or would add, without those of `.guardignore`; else all.
 * Symlinks are not followed: what they lead to is scanned where it lies, or is none of this folder.
 * @param named what findings call an absolute path.
 */
export async function folderSources(
  outside: GuardOutside,
  folder: string,
  named: (path: string) => string,
): Promise<readonly Source[]> {
  const top = await repositoryOf(outside, folder)
  const paths = top === undefined ? await walked(outside, folder) : await listedByGit(outside, top, folder)
  return paths.map((path) => fileSource(outside, path, named(path)))
}

/** A file that was named: it is scanned whatever `.gitignore` says of it, and not when `.guardignore` does. */
export async function fileSources(
  outside: GuardOutside,
  path: string,
  named: (path: string) => string,
): Promise<readonly Source[]> {
  const folder = path.replace(/[/\\][^/\\]*$/, '') || '/'
  const top = await repositoryOf(outside, folder)
  if (top !== undefined) {
    const except = await exceptions(outside, top)
    const args = ['ls-files', '-c', '-o', '-i', '-z', ...except, '--', path]
    if (except.length > 0 && (await askGit(outside, folder, args)) !== '') return []
  }
  return [fileSource(outside, path, named(path))]
}

/** One file, read when it is its turn. */
export function fileSource({ ports }: GuardOutside, path: string, file: string): Source {
  return {
    file,
    async read() {
      try {
        const found = await ports.files.stat(path)
        // A submodule is a repository of its own; a pipe or a device would never end.
        if (found?.kind !== 'file') return { skipped: path.includes('\uFFFD') ? 'unreadable' : 'gone' }
        if (isBinaryName(path) && !(await beginsAsText(ports, path))) return { skipped: 'binary' }
        if (found.sizeBytes > biggestBytes) return { skipped: 'big' }
        const raw = await ports.files.readText(path)
        if (raw === undefined) return { skipped: 'gone' }
        const text = textOf(raw)
        return text === undefined ? { skipped: 'binary' } : { text }
      } catch (error) {
        if (isDevK8sError(error)) return { skipped: 'unreadable' }
        throw error
      }
    },
  }
}

/** Reads no more than the beginning: of pictures and archives that is all that is looked at. */
async function beginsAsText({ files }: GuardOutside['ports'], path: string): Promise<boolean> {
  const decoder = new TextDecoder()
  let head = ''
  for await (const chunk of files.readStream(path)) {
    head += decoder.decode(chunk.subarray(0, headLength), { stream: true })
    if (head.length >= headLength || chunk.length >= headLength) break
  }
  return isTextAfterAll(head)
}

async function exceptions({ ports }: GuardOutside, top: string): Promise<readonly string[]> {
  const file = `${top}/${ignoreFile}`
  return (await ports.files.stat(file)) === undefined ? [] : [`--exclude-from=${file}`]
}

async function listedByGit(outside: GuardOutside, top: string, folder: string): Promise<readonly string[]> {
  const except = await exceptions(outside, top)
  const list = async (...args: readonly string[]) =>
    zeroSeparated(await askGit(outside, folder, ['ls-files', '-z', ...args]))
  const [tracked, untracked, excepted] = await Promise.all([
    list('-c', '-s'),
    list('-o', '--exclude-standard', ...except),
    except.length === 0 ? [] : list('-c', '-i', ...except),
  ])
  const left = new Set(excepted)
  const known = tracked.flatMap((entry) => {
    const [, mode, path = ''] = /^(\d+) \w+ \d\t([^]*)$/.exec(entry) ?? []
    // 120000 is a symlink, 160000 a submodule (gitformat-index(5)).
    return mode?.startsWith('100') === true && !left.has(path) ? [path] : []
  })
  const others: string[] = []
  for (const path of untracked) {
    // A repository within this one ends with a slash.
    if (!path.endsWith('/') && !(await isLink(outside, folder, path))) others.push(path)
  }
  return [...new Set([...known, ...others])].toSorted().map((path) => `${folder}/${path}`)
}

async function isLink({ ports }: GuardOutside, folder: string, name: string): Promise<boolean> {
  return (await ports.files.readLink(`${folder}/${name}`)) !== undefined
}

async function walked(outside: GuardOutside, folder: string): Promise<readonly string[]> {
  const paths: string[] = []
  for (const name of await outside.ports.files.list(folder)) {
    outside.signal.throwIfAborted()
    if (neverWalked.has(name) || (await isLink(outside, folder, name))) continue
    const path = `${folder}/${name}`
    const found = await outside.ports.files.stat(path)
    if (found?.kind === 'file') paths.push(path)
    if (found?.kind === 'folder') paths.push(...(await walkedIfReadable(outside, path)))
  }
  return paths
}

/** A folder of somebody else within one's own is passed by, as a file would be. */
async function walkedIfReadable(outside: GuardOutside, path: string): Promise<readonly string[]> {
  try {
    return await walked(outside, path)
  } catch (error) {
    if (isDevK8sError(error)) return []
    throw error
  }
}
