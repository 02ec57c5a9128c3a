import { status } from './answers.ts'
import type { Refusal } from './decide.ts'
import { nameOf, notYet, refused, whoami, type Refused } from './refusal.ts'
import type { PodView } from './view.ts'
import { shown } from './words.ts'

// Who asks is known, and gets no session, or not this one.

/** @param own undefined for a pod with a session but without a role. */
export function otherRole(asked: string, own: string | undefined, pod: PodView): Refused {
  const what = `The pod ${nameOf(pod)} asked for the role ${shown(asked)}.`
  const why = own === undefined ? 'It names no role itself.' : `Its own is ${shown(own)}.`
  const next = `put the role on the pod or its service account; devk8s aws why ${shown(asked).replaceAll(/[^\w+=,.@:/-]/g, '?')}`
  return refused('AwsOtherRole', { what, why, next }, pod)
}

/** By the mapping (decide.ts). */
export function byDecision(why: Refusal, detail: string, pod: PodView): Refused {
  const [code, next] = decisions(why, pod)
  return refused(code, { what: `The pod ${nameOf(pod)} gets no AWS session.`, why: detail, next }, pod)
}

function decisions(why: Refusal, pod: PodView): readonly [string, string] {
  switch (why) {
    case 'system-namespace':
      return ['AwsSystemNamespace', 'run it in a namespace of your own']
    case 'namespace-off':
      return ['AwsNamespaceOff', `kubectl label namespace ${pod.namespace} devk8s.dev/aws-`]
    case 'pod-off':
      return ['AwsPodOff', 'take the label off, in the template of the pod’s owner']
    case 'unmapped':
      return ['AwsUnmapped', 'annotate its service account as on AWS, or label the pod devk8s.dev/aws: "on"']
    case 'role-denied':
      return ['AwsRoleDenied', `${whoami(pod)}; the rule is in your team’s profile`]
    case 'role-malformed':
      return ['AwsRoleMalformed', `correct the role where it is written; ${whoami(pod)}`]
    case 'not-permitted':
      return ['AwsNotPermitted', `correct the namespace’s annotation as on AWS; ${whoami(pod)}`]
    case 'no-account':
      return ['AwsNoAccount', 'devk8s aws refresh']
  }
}

/** AWS gave no session (`RefusedSession`). */
export function byAws(reason: string, next: string | undefined, pod: PodView): Refused {
  const what = `AWS gave no session for the pod ${nameOf(pod)}.`
  return refused('AwsSessionRefused', { what, why: reason, next: next ?? whoami(pod) }, pod)
}

export function noSession(pod: PodView): Refused {
  const what = `There is no session yet for the pod ${nameOf(pod)}.`
  const why = 'The laptop has not handed it to the cluster.'
  return refused('AwsNoSession', { what, why, next: 'devk8s aws refresh' }, pod, status.unavailable)
}

/** @param expiredAt ISO 8601. */
export function expiredSession(expiredAt: string, pod: PodView): Refused {
  const what = `The AWS session of the pod ${nameOf(pod)} expired at ${expiredAt}.`
  const why = 'The laptop has not renewed it: it may be offline, asleep, or your login has run out.'
  const next = 'devk8s aws login (then: devk8s aws broker start, which keeps it fresh)'
  return refused('AwsSessionExpired', { what, why, next }, pod)
}

export function noMapping(pod: PodView): Refused {
  const what = `The pod ${nameOf(pod)} gets no AWS session.`
  const why = 'The cluster has no mapping of roles (ConfigMap devk8s-system/devk8s-aws).'
  return refused('AwsNoMapping', { what, why, next: 'devk8s up' }, pod, status.unavailable)
}

/** What it says of roles would count. */
export function namespaceUnknown(pod: PodView): Refused {
  const what = `The namespace of the pod ${nameOf(pod)} is not known.`
  const why = 'The cluster has not told of it yet.'
  return notYet('AwsNamespaceUnknown', { what, why, next: 'ask again in a second' }, pod)
}

/** Lane S: a session for less than the role may do, which only STS itself can make. */
export function narrowerSession(pod: PodView): Refused {
  const what = `The pod ${nameOf(pod)} asked STS for a session with a policy of its own.`
  const why = 'The agent hands out the session that it has and cannot narrow it.'
  return refused(
    'AwsNarrowerSession',
    { what, why, next: 'leave Policy and PolicyArns out on the laptop' },
    pod,
  )
}

export function unknownAction(action: string, pod: PodView): Refused {
  const what = `The agent’s STS does not know the action ${shown(action)}.`
  const why = 'It answers AssumeRoleWithWebIdentity and GetCallerIdentity from memory and forwards nothing.'
  const next =
    'ask AWS itself with the session: give that client the endpoint https://sts.REGION.amazonaws.com'
  return refused('AwsUnknownAction', { what, why, next }, pod, status.badRequest)
}

export function unknownKey(pod: PodView): Refused {
  const what = `The pod ${nameOf(pod)} asked STS whose an access key is that it did not get here.`
  const why = 'The agent knows the sessions that it hands out.'
  const next = 'ask AWS itself: give that client the endpoint https://sts.REGION.amazonaws.com'
  return refused('AwsUnknownKey', { what, why, next }, pod)
}
