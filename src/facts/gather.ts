import type { Facts } from '../plan/facts.ts'
import type { Layout } from '../plan/layout.ts'
import type { Ports } from '../ports/ports.ts'
import type { Profile } from '../profile/profile.ts'
import { checkVersion, isCompatible } from '../tools/on-path.ts'
import type { ToolName } from '../tools/release.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { wantsUpkeep } from '../upkeep/wants-upkeep.ts'
import type { AwsFacts, AwsLook } from './aws.ts'
import { decideDriver } from './driver.ts'
import { listClusters } from './clusters.ts'
import { readExisting } from './existing.ts'
import { readManifests, readSample } from './manifests.ts'

/**
 * Reads what the plan depends on and changes nothing. With an existing cluster and managed tools it starts no child
 * process; for a new one it asks Docker, and the other drivers only until one works. A tool on PATH that the profile
 * lets serve costs one more, and so does a broker that seems to run. Faults of manifest files come in `problems`, all at once.
 * @throws the signal's reason when aborted; DevK8sError DK6001-DK6003 when the file system refuses.
 */
export async function gatherFacts(
  profile: Profile,
  layout: Layout,
  ports: Ports,
  context: AwsLook & { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Facts> {
  const { files } = ports
  const [host, existing, { manifests, problems }, sample, onPath, clusters, aws] = await Promise.all([
    ports.host.read(),
    readExisting(layout.minikubeHome, profile.cluster.name, files),
    readManifests(profile.manifests, files),
    readSample(context.packageFolder, files),
    readOnPath(profile, ports, context.signal),
    listClusters(layout, files),
    awsFacts(profile, layout, ports, context),
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
    ...aws,
    problems: [...problems, ...(aws.problems ?? [])],
    otherClusters: clusters.filter((name) => name !== profile.cluster.name),
  }
}

/** Most machines have nothing of AWS and a profile that asks for none: those load nothing for it. */
async function awsFacts(profile: Profile, layout: Layout, ports: Ports, look: AwsLook): Promise<AwsFacts> {
  const { brokerService } = look
  const { folder } = awsPlaces(layout, (await ports.host.read()).platform)
  const traces = [folder, ...(brokerService === undefined ? [] : [brokerService.file])]
  const found = await Promise.all(traces.map(async (path) => ports.files.stat(path)))
  if (!wantsUpkeep(profile.aws) && found.every((each) => each === undefined)) {
    const place = brokerService === undefined ? {} : { brokerService }
    return { keptFresh: [], associations: [], broker: false, brokerRuns: false, ...place }
  }
  const { gatherAwsFacts } = await import('./aws.ts')
  return gatherAwsFacts(profile, layout, ports, look)
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
