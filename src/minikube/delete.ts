import { deleteFailed } from '../problems/cluster.ts'
import { fail } from '../problems/problem.ts'
import { deleteArgs } from './commands.ts'
import { lastWords, namedError, parseEvents, parsePlainReason } from './events.ts'
import { applyPrivateKubeconfig } from './private-kubeconfig.ts'
import { runWithProgress } from './run-start.ts'
import { describe } from './start-problems.ts'
import type { MinikubeRef, RunReach } from './types.ts'

/** A delete took up to 21 s on a paused node (running-132). */
const deleteTimeoutMs = 5 * 60_000

/**
 * Deletes one minikube profile with its node and volume; a profile that is not there is fine (027).
 * @throws DevK8sError DK3020; the signal's reason when interrupted.
 */
export async function applyDelete(ref: MinikubeRef, context: RunReach): Promise<void> {
  await applyPrivateKubeconfig(context.ports.files, ref)
  const ran = await runWithProgress(ref, deleteArgs(ref), deleteTimeoutMs, context)
  context.signal.throwIfAborted()
  if (ran.outcome === 'exited' && ran.exitCode === 0) return
  const events = parseEvents(ran.stdout)
  const reason = namedError(events) ?? parsePlainReason(ran.stderr)
  const how = ran.outcome === 'exited' ? describe(reason, ran.exitCode) : ran.outcome
  fail(deleteFailed, {
    detail: `minikube delete -p ${ref.profile} ended with ${how}.`,
    next: ['devk8s destroy', 'devk8s doctor'],
    evidence: lastWords(events, ran.stderr),
  })
}
