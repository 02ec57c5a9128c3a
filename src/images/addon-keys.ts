import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import type { KubectlRef, StepContext } from '../plan/step.ts'
import { DevK8sError, type Problem } from '../problems/problem.ts'
import { addonNamespace, addonSecretName, type LiveAddonSecret, liveAddonSecret } from './addon-secret.ts'

/** The Secret that registry-creds signs in with, as it is in the cluster. */
export async function readAddonSecret(
  kubectl: KubectlRef,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<{ readonly live: LiveAddonSecret | undefined } | { readonly problem: Problem }> {
  const { ports, signal } = context
  return context.once(`images addon ${kubectl.kubeconfig} ${kubectl.context}`, async () => {
    const args = ['get', 'secret', addonSecretName, '-n', addonNamespace, '--ignore-not-found', '-o', 'json']
    const command = kubectlCommand(kubectl, args, { changes: false })
    const parsed = parseObjects(await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal }), kubectl)
    return 'problem' in parsed ? parsed : { live: liveAddonSecret(parsed.objects) }
  })
}

/** Keys of a session that devk8s gave to registry-creds: nobody needs them where it does not run. */
export const areLeftOver = (live: LiveAddonSecret | undefined): boolean =>
  live !== undefined && live.isOurs && live.record !== undefined

/** @throws DevK8sError of the DK40xx that kubectl's failure means. */
export async function removeAddonSecret(
  kubectl: KubectlRef,
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<void> {
  const args = ['delete', 'secret', addonSecretName, '-n', addonNamespace, '--ignore-not-found']
  const command = kubectlCommand(kubectl, args, { changes: true })
  const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
  signal.throwIfAborted()
  const failure = classifyFailure(ran, kubectl)
  if (failure !== undefined) throw new DevK8sError(failure)
}
