import type { Emit } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'

export interface RunOptions {
  /** `look`: no change is ever made, and the ports refuse one. */
  readonly mode: 'look' | 'change'
  readonly ports: Ports
  readonly env: Readonly<Record<string, string | undefined>>
  readonly emit: Emit
  /** Aborted with reason 'SIGINT' or 'SIGTERM'. */
  readonly signal: AbortSignal
  /** Pause between the checks that follow a change, in ms; 1000 unless told. */
  readonly settleEveryMs?: number
}
