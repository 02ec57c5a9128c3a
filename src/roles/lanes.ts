import type { RoleOrigin } from '../agent/asked-role.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import {
  awsLabel,
  mirrorAnnotation,
  skipContainersAnnotation,
  skipPodLabel,
  systemNamespaces,
} from '../pods/names.ts'
import type { OwnSources } from '../pods/own-sources.ts'
import { accountOf, containersOf, isKeyed, type PodContainer } from '../pods/pod.ts'
import { type ContainerVerdict, ownCredential } from '../pods/verdict.ts'
import { injectedContainers, injectedLane, rawContainer } from './injected.ts'
import { type InjectedLane, laneLabels, ownInAnyLane, ownOfLane, variablesOfLane } from './injection.ts'
import { knownSdk } from './known-sdks.ts'
import { agentNamespace } from './names.ts'

/**
 * How a pod gets credentials: A by the address of EKS Pod Identity, B by the metadata addresses with nothing injected, R by
 * ECS's relative address, S by web identity and an STS inside the node.
 */
export type Lane = 'A' | 'B' | 'R' | 'S' | 'none'

export interface LaneFacts {
  /** Where the role that counts is written (`decide(...).asks?.from`); undefined for a pod without a role. */
  readonly origin: RoleOrigin | undefined
  /** ARN of that role: lane S tells it to the pod. */
  readonly roleArn?: string | undefined
  readonly namespaceLabels: Readonly<Record<string, string>>
  /** The API server has mutating admission policies; without them nothing is injected. */
  readonly hasPolicies: boolean
  /** For the words: `v1.31.0`. */
  readonly kubernetes?: string
  /** The policy is in the cluster; true unless told. */
  readonly isPolicyThere?: boolean
  /** When the policy was made, as the cluster says it. */
  readonly policySince?: string | undefined
  /** Service accounts that the policy knows to ask, `namespace/name`; undefined for all that ask. */
  readonly known?: readonly string[]
  readonly ownSources?: OwnSources
}

/** Whether a pod that is there has what its lane puts into it. */
export type Injection =
  /** Its lane puts nothing in. */
  | { readonly is: 'not-needed' }
  | { readonly is: 'has-it'; readonly containers: readonly string[] }
  /** `why` is a sentence; `isCurable`: made anew at this moment it would have it. */
  | {
      readonly is: 'lacks-it'
      readonly why: string
      readonly isCurable: boolean
      readonly containers: readonly string[]
    }
  /** All of its containers have credentials of their own, or are to be skipped. */
  | { readonly is: 'left-alone' }

/** How a pod as it stands comes by credentials: by a lane; or by keys in its environment, or of its own, whatever the lane. */
export type LaneNow = Lane | 'keys' | 'own'

export interface LaneVerdict {
  /** The lane that serves it once it is made anew. */
  readonly lane: Lane
  /** A sentence: why this lane, or none. */
  readonly why: string
  readonly injection: Injection
  /** What was injected when it was made: another lane than `lane` where something has changed since. */
  readonly injected: Lane | undefined
  /** As it stands. A pod into which nothing was put ends at the metadata addresses. */
  readonly now: LaneNow
  /** Containers that take nothing of the lane, and why. */
  readonly left: readonly ContainerVerdict[]
}

/** Which lane a pod uses, and whether it has what that lane needs. Asks nobody. */
export function laneOf(pod: KubeObject, facts: LaneFacts): LaneVerdict {
  const { lane, why } = chosenLane(pod, facts)
  const injected = injectedLane(pod)
  const left = leftContainers(pod, lane, facts)
  return {
    lane,
    why,
    injected,
    left,
    injection: injectionOf(pod, lane, left, facts),
    now: laneNow(pod, lane, injected, left),
  }
}

function laneNow(
  pod: KubeObject,
  lane: Lane,
  injected: Lane | undefined,
  left: readonly ContainerVerdict[],
): LaneNow {
  if (isKeyed(pod)) return 'keys'
  if (lane === 'none' || injected !== undefined) return injected ?? 'none'
  const own = left.filter(({ is }) => is !== 'skipped')
  return own.length > 0 && own.length === containersOf(pod['spec']).length ? 'own' : 'B'
}

