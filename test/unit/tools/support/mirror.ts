import { createHash } from 'node:crypto'
import * as http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What a mirror does to one request: how many bytes to send, and how it goes wrong. */
export type Behaviour =
  | { readonly kind: 'serve' }
  /** Ignores `Range` and always sends everything. */
  | { readonly kind: 'no-ranges' }
  /** Sends so many bytes, then cuts the connection. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Sends so many bytes, then nothing. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'html'; readonly type: string }
  /** Other bytes of the same length. */
  | { readonly kind: 'lie' }
  /** Answers a range with another one. */
  | { readonly kind: 'wrong-range' }

export interface Mirror {
  readonly base: string
  /** `Range` of each request for the file, or `none`. */
  readonly ranges: string[]
  readonly ifRanges: (string | undefined)[]
  /** Replaces the file, as a mirror that is updated in the middle. */
  replace(content: Uint8Array): void
  close(): Promise<void>
}

export const sha256Of = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex')

/** A real server on the loopback for one file and its `.sha256`; the last behaviour stays for all later requests. */
export async function startMirror(
  original: Uint8Array,
  behaviours: readonly Behaviour[] = [{ kind: 'serve' }],
  checksum?: string,
): Promise<Mirror> {
  let content = original
  let asked = 0
  const ranges: string[] = []
  const ifRanges: (string | undefined)[] = []
  const server = http.createServer((request, answer) => {
    if (request.url?.endsWith('.sha256') === true) {
      answer.end(checksum ?? `${sha256Of(content)}  tool\n`)
      return
    }
    ranges.push(request.headers.range ?? 'none')
    ifRanges.push(request.headers['if-range'] as string | undefined)
    const behaviour = behaviours[Math.min(asked, behaviours.length - 1)] ?? { kind: 'serve' }
    asked += 1
    play(behaviour, content, request, answer)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    ifRanges,
    replace(next) {
      content = next
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

function play(
  behaviour: Behaviour,
  content: Uint8Array,
  request: http.IncomingMessage,
  answer: http.ServerResponse,
): void {
  switch (behaviour.kind) {
    case 'serve':
      return serve(content, request, answer)
    case 'no-ranges':
      answer.writeHead(200, { 'content-length': content.length }).end(content)
      return
    case 'cut':
      answer.writeHead(200, { 'content-length': content.length, etag: etagOf(content) })
      answer.write(content.subarray(0, behaviour.afterBytes), () => setImmediate(() => answer.destroy()))
      return
    case 'stall':
      answer
        .writeHead(200, { 'content-length': content.length })
        .write(content.subarray(0, behaviour.afterBytes))
      return
    case 'status':
      answer.writeHead(behaviour.status).end('no')
      return
    case 'html':
      answer.writeHead(200, { 'content-type': behaviour.type }).end('<!DOCTYPE html><title>Sign in</title>')
      return
    case 'lie':
      answer.end(content.map((byte) => byte ^ 1))
      return
    case 'wrong-range':
      answer.writeHead(206, { 'content-range': `bytes 1-2/${content.length}` }).end('ab')
  }
}

const etagOf = (content: Uint8Array) => `"${sha256Of(content).slice(0, 8)}"`

function serve(content: Uint8Array, request: http.IncomingMessage, answer: http.ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const etag = etagOf(content)
  const changed = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag
  if (from >= content.length && !changed) {
    answer.writeHead(416).end()
    return
  }
  const start = changed ? 0 : from
  const part = content.subarray(start)
  const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
  answer.writeHead(start > 0 ? 206 : 200, { 'content-length': part.length, etag, ...(start > 0 && range) })
  answer.end(part)
}
