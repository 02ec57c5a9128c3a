import { decide } from '../agent/decide.ts'
import type { KubeObject } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { readOwnSources } from '../pods/own-sources.ts'
import { isKeyed, type OwnerRef, topOwnerOf } from '../pods/pod.ts'
import { DevK8sError } from '../problems/problem.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import type { LaneVerdict } from './lanes.ts'
import { askersIn, laneIn, rolesSurvey } from './roles-survey.ts'

/** A running pod that only a restart brings what its lane puts into it. */
export interface LackingPod {
  readonly namespace: string
  readonly name: string
  /** What a person knows it by: the Deployment behind its ReplicaSet, the CronJob behind its Job. */
  readonly owner?: OwnerRef
  /** What it has instead, to go on after "has". */
  readonly has: string
}

/**
 * Pods that would be told of the agent if they were made today and were not, and those that still have keys in their
 * environment, which go before all else. Those that get nothing anyway are left out.
 * @throws DevK8sError of kubectl.
 */
export async function lackingPods(
  upkeep: Upkeep,
  agent: AgentUpkeep,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<readonly LackingPod[]> {
  const [survey, own] = await Promise.all([
    rolesSurvey(upkeep, agent, context),
    readOwnSources({ kubectl: upkeep.kubectl }, context),
  ])
  if ('problem' in own) throw new DevK8sError(own.problem)
  return askersIn(agent, survey).flatMap(({ asking, pod }) => {
    if (pod === undefined) return []
    const decision = decide(asking, survey.mapping)
    // What is refused is told of nothing, but keys that it was given before it still has.
    if (decision.is === 'refused' && !isKeyed(pod)) return []
    const has = whatItHas(pod, laneIn(survey, pod, { asking, decision }, { ownSources: own.sources }))
    if (has === undefined) return []
    const { name, namespace = 'default' } = pod.metadata
    const owner = topOwnerOf(pod, survey.objects)
    return [{ namespace, name, has, ...(owner === undefined ? {} : { owner }) }]
  })
}

function whatItHas(pod: KubeObject, { injection }: LaneVerdict): string | undefined {
  if (isKeyed(pod)) return 'keys in its environment from before the agent, which nobody renews'
  return injection.is === 'lacks-it' && injection.isCurable
    ? `not been told of the agent: ${clause(injection.why)}`
    : undefined
}

/** A sentence, to go on after a colon. */
const clause = (sentence: string): string =>
  `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`
