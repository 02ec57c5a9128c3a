import { decide, type Decision } from '../agent/decide.ts'
import type { MappingDocument } from '../agent/documents.ts'
import type { KubeObject } from '../kube/object.ts'
import { podRoleAnnotation } from '../pods/names.ts'
import type { RoleSays } from '../pods/roles.ts'
import type { AgentUpkeep } from '../upkeep/upkeep.ts'

/** What the profile gives, in a few words. */
export function givesText({ gives, asks }: Extract<Decision, { is: 'given' }>): string {
  switch (gives.is) {
    case 'developer':
      return 'your own session'
    case 'profile':
      return `a session of your AWS profile ${gives.profile}`
    case 'assume':
      return gives.twin ? `a session of its twin ${asks?.arn ?? ''}-dev` : 'a session of the role itself'
  }
}

/** What becomes of a role by the rules alone: what a namespace permits and a pod says of itself is left aside. */
export function ruledBy(role: string, mapping: MappingDocument): Decision {
  const asking = {
    namespace: '',
    serviceAccount: '',
    podAnnotations: { [podRoleAnnotation]: role },
    podLabels: {},
    accountAnnotations: {},
    namespaceAnnotations: {},
    namespaceLabels: {},
    kops: undefined,
  }
  return decide(asking, mapping)
}

/** The pattern that matches the role, also where something else has refused it before the rules were looked at. */
export function patternFor(
  { pattern, asks }: Pick<Decision, 'pattern' | 'asks'>,
  mapping: MappingDocument,
): string | undefined {
  return pattern ?? (asks === undefined ? undefined : ruledBy(asks.role, mapping).pattern)
}

/** By which rule of the profile, as it is written there. */
export function ruleText(decision: Decision, { roles }: AgentUpkeep, mapping: MappingDocument): string {
  const { asks } = decision
  if (asks === undefined) return 'none: no role is asked for'
  const pattern = patternFor(decision, mapping)
  if (pattern === undefined) {
    const ruled = ruledBy(asks.role, mapping)
    return ruled.is === 'given'
      ? 'none of aws.roles matches, which means developer'
      : 'none: what is asked for is no role'
  }
  const says = Object.hasOwn(roles, pattern) ? roles[pattern] : undefined
  return says === undefined ? `${pattern}, which the profile no longer has` : `${pattern}: ${wordsOf(says)}`
}

function wordsOf(says: RoleSays): string {
  if (typeof says === 'string') return says
  const { assume, fallback = 'deny' } = says
  return `assume ${assume}, or ${fallback} where AWS refuses`
}

/** Behind the agent's back a pod of the host's network looks like the node and all others there. */
export const hostNetworkText = 'it has hostNetwork, and the agent cannot tell such pods from the node.'

export const isOnHostNetwork = (pod: KubeObject | undefined): boolean =>
  (pod?.['spec'] as { readonly hostNetwork?: unknown } | undefined)?.hostNetwork === true
