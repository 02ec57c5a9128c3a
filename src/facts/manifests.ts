import { parseManifests } from '../kube/manifests.ts'
import type { Facts } from '../plan/facts.ts'
import type { Files } from '../ports/files.ts'
import { DevK8sError, type Problem, isDevK8sError, problem } from '../problems/problem.ts'
import { profilePathMissing } from '../problems/profile.ts'

type Manifests = Pick<Facts, 'manifests' | 'problems'>

/** What `kubectl apply -f FOLDER` takes, and nothing below it. */
const manifestName = /\.(ya?ml|json)$/

/** Parses each file, and the files of each folder by name, in the order given; all faults at once. */
export async function readManifests(paths: readonly string[], files: Files): Promise<Manifests> {
  const manifests: Facts['manifests'][number][] = []
  const problems: Problem[] = []
  for (const path of paths) {
    const found = await filesAt(path, files)
    if (found.length === 0) {
      const detail = `${path}: there is no such file, or the folder holds no .yaml, .yml or .json.`
      problems.push(problem(profilePathMissing, { detail, next: [`ls -l "${path}"`] }))
    }
    for (const file of found) {
      const read = await readOne(file, files)
      if ('problems' in read) problems.push(...read.problems)
      else manifests.push({ path: file, objects: read.objects })
    }
  }
  return { manifests, problems }
}

async function filesAt(path: string, files: Files): Promise<readonly string[]> {
  const stat = await files.stat(path)
  if (stat === undefined) return []
  if (stat.kind !== 'folder') return [path]
  const slash = /^[A-Za-z]:\\|^\\\\/.test(path) ? '\\' : '/'
  const names = await files.list(path)
  return names.filter((name) => manifestName.test(name)).map((name) => `${path}${slash}${name}`)
}

async function readOne(path: string, files: Files): Promise<ReturnType<typeof parseManifests>> {
  try {
    return parseManifests((await files.readText(path)) ?? '', path)
  } catch (error) {
    // A file that may not be read is told together with the faults of the others.
    if (isDevK8sError(error)) return { problems: error.problems }
    throw error
  }
}

/**
 * The objects of the sample that comes with devk8s.
 * @throws DevK8sError when a bundled file is broken, which only an edited installation can have.
 */
export async function readSample(packageFolder: string, files: Files): Promise<Facts['sample']> {
  const { manifests, problems } = await readManifests([`${packageFolder}/manifests/sample`], files)
  const [first, ...others] = problems
  if (first !== undefined) throw new DevK8sError([first, ...others])
  return manifests.flatMap(({ objects }) => objects)
}
