import type { Clock } from '../ports/clock.ts'
import type { Exec } from '../ports/exec.ts'
import { Secret } from '../ports/secret.ts'
import { apiFailed, apiForbidden, fieldsManaged, kindUnknown } from '../problems/kubernetes.ts'
import type { Problem } from '../problems/problem.ts'
import { DevK8sError } from '../problems/problem.ts'
import { classifyFailure } from './failures.ts'
import { callTimeoutMs, kubectlCommand } from './kubectl.ts'
import type { KubeObject, KubectlTarget } from './object.ts'
import { titleOf } from './object.ts'

const fieldManager = 'devk8s'

/**
 * Arguments of the one way devk8s applies: on the server, under our own name, never taking fields from another
 * manager.
 */
export function applyArgs(): readonly string[] {
  return ['apply', '--server-side', `--field-manager=${fieldManager}`, '--force-conflicts=false', '-f', '-']
}

/** How long, in ms, a kind or a webhook may take to come up behind what was applied a moment ago. */
const patienceMs = 60_000
const pauseMs = 2_000

/**
 * Applies the objects with one kubectl call; custom resource definitions go first, in one of their own, and
 * what needs them is tried again until the server knows them. An admission webhook that is still starting, as
 * the ingress controller's (facts sheet, 7.3: it fails closed), is waited for in the same way.
 * @throws DevK8sError of the DK40xx that kubectl's failure means; conflicts name the managers.
 */
export async function applyObjects(
  { exec, clock }: { readonly exec: Exec; readonly clock: Clock },
  target: KubectlTarget,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition')
  const others = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition')
  const deadline = clock.monotonic() + patienceMs
  for (const batch of [definitions, others]) {
    if (batch.length === 0) continue
    for (;;) {
      const failure = await applyBatch(exec, target, batch, signal)
      if (failure === undefined) break
      const mayPass =
        failure.code === apiFailed.code ||
        (failure.code === kindUnknown.code && definitions.length > 0) ||
        isOnItsWayOut(failure)
      if (!mayPass || clock.monotonic() >= deadline) throw new DevK8sError(explained(failure, target, batch))
      await clock.sleep(pauseMs, signal)
    }
  }
}

/** Into a namespace that is being deleted nothing is let; once it is gone it is made anew (observed on 1.36.2). */
const isOnItsWayOut = ({ code, detail, evidence }: Problem): boolean =>
  code === apiForbidden.code &&
  [detail, ...(evidence ?? [])].some((text) => text.includes('because it is being terminated'))

async function applyBatch(
  exec: Exec,
  target: KubectlTarget,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const stdin = objects.some(({ kind }) => kind === 'Secret') ? Secret.of(list) : list
  const command = kubectlCommand(target, applyArgs(), { changes: true, stdin })
  return classifyFailure(await exec.run(command, { timeoutMs: callTimeoutMs, signal }), target)
}

/** kubectl names the fields of a conflict but not the object (recorded 034): what was applied narrows it down. */
function explained(failure: Problem, target: KubectlTarget, objects: readonly KubeObject[]): Problem {
  if (failure.code !== fieldsManaged.code) return failure
  const titles = objects.map(titleOf)
  const which =
    titles.length > 5 ? `${titles.slice(0, 5).join(', ')} and ${titles.length - 5} more` : titles.join(', ')
  const first = objects[0]
  const look =
    first === undefined
      ? []
      : [
          `kubectl --kubeconfig ${target.kubeconfig} --context ${target.context} get ${first.kind.toLowerCase()} ${first.metadata.name}${
            first.metadata.namespace === undefined ? '' : ` --namespace ${first.metadata.namespace}`
          } --show-managed-fields --output yaml`,
        ]
  return { ...failure, detail: `${failure.detail} Applied were: ${which}.`, next: look }
}
