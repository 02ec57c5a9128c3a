import type { Facts } from '../plan/facts.ts'
import type { Layout } from '../plan/layout.ts'
import type { Ports } from '../ports/ports.ts'
import type { Profile } from '../profile/profile.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { checkVersion, isCompatible } from '../tools/on-path.ts'
import type { ToolName } from '../tools/release.ts'
import { runningBroker } from '../upkeep/broker-files.ts'
import { ownService } from '../upkeep/broker-service.ts'
import type { ServicePlace } from '../upkeep/broker-units.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { partsOf, upkeepParts } from '../upkeep/upkeep.ts'
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
  context: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly packageFolder: string
    readonly signal: AbortSignal
    /** Where a service of the broker would lie. */
    readonly brokerService?: ServicePlace | undefined
  },
): Promise<Facts> {
  const { files } = ports
  const [host, existing, { manifests, problems }, sample, onPath, clusters, signIn, keptFresh, broker] =
    await Promise.all([
      ports.host.read(),
      readExisting(layout.minikubeHome, profile.cluster.name, files),
      readManifests(profile.manifests, files),
      readSample(context.packageFolder, files),
      readOnPath(profile, ports, context.signal),
      listClusters(layout, files),
      readSignIn(profile, ports),
      readKeptFresh(layout, ports),
      readBroker(layout, ports, context),
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
    ...broker,
    ...(signIn !== undefined && { signIn }),
    otherClusters: clusters.filter((name) => name !== profile.cluster.name),
  }
}

/** What is kept fresh, by its records. */
async function readKeptFresh(
  layout: Layout,
  { files, host }: Pick<Ports, 'files' | 'host'>,
): Promise<Facts['keptFresh']> {
  const recorded = await readUpkeeps(files, awsPlaces(layout, (await host.read()).platform))
  return recorded.map((each) => {
    const { cluster } = each
    if (!('upkeep' in each)) return { cluster, parts: upkeepParts }
    const { profile: inRecord } = each.upkeep.source
    return {
      cluster,
      parts: partsOf(each.upkeep),
      ...(inRecord === undefined ? {} : { profile: inRecord }),
    }
  })
}

/** Whether a broker runs, and whether anything is left of one: `down` and a killed one leave what starts it again. */
async function readBroker(
  layout: Layout,
  ports: Pick<Ports, 'exec' | 'files' | 'host'>,
  {
    signal,
    brokerService,
  }: { readonly signal: AbortSignal; readonly brokerService?: ServicePlace | undefined },
): Promise<Pick<Facts, 'broker' | 'brokerRuns' | 'brokerService'>> {
  const { files, host } = ports
  const places = awsPlaces(layout, (await host.read()).platform)
  const [running, service, ...found] = await Promise.all([
    runningBroker(places, { ports, signal }),
    ownService(brokerService, ports),
    ...[places.brokerRecord, places.brokerLock].map(async (path) => (await files.stat(path)) !== undefined),
  ])
  return {
    broker: service !== undefined || found.includes(true),
    brokerRuns: running !== undefined,
    ...(brokerService === undefined ? {} : { brokerService }),
  }
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
