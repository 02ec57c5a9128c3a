import type { Files } from '../ports/files.ts'
import { fail } from '../problems/problem.ts'
import { profileNotFound } from '../problems/profile.ts'
import type { JsonMap } from './document.ts'
import { parseProfileText } from './document.ts'
import { nearest } from '../problems/nearest.ts'
import { baseNameOf, folderOf, isAbsolute, resolvePath } from './paths.ts'

/** Where a profile is looked for. Folders are absolute. */
export interface Whereabouts {
  /** `--profile`: a name or a path. */
  readonly selector?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home?: string
  readonly configFolder: string
  readonly bundledFolder: string
}

export interface FoundProfile {
  readonly path: string
  readonly bundled: boolean
  /** How it came to be chosen, in the order of precedence. */
  readonly by: 'flag' | 'variable' | 'project' | 'last-used' | 'default'
}

/** The files that a project's folder may hold a profile in, first the better. */
export const projectFiles = ['devk8s.yaml', 'devk8s.yml'] as const

export const lastProfileFile = 'last-profile'

const isPath = (selector: string): boolean =>
  /[\\/]/.test(selector) ||
  /\.ya?ml$/i.test(selector) ||
  selector === '.' ||
  selector === '..' ||
  selector === '~'

/**
 * Finds the profile to use: the flag, DEVK8S_PROFILE, devk8s.yaml in the working directory or above it, the one
 * used last on this machine, the bundled default.
 * @throws DevK8sError DK2011, with all places that were searched.
 */
export async function findProfile(where: Whereabouts, files: Files): Promise<FoundProfile> {
  if (where.selector !== undefined && where.selector !== '') {
    return findSelected(where.selector, '--profile', 'flag', where, files)
  }
  const variable = where.env['DEVK8S_PROFILE']
  if (variable !== undefined && variable !== '') {
    return findSelected(variable, 'DEVK8S_PROFILE', 'variable', where, files)
  }
  const project = await findProject(where.cwd, files)
  if (project !== undefined) return { path: project, bundled: false, by: 'project' }
  const last = (await files.readText(resolvePath(where.configFolder, lastProfileFile)))?.trim()
  if (last !== undefined && last !== '') return findLast(last, where, files)
  return { path: resolvePath(where.bundledFolder, 'default.yaml'), bundled: true, by: 'default' }
}

/** `devk8s.yaml` in the folder or the nearest one above it. */
export async function findProject(folder: string, files: Files): Promise<string | undefined> {
  for (const name of projectFiles) {
    const path = resolvePath(folder, name)
    if ((await files.stat(path))?.kind === 'file') return path
  }
  const above = folderOf(folder)
  return above === folder ? undefined : findProject(above, files)
}

/** The bundled profiles by name. */
export async function bundledNames(bundledFolder: string, files: Files): Promise<readonly string[]> {
  const names = await files.list(bundledFolder)
  return names.filter((name) => name.endsWith('.yaml')).map((name) => name.slice(0, -'.yaml'.length))
}

async function findSelected(
  selector: string,
  given: string,
  by: 'flag' | 'variable',
  where: Whereabouts,
  files: Files,
): Promise<FoundProfile> {
  if (isPath(selector)) {
    const path = resolvePath(where.cwd, selector, where.home)
    const found = await fileAt(path, files)
    if (found !== undefined) return { path: found, bundled: false, by }
    const searched = /\.ya?ml$/i.test(path)
      ? [path]
      : [path, ...projectFiles.map((name) => resolvePath(path, name))]
    return fail(profileNotFound, {
      detail: `There is no file at ${searched.join(', nor at ')} (${given} ${selector}).`,
      next: ['devk8s profile list', `devk8s profile init ${path}`],
    })
  }
  const project = await findProject(where.cwd, files)
  if (project !== undefined && (await nameOf(project, files)) === selector) {
    return { path: project, bundled: false, by }
  }
  const bundled = resolvePath(where.bundledFolder, `${selector}.yaml`)
  if ((await files.stat(bundled))?.kind === 'file') return { path: bundled, bundled: true, by }
  // A file in the working directory may have any name: `devk8s profile validate local.profile`.
  const file = resolvePath(where.cwd, selector)
  if ((await files.stat(file))?.kind === 'file') return { path: file, bundled: false, by }
  return failUnnamed(selector, given, project, where, files)
}

async function failUnnamed(
  selector: string,
  given: string,
  project: string | undefined,
  where: Whereabouts,
  files: Files,
): Promise<never> {
  const known = await bundledNames(where.bundledFolder, files)
  const near = nearest(selector, known)
  const searched = [
    project === undefined ? `no devk8s.yaml in ${where.cwd} or above it` : `${project} has another name`,
    `bundled are ${known.join(', ')}`,
  ]
  const meant = near === undefined ? '' : ` Did you mean ${near}?`
  const detail = `No profile is called ${selector} (${given}): ${searched.join('; ')}.${meant}`
  const next = near === undefined ? [] : [`devk8s up --profile ${near}`]
  return fail(profileNotFound, { detail, next: [...next, 'devk8s profile list'] })
}

/** A profile that was in use and is gone is not replaced in silence: another one may mean another cluster. */
async function findLast(last: string, where: Whereabouts, files: Files): Promise<FoundProfile> {
  const bundled = /^bundled:(.+)$/.exec(last)?.[1]
  const path = bundled === undefined ? last : resolvePath(where.bundledFolder, `${baseNameOf(bundled)}.yaml`)
  const found = isAbsolute(path) ? await fileAt(path, files) : undefined
  if (found !== undefined) return { path: found, bundled: bundled !== undefined, by: 'last-used' }
  return fail(profileNotFound, {
    detail: `The profile used last on this machine, ${bundled ?? last}, is not there any more.`,
    next: ['devk8s up --profile default', 'devk8s profile list'],
  })
}

/** The file itself, or the profile in a folder. */
async function fileAt(path: string, files: Files): Promise<string | undefined> {
  const kind = (await files.stat(path))?.kind
  if (kind === 'file') return path
  if (kind !== 'folder') return undefined
  for (const name of projectFiles) {
    const inside = resolvePath(path, name)
    if ((await files.stat(inside))?.kind === 'file') return inside
  }
  return undefined
}

/** `metadata.name` of a file, undefined when it cannot be read; loading it would say why. */
export async function nameOf(path: string, files: Files): Promise<string | undefined> {
  const { tree } = parseProfileText(path, (await files.readText(path)) ?? '')
  const metadata = tree?.['metadata']
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return undefined
  const name = (metadata as JsonMap)['name']
  return typeof name === 'string' ? name : undefined
}

/** What `last-profile` says after a run with this profile. */
export function renderLastProfile(found: Pick<FoundProfile, 'path' | 'bundled'>): string {
  return found.bundled ? `bundled:${baseNameOf(found.path).replace(/\.yaml$/, '')}\n` : `${found.path}\n`
}

/** The file that `extends` names, seen from the file it stands in; undefined when it is not there. */
export async function findBase(
  base: string,
  from: { readonly path: string },
  where: Pick<Whereabouts, 'bundledFolder' | 'home'>,
  files: Files,
): Promise<{ readonly path: string; readonly bundled: boolean } | { readonly searched: string }> {
  const bundled = !isPath(base)
  const path = bundled
    ? resolvePath(where.bundledFolder, `${base}.yaml`)
    : resolvePath(folderOf(from.path), base, where.home)
  if (bundled) return (await files.stat(path))?.kind === 'file' ? { path, bundled } : { searched: path }
  const found = await fileAt(path, files)
  return found === undefined ? { searched: path } : { path: found, bundled }
}
