import { status } from './answers.ts'
import { refused, type Refused } from './refusal.ts'
import type { PodView } from './view.ts'
import { shown } from './words.ts'

// The request itself is not answered, whoever sent it.

/** @param header of a proxy, by its name. */
export function forwarded(header: string, pod: PodView | undefined): Refused {
  const what = `The request has passed a proxy (${header}).`
  const why = 'The instance metadata service of AWS refuses such too: whose request it is cannot be told.'
  const next = 'set NO_PROXY=169.254.169.254,169.254.170.2,169.254.170.23 in the pod'
  return refused('AwsForwarded', { what, why, next }, pod)
}

export function strangeHost(host: string | undefined, pod: PodView | undefined): Refused {
  const what = `The request is for the host ${shown(host ?? '(none)')}.`
  const why =
    'The agent answers for its own addresses only, so that no web page’s name can be made to point at it.'
  const next = 'ask http://169.254.170.23:8170'
  return refused('AwsWrongHost', { what, why, next }, pod)
}

export function ambiguous(header: string, pod: PodView | undefined): Refused {
  const what = `The request has the header ${header} more than once.`
  const why = 'Which of them counts cannot be told.'
  return refused('AwsAmbiguousHeader', { what, why, next: 'send it once' }, pod)
}

/** Who asks for what is not known before the lists are in. */
export const notReady: Refused = refused(
  'AwsAgentNotReady',
  {
    what: 'The agent has just started.',
    why: 'It does not know the pods of the cluster yet.',
    next: 'ask again in a second',
  },
  undefined,
  status.unavailable,
)

const tooMuch = (code: string, what: string, pod: PodView | undefined): Refused =>
  refused(
    code,
    { what, why: 'Others ask the same agent.', next: 'keep credentials until they expire, as SDKs do' },
    pod,
    status.unavailable,
  )

export const tooFast = (pod: PodView | undefined): Refused =>
  tooMuch('AwsTooFast', 'Too many requests in too short a time.', pod)

/** Held, or with a body that is being read. */
export const tooMany = (pod: PodView | undefined): Refused =>
  tooMuch('AwsTooMany', 'Too many requests at a time.', pod)

/** A request that means nothing here; not of a kind to put an Event on a pod. */
export function badRequest(what: string, why: string, next: string): Refused {
  return refused('AwsBadRequest', { what, why, next }, undefined, status.badRequest)
}

export const notFound: Refused = refused(
  'AwsNotFound',
  {
    what: 'There is nothing at this path.',
    why: 'The agent answers what SDKs ask of EKS Pod Identity, ECS, the metadata service and STS.',
    next: 'see docs/roles.md of devk8s',
  },
  undefined,
  status.notFound,
)

export const wrongMethod = (allow: readonly string[]): Refused => ({
  ...refused(
    'AwsMethodNotAllowed',
    {
      what: 'The method does not fit the path.',
      why: `It takes ${allow.join(', ')}.`,
      next: 'use one of these',
    },
    undefined,
    status.methodNotAllowed,
  ),
  allow,
})

export const tooLarge = (code: number): Refused =>
  refused(
    'AwsTooLarge',
    { what: 'The request is too large.', why: 'Nothing the agent takes is.', next: 'send less' },
    undefined,
    code,
  )

/** What Node could not read as a request. */
export const unreadable: Refused = badRequest(
  'The request could not be read.',
  'It is no complete HTTP request.',
  'send one',
)

/** Should not happen. */
export const agentFault: Refused = refused(
  'AwsAgentFault',
  { what: 'The agent failed at this request.', why: 'That is a fault of devk8s.', next: 'please report it' },
  undefined,
  status.fault,
)
