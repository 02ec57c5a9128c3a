import type { Ports } from '../ports/ports.ts'
import type { World } from '../world.ts'

/** What the guard reaches the outside with. */
export interface GuardOutside {
  readonly ports: Pick<Ports, 'exec' | 'files' | 'hashing'>
  readonly env: World['env']
  readonly signal: AbortSignal
  /** A simulated laptop has no git. */
  readonly rehearsal?: string
}
