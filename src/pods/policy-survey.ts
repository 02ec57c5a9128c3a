import type { KubeObject } from '../kube/object.ts'
import { managedLabel } from '../kube/objects.ts'
import type { StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { readClusterObjects } from '../upkeep/cluster-survey.ts'
import { servedNamespaces } from '../upkeep/served-namespaces.ts'
import type { PodsUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { readOwnSources } from './own-sources.ts'
import { keysPolicyObjects, pullPolicyObjects } from './policies.ts'
import { policyApiOf } from './policy-api.ts'
import { policyFactsOf, type RoleAccount, roleAccounts } from './policy-facts.ts'
import { labelled, literalTexts } from './policy-state.ts'

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

type Context = Pick<StepContext, 'ports' | 'signal' | 'once'>

/**
 * One call of kubectl, which all keepers share.
 * @param how.thorough one more, which reads all names of Secrets and ConfigMaps, for those with keys of their own; else
 *   they are those that the policy has.
 */
export async function policySurvey(
  upkeep: Upkeep,
  context: Context,
  how: { readonly thorough: boolean },
): Promise<PolicySurvey | { readonly problem: Problem }> {
  const { pods, kubernetes } = upkeep
  const cluster = await readClusterObjects(upkeep, context)
  if ('problem' in cluster) return cluster
  const api = policyApiOf(kubernetes)
  if (!cluster.hasPolicies || api === undefined) {
    return { kind: 'impossible', isOff: api !== undefined, kubernetes }
  }
  const live = cluster.objects.filter(isPolicyOfOurs)
  const found = how.thorough ? await sourcesFound(upkeep, context) : { names: sourcesKnown(live) }
  if ('problem' in found) return found
  const accounts = roleAccounts(cluster.objects, pods?.namespaces ?? [])
  return {
    kind: 'possible',
    live,
    wanted: wantedPolicies(api.apiVersion, upkeep, accounts, found.names),
    namespace: servedNamespaces(cluster.objects)[0],
  }
}

const isPolicyOfOurs = ({ kind, metadata }: KubeObject) =>
  kind.startsWith('MutatingAdmissionPolicy') && metadata.labels?.[managedLabel] === 'true'

/** What the policy was told, so that a look that does not read them sees no change. */
const sourcesKnown = (live: readonly KubeObject[]): readonly string[] =>
  live.flatMap((policy) => literalTexts(policy, 'ownSources'))

async function sourcesFound(
  { pods, kubectl }: Upkeep,
  context: Context,
): Promise<{ readonly names: readonly string[] } | { readonly problem: Problem }> {
  if (pods === undefined) return { names: [] }
  const read = await context.once(`own sources ${kubectl.kubeconfig} ${kubectl.context}`, async () =>
    readOwnSources({ kubectl }, context),
  )
  return 'problem' in read ? read : { names: [...read.sources.keys()] }
}

/** Those of the manifests and of the cluster, in the namespaces that get keys. */
function sourcesFor(
  { namespaces, ownSources = [] }: PodsUpkeep,
  found: readonly string[],
): readonly string[] {
  return [...new Set([...ownSources, ...found])].filter((source) =>
    namespaces.some((namespace) => source.includes(` ${namespace}/`)),
  )
}

function wantedPolicies(
  apiVersion: string,
  { pods, images }: Upkeep,
  accounts: readonly RoleAccount[],
  sources: readonly string[],
): readonly KubeObject[] {
  const keys =
    pods === undefined
      ? []
      : keysPolicyObjects(apiVersion, policyFactsOf(pods, accounts, sourcesFor(pods, sources)))
  return labelled([...keys, ...(images === undefined ? [] : pullPolicyObjects(apiVersion))])
}
