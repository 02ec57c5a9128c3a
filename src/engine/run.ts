import type { Plan, Runners, Step, StepId } from '../plan/step.ts'
import { exitOf } from './exit.ts'
import { createGate } from './gate.ts'
import { createMemory } from './memory.ts'
import type { RunOptions } from './options.ts'
import { order } from './order.ts'
import type { RunResult, StepResult } from './result.ts'
import { passedOver, runStep } from './step-run.ts'
import type { Shared } from './step-run.ts'

const checksAtOnce = 4

/**
 * Carries out a plan: each step as soon as what it needs is there, checks at most four at a time, changes
 * one at a time per lane. The failure of a step stops those that need it and no others.
 *
 * Two runs over the same worlds and clocks emit the same events in the same order. Emits `plan.ready` and
 * the `step.*` events; `run.started` and `run.finished` belong to the command, which may run several plans.
 *
 * @returns each step's result in the plan's order. An interruption is a result too: steps that were under
 *   way or next are `cancelled`, those behind them `later`, the others keep what they reached.
 * @throws DevK8sError DK9003 when the plan cannot be put in order. Faults of steps are never thrown.
 */
export async function runPlan(plan: Plan, runners: Runners, options: RunOptions): Promise<RunResult> {
  const steps = order(plan.steps)
  options.emit({
    type: 'plan.ready',
    profile: plan.profile,
    mode: options.mode,
    steps: steps.map(({ id, kind, title, needs }) => ({ id, kind, title, needs })),
  })
  const shared: Shared = {
    options,
    memory: createMemory(),
    checks: createGate(checksAtOnce),
    lanes: { download: createGate(1), cluster: createGate(1), host: createGate(1) },
    questions: createGate(1),
    changesEnded: new Map(),
  }
  const running = new Map<StepId, Promise<StepResult>>()
  for (const step of steps) {
    const results = (ids: readonly StepId[]) => ids.map((id) => running.get(id) as Promise<StepResult>)
    const before = { needs: results(step.needs), after: results(step.after ?? []) }
    running.set(step.id, whenMet(step, before, runners, shared))
  }
  const results = await Promise.all(running.values())
  return {
    steps: results,
    exit: exitOf(results, options.signal),
    changesNeeded: results.some(needsChange),
  }
}

async function whenMet(
  step: Step,
  { needs, after }: Readonly<Record<'needs' | 'after', readonly Promise<StepResult>[]>>,
  runners: Runners,
  shared: Shared,
): Promise<StepResult> {
  const { options } = shared
  const [reached] = await Promise.all([Promise.all(needs), Promise.all(after)])
  const isMet = reached.every(({ outcome }) => outcome === 'ready' || outcome === 'changed')
  if (!isMet) return passedOver(step, 'later', options)
  if (options.signal.aborted) return passedOver(step, 'cancelled', options)
  return runStep(step, runners[step.kind], shared)
}

/** Differences that only making it anew would mend. */
const isRecreateNeeded = (changes: StepResult['changes']) =>
  changes.some(({ effect }) => effect === 'recreate')

/** Whether something was, or is still, to be changed. What is `later` is behind a step that says it. */
function needsChange({ outcome, changes }: StepResult): boolean {
  switch (outcome) {
    case 'changed':
    case 'would-change':
    case 'declined':
      return true
    case 'failed':
    case 'cancelled':
    case 'blocked':
      return changes.length > 0
    case 'ready':
      return isRecreateNeeded(changes)
    case 'later':
      return false
  }
}
