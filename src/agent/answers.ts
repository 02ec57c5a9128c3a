// What goes back over the wire, as values: the only place that knows of status codes, bodies and their headers.

/** One answer of the agent, whole. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const status = {
  ok: 200,
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  timeout: 408,
  tooLarge: 413,
  headersTooLarge: 431,
  fault: 500,
  /**
   * For what passes by itself. botocore and JavaScript v3 try again after any failure; Go v2 and Java v2 only after a 5xx
   * (endpointcreds/internal/client, ContainerCredentialsRetryPolicy). None of them reads `Retry-After` here; people do.
   */
  unavailable: 503,
} as const

/** Keys in an answer are nobody's to keep but the asker's. */
const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** JSON on one line, as the container endpoints of AWS answer. */
export function jsonAnswer(value: unknown, code: number = status.ok): Answer {
  return {
    status: code,
    headers: { ...common, 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  }
}

/**
 * What EC2's metadata service answers: always text, JSON on several lines too. kube2iam says `EC2ws` as well; tools that
 * ask whether they are on EC2 look at it.
 */
export function metadataAnswer(body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: status.ok,
    headers: { ...common, 'content-type': 'text/plain', server: 'EC2ws', ...headers },
    body,
  }
}

export function xmlAnswer(body: string, code: number = status.ok): Answer {
  return { status: code, headers: { ...common, 'content-type': 'text/xml' }, body }
}

/** SDKs read `code` and `message`, some of them capitalised; botocore prints the whole body (facts aws, 3.5). */
export function errorAnswer(
  { code, message }: { readonly code: string; readonly message: string },
  statusCode: number,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const answer = jsonAnswer({ code, message, Code: code, Message: message }, statusCode)
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/** ISO 8601 to the second, as EC2 has it; cut, so that nobody takes a session for longer than it lasts. */
export const toSecond = (iso: string): string => `${new Date(Date.parse(iso)).toISOString().slice(0, 19)}Z`
