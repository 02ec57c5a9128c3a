import type { Asked } from './asked.ts'
import type { Refused } from './refusal.ts'
import {
  accountReplaced,
  accountUnknown,
  foreignToken,
  onHostNetwork,
  onNode,
  podDiffers,
  podOver,
  podUnknown,
  tokenFromUnknown,
  tokenRefused,
  unknownAddress,
} from './refused-askers.ts'
import type { PodView, TokenClaims, Tokens, View } from './view.ts'

// Who asks: by a token that the cluster signed for one pod, or by the address that a pod alone has.

/** A pod that may ask; what it gets is another question. */
export interface Asker {
  readonly is: 'pod'
  readonly pod: PodView
}

/** Audience of EKS Pod Identity (facts aws, 2.3). */
export const podIdentityAudience = 'pods.eks.amazonaws.com'
/** Audience of IRSA. */
export const stsAudience = 'sts.amazonaws.com'

export interface WhoAsks {
  readonly view: View
  readonly tokens: Tokens
  readonly nowMs: () => number
}

/**
 * Whose address it is; undefined while that is not known. What comes from the agent’s own address, or from the loopback
 * to another one, comes from the node.
 * @param own the address that the request came in at.
 */
export function podAt(address: string, own: string, view: View): PodView | 'node' | undefined {
  const found = view.podByAddress(address)
  // A pod that has ended has no address any more: another one may have it by now.
  if (found !== undefined && (found === 'node' || !found.isOver)) return found
  return address === own || (isLoopback(address) && !isLoopback(own)) ? 'node' : undefined
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** The pod that can be told something; several may share an address, and then none is. */
export function toldPodAt({ address, own }: Asked, view: View): PodView | undefined {
  const found = podAt(address, own, view)
  return found === 'node' ? undefined : found
}

/**
 * By a projected token. The address has to be one of its pod's, as far as the cluster has told any: the kubelet tells
 * them after the containers have started, and until then a token is proof enough from an address that is nobody else's.
 */
export function whoHolds(
  token: string | undefined,
  audience: string,
  asked: Asked,
  { view, tokens, nowMs }: WhoAsks,
): Asker | Refused {
  const there = toldPodAt(asked, view)
  if (token === undefined || token === '') return tokenRefused('missing', audience, there)
  const claims = tokens.verify(token, audience, nowMs())
  if ('fault' in claims) return tokenRefused(claims.fault, audience, there)
  const pod = view.podByUid(claims.podUid)
  if (pod === undefined) return podUnknown(`${claims.namespace}/${claims.podName}`, there)
  if (pod.isOver) return podOver(`${claims.namespace}/${claims.podName}`, there)
  return claimsRefused(pod, claims, view) ?? fromElsewhere(pod, asked, view) ?? { is: 'pod', pod }
}

function claimsRefused(pod: PodView, claims: TokenClaims, view: View): Refused | undefined {
  if (!isSamePod(pod, claims)) return podDiffers(pod)
  const account = view.account(pod.namespace, pod.serviceAccount)
  if (account === undefined) return accountUnknown(pod)
  return account.uid === claims.serviceAccountUid ? undefined : accountReplaced(pod)
}

function fromElsewhere(pod: PodView, { address, own }: Asked, view: View): Refused | undefined {
  if (pod.hostNetwork) return onHostNetwork(pod)
  const there = podAt(address, own, view)
  if (there === undefined) return pod.addresses.length > 0 ? tokenFromUnknown(pod, address) : undefined
  if (there === 'node') return foreignToken(pod, address, undefined)
  return there.uid === pod.uid ? undefined : foreignToken(pod, address, there)
}

/** By the address alone. */
export function whoIsAt({ address, own }: Asked, { view }: Pick<WhoAsks, 'view'>): Asker | Refused {
  const pod = podAt(address, own, view)
  if (pod === undefined) return unknownAddress(address)
  if (pod === 'node') return onNode(address)
  return pod.hostNetwork ? onHostNetwork(pod) : { is: 'pod', pod }
}

/** ECS's form: by the address, and by the token too where one is sent. */
export function whoAsksEcs(asked: Asked, who: WhoAsks): Asker | Refused {
  const token = asked.headers['authorization']
  return token === undefined ? whoIsAt(asked, who) : whoHolds(token, podIdentityAudience, asked, who)
}

const isSamePod = (pod: PodView, claims: TokenClaims): boolean =>
  pod.namespace === claims.namespace &&
  pod.name === claims.podName &&
  pod.serviceAccount === claims.serviceAccount
