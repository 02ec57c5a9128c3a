import { addonLeavings, type AddonLeavings } from '../images/addon-leavings.ts'
import type { KubeObject, KubectlTarget } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { readPolicies } from '../pods/policy-state.ts'
import type { Problem } from '../problems/problem.ts'
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
}

/**
 * What an upkeep has left in its cluster. Two calls of kubectl, and two or three more where registry-creds pulls.
 * @returns the problem when the Secrets cannot be told; those of the rest are beside them.
 */
export async function leavingsIn(
  { target, upkeep, parts = upkeepParts }: Ended,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<Leavings | { readonly problem: Problem }> {
  const [keys, policies] = await Promise.all([
    keysIn(target, context, parts),
    parts.includes('policies') ? readPolicies(target, context) : { objects: [] },
  ])
  if ('problem' in keys) return keys
  const addon = await addonLeavings(parts.includes('images') ? upkeep : undefined, context)
  const more = 'problem' in addon ? [] : addon.secrets
  return { secrets: [...keys.secrets, ...more], addon, policies }
}

/** The same, read anew. */
export async function leavingsNow(
  ended: Ended,
  context: Pick<StepContext, 'ports' | 'signal'>,
): Promise<Leavings | { readonly problem: Problem }> {
  return leavingsIn(ended, { ...context, once: async (_key, read) => read() })
}
