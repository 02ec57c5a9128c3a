import type { Facts } from '../plan/facts.ts'
import type { Layout } from '../plan/layout.ts'
import type { Ports } from '../ports/ports.ts'
import type { Profile } from '../profile/profile.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { checkVersion, isCompatible } from '../tools/on-path.ts'
import type { ToolName } from '../tools/release.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { decideDriver } from './driver.ts'
import { listClusters } from './clusters.ts'
import { readExisting } from './existing.ts'
import { readManifests, readSample } from './manifests.ts'

/**
 * Reads what the plan depends on and changes nothing. With an existing cluster and managed tools it starts no child
 * process; for a new one it asks Docker, and the other drivers only until one works. A tool on PATH that the profile
 * lets serve costs one more. Faults of manifest files come in `problems`, all at once.
 * @throws the signal's reason when aborted; DevK8sError DK6001-DK6003 when the file system refuses.
 */
export async function gatherFacts(
  profile: Profile,
  layout: Layout,
  ports: Ports,
  context: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly packageFolder: string
    readonly signal: AbortSignal
  },
): Promise<Facts> {
  const { files } = ports
  const [host, existing, { manifests, problems }, sample, onPath, clusters, signIn, keptFresh] =
    await Promise.all([
      ports.host.read(),
      readExisting(layout.minikubeHome, profile.cluster.name, files),
      readManifests(profile.manifests, files),
      readSample(context.packageFolder, files),
      readOnPath(profile, ports, context.signal),
      listClusters(layout, files),
      readSignIn(profile, ports),
      listKeptFresh(layout, ports),
    ])
  const decided = await decideDriver(profile.cluster.driver, existing, host, ports, context.signal)
  return {
    host,
    layout,
    ...decided,
    onPath,
    ...(existing !== undefined && { existing }),
    manifests,
    sample,
    problems,
    keptFresh,
    ...(signIn !== undefined && { signIn }),
    otherClusters: clusters.filter((name) => name !== profile.cluster.name),
  }
}

/** Clusters with a file of what is kept fresh in them (src/upkeep/places.ts). */
async function listKeptFresh(layout: Layout, { files, host }: Pick<Ports, 'files' | 'host'>) {
  const { upkeeps } = awsPlaces(layout, (await host.read()).platform)
  return (await files.list(upkeeps)).flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? [])
}

/** Reads files alone; what is wrong with them the step of the identity says. */
async function readSignIn({ aws }: Profile, ports: Pick<Ports, 'aws'>): Promise<Facts['signIn']> {
  if (aws?.ecr === undefined && aws?.roles === undefined) return undefined
  return ports.aws
    .signInOf(aws.profile === undefined ? {} : { profile: aws.profile })
    .catch((error: unknown) => {
      if (isDevK8sError(error)) return undefined
      throw error
    })
}

/** The compatible programs on PATH, where the profile lets them serve. */
export async function readOnPath(
  profile: Profile,
  { exec }: Pick<Ports, 'exec'>,
  signal: AbortSignal,
): Promise<Facts['onPath']> {
  const serving = async (tool: ToolName) => {
    const { usePath, version } = profile.tools[tool]
    const program = usePath ? await exec.find(tool) : undefined
    if (program === undefined) return {}
    const answer = await checkVersion(tool, program, version, exec, signal)
    // kubectl must fit the cluster too, should the profile pin a kubectl of another minor version.
    const fits =
      'version' in answer &&
      (tool === 'minikube' || isCompatible(tool, answer.version, profile.cluster.kubernetes))
    return fits ? { [tool]: program } : {}
  }
  return { ...(await serving('minikube')), ...(await serving('kubectl')) }
}
