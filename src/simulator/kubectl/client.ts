import type { ApiRequest, ApiResponse } from '../kube-api/contract.ts'
import { at, type Fields, fieldsOf, isFields, listOf, textOf } from '../kube-api/object.ts'

/** Why no answer came back. */
export interface Unreachable {
  readonly unreachable: 'refused' | 'no-such-host' | 'timeout' | 'cut' | 'untrusted'
  /** Host and port of the server in the kubeconfig, e.g. `127.0.0.1:8443`. */
  readonly server: string
}

/** Sends one request to the API server of the context in use. */
export type Call = (request: ApiRequest) => ApiResponse | Unreachable

/** Ends a run of kubectl: what goes to stderr, and what had been printed before. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly stdout: string

  /** @param stderr with its final newline. */
  constructor(stderr: string, stdout = '') {
    super(stderr)
    this.stdout = stdout
  }
}

export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly text: string
}

/** The requests of one run, with the headers and the waiting that kubectl has. */
export interface Client {
  send(method: string, address: string, options?: SendOptions): Reply | Unreachable
  /** The text of `?timeout=` in discovery: `32s` unless `--request-timeout` says otherwise. */
  readonly timeout: string
  /** The start of a log line, e.g. `E1123 14:15:14.576997    6636`. */
  readonly logHead: string
}

interface SendOptions {
  readonly accept?: string
  readonly contentType?: string
  readonly body?: string
}

/** A client over `call`; `as` is the user to impersonate, `timeout` the value of --request-timeout. */
export function clientOver(
  call: Call,
  options: {
    readonly as?: string | undefined
    readonly timeout?: string | undefined
    readonly version: string
    readonly now: number
  },
): Client {
  return {
    timeout: options.timeout ?? '32s',
    logHead: logHead(options.now),
    send(method, address, { accept = 'application/json', contentType, body = '' } = {}) {
      const [path = '', search = ''] = address.split('?')
      const headers = {
        accept,
        'user-agent': `kubectl/${options.version} (linux/amd64) kubernetes/0000000`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...(options.as === undefined ? {} : { 'impersonate-user': options.as }),
      }
      const query = Object.fromEntries(new URLSearchParams(search))
      const answer = call({ method, path, query, headers, body })
      if ('unreachable' in answer) return answer
      return { status: answer.status, text: answer.body, body: parseJson(answer.body) }
    },
  }
}

function logHead(now: number): string {
  const date = new Date(now)
  const day = `${date.getUTCMonth() + 1}`.padStart(2, '0') + `${date.getUTCDate()}`.padStart(2, '0')
  return `E${day} ${date.toISOString().slice(11, 23)}000    1000`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Health answers and HTML are text; whoever needs JSON looks at `body` and finds none.
    return undefined
  }
}

/** Go's words for a connection that did not come about (recorded 1.33/220, 230, 240, 290, 303). */
export function dialFault(fault: Unreachable): string {
  const [host = ''] = fault.server.split(':')
  switch (fault.unreachable) {
    case 'refused':
      return `dial tcp ${fault.server}: connect: connection refused`
    case 'no-such-host':
      return `dial tcp: lookup ${host} on 127.0.0.53:53: no such host`
    case 'timeout':
      return 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)'
    case 'cut':
      return 'EOF'
    case 'untrusted':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
  }
}

/** kubectl's last line when there is no connection (recorded 1.33/220, 222, 230, 240, 291, 303). */
export function unreachableText(fault: Unreachable): string {
  return fault.unreachable === 'refused'
    ? `The connection to the server ${fault.server} was refused - did you specify the right host or port?\n`
    : `Unable to connect to the server: ${dialFault(fault)}\n`
}

/** What client-go says of an error status when it does not use the server's message. */
export function genericMessage(reply: Reply): string {
  switch (reply.status) {
    case 401:
      return 'the server has asked for the client to provide credentials'
    case 404:
      return 'the server could not find the requested resource'
    case 429:
      return 'the server has received too many requests and has asked us to try again later'
    case 503:
      return 'the server is currently unable to handle the request'
    default:
      return textOf(at(reply.body, 'message')) ?? 'unknown'
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
}

/**
 * What kubectl prints for an error answer (recorded 1.33/017, 042, 051, 078, 203, 261).
 * @param generic use client-go's words in place of the server's message, as discovery and `version` do.
 */
export function errorText(reply: Reply, generic = false): string {
  const isStatus = at(reply.body, 'kind') === 'Status' && !generic
  const message = isStatus ? (textOf(at(reply.body, 'message')) ?? '') : genericMessage(reply)
  if (reply.status === 401) return `error: You must be logged in to the server (${message})\n`
  const reason = isStatus ? textOf(at(reply.body, 'reason')) : reasons[reply.status]
  if (reason === 'Invalid') return invalidText(fieldsOf(at(reply.body, 'details')), message)
  return reason === undefined
    ? `Error from server: ${message}\n`
    : `Error from server (${reason}): ${message}\n`
}

// kubernetes: kubectl/pkg/cmd/util/helpers.go, checkErr
function invalidText(details: Fields, message: string): string {
  const kind = textOf(details['kind'])
  const head =
    kind === undefined
      ? 'The request is invalid'
      : `The ${kind} "${textOf(details['name']) ?? ''}" is invalid`
  const causes = listOf(details['causes'])
    .filter(isFields)
    .map((cause) =>
      cause['field'] === ''
        ? String(cause['message'])
        : `${String(cause['field'])}: ${String(cause['message'])}`,
    )
  if (causes.length === 0) return `${head}: ${message}\n`
  return causes.length === 1
    ? `${head}: ${causes[0]}\n`
    : `${head}: \n${causes.map((cause) => `* ${cause}\n`).join('')}`
}

/**
 * The body of a good answer.
 * @throws Failure with what kubectl prints when there is none.
 */
export function expectOk(reply: Reply | Unreachable): unknown {
  if ('unreachable' in reply) throw new Failure(unreachableText(reply))
  if (reply.status >= 400) throw new Failure(errorText(reply))
  return reply.body
}
