import { randomUUID } from 'node:crypto'
import type { Asked } from './asked.ts'
import { grantOf, roleOf, type Deciding } from './grant.ts'
import type { HandedOut, Identity } from './handed-out.ts'
import type { Outcome } from './outcome.ts'
import { badRequest } from './refused-requests.ts'
import { expiredSession, narrowerSession, unknownAction, unknownKey } from './refused-sessions.ts'
import { callerIdentityAnswer, webIdentityAnswer } from './sts-xml.ts'
import { stsAudience, whoHolds, whoIsAt, type WhoAsks } from './who-asks.ts'
import type { View } from './view.ts'

// The part of STS that pods with a web identity token ask for (IRSA), answered from memory: nothing is forwarded to AWS.

export interface StsParts extends WhoAsks, Deciding {
  readonly handedOut: HandedOut
}

/** The query protocol: a form in the body, or the query of a GET. */
export function askSts(asked: Asked, parts: StsParts): Outcome {
  const form = asked.method === 'POST' ? new URLSearchParams(asked.body) : asked.query
  const action = form.get('Action')
  switch (action) {
    case 'AssumeRoleWithWebIdentity':
      return assumeWithToken(form, asked, parts)
    case 'GetCallerIdentity':
      return callerIdentity(form, asked, parts)
    default: {
      const asker = whoIsAt(asked, parts)
      return asker.is === 'refused' ? asker : unknownAction(action ?? '(none)', asker.pod)
    }
  }
}

function assumeWithToken(form: URLSearchParams, asked: Asked, parts: StsParts): Outcome {
  const token = form.get('WebIdentityToken') ?? undefined
  const asker = whoHolds(token, stsAudience, asked, parts)
  if (asker.is === 'refused') return asker
  const role = form.get('RoleArn') ?? ''
  if (role === '') return badRequest('The request has no RoleArn.', 'STS needs one.', 'set AWS_ROLE_ARN')
  const narrower = [...form.keys()].find((name) => /^(?:Policy$|PolicyArns\.)/.test(name))
  if (narrower !== undefined) return narrowerSession(asker.pod)
  const grant = grantOf(asker.pod, parts, parts.nowMs(), role)
  if (grant.is === 'refused') return grant
  const { namespace, serviceAccount } = asker.pod
  const identity = {
    subject: `system:serviceaccount:${namespace}:${serviceAccount}`,
    issuer: issuerOf(token ?? ''),
    audience: stsAudience,
  }
  return { is: 'answer', answer: webIdentityAnswer(grant.session, identity, randomUUID()), grant }
}

/** Of a token that was verified before, so that its payload is JSON. */
function issuerOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  const issuer = (JSON.parse(payload) as { readonly iss?: unknown }).iss
  return typeof issuer === 'string' ? issuer : ''
}

/**
 * By the id of the access key that the request is signed with, which has to be one of the pod's own session. The signature
 * itself is not looked at: the answer holds nothing that the pod does not know.
 */
function callerIdentity(form: URLSearchParams, asked: Asked, parts: StsParts): Outcome {
  const asker = whoIsAt(asked, parts)
  if (asker.is === 'refused') return asker
  const role = roleOf(asker.pod, parts)
  if (role.is === 'refused') return role
  const keyId = signedWith(asked.headers['authorization'], form)
  const identity = identityOf(keyId, role.decision.session, parts)
  if (identity === undefined) return unknownKey(asker.pod)
  if (!(Date.parse(identity.expiresAt) > parts.nowMs())) return expiredSession(identity.expiresAt, asker.pod)
  return { is: 'answer', answer: callerIdentityAnswer(identity, randomUUID()) }
}

function identityOf(
  keyId: string | undefined,
  sessionId: string,
  { view, handedOut }: { readonly view: View; readonly handedOut: HandedOut },
): Identity | undefined {
  if (keyId === undefined) return undefined
  const session = view.session(sessionId)
  return session?.accessKeyId === keyId ? session : handedOut.find(sessionId, keyId)
}

/** From the header, or from the query where the request is signed beforehand. */
function signedWith(authorization: string | undefined, form: URLSearchParams): string | undefined {
  const inHeader = /^AWS4-[\w-]+ .*?Credential=(\w+)\//.exec(authorization ?? '')?.[1]
  return inHeader ?? form.get('X-Amz-Credential')?.split('/')[0]
}
