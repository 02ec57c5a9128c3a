import type { KubeObject } from '../kube/object.ts'
import {
  accountRoleAnnotation,
  awsLabel,
  containersServed,
  keysSecret,
  mirrorAnnotation,
  ownCredentials,
  ownCredentialsPrefix,
  podRoleAnnotation,
  skipContainersAnnotation,
  skipPodLabel,
  systemNamespaces,
} from './names.ts'
import { type OwnSources, sourceIn } from './own-sources.ts'
import { accountOf, containersOf, type PodContainer } from './pod.ts'
import { roleIn, ruleFor, type RoleRules, saysText } from './roles.ts'

/** The role that a pod asks for, and where that is written. */
export interface AskedRole {
  readonly role: string
  readonly from: 'pod' | 'service-account'
  /** What the profile says of it; undefined for nothing, which means the developer's session. */
  readonly says?: string
}

/** Why a pod as a whole gets keys. */
export type Grant = 'pod-role' | 'account-role' | 'label'
/** Why a pod as a whole gets none. */
export type Refusal =
  | 'system-namespace'
  | 'namespace-off'
  | 'label-off'
  | 'eks-skip'
  | 'windows'
  | 'of-the-node'
  | 'role-denied'
  | 'nothing-asks'

/** Of one container: it gets keys, has them, or is left alone; `beyond` the number of containers that can be served. */
export type ContainerVerdict =
  | { readonly name: string; readonly is: 'given' | 'has-them' | 'skipped' | 'beyond' }
  | ({ readonly name: string } & OwnCredentials)

/** By what a container has credentials of its own. */
type OwnCredentials =
  /** The variable that it sets itself, or takes `from` a Secret or ConfigMap, `Secret mine`. */
  | { readonly is: 'own-credentials'; readonly variable: string; readonly from?: string }
  /** Where AWS's files are mounted. */
  | { readonly is: 'own-files'; readonly path: string }

/** What the policy for keys would do with a pod that is created now, by its own rules (test/support/pod-corpus.ts). */
export interface Verdict {
  readonly asks: AskedRole | undefined
  readonly pod: { readonly grants: Grant } | { readonly refuses: Refusal }
  /** Empty when the pod as a whole gets none. */
  readonly containers: readonly ContainerVerdict[]
}

export interface VerdictFacts {
  readonly namespaceLabels: Readonly<Record<string, string>>
  /** The pod's service account, where it is in the cluster. */
  readonly account?: KubeObject
  /** Service accounts with a role that need not be in the cluster, `namespace/name`. */
  readonly serviceAccounts: readonly string[]
  readonly roles: RoleRules
  readonly ownSources: OwnSources
}

export function verdictOf(pod: KubeObject, facts: VerdictFacts): Verdict {
  const asks = askedRole(pod, facts)
  const decided = decide(pod, asks, facts)
  return {
    asks,
    pod: decided,
    containers: 'refuses' in decided ? [] : containerVerdicts(pod, facts.ownSources),
  }
}

function askedRole({ metadata }: KubeObject, { account, roles }: VerdictFacts): AskedRole | undefined {
  const own = roleIn(metadata.annotations, podRoleAnnotation)
  const role = own ?? roleIn(account?.metadata.annotations, accountRoleAnnotation)
  if (role === undefined) return undefined
  const rule = ruleFor(role, roles)
  return {
    role,
    from: own === undefined ? 'service-account' : 'pod',
    ...(rule === undefined ? {} : { says: saysText(rule.says) }),
  }
}

/** In the order in which a person would look: where it is, what it is, what it asks for. */
function decide(pod: KubeObject, asks: AskedRole | undefined, facts: VerdictFacts): Verdict['pod'] {
  const { namespace = 'default', labels = {}, annotations = {} } = pod.metadata
  const spec = pod['spec'] as { readonly os?: { readonly name?: string } } | undefined
  if (systemNamespaces.some((name) => name === namespace)) return { refuses: 'system-namespace' }
  if (facts.namespaceLabels[awsLabel] === 'off') return { refuses: 'namespace-off' }
  if (labels[awsLabel] === 'off') return { refuses: 'label-off' }
  if (labels[skipPodLabel] !== undefined) return { refuses: 'eks-skip' }
  if (spec?.os?.name === 'windows') return { refuses: 'windows' }
  if (annotations[mirrorAnnotation] !== undefined) return { refuses: 'of-the-node' }
  if (asks?.says === 'deny') return { refuses: 'role-denied' }
  if (asks !== undefined) return { grants: asks.from === 'pod' ? 'pod-role' : 'account-role' }
  if (facts.serviceAccounts.includes(accountOf(pod))) return { grants: 'account-role' }
  return labels[awsLabel] === 'on' ? { grants: 'label' } : { refuses: 'nothing-asks' }
}

function containerVerdicts(
  { metadata, spec }: KubeObject,
  ownSources: OwnSources,
): readonly ContainerVerdict[] {
  const skipped = metadata.annotations?.[skipContainersAnnotation]?.split(',').map((name) => name.trim())
  const containers = containersOf(spec)
  return containers.map((container, at): ContainerVerdict => {
    const { name, secrets, list } = container
    const before = containers.slice(0, at).filter((each) => each.list === list).length
    const own = ownCredential(container, metadata.namespace ?? 'default', ownSources)
    if (skipped?.includes(name) === true) return { name, is: 'skipped' }
    if (own !== undefined) return { name, ...own }
    if (secrets.includes(keysSecret)) return { name, is: 'has-them' }
    return { name, is: before < containersServed ? 'given' : 'beyond' }
  })
}

/** By what a container has credentials of its own; undefined when it has none. @param namespace the pod's. */
export function ownCredential(
  { env, sources, awsFiles }: PodContainer,
  namespace: string,
  ownSources: OwnSources,
): OwnCredentials | undefined {
  const variable = env.find(
    (name) => ownCredentials.some((own) => own === name) || name.startsWith(ownCredentialsPrefix),
  )
  if (variable !== undefined) return { is: 'own-credentials', variable }
  for (const from of sources) {
    const brought = ownSources.get(sourceIn(namespace, from))
    if (brought !== undefined) return { is: 'own-credentials', variable: brought, from }
  }
  return awsFiles === undefined ? undefined : { is: 'own-files', path: awsFiles }
}
