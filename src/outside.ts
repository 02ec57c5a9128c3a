import type { layoutOf } from './plan/layout.ts'
import type { Ports } from './ports/ports.ts'
import type { World } from './world.ts'

/** The way out that a run has, and where its things lie. */
export interface Outside {
  readonly ports: Ports
  readonly env: World['env']
  readonly layout: ReturnType<typeof layoutOf>
  readonly rehearsal?: string
  /** Keeps the simulated laptop for the next rehearsed command. */
  close(isDone: boolean): Promise<void>
}

/**
 * This very process, as locks name it, and this run of it. A container that shares the home folder and has the host's
 * name sees none of the host's processes: to it, and to the host, the other's are those of another machine.
 */
export const selfOf = ({ pid, hostName, pidNamespace, clock }: World) => ({
  pid,
  machine: pidNamespace === undefined ? hostName : `${hostName} ${pidNamespace}`,
  run: `${pid}-${Math.trunc(clock.now())}`,
})
