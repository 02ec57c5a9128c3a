import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import type { SigningKey } from './agent-api-keys.ts'
import type { ApiStore, Change, FakeObject, Kind } from './agent-api-store.ts'

// How the API server of agent-api.ts answers.

export interface ApiState {
  readonly store: ApiStore
  readonly token: string
  readonly issuer: string
  readonly faults: { refused: Map<string, number>; hungSockets: Set<Socket>; bookmarkMs: number }
  readonly keys: { current: SigningKey; published: SigningKey[] }
  readonly events: Map<string, Record<string, unknown>>
  readonly requests: { readonly method: string; readonly path: string }[]
}

export async function answer(
  state: ApiState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://api')
  state.requests.push({ method: request.method ?? '', path: request.url ?? '' })
  if (state.faults.hungSockets.has(request.socket)) return
  if (request.headers.authorization !== `Bearer ${state.token}`) return status(response, 401, 'Unauthorized')
  for (const [part, code] of state.faults.refused)
    if (request.url?.includes(part)) return status(response, code, code === 410 ? 'Expired' : 'Refused')
  // As the real one: it has no other type for them (recorded from 1.35.1 and 1.36.2).
  if (url.pathname === '/openid/v1/jwks' && !request.headers.accept?.includes('application/jwk-set+json'))
    return status(response, 406, 'NotAcceptable')
  if (url.pathname === '/openid/v1/jwks')
    return json(response, { keys: state.keys.published.map(({ jwk }) => jwk) })
  if (url.pathname === '/.well-known/openid-configuration') return json(response, { issuer: state.issuer })
  const of = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?$/.exec(url.pathname)
  if (!of) return status(response, 404, 'NotFound')
  const [, namespace, kind, name] = of
  if (kind === 'events') return event(state, request, response, { namespace: namespace ?? '', name })
  if (request.method !== 'GET' || name !== undefined) return status(response, 405, 'MethodNotAllowed')
  const wants = selector(kind as Kind, namespace, url.searchParams)
  if (url.searchParams.get('watch') === null) return list(state.store, wants, response, url.searchParams)
  watch(state, wants, response, url.searchParams)
}

interface Wants {
  readonly kind: Kind
  readonly fits: (object: FakeObject) => boolean
}

function selector(kind: Kind, namespace: string | undefined, query: URLSearchParams): Wants {
  const [field, value] = (query.get('fieldSelector') ?? '').split('=')
  return {
    kind,
    fits: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (!field || value === (field === 'metadata.name' ? object.metadata.name : nodeOf(object))),
  }
}

const nodeOf = (object: FakeObject) => (object['spec'] as { nodeName?: string } | undefined)?.nodeName

function list(store: ApiStore, wants: Wants, response: ServerResponse, query: URLSearchParams): void {
  const all = store.list(wants.kind).filter(wants.fits)
  const start = Number(query.get('continue') ?? 0)
  const limit = Number(query.get('limit') ?? 0) || all.length
  const more = start + limit < all.length ? { continue: String(start + limit) } : {}
  json(response, {
    kind: 'List',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(store.version), ...more },
    items: all.slice(start, start + limit),
  })
}

function watch(state: ApiState, wants: Wants, response: ServerResponse, query: URLSearchParams): void {
  const { store } = state
  const socket = response.socket
  const from = Number(query.get('resourceVersion') ?? 0)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const send = (type: string, object: unknown) => {
    if (!socket || !state.faults.hungSockets.has(socket))
      response.write(`${JSON.stringify({ type, object })}\n`)
  }
  const isGone = () => from < store.oldest
  const gone = () => {
    send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' })
    response.end()
  }
  if (isGone()) return gone()
  const tell = (change: Change) => {
    if (change.kind !== wants.kind) return
    const [was, is] = [change.before !== undefined && wants.fits(change.before), wants.fits(change.object)]
    if (change.type === 'DELETED' ? was : is)
      send(change.type === 'MODIFIED' && !was ? 'ADDED' : change.type, change.object)
    else if (was) send('DELETED', change.object)
  }
  store.since(wants.kind, from).forEach(tell)
  store.changed.on('change', tell)
  const bookmark = () =>
    send('BOOKMARK', { kind: 'Object', metadata: { resourceVersion: String(store.version) } })
  const bookmarks =
    query.get('allowWatchBookmarks') === 'true' ? setInterval(bookmark, state.faults.bookmarkMs) : undefined
  const end = setTimeout(
    () => {
      if (!socket || !state.faults.hungSockets.has(socket)) response.end()
    },
    Number(query.get('timeoutSeconds') ?? 300) * 1000,
  )
  response.on('close', () => {
    store.changed.off('change', tell)
    clearInterval(bookmarks)
    clearTimeout(end)
  })
}

async function event(
  state: ApiState,
  request: IncomingMessage,
  response: ServerResponse,
  of: { namespace: string; name: string | undefined },
): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const given = JSON.parse(body) as Record<string, unknown> & { metadata?: { name?: string } }
  const name = of.name ?? given.metadata?.name ?? ''
  const key = `${of.namespace}/${name}`
  const before = state.events.get(key)
  if (request.method === 'POST') {
    if (before) return status(response, 409, 'AlreadyExists')
    state.events.set(key, given)
    return json(response, given, 201)
  }
  if (request.method !== 'PATCH') return status(response, 405, 'MethodNotAllowed')
  if (!before) return status(response, 404, 'NotFound')
  state.events.set(key, { ...before, ...given })
  json(response, { ...before, ...given })
}

function json(response: ServerResponse, body: unknown, code = 200): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function status(response: ServerResponse, code: number, reason: string): void {
  json(
    response,
    { kind: 'Status', status: 'Failure', code, reason, message: `the fake says ${reason}` },
    code,
  )
}
