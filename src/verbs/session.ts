import type { Request } from '../cli/request.ts'
import type { RunResult } from '../engine/result.ts'
import type { Lint } from '../guard/finding.ts'
import type { Layout } from '../plan/layout.ts'
import type { Plan } from '../plan/step.ts'
import type { Emit, Json } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import type { Secret } from '../ports/secret.ts'
import type { World } from '../world.ts'

/** What a verb is given. In a rehearsal `ports`, `layout` and `env` belong to the simulated laptop. */
export interface Session<R extends Request = Request> {
  readonly request: R
  readonly world: World
  readonly env: World['env']
  readonly ports: Ports
  readonly layout: Layout
  readonly emit: Emit
  readonly signal: AbortSignal
  /** The folder of the simulated laptop. */
  readonly rehearsal?: string
  /** Looks at a plan, or carries it out under the lock of this machine's devk8s. */
  run(plan: Plan, mode: 'look' | 'change'): Promise<RunResult>
  /** The answer of a verb that asks: `text` for people, `value` for `--json`. The last one counts, also when it fails then. */
  answer(value: Json, text: string): void
  /** The engine of the guard; loaded with its first text. */
  readonly lint: Lint
  /**
   * The answer of `token`, to stdout as it is: the one output that is meant to hold secrets, so it goes past the
   * redaction that everything else passes. `handOverTo(world.stdout)` of adapters/hand-over.ts.
   */
  handOver(credentials: Secret): void
}

/** One verb of the command line, carried out. Throws DevK8sError for what stops it. */
export type Verb<C extends Request['command']> = (
  session: Session<Extract<Request, { command: C }>>,
) => Promise<VerbEnd>

export interface VerbEnd {
  /** One of `ExitCode`; or that of another program, when `exec` or a sub-shell hands one on. */
  readonly exit: number
  /** The exit code is another program's: what it changed, it has told itself. */
  readonly handedOn?: true
  readonly result?: RunResult
  /** Commands worth running next. */
  readonly next?: readonly string[]
}
