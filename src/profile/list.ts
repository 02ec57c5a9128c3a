import type { Files } from '../ports/files.ts'
import { isDevK8sError } from '../problems/problem.ts'
import type { JsonMap } from './document.ts'
import { parseProfileText } from './document.ts'
import type { Whereabouts } from './find.ts'
import { bundledNames, findProfile, findProject } from './find.ts'
import { resolvePath } from './paths.ts'

export interface ListedProfile {
  /** What `--profile` takes for it. */
  readonly name: string
  readonly path: string
  readonly from: 'project' | 'last-used' | 'bundled'
  readonly description?: string
  /** Whether a command without `--profile` would use it here and now. */
  readonly current: boolean
}

/**
 * The profiles that can be named from the working directory: the project's, the one used last (by its path), the
 * bundled ones. Files are not checked; one that cannot be read has its path for a name.
 */
export async function listProfiles(where: Whereabouts, files: Files): Promise<readonly ListedProfile[]> {
  const current = await currentPath(where, files)
  const project = await findProject(where.cwd, files)
  const bundled = await bundledNames(where.bundledFolder, files)
  const listed: ListedProfile[] = []
  if (project !== undefined) listed.push(await listedFile(project, 'project', current, files))
  if (current !== undefined && current !== project && !current.startsWith(where.bundledFolder)) {
    // A file that is neither the project's nor bundled is named by its path: its name alone would not find it.
    listed.push({ ...(await listedFile(current, 'last-used', current, files)), name: current })
  }
  for (const name of bundled) {
    const path = resolvePath(where.bundledFolder, `${name}.yaml`)
    listed.push({ ...(await listedFile(path, 'bundled', current, files)), name })
  }
  return listed
}

/** A selection that leads nowhere leaves no profile current; using it says why. */
async function currentPath(where: Whereabouts, files: Files): Promise<string | undefined> {
  try {
    return (await findProfile(where, files)).path
  } catch (error) {
    if (isDevK8sError(error)) return undefined
    throw error
  }
}

async function listedFile(
  path: string,
  from: ListedProfile['from'],
  current: string | undefined,
  files: Files,
): Promise<ListedProfile> {
  const { tree } = parseProfileText(path, (await files.readText(path)) ?? '')
  const metadata = tree?.['metadata']
  const { name, description }: JsonMap =
    typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? (metadata as JsonMap) : {}
  return {
    name: typeof name === 'string' ? name : path,
    path,
    from,
    ...(typeof description === 'string' ? { description } : {}),
    current: path === current,
  }
}
