import { type Answer, json, jsonAnswer, textAnswer } from './answer.ts'
import type { ApiFaults, ApiRequest, ApiResult } from './contract.ts'
import { discoveryGroup, discoveryRoot, discoveryVersion } from './discovery.ts'
import { healthAnswer, openApiAnswer, versionDocument } from './fixed-pages.ts'
import { type KindSpec, servedKinds } from './kinds.ts'
import { getResource, isWatch, listResources, watchEvents } from './listing.ts'
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

export type { ApiFaults, ApiRequest, ApiResponse, ApiResult } from './contract.ts'

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

function route(request: ApiRequest, store: KubeStore, now: number, faults: ApiFaults): Answer {
  const parts = request.path.split('/').filter((part) => part !== '')
  const kinds = servedKinds(store.kubernetesVersion, store.runtimeConfig)
  switch (parts[0] ?? '') {
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
