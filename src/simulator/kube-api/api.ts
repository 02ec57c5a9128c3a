import { discoveryGroup, discoveryRoot, discoveryVersion } from './discovery.ts'
import { type KindSpec, servedKinds } from './kinds.ts'
import { getResource, listResources, watchEvents } from './listing.ts'
import { openApiDocument, openApiIndex } from './openapi.ts'
import {
  createResource,
  deleteResource,
  patchResource,
  replaceResource,
  type Target,
  type Written,
} from './resources.ts'
import {
  ApiError,
  forbidden,
  methodNotAllowed,
  noSuchResource,
  statusBody,
  unauthorized,
  unavailable,
} from './status.ts'
import type { KubeStore } from './store.ts'
import { settleWorkloads } from './workloads.ts'

/** One HTTP request to the API server. */
export interface ApiRequest {
  readonly method: string
  /** Without query, e.g. `/api/v1/namespaces`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** One character per byte when the content type is protobuf. */
  readonly body: string
}

export interface ApiResponse {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ApiResult extends ApiResponse {
  readonly store: KubeStore
}

/** What can be made to go wrong in the cluster. */
export interface ApiFaults {
  /** Every request answers 401, as with a wrong token. */
  readonly unauthorized?: boolean
  /** Every request for a resource answers 403 for this user. */
  readonly forbiddenUser?: string
  /** Every request answers 503, as while the API server starts. */
  readonly unavailable?: boolean
  /** Every request for a resource answers 503; discovery works. */
  readonly unavailableResources?: boolean
  /** `/readyz` answers 500 with the named checks failing; everything else works. */
  readonly notReady?: readonly string[]
  /** Images, or parts of their names, whose containers exit at once: CrashLoopBackOff. */
  readonly crashingImages?: readonly string[]
  /** Images, or parts of their names, that cannot be pulled: ImagePullBackOff. */
  readonly missingImages?: readonly string[]
  /** Workloads (by name) that never become ready. */
  readonly neverReady?: readonly string[]
  /** How long a workload needs to become ready, in ms; 1500 when absent. */
  readonly readyAfterMs?: number
}

interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly store: KubeStore
}

const json = 'application/json'
const plainText = 'text/plain; charset=utf-8'

/**
 * One request against the state: the answer, and the state after it. The controllers run first, so that what is
 * read is what a cluster would show at `now` (ms since 1970), and after a change, so that pods are as old as it.
 */
export function handleApi(
  request: ApiRequest,
  store: KubeStore,
  now: number,
  faults: ApiFaults = {},
): ApiResult {
  const settled = settleWorkloads(store, now, faults)
  const answer = answerOrError(request, settled, now, faults)
  const headers = {
    'content-type': answer.contentType,
    'cache-control': 'no-cache, private',
    ...answer.headers,
  }
  const isChanged = answer.store !== settled
  const after = isChanged ? settleWorkloads(answer.store, now, faults) : settled
  return { status: answer.status, headers, body: answer.body, store: after }
}

function answerOrError(request: ApiRequest, store: KubeStore, now: number, faults: ApiFaults): Answer {
  try {
    if (faults.unavailable === true) throw unavailable()
    if (faults.unauthorized === true) throw unauthorized()
    return route(request, store, now, faults)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return jsonAnswer(error.status, statusBody(error), store)
  }
}

function jsonAnswer(status: number, body: unknown, store: KubeStore, contentType = json): Answer {
  return { status, contentType, body: `${JSON.stringify(body)}\n`, store }
}

function textAnswer(status: number, body: string, store: KubeStore): Answer {
  return { status, contentType: plainText, body, store }
}

function route(request: ApiRequest, store: KubeStore, now: number, faults: ApiFaults): Answer {
  const parts = request.path.split('/').filter((part) => part !== '')
  const kinds = servedKinds(store.kubernetesVersion, store.runtimeConfig)
  switch (parts[0]) {
    case 'version':
      return jsonAnswer(200, versionDocument(store.kubernetesVersion), store)
    case 'readyz':
    case 'livez':
    case 'healthz':
      return healthAnswer(parts[0], request, store, faults)
    case 'openapi':
      return openApiAnswer(parts.slice(1), kinds, request, store)
    case 'api':
      return apiAnswer('', parts.slice(1), kinds, request, store, now, faults)
    case 'apis':
      return apisAnswer(parts.slice(1), kinds, request, store, now, faults)
    default:
      // recorded 1.33/010
      return textAnswer(404, '404 page not found\n', store)
  }
}

