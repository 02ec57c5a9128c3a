import { applyObjects } from '../kube/apply.ts'
import type { Live } from '../kube/live.ts'
import { readManaged, readNamed, resourcesFor } from '../kube/live.ts'
import { keyOf, titleOf } from '../kube/object.ts'
import { isPlaceholder, objectChanges } from '../kube/objects.ts'
import { workloadStates } from '../kube/workloads.ts'
import type { KubeObject } from '../kube/object.ts'
import type { KubectlRef, Runner, StepContext, Wants } from '../plan/step.ts'

/** The live objects that carry our label: one call of kubectl for all steps that ask for the usual kinds. */
function managedObjects(
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
    const live = await liveObjects(want, context)
    if ('problem' in live) return { state: 'blocked', problem: live.problem }
    const changes = objectChanges(want.objects, live.objects)
    if (changes.length > 0) {
      return { state: changes.every(({ effect }) => effect === 'create') ? 'absent' : 'drifted', changes }
    }
    const wanted = new Set(want.objects.map(keyOf))
    const waiting = workloadStates(live.objects.filter((object) => wanted.has(keyOf(object)))).filter(
      ({ isReady }) => !isReady,
    )
    return {
      state: 'ready',
      detail: {
        objects: want.objects.length,
        waiting: waiting.map(({ workload, reasons }) => `${workload}: ${reasons.join('; ')}`),
      },
    }
  },

  async apply({ want }, found, { ports, signal }) {
    const lacking = new Set('changes' in found ? found.changes.map(({ field }) => field) : [])
    const objects = want.objects.filter((object) => !isPlaceholder(object) || lacking.has(titleOf(object)))
    await applyObjects(ports, want.kubectl, objects, signal)
  },
}

/** Ours, and placeholders that somebody else has made: `minikube addons configure` recreates Secrets unlabelled. */
async function liveObjects(want: Readonly<Wants['objects.applied']>, context: StepContext): Promise<Live> {
  const { kubectl, objects } = want
  const ours = await managedObjects(context, kubectl, objects)
  if ('problem' in ours) return ours
  const have = new Set(ours.objects.map(keyOf))
  const missing = objects.filter((object) => isPlaceholder(object) && !have.has(keyOf(object)))
  if (missing.length === 0) return ours
  const named = await readNamed(context.ports.exec, kubectl, missing, context.signal)
  return 'problem' in named ? named : { objects: [...ours.objects, ...named.objects] }
}
