import type { Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import type { Missing } from './advice.ts'
import type { PodOutcome } from './pod-proof.ts'
import { policyJson, renderPolicy } from './policies.ts'
import type { PullOutcome } from './pull.ts'
import type { EcrImage } from './reference.ts'

/** What a pod had to do with it: a proof, or why none was asked. */
export type PodPart =
  | (PodOutcome & { readonly kind: 'asked'; readonly namespace: string })
  | {
      readonly kind: 'unasked'
      readonly why: string
      /** The cluster did not take the pod. */
      readonly problem?: Problem
    }

/** What `verify --image` found, as rows of a table: mark, part, what it says. */
export function proofRows(pull: PullOutcome, pod: PodPart): readonly (readonly string[])[] {
  const proved = pull.proved.map(({ what, action, detail }) => ['ok', what, `${detail} (${action})`])
  const failed = pull.problem === undefined ? [] : [['no', nextPart(pull), pull.problem.title]]
  return [...proved, ...failed, podRow(pod)]
}

const parts = ['token', 'manifest', 'layers'] as const

const nextPart = ({ proved }: PullOutcome): string => parts[proved.length] ?? 'layers'

function podRow(pod: PodPart): readonly string[] {
  if (pod.kind === 'unasked') return ['-', 'pod', `not asked: ${pod.why}`]
  const given = pod.hasSecret ? 'with the pull secret awsecr-cred' : 'without the pull secret awsecr-cred'
  const seconds = Math.max(1, Math.round(pod.durationMs / 1_000))
  return pod.problem === undefined
    ? ['ok', 'pod', `pulled in ${pod.namespace} within ${seconds} s, ${given}`]
    : ['no', 'pod', `in ${pod.namespace}, ${given}: ${pod.problem.title}`]
}

/** Each statement that is missing, under a line that says which policy it belongs to. Never wrapped: to be pasted. */
export function missingText(missing: readonly Missing[]): string {
  return missing
    .map(({ place, statement }) => `\nTo be added to ${place}:\n${renderPolicy(statement)}\n`)
    .join('')
}

/** The same for `--json`. */
export function proofJson(image: EcrImage, pull: PullOutcome, pod: PodPart): Json {
  const { account, region, repository, tag, digest } = image
  return {
    image: image.text,
    account,
    region,
    repository,
    ...(tag !== undefined && { tag }),
    ...((pull.digest ?? digest) !== undefined && { digest: pull.digest ?? digest ?? '' }),
    proved: pull.proved.map(({ what, action, detail }) => ({ what, action, detail })),
    missing: pull.missing.map(({ action, where, place, statement }) => ({
      action,
      where,
      place,
      statement: policyJson(statement),
    })),
    pod:
      pod.kind === 'unasked'
        ? { asked: false, why: pod.why }
        : {
            asked: true,
            namespace: pod.namespace,
            pulled: pod.problem === undefined,
            hasSecret: pod.hasSecret,
            durationMs: Math.round(pod.durationMs),
          },
  }
}
