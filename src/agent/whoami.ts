import { jsonAnswer } from './answers.ts'
import type { Asked } from './asked.ts'
import { decisionOn, grantOf, type Deciding } from './grant.ts'
import type { Outcome } from './outcome.ts'
import type { PodView } from './view.ts'
import { podIdentityAudience, stsAudience, whoHolds, whoIsAt, type Asker, type WhoAsks } from './who-asks.ts'
import type { Refused } from './refusal.ts'

// `/whoami`: who the agent takes the asker for and what it would give, without the keys. A pod that gets nothing is told
// so with 200: the question is answered.

/** By a token of either audience, where one is sent, otherwise by the address. */
export function whoAsksWhoami(asked: Asked, who: WhoAsks): Asker | Refused {
  const token = asked.headers['authorization']
  if (token === undefined) return whoIsAt(asked, who)
  const found = whoHolds(token, podIdentityAudience, asked, who)
  return found.is === 'refused' && found.code === 'AwsTokenWrongAudience'
    ? whoHolds(token, stsAudience, asked, who)
    : found
}

export function whoami(pod: PodView, deciding: Deciding, nowMs: number): Outcome {
  const decided = decisionOn(pod, deciding)
  if (decided.is === 'refused' && decided.isHeld === true) return decided
  const decision = decided.is === 'refused' ? undefined : decided.decision
  const grant = grantOf(pod, deciding, nowMs)
  const asks = decision?.asks
  const said = {
    pod: { namespace: pod.namespace, name: pod.name, serviceAccount: pod.serviceAccount },
    role: asks === undefined ? null : asks,
    rule: decision?.pattern ?? null,
    warnings: decision?.warnings ?? [],
    gives: decision?.is === 'given' ? decision.gives : null,
    ...(grant.is === 'refused'
      ? { session: null, refused: { code: grant.code, message: grant.message } }
      : { session: sessionSaid(grant.decision.session, grant.session) }),
    knownForMs: deciding.view.staleForMs(),
  }
  return { is: 'answer', answer: jsonAnswer(said) }
}

interface Said {
  readonly account: string
  readonly arn: string
  readonly issuedAt: string
  readonly expiresAt: string
  readonly instead?: string
}

/** Member by member: what is added to a session one day is not told by accident. */
const sessionSaid = (id: string, { account, arn, issuedAt, expiresAt, instead }: Said) => ({
  id,
  account,
  arn,
  issuedAt,
  expiresAt,
  ...(instead === undefined ? {} : { instead }),
})
