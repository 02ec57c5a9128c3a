import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'

import { fields, parsedJson, textIn } from './json.ts'

/** A refusal of the API server: its status, and its reason in words. */
export class KubeFault extends Error {
  override readonly name = 'KubeFault'
  readonly status: number
  constructor(status: number, what: string, reason: string) {
    super(`${what}: ${status} ${reason}`)
    this.status = status
  }
}

/** An answer, or a line of one, is longer than may be in memory at a time. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

export interface KubeClient {
  /** @throws KubeFault for any answer but 2xx, TooLong, Error when there is none in time. */
  get(path: string, longestBytes?: number): Promise<unknown>
  send(method: 'POST' | 'PATCH', path: string, contentType: string, body: object): Promise<void>
  /**
   * Calls back for each line of an answer that goes on, until it ends by itself.
   *
   * @throws KubeFault; TooLong; Error when the connection broke or was dead.
   */
  lines(path: string, of: LinesOf): Promise<void>
  close(): void
}

interface Asks {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

interface Whole {
  readonly longestBytes?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

interface LinesOf {
  readonly signal: AbortSignal
  /** Not ended by then: the connection is dead. */
  readonly deadAfterMs: number
  onOpen(): void
  onLine(line: string): void
}

export interface KubeClientOf {
  readonly apiUrl: string
  readonly ca: string | undefined
  readonly tokenFile: string
  readonly requestMs: number
}

/** The keys of tokens are of a type of their own, and the API server answers 406 to who does not name it. */
const accept = 'application/json, application/jwk-set+json'
/** Six watches, and two for all else: never more, however many namespaces there are. */
const mostConnections = 8
/**
 * Of an answer, and of a line of a watch. An object has 1.5 MiB at most in etcd, and as JSON six times that when it is
 * made of control characters.
 */
const longest = 10 * 1024 * 1024

/** Speaks to the API server over a constant number of connections. The token is read for each request: the kubelet renews it. */
export function createKubeClient(of: KubeClientOf): KubeClient {
  const isPlain = of.apiUrl.startsWith('http:')
  const pool = {
    keepAlive: true,
    keepAliveMsecs: 15_000,
    maxSockets: mostConnections,
    maxFreeSockets: mostConnections,
  }
  const agent = isPlain ? new http.Agent(pool) : new https.Agent({ ...pool, ...(of.ca ? { ca: of.ca } : {}) })
  const start = (method: string, path: string, more: Asks) => {
    // In memory already, as all that the kubelet mounts of tokens; without it there would be four threads more.
    const token = readFileSync(of.tokenFile, 'utf8').trim()
    const headers = { accept, authorization: `Bearer ${token}`, ...more.headers }
    return (isPlain ? http : https).request(`${of.apiUrl}${path}`, { ...more, method, headers, agent })
  }
  const whole = async (method: string, path: string, { longestBytes, headers, body }: Whole = {}) => {
    const signal = AbortSignal.timeout(of.requestMs)
    const response = await opened(start(method, path, { ...(headers ? { headers } : {}), signal }), body)
    const text = await bodyOf(response, longestBytes)
    checkStatus(response, `${method} ${path}`, text)
    return text
  }
  return {
    get: async (path, longestBytes = longest) => parsedJson(await whole('GET', path, { longestBytes })),
    send: async (method, path, contentType, body) =>
      void (await whole(method, path, { headers: { 'content-type': contentType }, body })),
    async lines(path, { signal, deadAfterMs, onOpen, onLine }) {
      const dead = new AbortController()
      const timer = setTimeout(() => dead.abort(new Error(`no end within ${deadAfterMs} ms`)), deadAfterMs)
      const stop = () => dead.abort(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      try {
        signal.throwIfAborted()
        const response = await opened(start('GET', path, { signal: dead.signal }))
        if (response.statusCode !== 200) checkStatus(response, `GET ${path}`, await bodyOf(response))
        onOpen()
        await eachLine(response, onLine)
      } catch (error) {
        // The reason says more than "aborted".
        throw dead.signal.aborted ? dead.signal.reason : error
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
      }
    },
    close: () => agent.destroy(),
  }
}

function opened(request: http.ClientRequest, body?: object): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', resolve)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function bodyOf(response: http.IncomingMessage, longestBytes = longest): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestBytes) throw new TooLong('an answer of the API server is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The reason is that of the API server's Status; it quotes names, never contents. */
function checkStatus(response: http.IncomingMessage, what: string, text: string): void {
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return
  const reason = textIn(fields(parsedJson(text))['message']) ?? response.statusMessage ?? ''
  throw new KubeFault(status, what, reason.replaceAll(/\s+/g, ' ').slice(0, 300))
}

/** In pieces outside of the heap until a line is whole. */
async function eachLine(response: http.IncomingMessage, onLine: (line: string) => void): Promise<void> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let rest = chunk
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8')
      ;[parts, length, rest] = [[], 0, rest.subarray(end + 1)]
      if (line !== '') onLine(line)
    }
    if (rest.length === 0) continue
    parts.push(rest)
    length += rest.length
    if (length > longest) throw new TooLong('a line of a watch is too long')
  }
}
