import { dockerProblem, dockerWarnings } from '../machine/docker-verdict.ts'
import { driverFact, probeDriver, rootProblem } from '../machine/driver.ts'
import { driverOrder } from '../machine/install.ts'
import { fits } from '../machine/verdict.ts'
import type { DriverFact } from '../plan/facts.ts'
import type { Finding } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import type { Driver } from '../profile/profile.ts'
import { type Reach, type Wish, hasCluster, readDocker, readHost } from './machine-readings.ts'

/**
 * Whether the driver works. When it does not and there is no cluster yet, the other drivers of this system are looked
 * at too, so that the person sees why each cannot run and what to install, or which one could be used instead.
 */
export async function checkDriver(want: Wish, context: Reach): Promise<Finding> {
  const { driver } = want.cluster
  const root = rootProblem(await readHost(context))
  const found = root ?? (await driverProblem(driver, want, context))
  if (found === undefined) return fits({ driver }, await warnings(driver, want, context))
  // As root no driver works; what else stands in the way of this one is said along with the others.
  const others = (await hasCluster(want, context))
    ? []
    : await lookAt(
        driverOrder(await readHost(context)).filter((each) => root !== undefined || each !== driver),
        want,
        context,
      )
  return {
    state: 'blocked',
    problem: withOthers(found, others, root === undefined),
    detail: {
      driver,
      others: others.map(({ driver: name, usable, reason }) => ({ driver: name, usable, reason })),
    },
  }
}

async function driverProblem(driver: Driver, want: Wish, context: Reach): Promise<Problem | undefined> {
  const host = await readHost(context)
  if (driver !== 'docker') return probeDriver(driver, host, context.ports.exec, context.signal)
  const { state, desktopVersion } = await readDocker(want, context)
  return dockerProblem(state, host, desktopVersion)
}

async function warnings(driver: Driver, want: Wish, context: Reach): Promise<readonly string[]> {
  if (driver !== 'docker') return []
  const { state } = await readDocker(want, context)
  return state.kind === 'ok' ? dockerWarnings(state) : []
}

function lookAt(drivers: readonly Driver[], want: Wish, context: Reach): Promise<readonly DriverFact[]> {
  return Promise.all(drivers.map(async (each) => driverFact(each, await driverProblem(each, want, context))))
}

/** The way out in the order of effort: mend this driver, use another that works, see a rehearsal. */
function withOthers(found: Problem, others: readonly DriverFact[], mayChoose: boolean): Problem {
  const usable = mayChoose ? others.filter((each) => each.usable) : []
  const lines = others.map(({ driver, usable: works, reason, remedy }) =>
    works
      ? `${driver}: works`
      : `${driver}: ${reason}${remedy[0] === undefined ? '' : ` To mend it: ${remedy[0]}`}`,
  )
  const rehearse = 'devk8s up --rehearse'
  const next = [
    ...found.next.filter((command) => command !== rehearse),
    ...usable.map(({ driver }) => `devk8s up --driver ${driver}`),
    rehearse,
  ]
  return { ...found, next: [...new Set(next)], evidence: [...(found.evidence ?? []), ...lines] }
}
