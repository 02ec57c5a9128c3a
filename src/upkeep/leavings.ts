import { addonTitle } from '../images/addon-deployment.ts'
import { addonLeavings, type AddonLeavings } from '../images/addon-leavings.ts'
import { type KubeObject, type KubectlTarget, titleOf } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { readPolicies } from '../pods/policy-state.ts'
import type { Change } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import { agentLeavings, type AgentLeavings, noAgent } from '../roles/agent-ending.ts'
import { keysIn, type SecretPlace } from './removal.ts'
import { type Upkeep, type UpkeepPart, upkeepParts } from './upkeep.ts'

/** What of a cluster's upkeep is meant. */
export interface Ended {
  readonly target: KubectlTarget
  /** As it was recorded; undefined when the record cannot be read. */
  readonly upkeep: Upkeep | undefined
  /** All unless told. */
  readonly parts?: readonly UpkeepPart[]
}

/** What is in the cluster of it. */
export interface Leavings {
  /** Those of registry-creds included. */
  readonly secrets: readonly SecretPlace[]
  /** registry-creds, where it runs with keys of ours. */
  readonly addon: Pick<AddonLeavings, 'running'> | { readonly problem: Problem }
  /** Ours, where all is to end: with a part of it they are another part's affair. */
  readonly policies: { readonly objects: readonly KubeObject[] } | { readonly problem: Problem }
  /** The agent, and what of it is inside the nodes. */
  readonly agent: AgentLeavings | { readonly problem: Problem }
}

/**
 * What an upkeep has left in its cluster. Two calls of kubectl, two or three more where registry-creds pulls, and as
 * many with the agent, besides a look into each node.
 * @returns the problem when the Secrets cannot be told; those of the rest are beside them.
 */
export async function leavingsIn(
  { target, upkeep, parts = upkeepParts }: Ended,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<Leavings | { readonly problem: Problem }> {
  const [keys, policies, agent] = await Promise.all([
    keysIn(target, context, parts),
    parts.includes('policies') ? readPolicies(target, context) : { objects: [] },
    parts.includes('agent') ? agentLeavings(target, upkeep, context) : noAgent,
  ])
  if ('problem' in keys) return keys
  const addon = await addonLeavings(parts.includes('images') ? upkeep : undefined, context)
  const more = 'problem' in addon ? [] : addon.secrets
  return { secrets: [...keys.secrets, ...more], addon, policies, agent }
}

/** The same, read anew. */
export async function leavingsNow(
  ended: Ended,
  context: Pick<StepContext, 'ports' | 'signal'>,
): Promise<Leavings | { readonly problem: Problem }> {
  return leavingsIn(ended, { ...context, once: async (_key, read) => read() })
}

/** All of it that is there, as changes that its end makes: what a person agrees to. */
export function leavingsChanges({ secrets, addon, policies, agent }: Leavings): readonly Change[] {
  const objects = [policies, agent].flatMap((each) => ('problem' in each ? [] : each.objects))
  const stopped: Change = {
    field: `${addonTitle}: replicas`,
    to: '0, since it would write its pull secrets again',
    effect: 'in-place',
  }
  return [
    ...('running' in addon && addon.running !== undefined ? [stopped] : []),
    ...[...secrets.map(titled), ...objects.map(titleOf)].map(removal),
    ...('problem' in agent ? [] : agent.routes),
  ]
}

const titled = ({ namespace, name }: SecretPlace) => `Secret ${namespace}/${name}`
const removal = (field: string) => ({ field, effect: 'remove' }) as const
