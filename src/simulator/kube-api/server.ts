import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { handleApi } from './api.ts'
import type { ApiFaults, ApiRequest, ApiResult } from './contract.ts'
import { isWatch } from './listing.ts'
import type { KubeStore } from './store.ts'

/** A simulated API server that a real kubectl can talk to. */
export interface KubeApiServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  close(): Promise<void>
  /** The state now. */
  store(): KubeStore
  /** Changes the state or the faults from outside, as the cluster's own programs would. */
  change(next: { readonly store?: KubeStore; readonly faults?: ApiFaults }): void
  /** Method and path with query of every request so far, oldest first. */
  requests(): readonly string[]
}

/** How often an open watch looks for news, in ms. */
const watchPollMs = 50

/**
 * Serves the simulated API over plain HTTP on 127.0.0.1. The only file of the simulator that opens a port.
 * @param options.now gives the time in ms since 1970; `port` 0 takes a free one.
 */
export async function serveKubeApi(options: {
  readonly store: KubeStore
  readonly now: () => number
  readonly port?: number
  readonly faults?: ApiFaults
}): Promise<KubeApiServer> {
  let store = options.store
  let faults = options.faults ?? {}
  const seen: string[] = []
  const answer = (request: ApiRequest): ApiResult => {
    const result = handleApi(request, store, options.now(), faults)
    store = result.store
    return result
  }
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`)
    readRequest(incoming).then(
      (request) => (isWatch(request) ? watch(request, outgoing, answer) : reply(request, outgoing, answer)),
      () => outgoing.destroy(),
    )
  })
  await listen(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store: () => store,
    requests: () => [...seen],
    change(next) {
      store = next.store ?? store
      faults = next.faults ?? faults
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const url = new URL(incoming.url ?? '/', 'http://localhost')
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const)
  const isBinary = (incoming.headers['content-type'] ?? '').includes('protobuf')
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString(isBinary ? 'latin1' : 'utf8'),
  }
}

type Answer = (request: ApiRequest) => ApiResult

function reply(request: ApiRequest, outgoing: ServerResponse, answer: Answer): void {
  const { status, headers, body } = answer(request)
  outgoing.writeHead(status, headers)
  outgoing.end(body)
}

/** Sends what has happened since the watch's version, then what happens, until its time is over. */
function watch(request: ApiRequest, outgoing: ServerResponse, answer: Answer): void {
  const first = answer(request)
  outgoing.writeHead(first.status, first.headers)
  outgoing.write(first.body)
  if (first.status !== 200) {
    outgoing.end()
    return
  }
  let seen = first.store.resourceVersion
  const { sendInitialEvents: _, ...query } = request.query
  const poll = setInterval(() => {
    const next = answer({ ...request, query: { ...query, resourceVersion: String(seen) } })
    seen = next.store.resourceVersion
    if (next.body !== '') outgoing.write(next.body)
  }, watchPollMs)
  const end = setTimeout(() => outgoing.end(), Number(request.query['timeoutSeconds'] ?? 300) * 1000)
  outgoing.on('close', () => {
    clearInterval(poll)
    clearTimeout(end)
  })
}
