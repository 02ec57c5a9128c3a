import { dockerInfoArgs, dockerTimeoutMs, type DockerState, parseDockerInfo } from '../machine/docker.ts'
import { dockerProblem } from '../machine/docker-verdict.ts'
import { driverFact, probeDriver } from '../machine/driver.ts'
import { driverOrder } from '../machine/install.ts'
import type { DockerFact, DriverFact, Facts } from '../plan/facts.ts'
import type { HostFacts } from '../ports/host.ts'
import type { Ports } from '../ports/ports.ts'
import type { Driver } from '../profile/profile.ts'

type Reach = Pick<Ports, 'exec'>

/**
 * The driver and, where the node would be a container of it, Docker. A cluster that exists keeps its driver, since
 * minikube refuses another one (DRV mismatch, 81). A driver the profile names is taken as it is; whether it works is
 * for the check to say. `auto` takes the first that works, in minikube's own order.
 */
export async function decideDriver(
  wanted: Driver | 'auto',
  existing: Facts['existing'],
  host: HostFacts,
  { exec }: Reach,
  signal: AbortSignal,
): Promise<Pick<Facts, 'driver' | 'docker'>> {
  if (wanted === 'auto' && existing !== undefined)
    return { driver: { name: existing.driver, why: 'existing' } }
  if (wanted !== 'auto') {
    const driver = { name: wanted, why: 'profile' } as const
    // Docker's memory bounds that of a new node; an existing one keeps what it has.
    if (wanted !== 'docker' || existing !== undefined) return { driver }
    return { driver, ...dockerOf(await askDocker(host, exec, signal)) }
  }
  const tried: DriverFact[] = []
  for (const name of driverOrder(host)) {
    const { problem, docker } = await look(name, host, exec, signal)
    const fact = driverFact(name, problem)
    if (fact.usable) return { driver: { name, why: 'found' }, ...docker }
    tried.push(fact)
  }
  return { driver: { none: tried } }
}

/**
 * Every driver that is a choice on this system, in minikube's order, each looked at; for the question which one to
 * use. Costs a child process for Docker and one for each other driver that is installed and can be asked.
 */
export function surveyDrivers(
  host: HostFacts,
  { exec }: Reach,
  signal: AbortSignal,
): Promise<readonly (DriverFact & { readonly docker?: DockerFact })[]> {
  return Promise.all(
    driverOrder(host).map(async (name) => {
      const { problem, docker } = await look(name, host, exec, signal)
      return { ...driverFact(name, problem), ...docker }
    }),
  )
}

async function look(name: Driver, host: HostFacts, exec: Ports['exec'], signal: AbortSignal) {
  if (name !== 'docker') return { problem: await probeDriver(name, host, exec, signal), docker: {} }
  const state = await askDocker(host, exec, signal)
  return { problem: dockerProblem(state, host), docker: dockerOf(state) }
}

async function askDocker(host: HostFacts, exec: Ports['exec'], signal: AbortSignal): Promise<DockerState> {
  const ran = await exec.run(dockerInfoArgs(), { timeoutMs: dockerTimeoutMs, signal })
  if (ran.outcome === 'aborted') signal.throwIfAborted()
  return parseDockerInfo(ran, host)
}

function dockerOf(state: DockerState): Pick<Facts, 'docker'> {
  return state.kind === 'ok' ? { docker: state.fact } : {}
}