interface Chosen {
  readonly lane: Lane
  readonly why: string
}

/** In the order in which the policy looks: what keeps a pod out, what it says of itself, what asks for it. */
function chosenLane(pod: KubeObject, facts: LaneFacts): Chosen {
  const closed = whyClosed(pod, facts)
  if (closed !== undefined) return { lane: 'none', why: closed }
  const label = pod.metadata.labels?.[awsLabel]
  const asked =
    label !== undefined && Object.hasOwn(laneLabels, label)
      ? laneLabels[label as keyof typeof laneLabels]
      : undefined
  if (asked === 'B')
    return { lane: 'B', why: labelWhy('imds', 'nothing is injected, and the metadata addresses answer it') }
  if (facts.origin === undefined && asked === undefined)
    return { lane: 'none', why: 'Nothing asks for a role for it.' }
  const bare = whyBare(pod, facts)
  if (bare !== undefined) return { lane: 'B', why: bare }
  if (asked === 'R') return { lane: 'R', why: labelWhy('relative', 'it gets the relative address of ECS') }
  if (asked === 'S') return byWebIdentity(facts)
  if (facts.origin === 'pod') {
    const why =
      'Its own annotation names the role, as with kube2iam: nothing is injected, and the metadata addresses answer it.'
    return { lane: 'B', why }
  }
  return byImages(pod) ?? { lane: 'A', why: byAddress(facts) }
}

const labelWhy = (value: string, what: string): string => `Its label ${awsLabel}: ${value} says so: ${what}.`

function whyClosed(pod: KubeObject, { namespaceLabels }: LaneFacts): string | undefined {
  const { labels = {}, namespace = 'default' } = pod.metadata
  if ([...systemNamespaces, agentNamespace].some((name) => name === namespace)) {
    return `Its namespace ${namespace} belongs to the cluster itself.`
  }
  if (labels[awsLabel] === 'off') return `It has the label ${awsLabel}: "off".`
  if (namespaceLabels[awsLabel] === 'off') return `Its namespace has the label ${awsLabel}: "off".`
  if (labels[skipPodLabel] !== undefined) return `It has the label ${skipPodLabel}.`
  const spec = pod['spec']
  if (!isRecord(spec)) return undefined
  if (isRecord(spec['os']) && spec['os']['name'] === 'windows') return 'It is for Windows.'
  return spec['hostNetwork'] === true
    ? 'It is on the network of its node, where the agent cannot tell it from others.'
    : undefined
}

/** Why nothing can be injected, whatever it asks for. */
function whyBare(pod: KubeObject, { hasPolicies, kubernetes }: LaneFacts): string | undefined {
  if (!hasPolicies) {
    const which = kubernetes === undefined ? 'The cluster' : `Kubernetes ${kubernetes} of this cluster`
    return `${which} has no mutating admission policies: nothing is injected, not even a region, and the metadata addresses answer it.`
  }
  return pod.metadata.annotations?.[mirrorAnnotation] === undefined
    ? undefined
    : 'It is a static pod of its node, which nothing can be injected into: the metadata addresses answer it.'
}

function byWebIdentity({ roleArn }: LaneFacts): Chosen {
  return roleArn === undefined
    ? {
        lane: 'none',
        why: `Its label ${awsLabel}: sts asks for web identity, which needs the ARN of a role, and it has none.`,
      }
    : { lane: 'S', why: labelWhy('sts', 'it gets a web identity token and an STS inside the node') }
}

function byAddress({ origin }: LaneFacts): string {
  switch (origin) {
    case 'association':
      return 'An EKS Pod Identity association gives its service account the role.'
    case 'kops':
      return 'kOps’ ConfigMap gives its service account the role.'
    case 'service-account':
      return 'The annotation of its service account names the role.'
    case 'pod':
    case undefined:
      return `It has the label ${awsLabel}: "on".`
  }
}

