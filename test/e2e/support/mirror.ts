import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'

/** The mirror's certificate; a person who trusts it has it in NODE_EXTRA_CA_CERTS. */
export const mirrorCertificate = join(import.meta.dirname, 'mirror-certificate.pem')

/** How a mirror answers for one file. */
export type Manner =
  | { readonly kind: 'whole' }
  /** Says how long the file is, sends so many bytes, and keeps the line open until `goOn`. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Says how long the file is, sends so many bytes, and ends the connection. */
  | { readonly kind: 'truncated'; readonly afterBytes: number }
  /** A captive portal: status 200 and a page. */
  | { readonly kind: 'page' }
  /** Trickles in evenly, as over a line that is slower than the loopback. */
  | { readonly kind: 'slow'; readonly overMs: number }
  /** As many bytes, other ones. */
  | { readonly kind: 'forged' }

export interface Mirror {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** Paths asked for, with the range where there was one: `/v1/kubectl bytes=100-`. */
  readonly asked: readonly string[]
  /** From now on, for paths that end so. */
  behave(end: string, manner: Manner): void
  close(): Promise<void>
}

/** A download server on the loopback that speaks TLS, serves these files, and knows ranges. */
export async function startMirror(files: ReadonlyMap<string, Uint8Array>): Promise<Mirror> {
  const [key, cert] = await Promise.all(
    ['mirror-key.pem', 'mirror-certificate.pem'].map((name) =>
      readFile(join(import.meta.dirname, name), 'utf8'),
    ),
  )
  const asked: string[] = []
  const manners = new Map<string, Manner>()
  const sockets = new Set<Socket>()
  const server = createServer({ key, cert }, (request, answer) => {
    const path = request.url ?? ''
    const { range } = request.headers
    asked.push(range === undefined ? path : `${path} ${range}`)
    const content = files.get(path)
    const manner = [...manners].find(([end]) => path.endsWith(end))?.[1] ?? { kind: 'whole' }
    if (content === undefined) answer.writeHead(404).end()
    else serve(content, manner, request, answer)
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    behave: (end, manner) => void manners.set(end, manner),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => {
        server.close(done)
      })
    },
  }
}

function serve(content: Uint8Array, manner: Manner, request: IncomingMessage, answer: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const headers = {
    'content-length': content.length - from,
    etag: '"1"',
    ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  }
  const status = from > 0 ? 206 : 200
  switch (manner.kind) {
    case 'whole':
      answer.writeHead(status, headers).end(content.subarray(from))
      return
    case 'stall':
      answer.writeHead(status, headers).write(content.subarray(from, manner.afterBytes))
      return
    case 'slow':
      answer.writeHead(status, headers)
      trickle(content.subarray(from), manner.overMs, answer)
      return
    case 'truncated':
      answer
        .writeHead(status, headers)
        .write(content.subarray(from, manner.afterBytes), () => setImmediate(() => answer.destroy()))
      return
    case 'page':
      answer
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!DOCTYPE html><title>Sign in to the network</title>')
      return
    case 'forged':
      answer.writeHead(200, { 'content-length': content.length }).end(content.map((byte) => byte ^ 1))
  }
}

function trickle(content: Uint8Array, overMs: number, answer: ServerResponse): void {
  const stepMs = 25
  const start = performance.now()
  let sent = 0
  const send = () => {
    const due = Math.min(1, (performance.now() - start) / overMs)
    const until = Math.floor(content.length * due)
    answer.write(content.subarray(sent, until))
    sent = until
    if (due < 1) setTimeout(send, stepMs)
    else answer.end()
  }
  send()
}
