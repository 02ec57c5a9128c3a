import type { DockerFact } from '../plan/facts.ts'
import type { ResolvedCluster, Step, StepContext } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import {
  type DockerState,
  dockerInfoArgs,
  dockerTimeoutMs,
  dockerVersionArgs,
  parseDesktopVersion,
  parseDockerInfo,
} from '../machine/docker.ts'
import { profilePaths } from '../minikube/paths.ts'
import type { ProfileConfig } from '../minikube/profile-config.ts'
import { readProfileConfig } from '../minikube/survey.ts'
import { drivers } from '../profile/profile.ts'

export type MachineWant = Step<'machine.fit'>['want']
export type Reach = Pick<StepContext, 'ports' | 'signal' | 'once' | 'env'>

/** A cluster that this machine is to carry. */
export type Wish = Pick<MachineWant, 'cluster' | 'minikube'>

export interface DockerReading {
  readonly state: DockerState
  /** This machine's clock when the daemon told its own, in ms since 1970. */
  readonly askedAtMs: number
  readonly desktopVersion?: string
}

/** What the machine is; read once for all checks. */
export function readHost(context: Reach): Promise<HostFacts> {
  return context.once('machine.host', () => context.ports.host.read())
}

/** Whether minikube has a profile of that name, by its file. */
export async function hasCluster(want: Wish, { ports }: Reach): Promise<boolean> {
  return (await ports.files.stat(profilePaths(want.minikube).profileConfig)) !== undefined
}

/**
 * The cluster as the machine has to carry it: an existing one keeps its memory, processors, driver and nodes,
 * whatever the profile wishes now, and one that was started before must not be kept from starting by a wish.
 */
export async function carriedCluster(want: MachineWant, context: Reach): Promise<ResolvedCluster> {
  const config = await context.once(`minikube.config:${want.minikube.home}:${want.minikube.profile}`, () =>
    readProfileConfig(want.minikube, context),
  )
  return typeof config === 'object' ? asItIs(config, want.cluster) : want.cluster
}

function asItIs(config: ProfileConfig, wish: ResolvedCluster): ResolvedCluster {
  return {
    ...wish,
    driver: drivers.find((each) => each === config.driver) ?? wish.driver,
    memoryMiB: config.memoryMiB > 0 ? config.memoryMiB : wish.memoryMiB,
    cpus: config.cpus > 0 ? config.cpus : wish.cpus,
    nodes: config.nodes.length > 0 ? config.nodes.length : wish.nodes,
  }
}

/** Docker's own size, where the node runs in Docker and Docker answers; if it does not, the driver check says so. */
export async function dockerFact(want: Wish, context: Reach): Promise<DockerFact | undefined> {
  if (want.cluster.driver !== 'docker') return undefined
  const { state } = await readDocker(want, context)
  return state.kind === 'ok' ? state.fact : undefined
}

/**
 * What Docker says of itself; one child process for all checks. The release of Docker Desktop takes a second one,
 * which is spent on a new cluster only: one that runs has shown that its Docker serves.
 */
export function readDocker(want: Wish, context: Reach): Promise<DockerReading> {
  return context.once('machine.docker', async () => {
    const { exec, clock } = context.ports
    const how = { timeoutMs: dockerTimeoutMs, signal: context.signal }
    const host = await readHost(context)
    const ran = await exec.run(dockerInfoArgs(), how)
    if (ran.outcome === 'aborted') context.signal.throwIfAborted()
    const reading = { state: parseDockerInfo(ran, host), askedAtMs: clock.now() }
    const isDesktop = reading.state.kind === 'ok' && reading.state.fact.desktop
    if (!isDesktop || (await hasCluster(want, context))) return reading
    const desktopVersion = parseDesktopVersion(await exec.run(dockerVersionArgs(), how))
    return { ...reading, ...(desktopVersion !== undefined && { desktopVersion }) }
  })
}