/** The document of `/version`, in the shape of recording 1.33/008. */
function versionDocument(gitVersion: string): Readonly<Record<string, string>> {
  const [major = '1', minor = '0'] = gitVersion.replace(/^v/, '').split('.')
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.25.5',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}

const checks = [
  'ping',
  'log',
  'etcd',
  'informer-sync',
  'poststarthook/start-apiextensions-controllers',
  'shutdown',
]

function healthAnswer(endpoint: string, request: ApiRequest, store: KubeStore, faults: ApiFaults): Answer {
  const failing = endpoint === 'livez' ? [] : (faults.notReady ?? [])
  const lines = [...new Set([...checks, ...failing])].map((check) =>
    failing.includes(check) ? `[-]${check} failed: reason withheld` : `[+]${check} ok`,
  )
  if (failing.length > 0) return textAnswer(500, `${lines.join('\n')}\n${endpoint} check failed\n`, store)
  // recorded 1.33/006 and 009
  return textAnswer(
    200,
    'verbose' in request.query ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok',
    store,
  )
}

function openApiAnswer(
  parts: readonly string[],
  kinds: readonly KindSpec[],
  request: ApiRequest,
  store: KubeStore,
): Answer {
  // recorded 1.27/334: an empty protobuf body is enough for kubectl 1.27.
  if (parts[0] === 'v2') {
    return {
      status: 200,
      contentType: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
      body: '',
      store,
    }
  }
  if (parts[0] !== 'v3') return textAnswer(404, '404 page not found\n', store)
  if (parts.length === 1) return jsonAnswer(200, openApiIndex(kinds, store.kubernetesVersion), store)
  const path = parts.slice(1).join('/')
  const document = openApiDocument(path, kinds, store.kubernetesVersion)
  if (document === undefined) throw noSuchResource()
  const etag = `"${store.kubernetesVersion}-${path}"`
  // recorded 1.33/031
  if (request.headers['if-none-match'] === etag) {
    return { status: 304, contentType: json, body: '', headers: { etag }, store }
  }
  return { ...jsonAnswer(200, document, store), headers: { etag, vary: 'Accept' } }
}

function apiAnswer(
  group: string,
  parts: readonly string[],
  kinds: readonly KindSpec[],
  request: ApiRequest,
  store: KubeStore,
  now: number,
  faults: ApiFaults,
): Answer {
  const [version, ...rest] = parts
  if (version === undefined) {
    const root = discoveryRoot('api', kinds, request.headers['accept'] ?? '')
    return jsonAnswer(200, root.body, store, root.contentType)
  }
  const listing = discoveryVersion(group, version, kinds)
  if (listing === undefined) throw noSuchResource()
  if (rest.length === 0) return jsonAnswer(200, listing, store)
  return resourceAnswer(targetOf(group, version, rest, kinds), request, store, now, faults)
}

function apisAnswer(
  parts: readonly string[],
  kinds: readonly KindSpec[],
  request: ApiRequest,
  store: KubeStore,
  now: number,
  faults: ApiFaults,
): Answer {
  const [group, ...rest] = parts
  if (group === undefined) {
    const root = discoveryRoot('apis', kinds, request.headers['accept'] ?? '')
    return jsonAnswer(200, root.body, store, root.contentType)
  }
  if (rest.length > 0) return apiAnswer(group, rest, kinds, request, store, now, faults)
  const found = discoveryGroup(group, kinds)
  if (found === undefined) throw noSuchResource()
  return jsonAnswer(200, found, store)
}

function targetOf(
  group: string,
  version: string,
  rest: readonly string[],
  kinds: readonly KindSpec[],
): Target {
  // `namespaces/x` is a namespace itself; `namespaces/x/pods` are the pods in it.
  const isInside =
    rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize'
  const [plural, name, subresource] = isInside ? rest.slice(2) : rest
  const kind = kinds.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  )
  if (kind === undefined || (isInside && !kind.namespaced)) throw noSuchResource()
  return { kind, namespace: isInside ? rest[1] : undefined, name, subresource }
}

function resourceAnswer(
  target: Target,
  request: ApiRequest,
  store: KubeStore,
  now: number,
  faults: ApiFaults,
): Answer {
  const user = faults.forbiddenUser ?? request.headers['impersonate-user']
  if (user !== undefined) {
    // A namespace counts as being in itself (recorded 1.33/212).
    const namespace = target.kind.kind === 'Namespace' ? target.name : target.namespace
    throw forbidden(user, verbOf(request, target), target.kind, namespace, target.name)
  }
  if (faults.unavailableResources === true) throw unavailable()
  if (target.subresource !== undefined && target.subresource !== 'status') throw noSuchResource()
  switch (request.method) {
    case 'GET':
      return readAnswer(target, request, store, now)
    case 'POST':
      if (target.name !== undefined) throw methodNotAllowed()
      return writtenAnswer(createResource(request, target, store, now))
    case 'PUT':
      return writtenAnswer(replaceResource(request, target, store, now))
    case 'PATCH':
      return writtenAnswer(patchResource(request, target, store, now))
    case 'DELETE':
      if (target.name === undefined) throw methodNotAllowed()
      return writtenAnswer(deleteResource(request, target, store, now))
    default:
      throw methodNotAllowed()
  }
}

function readAnswer(target: Target, request: ApiRequest, store: KubeStore, now: number): Answer {
  if (target.name !== undefined) return jsonAnswer(200, getResource(request, target, store, now), store)
  if (isWatch(request))
    return { status: 200, contentType: json, body: watchEvents(request, target, store), store }
  return jsonAnswer(200, listResources(request, target, store, now), store)
}

/** Whether a request asks for a stream of changes. */
export function isWatch(request: ApiRequest): boolean {
  return request.method === 'GET' && ['true', '1'].includes(request.query['watch'] ?? '')
}

function writtenAnswer(written: Written): Answer {
  return jsonAnswer(written.status, written.body, written.store)
}

function verbOf(request: ApiRequest, target: Target): string {
  const verbs: Readonly<Record<string, string>> = {
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  }
  if (request.method !== 'GET') return verbs[request.method] ?? 'get'
  if (target.name !== undefined) return 'get'
  return isWatch(request) ? 'watch' : 'list'
}
