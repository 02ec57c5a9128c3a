import type { KubeObject } from '../kube/object.ts'
import { managedLabel } from '../kube/objects.ts'
import type { StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { readClusterObjects } from '../upkeep/cluster-survey.ts'
import { servedNamespaces } from '../upkeep/served-namespaces.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { keysPolicyObjects, pullPolicyObjects } from './policies.ts'
import { policyApiOf } from './policy-api.ts'
import { policyFactsOf, type RoleAccount, roleAccounts } from './policy-facts.ts'
import { labelled } from './policy-state.ts'

/** Policies of a cluster: what is there, and what is to be there. */
export type PolicySurvey =
  | {
      readonly kind: 'possible'
      readonly live: readonly KubeObject[]
      readonly wanted: readonly KubeObject[]
      /** Where a pod may be tried; undefined when devk8s serves no namespace. */
      readonly namespace: string | undefined
    }
  /** `isOff`: this version of Kubernetes has policies, the API server was started without them. */
  | { readonly kind: 'impossible'; readonly isOff: boolean; readonly kubernetes: string }

/** One call of kubectl, which all keepers share. */
export async function policySurvey(
  upkeep: Upkeep,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<PolicySurvey | { readonly problem: Problem }> {
  const { pods, kubernetes } = upkeep
  const cluster = await readClusterObjects(upkeep, context)
  if ('problem' in cluster) return cluster
  const api = policyApiOf(kubernetes)
  if (!cluster.hasPolicies || api === undefined) {
    return { kind: 'impossible', isOff: api !== undefined, kubernetes }
  }
  return {
    kind: 'possible',
    live: cluster.objects.filter(isPolicyOfOurs),
    wanted: wantedPolicies(api.apiVersion, upkeep, roleAccounts(cluster.objects, pods?.namespaces ?? [])),
    namespace: servedNamespaces(cluster.objects)[0],
  }
}

const isPolicyOfOurs = ({ kind, metadata }: KubeObject) =>
  kind.startsWith('MutatingAdmissionPolicy') && metadata.labels?.[managedLabel] === 'true'

function wantedPolicies(
  apiVersion: string,
  { pods, images }: Upkeep,
  accounts: readonly RoleAccount[],
): readonly KubeObject[] {
  return labelled([
    ...(pods === undefined ? [] : keysPolicyObjects(apiVersion, policyFactsOf(pods, accounts))),
    ...(images === undefined ? [] : pullPolicyObjects(apiVersion)),
  ])
}
