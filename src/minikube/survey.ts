import type { Ran } from '../ports/exec.ts'
import { clusterState, startFinished, type ClusterState, type Evidence } from './cluster-state.ts'
import { containerListArgs, statusArgs, volumeInspectArgs } from './commands.ts'
import { checkLeftovers } from './leftovers.ts'
import { checkOwnership, type Ownership } from './ownership.ts'
import { parseEvents, tellsOfReset } from './events.ts'
import { profilePaths } from './paths.ts'
import { isReadableMachineConfig, parseProfileConfig, type ProfileConfig } from './profile-config.ts'
import { parseStatus } from './status.ts'
import type { MinikubeRef, ReadReach } from './types.ts'

export interface Survey {
  readonly state: ClusterState
  /** What minikube recorded, when it can be read. */
  readonly config?: ProfileConfig
  readonly evidence: Evidence
  /** What the status child wrote on stderr; minikube logs there in every mode. */
  readonly statusStderr: string
}

type Reach = Pick<ReadReach, 'ports' | 'signal' | 'once'>

/** minikube's own limit for a docker call is 6 s; a status of a healthy node takes 0.3 s (running-k8s-003). */
const statusTimeoutMs = 30_000
const dockerTimeoutMs = 15_000
/** Long enough to be seen after a weekend. */
const remindOfResetMs = 7 * 24 * 3_600_000

/**
 * Looks at one minikube profile: files first, then at most one `minikube status`; shared within a run.
 * @param driver what a new cluster would be made with: where minikube has no profile, Docker is asked for a node or
 * a volume of that name only if the cluster was, or would be, one of Docker's.
 */
export function checkCluster(ref: MinikubeRef, context: Reach, driver?: string): Promise<Survey> {
  return context.once(`minikube.survey:${ref.home}:${ref.profile}`, () => survey(ref, context, driver))
}

/** minikube's record of a profile, without a child; undefined when there is none. */
export async function readProfileConfig(
  ref: MinikubeRef,
  context: Pick<ReadReach, 'ports'>,
): Promise<ProfileConfig | 'damaged' | undefined> {
  const text = await context.ports.files.readText(profilePaths(ref).profileConfig)
  return text === undefined ? undefined : parseProfileConfig(text)
}

async function survey(ref: MinikubeRef, context: Reach, driver: string | undefined): Promise<Survey> {
  const { files } = context.ports
  const paths = profilePaths(ref)
  const config = await readProfileConfig(ref, context)
  const machineText = await files.readText(paths.machineConfig)
  const machine =
    machineText === undefined ? 'absent' : isReadableMachineConfig(machineText) ? 'present' : 'damaged'
  const events = await files.readText(paths.events)
  const owner = await checkOwnership(files, ref)
  const evidence: Evidence = {
    config,
    machine,
    isOwn: owner.isOwn,
    hasMachineFolder: (await files.stat(paths.machineFolder)) !== undefined,
    hasCertificates: (await files.stat(paths.apiServerCertificate)) !== undefined,
    startFinished: startFinished(events),
    ...(config === undefined ? await leftEvidence(ref, context, owner, driver) : {}),
    ...(await resetEvidence(paths.events, events, context)),
  }
  const parsed = typeof config === 'object' ? { config } : {}
  // Without a readable profile there is nothing minikube could add (007, running-k8s-148).
  if (typeof config !== 'object' || machine === 'damaged') {
    return { state: clusterState(evidence), evidence, statusStderr: '', ...parsed }
  }
  const ran = await run(context, statusArgs(ref), statusTimeoutMs)
  const status =
    ran.outcome === 'exited'
      ? parseStatus(ran.stdout, ran.exitCode)
      : ({ kind: 'unreadable', text: notAnswered(ran, ref) } as const)
  const looked = { ...evidence, status, ...(await nodeEvidence(ref, context, config, status.kind)) }
  return { state: clusterState(looked), evidence: looked, statusStderr: ran.stderr, ...parsed }
}

/** Without a profile: what Docker still has of the cluster. */
async function leftEvidence(
  ref: MinikubeRef,
  context: Reach,
  owner: Ownership,
  wanted: string | undefined,
): Promise<Pick<Evidence, 'container' | 'hasVolume'>> {
  if ((owner.driver ?? wanted) !== 'docker') return {}
  const left = await checkLeftovers(ref, ['container', 'volume'], context)
  if (left === 'unreachable') return { container: 'unreachable' }
  return { container: left.includes('container') ? 'present' : 'gone', hasVolume: left.includes('volume') }
}

/** minikube keeps the events of its last start; a reset stays in them until the next. */
async function resetEvidence(
  path: string,
  text: string | undefined,
  { ports: { files, clock } }: Reach,
): Promise<Pick<Evidence, 'resetAtMs'>> {
  if (text === undefined || !tellsOfReset(parseEvents(text))) return {}
  const resetAtMs = (await files.stat(path))?.mtimeMs
  return resetAtMs === undefined || clock.now() - resetAtMs > remindOfResetMs ? {} : { resetAtMs }
}

/** Tells a removed container from a daemon that does not answer: minikube says `null` to both
 * (running-k8s-049, running-k8s-102), docker's exit code does not. */
async function nodeEvidence(
  ref: MinikubeRef,
  context: Reach,
  config: ProfileConfig,
  status: string,
): Promise<Pick<Evidence, 'container' | 'hasVolume'>> {
  if (status !== 'no-node' || config.driver !== 'docker') return {}
  const listed = await run(context, containerListArgs(ref), dockerTimeoutMs)
  if (listed.exitCode !== 0) return { container: 'unreachable' }
  const names = listed.stdout.split('\n').map((name) => name.trim())
  if (names.includes(ref.profile)) return { container: 'present' }
  const volume = await run(context, volumeInspectArgs(ref), dockerTimeoutMs)
  return { container: 'gone', hasVolume: volume.exitCode === 0 }
}

function notAnswered(ran: Ran, ref: MinikubeRef): string {
  if (ran.outcome === 'not-found') return `nothing, since ${ref.program} is not there`
  return ran.outcome === 'timed-out'
    ? `nothing within ${statusTimeoutMs / 1000} s`
    : `nothing (${ran.outcome})`
}

function run(context: Reach, command: ReturnType<typeof statusArgs>, timeoutMs: number): Promise<Ran> {
  return context.ports.exec.run(command, { timeoutMs, signal: context.signal })
}
