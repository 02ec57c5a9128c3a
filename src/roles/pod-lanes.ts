import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { type LaneHealth, laneHealth, lookAtLanes } from './lane-health.ts'
import { lookAtRoutes, routesFound } from './routes.ts'

/** How the lanes of each node do for pods that are there: what the policy would put into new ones is nothing to them. */
export type LanesByNode = (node: string | undefined) => readonly LaneHealth[]

/**
 * One look into each node, side by side; and what the other keepers have read of the cluster, if they have.
 * @param ready settles when the cluster has been read: what it read is not read again.
 * @throws DevK8sError of kubectl.
 */
export async function lanesByNode(
  upkeep: Upkeep,
  agent: AgentUpkeep,
  context: StepContext,
  ready: Promise<unknown>,
): Promise<LanesByNode> {
  const [looked] = await Promise.all([lookAtRoutes(agent, context), ready])
  const routes = routesFound(looked.detail)
  const found = await lookAtLanes(upkeep, { routes }, context)
  if ('problem' in found) throw new DevK8sError(found.problem)
  // A pod that has no node yet may come to any.
  return (node) => laneHealth({ agent: found.agent, policy: 'there', routes, node })
}

/** The node that a pod runs on. */
export function nodeOf({ spec }: KubeObject): string | undefined {
  const name = isRecord(spec) ? spec['nodeName'] : undefined
  return typeof name === 'string' ? name : undefined
}
