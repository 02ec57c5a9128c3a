import type { layoutOf } from './plan/layout.ts'
import type { Ports } from './ports/ports.ts'
import type { World } from './world.ts'

/** The way out that a run has, and where its things lie. */
export interface Outside {
  readonly ports: Ports
  readonly env: World['env']
  readonly layout: ReturnType<typeof layoutOf>
  readonly rehearsal?: string
  /** Whether AWS has been what the fault of a rehearsal says. */
  struck?(): boolean
  /** Keeps the simulated laptop for the next rehearsed command. */
  close(isDone: boolean): Promise<void>
}

/**
 * This very process, as locks name it, and this run of it. A container that shares the home folder and has the host's
 * name sees none of the host's processes: to it, and to the host, the other's are those of another machine.
 */
export const selfOf = (world: World) => {
  const { pid, hostName, pidNamespace, clock } = world
  return {
    pid,
    machine: pidNamespace === undefined ? hostName : `${hostName} ${pidNamespace}`,
    run: `${pid}-${Math.trunc(clock.now())}`,
    // Asked for only where a lock is in the way.
    get bootedAtMs() {
      return world.bootedAtMs
    },
    // Asked for only where a lock is taken.
    get bootId() {
      return world.bootId
    },
  }
}
