import { applyArgs } from '../kube/apply.ts'
import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import type { Secret } from '../ports/secret.ts'
import type { Problem } from '../problems/problem.ts'

/**
 * Namespaces per call of kubectl. Measured against a real API server with Secrets of 16 KB: a call of 250 takes 1.3 s,
 * four of them as long as one of 1,000; smaller ones add kubectl's own 0.1 s each, larger ones hold more in memory and
 * come nearer to the timeout of a call.
 */
export const batchSize = 250

/**
 * Applies what `render` makes for each batch of namespaces. kubectl applies all it can of a batch, so a failure says
 * nothing about which ones: the caller looks.
 * @param takesOver also fields that another manager has: only for what is worth nothing.
 */
export async function applyInBatches(
  namespaces: readonly string[],
  render: (namespaces: readonly string[]) => Secret,
  kubectl: KubectlRef,
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
  takesOver = false,
): Promise<readonly Problem[]> {
  const args = takesOver
    ? applyArgs().map((arg) => (arg === '--force-conflicts=false' ? '--force-conflicts' : arg))
    : applyArgs()
  const problems: Problem[] = []
  for (let at = 0; at < namespaces.length; at += batchSize) {
    const stdin = render(namespaces.slice(at, at + batchSize))
    const command = kubectlCommand(kubectl, args, { changes: true, stdin })
    const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
    signal.throwIfAborted()
    const failure = classifyFailure(ran, kubectl)
    if (failure !== undefined) problems.push(failure)
  }
  return problems
}
