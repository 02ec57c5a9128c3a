import type { ExitCode, Problem } from '../problems/problem.ts'
import type { StepResult } from './result.ts'

/**
 * The exit code of a run. An interruption comes first, since the rest of the run is then unknown; then our
 * own bugs (70), which must not hide behind a tool's failure; then the first step in the plan's order that
 * was blocked or failed, by its problem's `exit`; then a "no" (5).
 *
 * @param signal the run's; its reason, `SIGINT` or `SIGTERM`, tells 130 from 143.
 */
export function exitOf(steps: readonly StepResult[], signal: AbortSignal): ExitCode {
  if (steps.some(({ outcome }) => outcome === 'cancelled')) return interruptedExit(signal)
  const faults = steps.filter(({ outcome }) => outcome === 'blocked' || outcome === 'failed')
  if (faults.some(({ problem }) => problem?.exit === 70)) return 70
  const [first] = faults
  if (first !== undefined) return faultExit(first.outcome === 'blocked' ? 4 : 1, first.problem)
  return steps.some(({ outcome }) => outcome === 'declined') ? 5 : 0
}

/** 143 after SIGTERM, else 130. */
export function interruptedExit(signal: AbortSignal): ExitCode {
  return signal.reason === 'SIGTERM' ? 143 : 130
}

/** A registry entry says how it exits; 0 and 3 would call a fault a success, so they do not count. */
function faultExit(usual: 1 | 4, problem: Problem | undefined): ExitCode {
  if (problem === undefined || problem.exit === 0 || problem.exit === 3) return usual
  return problem.exit
}
