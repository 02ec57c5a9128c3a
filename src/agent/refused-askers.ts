import { status } from './answers.ts'
import { nameOf, notYet, refused, whoami, type Refused } from './refusal.ts'
import type { PodView, TokenFault } from './view.ts'
import { shown } from './words.ts'

// Who asks is not known, or not who the request says.

/** @param pod who asked, where it is known, for this and all below. */
export function tokenRefused(fault: TokenFault | 'missing', audience: string, pod?: PodView): Refused {
  const [code, why] = tokenFaults(fault, audience)
  const what = 'The service account token was not accepted.'
  const next =
    pod === undefined
      ? 'let the pod’s SDK read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE for each request; `devk8s aws status` tells how pods get it'
      : whoami(pod)
  const words = { what, why, next }
  // The keys are read again because of it.
  return fault === 'unknown-key' ? notYet(code, words, pod) : refused(code, words, pod)
}

function tokenFaults(fault: TokenFault | 'missing', audience: string): readonly [string, string] {
  switch (fault) {
    case 'missing':
      return ['AwsTokenMissing', 'The request has no Authorization header with the token of its pod.']
    case 'malformed':
      return ['AwsTokenMalformed', 'It is no JSON web token: the bare token is expected, without “Bearer”.']
    case 'unknown-key':
      return [
        'AwsTokenUnknownKey',
        'It was signed with a key that this cluster does not have: it may come from another cluster, or from before this one was made anew.',
      ]
    case 'bad-signature':
      return ['AwsTokenBadSignature', 'Its signature is not of this cluster.']
    case 'wrong-issuer':
      return ['AwsTokenWrongIssuer', 'It was issued by another cluster.']
    case 'wrong-audience':
      return ['AwsTokenWrongAudience', `It was made for another audience than ${audience}.`]
    case 'expired':
      return [
        'AwsTokenExpired',
        'It has expired: the application keeps an old one instead of reading its file again.',
      ]
    case 'not-yet-valid':
      return [
        'AwsTokenNotYetValid',
        'It is not valid yet: the clocks of the cluster and of the node may differ (`devk8s doctor` looks).',
      ]
    case 'not-of-a-pod':
      return ['AwsTokenNotOfPod', 'It belongs to no pod: only projected tokens of pods count.']
  }
}

/** @param name of the token’s pod. */
export function podUnknown(name: string, asker?: PodView): Refused {
  const what = `The token belongs to the pod ${shown(name)}, which the agent does not know.`
  const why =
    'It is newer than what the cluster has told, or it is gone: a token counts no longer than its pod.'
  return notYet('AwsPodUnknown', { what, why, next: 'ask again, with the token of the pod that asks' }, asker)
}

/** The token's pod is over. */
export function podOver(name: string, asker?: PodView): Refused {
  const what = `The token belongs to the pod ${shown(name)}, which is not running any more.`
  const why = 'A token counts no longer than its pod.'
  return refused('AwsPodGone', { what, why, next: 'use the token of the pod that asks' }, asker)
}

/** Of the token's pod some other thing is known than the token says. */
export function podDiffers(pod: PodView): Refused {
  const what = `The token does not fit the pod ${nameOf(pod)}, whose uid it names.`
  const why = 'Its namespace, name or service account is another one.'
  return refused('AwsTokenOfOtherAccount', { what, why, next: whoami(pod) }, pod)
}

/** @param asker the pod that used another one's token; undefined where no pod has the address. */
export function foreignToken(owner: PodView, address: string, asker: PodView | undefined): Refused {
  const from = asker === undefined ? shown(address) : `the pod ${nameOf(asker)} (${shown(address)})`
  const what = `The token of the pod ${nameOf(owner)} was used from ${from}.`
  const why = 'A token counts only when it comes from its own pod.'
  const next = `find out how it got there; ${whoami(asker ?? owner)}`
  return refused('AwsTokenForeign', { what, why, next }, asker ?? owner)
}

/** The token of a pod of which other addresses are known: those of before, or it is not the pod that asks. */
export function tokenFromUnknown(owner: PodView, address: string): Refused {
  const what = `The token of the pod ${nameOf(owner)} was used from ${shown(address)}, which is not known to be its address.`
  const why = 'A token counts only when it comes from its own pod.'
  return notYet('AwsTokenForeign', { what, why, next: whoami(owner) }, owner)
}

/** @param pod has an account that is not there. */
export function accountUnknown(pod: PodView): Refused {
  const what = `The service account ${shown(pod.serviceAccount)} of the pod ${nameOf(pod)} is not known.`
  const why = 'It was deleted, or the cluster has not told of it yet.'
  const next = `kubectl -n ${pod.namespace} get serviceaccount ${pod.serviceAccount}`
  return notYet('AwsAccountUnknown', { what, why, next }, pod)
}

/** As a TokenReview has it: a token counts no longer than its account. */
export function accountReplaced(pod: PodView): Refused {
  const what = `The token of the pod ${nameOf(pod)} belongs to a service account that was deleted.`
  const why = `Another one is called ${shown(pod.serviceAccount)} now.`
  const next = 'make the pod anew (kubectl rollout restart)'
  return { ...refused('AwsTokenOfOtherAccount', { what, why, next }, pod), isHeld: true }
}

export function unknownAddress(address: string): Refused {
  const what = `No pod of this cluster is known to have the address ${shown(address)}.`
  const why =
    'Who asks without a token is known by its address alone, which the cluster may be about to tell.'
  const next = 'ask again in a second (devk8s aws status)'
  return notYet('AwsUnknownAddress', { what, why, next }, undefined)
}

/** Which of the pods with hostNetwork it is, or whether it is one at all, cannot be told. */
export function onNode(address: string): Refused {
  const what = `The address ${shown(address)} is the node’s.`
  const why = 'Pods with hostNetwork share it with the node and with each other.'
  const next = 'remove hostNetwork from the pod, or run what needs AWS in another one'
  return refused('AwsHostNetwork', { what, why, next }, undefined)
}

export function onHostNetwork(pod: PodView): Refused {
  const what = `The pod ${nameOf(pod)} runs with hostNetwork.`
  const why = 'Its address is that of its node, so that anything on the node could pass for it.'
  const next = 'remove hostNetwork from the pod, or run what needs AWS in another one'
  return refused('AwsHostNetwork', { what, why, next }, pod)
}

export function foreignMetadataToken(pod: PodView): Refused {
  const what = `The pod ${nameOf(pod)} used a metadata token of another pod.`
  const why = 'A token counts for the pod that asked for it.'
  return refused('AwsMetadataTokenForeign', { what, why, next: 'PUT /latest/api/token in the same pod' }, pod)
}

/** IMDSv2's own token, which SDKs ask for anew upon a 401 (EC2 answers so as well). */
export function metadataTokenNeeded(why: 'missing' | 'invalid', pod: PodView): Refused {
  const what = 'The metadata service needs a session token (IMDSv2).'
  const reason =
    why === 'missing'
      ? 'The request has none, and the profile has aws.imdsV1: false.'
      : 'That of the request has expired, or was not made here.'
  const next = 'PUT /latest/api/token first, as newer SDKs do by themselves'
  // That a token has expired is how the protocol goes, and nothing to tell a pod of.
  const told = why === 'missing' ? pod : undefined
  return refused('AwsMetadataToken', { what, why: reason, next }, told, status.unauthorized)
}
