import type { Change, Consent, Json, Note, Outcome } from '../ports/event.ts'
import type { ExitCode, Problem } from '../problems/problem.ts'

export interface StepResult {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly outcome: Outcome
  readonly changes: readonly Change[]
  readonly notes: readonly Note[]
  readonly detail: Readonly<Record<string, Json>>
  readonly durationMs: number
  readonly problem?: Problem
  /** With `would-change`: what would be asked before the change. */
  readonly consent?: Consent
}

export interface RunResult {
  readonly steps: readonly StepResult[]
  /** 0, 1 (failed), 4 (blocked), 5 (declined), 130/143 (interrupted); never 3: whether changes needed count is the command's affair. */
  readonly exit: ExitCode
  /** Something was, or is still, not as wanted; also what an existing thing cannot take without being made anew. */
  readonly changesNeeded: boolean
}
