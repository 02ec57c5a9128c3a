import { askGit, zeroSeparated } from './git.ts'
import type { GuardOutside } from './outside.ts'
import { biggestBytes, isBinaryName, isTextAfterAll, type Source, textOf } from './sources.ts'
import { ignoreFile } from './tree.ts'

/** What one call may hold in memory, in bytes. */
const batchBytes = 16 * 1024 * 1024

interface Entry {
  readonly path: string
  readonly object: string
}

/**
 * What the next commit changes, as it is in the index: half of a file after `git add -p`, the new name of a moved one,
 * nothing of a deleted one.
 * @param top the repository's top folder.
 * @param cwd where `paths` are told from.
 * @param paths only these; all when empty.
 */
export async function stagedSources(
  outside: GuardOutside,
  { top, cwd, paths }: { readonly top: string; readonly cwd: string; readonly paths: readonly string[] },
): Promise<readonly Source[]> {
  const entries = await changedEntries(outside, cwd, paths)
  const except = await exceptedPaths(outside, top)
  const wanted = entries.filter(({ path }) => !except.has(path))
  const sizes = await sizesOf(outside, top, wanted)
  const sources: Source[] = []
  for (const batch of batchesOf(wanted, sizes)) {
    const texts = await textsOf(outside, top, batch)
    for (const { path, object } of batch) {
      const raw = texts.get(object) ?? ''
      const text = isBinaryName(path) && !isTextAfterAll(raw) ? undefined : textOf(raw)
      sources.push(source(path, text === undefined ? { skipped: 'binary' } : { text }))
    }
  }
  const big = wanted.filter(({ object }) => (sizes.get(object) ?? 0) > biggestBytes)
  return [...sources, ...big.map(({ path }) => source(path, { skipped: 'big' }))]
}

const source = (file: string, what: Awaited<ReturnType<Source['read']>>): Source => ({
  file,
  read: async () => what,
})

async function changedEntries(
  outside: GuardOutside,
  cwd: string,
  paths: readonly string[],
): Promise<readonly Entry[]> {
  // Without renames a moved file is a deleted and an added one. Compares with nothing before the first commit.
  const shown = await askGit(outside, cwd, [
    'diff',
    '--cached',
    '--raw',
    '-z',
    '--no-abbrev',
    '--no-renames',
    '--no-ext-diff',
    '--no-color',
    '--no-relative',
    '--diff-filter=AMT',
    '--ignore-submodules',
    '--',
    ...paths,
  ])
  const parts = zeroSeparated(shown)
  const entries: Entry[] = []
  for (let index = 0; index + 1 < parts.length; index += 2) {
    // `:100644 100755 OLD NEW M`, then the path (git-diff-index(1), raw output format).
    const [, mode, object] = /^:\d+ (\d+) \w+ (\w+) /.exec(parts[index] ?? '') ?? []
    if (mode?.startsWith('100') === true && object !== undefined)
      entries.push({ path: parts[index + 1] ?? '', object })
  }
  return entries
}

async function exceptedPaths(outside: GuardOutside, top: string): Promise<ReadonlySet<string>> {
  const file = `${top}/${ignoreFile}`
  if ((await outside.ports.files.stat(file)) === undefined) return new Set()
  return new Set(
    zeroSeparated(await askGit(outside, top, ['ls-files', '-z', '-c', '-i', `--exclude-from=${file}`])),
  )
}

async function sizesOf(
  outside: GuardOutside,
  top: string,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, number>> {
  if (entries.length === 0) return new Map()
  const args = ['cat-file', '--batch-check=%(objectname) %(objectsize)', '--buffer']
  const told = await askGit(outside, top, args, objectsIn(entries))
  return new Map(
    told.split('\n').flatMap((line) => {
      const [object = '', size = ''] = line.split(' ')
      return /^\d+$/.test(size) ? [[object, Number(size)] as const] : []
    }),
  )
}

const objectsIn = (entries: readonly Entry[]): string => `${entries.map(({ object }) => object).join('\n')}\n`

function batchesOf(
  entries: readonly Entry[],
  sizes: ReadonlyMap<string, number>,
): readonly (readonly Entry[])[] {
  const batches: Entry[][] = []
  let room = 0
  for (const entry of entries) {
    const size = sizes.get(entry.object) ?? 0
    if (size > biggestBytes) continue
    if (batches.length === 0 || size > room) {
      batches.push([])
      room = batchBytes
    }
    batches.at(-1)?.push(entry)
    room -= size
  }
  return batches
}

/**
 * The texts of many objects by one call. The sizes that git tells are those of the bytes, of which odd ones are replaced
 * on the way here; so objects are told apart by a line that none of them can hold: it is made of the names of all, which
 * are hashes of what they hold.
 */
async function textsOf(
  outside: GuardOutside,
  top: string,
  batch: readonly Entry[],
): Promise<ReadonlyMap<string, string>> {
  const hasher = outside.ports.hashing.sha256()
  hasher.update(`devk8s guard\n${objectsIn(batch)}`)
  const mark = hasher.hex()
  const args = ['cat-file', `--batch=${mark} %(objectname)`, '--buffer']
  const told = await askGit(outside, top, args, objectsIn(batch))
  return new Map(
    `\n${told}`
      .split(`\n${mark} `)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n')
        return [part.slice(0, end), part.slice(end + 1)] as const
      }),
  )
}
