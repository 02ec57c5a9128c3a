import { status, toSecond, xmlAnswer, type Answer } from './answers.ts'
import type { SessionEntry } from './documents.ts'
import type { Identity } from './handed-out.ts'
import { headersOf, type Refused } from './refusal.ts'

// STS's answers, in the XML of its query protocol (API version 2011-06-15).

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text that may hold anything, also what XML 1.0 has no way to write. */
const escaped = (text: string): string =>
  text.replaceAll(/[^\t\n\r\x20-\uFFFD]/g, '?').replaceAll(/[&<>"]/g, (char) => escapes[char] ?? char)

const element = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`

const answered = (action: string, result: string, requestId: string): Answer =>
  xmlAnswer(
    `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata></${action}Response>\n`,
  )

export interface WebIdentity {
  readonly subject: string
  readonly issuer: string
  readonly audience: string
}

export function webIdentityAnswer(session: SessionEntry, identity: WebIdentity, requestId: string): Answer {
  const result = [
    `<AssumedRoleUser>${element('Arn', session.arn)}${element('AssumedRoleId', session.userId)}</AssumedRoleUser>`,
    element('SubjectFromWebIdentityToken', identity.subject),
    element('Provider', identity.issuer),
    element('Audience', identity.audience),
    `<Credentials>${element('AccessKeyId', session.accessKeyId)}`,
    element('SecretAccessKey', session.secretAccessKey),
    element('SessionToken', session.sessionToken),
    `${element('Expiration', toSecond(session.expiresAt))}</Credentials>`,
  ]
  return answered('AssumeRoleWithWebIdentity', result.join(''), requestId)
}

export function callerIdentityAnswer({ arn, userId, account }: Identity, requestId: string): Answer {
  const result = [element('Arn', arn), element('UserId', userId), element('Account', account)]
  return answered('GetCallerIdentity', result.join(''), requestId)
}

/**
 * A refusal with one of STS's own codes, which SDKs know. Their status is that of every lane, also where STS would say
 * 400.
 */
export function stsRefusal(refused: Refused, requestId: string): Answer {
  const type = refused.status >= status.fault ? 'Receiver' : 'Sender'
  const error = `<Type>${type}</Type>${element('Code', stsCode(refused))}${element('Message', refused.message)}`
  const body = `<ErrorResponse xmlns="${namespace}"><Error>${error}</Error>${element('RequestId', requestId)}</ErrorResponse>\n`
  const answer = xmlAnswer(body, refused.status)
  return { ...answer, headers: { ...answer.headers, ...headersOf(refused) } }
}

function stsCode({ code, status: statusCode }: Refused): string {
  if (statusCode === status.unavailable) return 'ServiceUnavailable'
  if (code === 'AwsTokenExpired') return 'ExpiredTokenException'
  if (code === 'AwsSessionExpired') return 'ExpiredToken'
  if (code.startsWith('AwsToken')) return 'InvalidIdentityToken'
  if (code === 'AwsUnknownKey') return 'InvalidClientTokenId'
  if (code === 'AwsUnknownAction') return 'InvalidAction'
  return statusCode === status.forbidden ? 'AccessDenied' : 'ValidationError'
}