/** An SDK that refuses the address of EKS takes that of ECS. */
function byImages(pod: KubeObject): Chosen | undefined {
  for (const { image, name } of servedContainers(pod)) {
    const known = knownSdk(image)
    if (known === undefined || known.takesEks) continue
    const why = `Container ${name} holds ${known.holds} ${known.version}, which refuses the address of EKS Pod Identity (it takes it from ${known.takesEksFrom} on): it gets the relative address of ECS.`
    return { lane: 'R', why }
  }
  return undefined
}

interface Served extends PodContainer {
  readonly image: string
}

/** Those that are not to be skipped. */
function servedContainers(pod: KubeObject): readonly Served[] {
  const skipped = pod.metadata.annotations?.[skipContainersAnnotation]?.split(',') ?? []
  return containersOf(pod['spec'])
    .map((container) => ({ ...container, image: imageOf(pod, container) }))
    .filter(({ name }) => !skipped.includes(name))
}

function imageOf(pod: KubeObject, { list, name }: PodContainer): string {
  const image = rawContainer(pod, list, name)?.['image']
  return typeof image === 'string' ? image : ''
}

/** Those that keep what they have. What was injected is not their own. */
function leftContainers(pod: KubeObject, lane: Lane, facts: LaneFacts): readonly ContainerVerdict[] {
  const { namespace = 'default' } = pod.metadata
  const given = injectedContainers(pod).map(({ name }) => name)
  const served = servedContainers(pod).map(({ name }) => name)
  return containersOf(pod['spec']).flatMap((container): readonly ContainerVerdict[] => {
    const { name } = container
    if (given.includes(name)) return []
    const own = ownIn(container, lane, namespace, facts.ownSources ?? new Map())
    if (own !== undefined) return [{ name, ...own }]
    return putsIn(lane) && !served.includes(name) ? [{ name, is: 'skipped' }] : []
  })
}

const putsIn = (lane: Lane): lane is InjectedLane => lane !== 'none' && lane !== 'B'

function ownIn(container: PodContainer, lane: Lane, namespace: string, ownSources: OwnSources) {
  if (!putsIn(lane)) return ownCredential(container, namespace, ownSources)
  const sets = [...ownInAnyLane, ...ownOfLane[lane], ...variablesOfLane[lane]]
  const variable = container.env.find((name) => sets.includes(name))
  return variable === undefined
    ? ownCredential({ ...container, env: [] }, namespace, ownSources)
    : ({ is: 'own-credentials', variable } as const)
}

function injectionOf(
  pod: KubeObject,
  lane: Lane,
  left: readonly ContainerVerdict[],
  facts: LaneFacts,
): Injection {
  if (!putsIn(lane)) return { is: 'not-needed' }
  const containers = injectedContainers(pod)
  if (containers.length > 0) return { is: 'has-it', containers: containers.map(({ name }) => name) }
  const open = containersOf(pod['spec']).filter(({ name }) => !left.some((each) => each.name === name))
  if (open.length === 0) return { is: 'left-alone' }
  const isCurable = facts.isPolicyThere !== false
  return { is: 'lacks-it', why: whyLacks(pod, facts), isCurable, containers: open.map(({ name }) => name) }
}

/** What is older than what, as far as the cluster tells. */
function whyLacks(pod: KubeObject, { isPolicyThere = true, known, origin, policySince }: LaneFacts): string {
  if (!isPolicyThere) return 'The policy that puts it in is not in the cluster.'
  const account = accountOf(pod)
  const isListed = origin === 'association' || origin === 'service-account'
  if (isListed && known?.includes(account) === false) {
    return `The policy does not know yet that service account ${account} has a role.`
  }
  const { creationTimestamp } = pod.metadata as { readonly creationTimestamp?: string }
  // Both are RFC 3339 in UTC, to the second.
  if (policySince !== undefined && creationTimestamp !== undefined && creationTimestamp < policySince) {
    return 'It is older than the policy that puts it in.'
  }
  switch (origin) {
    case 'association':
      return `It is older than the import of the association for service account ${account}.`
    case 'service-account':
    case 'kops':
      return `It was made before the policy knew that service account ${account} has a role.`
    case 'pod':
    case undefined:
      return 'It was made before the policy was in effect, or before it had this label.'
  }
}
