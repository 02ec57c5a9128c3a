import { errorAnswer, status, type Answer } from './answers.ts'
import type { PodView } from './view.ts'

// Every "no" of the agent in words: what happened, why, what to do. Read in an application's log, in `kubectl describe
// pod` and in the agent's own log, so nothing of a token or a key may ever be part of one.

/** The pod that an Event is put on. */
export type ToldPod = Pick<PodView, 'uid' | 'name' | 'namespace'>

export interface Refused {
  readonly is: 'refused'
  /** Also the reason of the Event. */
  readonly code: string
  readonly message: string
  readonly status: number
  /** Whom it is told to, where that is known. */
  readonly pod?: ToldPod
  /** The methods that the path takes, where the request had another one. */
  readonly allow?: readonly string[]
  /** The watches may be about to tell what is not known: the request is held for a moment and looked at again. */
  readonly isHeld?: true
}

/** The answer for all endpoints but STS, which has XML. */
export function refusalAnswer(refused: Refused): Answer {
  return errorAnswer(refused, refused.status, headersOf(refused))
}

export function headersOf({ status: statusCode, allow }: Refused): Readonly<Record<string, string>> {
  return {
    ...(statusCode === status.unavailable ? { 'retry-after': '1' } : {}),
    ...(allow === undefined ? {} : { allow: allow.join(', ') }),
  }
}

export const nameOf = ({ namespace, name }: Pick<PodView, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`

/** The command that explains a pod. */
export const whoami = (pod: Pick<PodView, 'namespace' | 'name'>): string => `devk8s aws whoami ${nameOf(pod)}`

export interface Words {
  readonly what: string
  readonly why: string
  readonly next: string
}

export function refused(
  code: string,
  { what, why, next }: Words,
  pod: PodView | undefined,
  statusCode: number = status.forbidden,
): Refused {
  const told = pod === undefined ? {} : { pod: { uid: pod.uid, name: pod.name, namespace: pod.namespace } }
  return { is: 'refused', code, message: `devk8s: ${what} ${why} Next: ${next}`, status: statusCode, ...told }
}

/** Something is not there, or not known yet: an answer that SDKs try again after. */
export const notYet = (code: string, words: Words, pod: PodView | undefined): Refused => ({
  ...refused(code, words, pod, status.unavailable),
  isHeld: true,
})
