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
import { accountOf, containersOf, type PodContainer } from './pod.ts'
import { ruleFor, type RoleRules } from './roles.ts'

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
  /** `variable`: what it sets itself. */
  | { readonly name: string; readonly is: 'own-credentials'; readonly variable: string }

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
}

export function verdictOf(pod: KubeObject, facts: VerdictFacts): Verdict {
  const asks = askedRole(pod, facts)
  const decided = decide(pod, asks, facts)
  return {
    asks,
    pod: decided,
    containers: 'refuses' in decided ? [] : containerVerdicts(pod),
  }
}

function askedRole({ metadata }: KubeObject, { account, roles }: VerdictFacts): AskedRole | undefined {
  const own = metadata.annotations?.[podRoleAnnotation]
  const role = own || account?.metadata.annotations?.[accountRoleAnnotation]
  if (!role) return undefined
  const rule = ruleFor(role, roles)
  return {
    role,
    from: own ? 'pod' : 'service-account',
    ...(rule === undefined ? {} : { says: rule.says }),
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

function containerVerdicts({ metadata, spec }: KubeObject): readonly ContainerVerdict[] {
  const skipped = metadata.annotations?.[skipContainersAnnotation]?.split(',').map((name) => name.trim())
  const containers = containersOf(spec)
  return containers.map((container, at): ContainerVerdict => {
    const { name, secrets, list } = container
    const before = containers.slice(0, at).filter((each) => each.list === list).length
    const variable = ownCredential(container)
    if (skipped?.includes(name) === true) return { name, is: 'skipped' }
    if (variable !== undefined) return { name, is: 'own-credentials', variable }
    if (secrets.includes(keysSecret)) return { name, is: 'has-them' }
    return { name, is: before < containersServed ? 'given' : 'beyond' }
  })
}

/** The variable by which a container has credentials of its own. */
export function ownCredential({ env }: Pick<PodContainer, 'env'>): string | undefined {
  return env.find(
    (name) => ownCredentials.some((own) => own === name) || name.startsWith(ownCredentialsPrefix),
  )
}
