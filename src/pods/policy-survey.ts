import type { KubeObject } from '../kube/object.ts'
import { managedLabel } from '../kube/objects.ts'
import type { StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { identityFactsOf, kopsRolesOf, regionOf } from '../roles/identity-facts.ts'
import { identityPolicyObjects } from '../roles/identity-policy.ts'
import { kopsConfigMap, kopsMappingIn } from '../roles/kops-mapping.ts'
import { agentNamespace } from '../roles/names.ts'
import { readClusterObjects, readConfigMap } from '../upkeep/cluster-survey.ts'
import { servedNamespaces } from '../upkeep/served-namespaces.ts'
import type { PodsUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { readOwnSources } from './own-sources.ts'
import { keysPolicyObjects, pullPolicyObjects } from './policies.ts'
import { policyApiOf } from './policy-api.ts'
import { policyFactsOf, roleAccounts } from './policy-facts.ts'
import { labelled, literalText, literalTexts } from './policy-state.ts'

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
 * @param how.thorough one more, which reads all names of Secrets and ConfigMaps, for those with keys of their own, and for
 *   the agent one of kOps' ConfigMap; else they are those that the policy has.
 */
export async function policySurvey(
  upkeep: Upkeep,
  context: Context,
  how: { readonly thorough: boolean },
): Promise<PolicySurvey | { readonly problem: Problem }> {
  const { kubernetes, images } = upkeep
  const cluster = await readClusterObjects(upkeep, context)
  if ('problem' in cluster) return cluster
  const api = policyApiOf(kubernetes)
  if (!cluster.hasPolicies || api === undefined) {
    return { kind: 'impossible', isOff: api !== undefined, kubernetes }
  }
  const live = cluster.objects.filter(isPolicyOfOurs)
  const told = how.thorough ? await lookUp(upkeep, context) : knownIn(live, upkeep)
  if ('problem' in told) return told
  const credentials = credentialPolicies(api.apiVersion, upkeep, cluster.objects, told)
  return {
    kind: 'possible',
    live,
    wanted: labelled([...credentials, ...(images === undefined ? [] : pullPolicyObjects(api.apiVersion))]),
    namespace: servedNamespaces(cluster.objects).find((name) => name !== agentNamespace),
  }
}

const isPolicyOfOurs = ({ kind, metadata }: KubeObject) =>
  kind.startsWith('MutatingAdmissionPolicy') && metadata.labels?.[managedLabel] === 'true'

/** What a policy is told that is not among the cluster's objects. */
interface Told {
  readonly sources: readonly string[]
  readonly kopsRoles: readonly string[]
  readonly region: string | undefined
}

/** What the policy was told, so that a look that does not read it sees no change. */
function knownIn(live: readonly KubeObject[], { source }: Upkeep): Told {
  const texts = (name: string) => live.flatMap((policy) => literalTexts(policy, name))
  const region = live.map((policy) => literalText(policy, 'region')).find((each) => each !== undefined)
  return { sources: texts('ownSources'), kopsRoles: texts('kopsRoles'), region: source.region ?? region }
}

async function lookUp(upkeep: Upkeep, context: Context): Promise<Told | { readonly problem: Problem }> {
  const { pods, agent, kubectl } = upkeep
  if (pods === undefined && agent === undefined) return { sources: [], kopsRoles: [], region: undefined }
  const [own, kops, region] = await Promise.all([
    context.once(`own sources ${kubectl.kubeconfig} ${kubectl.context}`, async () =>
      readOwnSources({ kubectl }, context),
    ),
    agent === undefined ? { objects: [] } : readConfigMap(kopsConfigMap, kubectl, context),
    agent === undefined ? undefined : regionOf(upkeep, context),
  ])
  if ('problem' in own) return own
  if ('problem' in kops) return kops
  return { sources: [...own.sources.keys()], kopsRoles: kopsRolesOf(kopsMappingIn(kops.objects)), region }
}

/** One of two, or none: keys in the environment, or the agent. */
function credentialPolicies(
  apiVersion: string,
  { pods, agent }: Upkeep,
  objects: readonly KubeObject[],
  told: Told,
): readonly KubeObject[] {
  if (agent !== undefined) {
    const ownSources = [...new Set([...(agent.ownSources ?? []), ...told.sources])]
    return identityPolicyObjects(apiVersion, identityFactsOf(agent, objects, { ...told, ownSources }))
  }
  if (pods === undefined) return []
  const accounts = roleAccounts(objects, pods.namespaces)
  return keysPolicyObjects(apiVersion, policyFactsOf(pods, accounts, sourcesFor(pods, told.sources)))
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
