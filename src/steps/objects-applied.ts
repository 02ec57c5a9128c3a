import { applyObjects } from '../kube/apply.ts'
import type { Live } from '../kube/live.ts'
import { readManaged, resourcesFor } from '../kube/live.ts'
import { objectChanges } from '../kube/objects.ts'
import { workloadStates } from '../kube/workloads.ts'
import type { KubeObject, KubectlRef, Runner, StepContext } from '../plan/step.ts'

/** The live objects that carry our label: one call of kubectl for all steps that ask for the usual kinds. */
export function managedObjects(
  context: StepContext,
  kubectl: KubectlRef,
  objects: readonly KubeObject[],
): Promise<Live> {
  const resources = resourcesFor(objects)
  const { ports, signal } = context
  return context.once(`kube.managed ${kubectl.kubeconfig} ${kubectl.context} ${resources.join(',')}`, () =>
    readManaged(ports.exec, kubectl, resources, signal),
  )
}

/** Objects are in the cluster as they were last applied, by the hash on each; drift by other hands is theirs. */
export const runner: Runner<'objects.applied'> = {
  lane: 'cluster',
  settleMs: 0,

  async check({ want }, context) {
    const live = await managedObjects(context, want.kubectl, want.objects)
    if ('problem' in live) return { state: 'blocked', problem: live.problem }
    const changes = objectChanges(want.objects, live.objects)
    if (changes.length > 0) {
      return { state: changes.every(({ effect }) => effect === 'create') ? 'absent' : 'drifted', changes }
    }
    const wanted = new Set(want.objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? 'default'} ${metadata.name}`))
    const waiting = workloadStates(
      live.objects.filter(({ kind, metadata }) => wanted.has(`${kind} ${metadata.namespace ?? 'default'} ${metadata.name}`)),
    ).filter(({ isReady }) => !isReady)
    return {
      state: 'ready',
      detail: { objects: want.objects.length, waiting: waiting.map(({ workload, reasons }) => `${workload}: ${reasons.join('; ')}`) },
    }
  },

  async apply({ want }, _found, { ports, signal }) {
    await applyObjects(ports, want.kubectl, want.objects, signal)
  },
}
