import type { StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { readClusterObjectsAndPods } from '../upkeep/cluster-survey.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { endOfKeys, isEnding, isOlder, type KeysEnd } from './ending.ts'
import { keysSurvey } from './keys-survey.ts'
import { isKeyed, isLive, type OwnerRef, topOwnerOf } from './pod.ts'

/** A running pod with AWS keys. */
export interface KeyedPod {
  readonly namespace: string
  readonly name: string
  /** What a person knows it by: the Deployment behind its ReplicaSet, the CronJob behind its Job. */
  readonly owner?: OwnerRef
  readonly keys: KeysEnd
}

type Context = Pick<StepContext, 'ports' | 'signal' | 'once'>

/**
 * All pods of the cluster that have AWS keys and still run, with the end of what they have. In a round of several looks
 * it goes first, so that one call of kubectl serves all.
 */
export async function podsOf(
  upkeep: Upkeep,
  context: Context,
): Promise<{ readonly pods: readonly KeyedPod[] } | { readonly problem: Problem }> {
  const [objects, survey] = await Promise.all([
    readClusterObjectsAndPods(upkeep, context),
    keysSurvey(upkeep, context),
  ])
  if ('problem' in objects) return objects
  if ('problem' in survey) return survey
  const records = new Map(survey.served.map(({ namespace, keys }) => [namespace, keys?.record]))
  const nowMs = context.ports.clock.now()
  return {
    pods: objects.objects
      .filter((object) => object.kind === 'Pod' && isLive(object) && isKeyed(object))
      .map((pod) => {
        const { name, namespace = 'default' } = pod.metadata
        const owner = topOwnerOf(pod, objects.objects)
        const keys = endOfKeys(pod, records.get(namespace), nowMs)
        return { namespace, name, ...(owner === undefined ? {} : { owner }), keys }
      }),
  }
}

/** Those whose keys are over or nearly so while newer ones lie ready. */
export function endingPods(pods: readonly KeyedPod[]): readonly KeyedPod[] {
  return pods.filter(({ keys }) => isEnding(keys))
}

/** Those whose keys do for now, though newer ones lie ready. */
export function olderPods(pods: readonly KeyedPod[]): readonly KeyedPod[] {
  return pods.filter(({ keys }) => isOlder(keys))
}
