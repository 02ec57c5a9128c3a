import type { IncomingMessage, ServerResponse } from 'node:http'
import { status, type Answer } from './answers.ts'
import { plainAddress, type Asked } from './asked.ts'
import type { Refused } from './refusal.ts'
import { ambiguous, tooLarge, tooMany } from './refused-requests.ts'
import type { Slots } from './fairness.ts'
import type { PodView } from './view.ts'

// Between Node's HTTP and the values that the agent decides by.

/** More than any client sends. */
const mostHeaders = 64
/** A web identity token takes some 2 KB. */
export const longestBody = 8_192

/** Headers that decide, and of which Node would quietly take the first. */
const single = ['host', 'authorization', 'x-aws-ec2-metadata-token', 'x-aws-ec2-metadata-token-ttl-seconds']

/** Without its body, which is read later or not at all. */
export function askedBy(request: IncomingMessage): Asked {
  const [path = '', ...query] = (request.url ?? '').split('?')
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query.join('?')),
    headers: Object.fromEntries(headers) as Asked['headers'],
    address: plainAddress(request.socket.remoteAddress ?? ''),
    own: plainAddress(request.socket.localAddress ?? ''),
    body: '',
  }
}

/** What cannot be looked at any further. */
export function refuseShape(
  { rawHeaders }: IncomingMessage,
  podThere: () => PodView | undefined,
): Refused | undefined {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  if (names.length > mostHeaders) return tooLarge(status.headersTooLarge)
  const twice = single.find((name) => names.filter((each) => each === name).length > 1)
  return twice === undefined ? undefined : ambiguous(twice, podThere())
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** The body as text; `bodies` says how many are read at a time. */
export async function bodyOf(
  request: IncomingMessage,
  bodies: Slots,
  asker: string,
): Promise<{ readonly is: 'read'; readonly text: string } | Refused> {
  if (!hasBody(request)) return { is: 'read', text: '' }
  if (!bodies.enter(asker)) return tooMany(undefined)
  try {
    const text = await readBody(request)
    return text === undefined ? tooLarge(status.tooLarge) : { is: 'read', text }
  } finally {
    bodies.leave(asker)
  }
}

/** Undefined for one that is too long, of which the rest is not kept. Rejects when it breaks off. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > longestBody) resolve(undefined)
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= longestBody) chunks.push(chunk)
      else {
        request.pause()
        resolve(undefined)
      }
    })
    request.once('end', () => {
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
    request.once('error', reject)
    request.once('close', () => {
      reject(new Error('The request broke off.'))
    })
  })
}

/** @param isLast the connection ends with it: what is left of the request is not worth reading. */
export function send(
  response: ServerResponse,
  { status: code, headers, body }: Answer,
  isLast: boolean,
): void {
  if (response.destroyed || response.headersSent) return
  const length = String(Buffer.byteLength(body))
  response.writeHead(code, {
    ...headers,
    'content-length': length,
    ...(isLast ? { connection: 'close' } : {}),
  })
  // For HEAD Node leaves the body out by itself.
  response.end(body)
}

/** For what Node could not read as a request, by the code of its error. */
export function unreadableStatus(code: string | undefined): number {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return status.headersTooLarge
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return status.tooLarge
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return status.timeout
    default:
      return status.badRequest
  }
}

/** An answer where there is no response object to write it with. */
export function rawAnswer({ status: code, headers, body }: Answer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`HTTP/1.1 ${String(code)} ${reasons[code] ?? 'Error'}`, ...lines]
  return [...head, `content-length: ${String(Buffer.byteLength(body))}`, 'connection: close', '', body].join(
    '\r\n',
  )
}

const reasons: Readonly<Record<number, string>> = {
  [status.badRequest]: 'Bad Request',
  [status.timeout]: 'Request Timeout',
  [status.tooLarge]: 'Payload Too Large',
  [status.headersTooLarge]: 'Request Header Fields Too Large',
}
