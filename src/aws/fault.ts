/** A failed call as far as it matters: what the SDK threw, without the SDK's classes. */
export interface AwsFault {
  /** AWS's own name of the error, `ExpiredTokenException`, or the SDK's. */
  readonly name: string
  readonly message: string
  /** The HTTP status, where there was an answer. */
  readonly status?: number
  /** How far this machine's clock is ahead of that of AWS, in ms, by the date of the answer; behind it: below 0. */
  readonly skewMs?: number
  /** What the network did, where there was none. */
  readonly net?: 'not-found' | 'refused' | 'timeout' | 'cut' | 'tls' | 'proxy' | 'other'
}

/** What was tried, as far as advice depends on it. */
export interface AwsCall {
  /** As IAM calls it: `eks:DescribeCluster`. */
  readonly action: string
  /** On what: `the cluster acme-staging in eu-west-1`. */
  readonly what: string
  /** Whose credentials; undefined for those of the environment and of the machine. */
  readonly profile?: string
  /** How it comes by its first credentials. */
  readonly signIn?: 'environment' | 'static' | 'sso' | 'login' | 'process' | 'machine'
  /** The profile that has them, where `profile` has a role that is assumed with those of another. */
  readonly signInProfile?: string
  readonly roleArn?: string
  readonly region?: string
  /** What is set between this machine and AWS, in a sentence (way.ts). */
  readonly way?: string
}

/** Kinds of failure by AWS's names for them (facts aws, 7); one service says `ExpiredToken`, another `…Exception`. */
const names: Readonly<Record<string, FaultKind>> = {
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  TokenRefreshRequired: 'expired',
  InvalidClientTokenId: 'key',
  UnrecognizedClientException: 'key',
  InvalidAccessKeyId: 'key',
  InvalidToken: 'key',
  AuthFailure: 'key',
  RequestTimeTooSkewed: 'clock',
  RequestInTheFuture: 'clock',
  RequestExpired: 'clock',
  SignatureDoesNotMatch: 'signature',
  InvalidSignatureException: 'signature',
  InvalidSignature: 'signature',
  IncompleteSignature: 'signature',
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  UnauthorizedOperation: 'denied',
  AllAccessDisabled: 'denied',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  SlowDown: 'throttled',
  TooManyRequestsError: 'throttled',
  // A provider's error has no status, only the cause's name.
  InternalServerException: 'service',
  ServerException: 'service',
  ServiceUnavailableException: 'service',
  NoSuchBucket: 'bucket',
}

export type FaultKind =
  | 'expired'
  | 'key'
  | 'clock'
  | 'signature'
  | 'denied'
  | 'throttled'
  | 'bucket'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'service'
  | 'other'

/** What kind of failure it is: by the network, AWS's name of it, then the status. */
export function kindOfFault({ name, message, status, net }: AwsFault): FaultKind {
  if (net !== undefined) return net === 'timeout' ? 'timeout' : net === 'tls' ? 'tls' : 'unreachable'
  const kind = Object.hasOwn(names, name) ? names[name] : undefined
  // One name for a wrong key and a wrong clock; only the text tells them apart (facts aws, 7).
  if (kind === 'signature' && /expired|not yet current/i.test(message)) return 'clock'
  if (kind !== undefined) return kind
  if (status === undefined) return 'other'
  if (status === 429) return 'throttled'
  if (status >= 500) return 'service'
  return status === 401 || status === 403 ? 'denied' : 'other'
}

/**
 * AWS's own words for people: one line, short, without anything that has the form of a key. Tokens and secret keys are
 * long runs of letters of both cases and digits; names and ARNs are not.
 */
export function shownWords(message: string): string {
  const line = message.trim().split('\n')[0] ?? ''
  const plain = line
    .replaceAll(/\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}\b/g, (id) => `${id.slice(0, 4)}…${id.slice(-4)}`)
    .replaceAll(/[\w+/=%-]{24,}/g, (run) => (isRandom(run) ? '***' : run))
  return plain.length > 500 ? `${plain.slice(0, 499)}…` : plain
}

function isRandom(run: string): boolean {
  if (/^[A-Za-z0-9+/=]{32,}$/.test(run)) return isMixed(run)
  return run.split(/[-_/=+%]/).some((part) => part.length >= 24 && isMixed(part))
}

const isMixed = (text: string) => /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text)
