import type { Step, StepId } from '../plan/step.ts'
import { brokenPlan } from '../problems/bugs.ts'
import { fail } from '../problems/problem.ts'

type Ordered = Pick<Step, 'id' | 'needs' | 'after'>

/** All that a step waits for. */
export const waitsFor = ({ needs, after = [] }: Ordered): readonly StepId[] => [...needs, ...after]

/**
 * The steps in an order that respects their needs, and what they go after. Steps that are free to go at the same time keep the
 * order they came in, so a plan that is in order comes back unchanged.
 *
 * @throws DevK8sError DK9003 for two steps of one id, a need that is not in the plan, or a cycle.
 */
export function order<S extends Ordered>(steps: readonly S[]): readonly S[] {
  refuseDuplicates(steps)
  refuseUnknownNeeds(steps)
  const sorted: S[] = []
  const placed = new Set<StepId>()
  let waiting: readonly S[] = steps
  while (waiting.length > 0) {
    const left: S[] = []
    for (const step of waiting) {
      if (!waitsFor(step).every((need) => placed.has(need))) {
        left.push(step)
        continue
      }
      placed.add(step.id)
      sorted.push(step)
    }
    if (left.length === waiting.length) {
      fail(brokenPlan, { detail: `These steps wait for each other: ${cycleIn(left).join(' -> ')}.` })
    }
    waiting = left
  }
  return sorted
}

function refuseDuplicates(steps: readonly Pick<Step, 'id'>[]): void {
  const seen = new Set<StepId>()
  for (const { id } of steps) {
    if (seen.has(id)) fail(brokenPlan, { detail: `Two steps are called "${id}".` })
    seen.add(id)
  }
}

function refuseUnknownNeeds(steps: readonly Ordered[]): void {
  const known = new Set(steps.map(({ id }) => id))
  for (const step of steps) {
    const { id } = step
    const unknown = waitsFor(step).find((need) => !known.has(need))
    if (unknown !== undefined) {
      fail(brokenPlan, { detail: `Step "${id}" needs "${unknown}", which is not in the plan.` })
    }
  }
}

/** One cycle among steps none of which can go first: following any need stays among them, so it must close. */
function cycleIn(steps: readonly Ordered[]): readonly StepId[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const path: StepId[] = []
  let at: StepId | undefined = steps[0]?.id
  while (at !== undefined && !path.includes(at)) {
    path.push(at)
    const step = byId.get(at)
    at = step === undefined ? undefined : waitsFor(step).find((need) => byId.has(need))
  }
  return at === undefined ? path : [...path.slice(path.indexOf(at)), at]
}
