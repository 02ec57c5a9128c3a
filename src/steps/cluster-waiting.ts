import { checkEarlierRun, renderRun, waitForEarlierRun } from '../minikube/earlier-run.ts'
import type { Finding, MinikubeRef, StepContext } from '../plan/step.ts'
import { earlierRunLeft } from '../problems/cluster.ts'
import { DevK8sError, fail } from '../problems/problem.ts'

/** What a check says while the minikube of a devk8s that was killed still runs: what it will leave is not known. */
export async function checkWaiting(
  ref: MinikubeRef,
  to: string,
  { ports }: StepContext,
): Promise<Finding | undefined> {
  const run = await checkEarlierRun(ref, ports)
  if (run === undefined) return undefined
  return {
    state: 'drifted',
    changes: [{ field: 'cluster', from: 'being changed', to, effect: 'in-place' }],
    notes: [{ level: 'info', text: `${renderRun(run)}; its end is waited for before anything is done.` }],
    detail: { state: 'being changed', process: run.pid },
  }
}

/**
 * Waits for such a minikube and then looks again, past what this run remembers; without one, what was found counts.
 * @throws DevK8sError DK3023 when there now is a question that nobody has been asked, or the problem now found.
 */
export async function afterEarlierRun(
  ref: MinikubeRef,
  found: Finding,
  context: StepContext,
  look: (context: StepContext) => Promise<Finding>,
): Promise<Finding> {
  if (!(await waitForEarlierRun(ref, context))) return found
  const now = await look({ ...context, once: (_key, read) => read() })
  switch (now.state) {
    case 'ready':
      return now
    case 'blocked':
      throw new DevK8sError(now.problem)
    case 'absent':
    case 'drifted':
      // A question that answers itself with yes needs nobody: an own start that was cut short goes on (DK3023 else).
      if (now.consent === undefined || now.consent.fallback === true) return now
      fail(earlierRunLeft, {
        detail: `The minikube that an earlier devk8s had begun for ${ref.profile} has ended. ${now.consent.text}`,
        next: ['devk8s up'],
        evidence: now.consent.details ?? [],
      })
  }
}
