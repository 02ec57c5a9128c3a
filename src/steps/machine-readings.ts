import type { Step, StepContext } from '../plan/step.ts'
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

export type MachineWant = Step<'machine.fit'>['want']
export type Reach = Pick<StepContext, 'ports' | 'signal' | 'once' | 'env'>

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
export async function hasCluster(want: MachineWant, { ports }: Reach): Promise<boolean> {
  return (await ports.files.stat(profilePaths(want.minikube).profileConfig)) !== undefined
}

/**
 * What Docker says of itself; one child process for all checks. The release of Docker Desktop takes a second one,
 * which is spent on a new cluster only: one that runs has shown that its Docker serves.
 */
export function readDocker(want: MachineWant, context: Reach): Promise<DockerReading> {
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
