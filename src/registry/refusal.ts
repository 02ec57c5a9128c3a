/** Why a registry did not give what was asked for. */
export type Refusal =
  /** No credentials that it knows: the token is of another region, or was lost on the way. */
  | { readonly kind: 'unknown-token' }
  | { readonly kind: 'token-over' }
  | {
      readonly kind: 'not-allowed'
      /** As IAM calls it; undefined where the registry does not say. */
      readonly action?: string
      /** Who was refused. */
      readonly principal?: string
      readonly why: Deciding
      /** A Deny forbids it, which no Allow outdoes; without one, an Allow is missing. */
      readonly isForbidden: boolean
    }
  | { readonly kind: 'no-repository' }
  | { readonly kind: 'no-image' }
  /** A time in a signature was refused: S3 says so of an address that is good for a while. */
  | { readonly kind: 'clock' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'other'; readonly status: number; readonly words: string }

/** What in IAM decided, by the end of its message (IAM user guide, "Access denied error messages"). */
export type Deciding =
  | 'identity'
  | 'repository'
  | 'session'
  | 'boundary'
  | 'organization'
  | 'endpoint'
  | 'unsaid'

const deciding: readonly (readonly [RegExp, Deciding])[] = [
  [/service control policy|resource control policy/i, 'organization'],
  [/VPC endpoint policy/i, 'endpoint'],
  [/session policy/i, 'session'],
  [/permissions boundary/i, 'boundary'],
  [/resource-based policy/i, 'repository'],
  [/identity-based policy/i, 'identity'],
]

/**
 * What a registry's refusal means. ECR answers in the form of OCI distribution, `{errors: [{code, message}]}`, and its
 * message is IAM's own sentence; S3, which it sends on to for layers, answers in XML.
 */
export function parseRefusal(status: number, body: string): Refusal {
  const { code, message } = firstError(body)
  if (status === 429 || status >= 500 || code === 'TOOMANYREQUESTS') return { kind: 'busy' }
  if (code === 'NAME_UNKNOWN') return { kind: 'no-repository' }
  if (code === 'MANIFEST_UNKNOWN' || code === 'BLOB_UNKNOWN') return { kind: 'no-image' }
  // "Your authorization token has expired. Reauthenticate and try again."
  if (/authorization token has expired/i.test(message)) return { kind: 'token-over' }
  const action = /not authorized to perform: ([a-z-]+:\w+)/i.exec(message)?.[1]
  if (action !== undefined) {
    const principal = /User: (arn:\S+)/.exec(message)?.[1]
    return {
      kind: 'not-allowed',
      action,
      ...(principal !== undefined && { principal }),
      ...decisionIn(message),
    }
  }
  if (/<Code>(?:RequestTimeTooSkewed|RequestExpired)<|Request has expired/i.test(body))
    return { kind: 'clock' }
  if (status === 401) return { kind: 'unknown-token' }
  if (status === 404) return { kind: 'no-image' }
  if (status === 403 && code === 'DENIED') return { kind: 'not-allowed', ...decisionIn(message) }
  return { kind: 'other', status, words: message === '' ? firstLine(body) : firstLine(message) }
}

function decisionIn(message: string): { readonly why: Deciding; readonly isForbidden: boolean } {
  const why = deciding.find(([pattern]) => pattern.test(message))?.[1] ?? 'unsaid'
  return { why, isForbidden: /with an explicit deny/i.test(message) }
}

function firstError(body: string): { readonly code: string; readonly message: string } {
  try {
    const { errors } = JSON.parse(body) as { readonly errors?: readonly unknown[] }
    const first = errors?.[0] as { readonly code?: unknown; readonly message?: unknown } | undefined
    return { code: textOf(first?.code), message: textOf(first?.message) }
  } catch {
    return { code: '', message: '' }
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
const firstLine = (text: string) => text.trim().split('\n')[0]?.slice(0, 200) ?? ''
