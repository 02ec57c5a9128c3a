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
import { getScale, hasScale, patchScale } from './scale.ts'
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

export type { ApiFaults, ApiRequest, ApiResult } from './contract.ts'

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
  const kinds = servedKinds(store.kubernetesVersion, store.runtimeConfig)
  const answer = answerOrError({ request, store: settled, kinds, now, faults })
  const headers = {
    'content-type': answer.contentType,
    'cache-control': 'no-cache, private',
    ...answer.headers,
  }
  const isChanged = answer.store !== settled
  const after = isChanged ? settleWorkloads(answer.store, now, faults) : settled
  return { status: answer.status, headers, body: answer.body, store: after }
}

/** One request, with all that answering it takes. */
interface Visit {
  readonly request: ApiRequest
  readonly store: KubeStore
  readonly kinds: readonly KindSpec[]
  readonly now: number
  readonly faults: ApiFaults
}

function answerOrError(visit: Visit): Answer {
  const { faults, store } = visit
  try {
    if (faults.unavailable === true) throw unavailable()
    if (faults.unauthorized === true) throw unauthorized()
    return route(visit)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return jsonAnswer(error.status, statusBody(error), store)
  }
}

function route(visit: Visit): Answer {
  const { request, store, kinds, faults } = visit
  const [root = '', ...rest] = request.path.split('/').filter((part) => part !== '')
  switch (root) {
    case 'version':
      return jsonAnswer(200, versionDocument(store.kubernetesVersion), store)
    case 'readyz':
    case 'livez':
    case 'healthz':
      return healthAnswer(root, request, store, faults)
    case 'openapi':
      return openApiAnswer(rest, kinds, request, store)
    case 'api':
      return apiAnswer(visit, rest)
    case 'apis':
      return apisAnswer(visit, rest)
    default:
      // recorded 1.33/010
      return textAnswer(404, '404 page not found\n', store)
  }
}

function rootAnswer({ request, store, kinds }: Visit, root: 'api' | 'apis'): Answer {
  const { body, contentType } = discoveryRoot(root, kinds, request.headers['accept'] ?? '')
  return jsonAnswer(200, body, store, contentType)
}

function apiAnswer(visit: Visit, [version, ...rest]: readonly string[]): Answer {
  return version === undefined ? rootAnswer(visit, 'api') : versionAnswer(visit, '', version, rest)
}

function apisAnswer(visit: Visit, [group, version, ...rest]: readonly string[]): Answer {
  if (group === undefined) return rootAnswer(visit, 'apis')
  if (version !== undefined) return versionAnswer(visit, group, version, rest)
  const found = discoveryGroup(group, visit.kinds)
  if (found === undefined) throw noSuchResource()
  return jsonAnswer(200, found, visit.store)
}

function versionAnswer(visit: Visit, group: string, version: string, rest: readonly string[]): Answer {
  const listing = discoveryVersion(group, version, visit.kinds)
  if (listing === undefined) throw noSuchResource()
  if (rest.length === 0) return jsonAnswer(200, listing, visit.store)
  return resourceAnswer(visit, targetOf(group, version, rest, visit.kinds))
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

function resourceAnswer(visit: Visit, target: Target): Answer {
  const { request, store, now, faults } = visit
  const user = faults.forbiddenUser ?? request.headers['impersonate-user']
  if (user !== undefined) {
    // A namespace counts as being in itself (recorded 1.33/212).
    const namespace = target.kind.kind === 'Namespace' ? target.name : target.namespace
    throw forbidden(user, verbOf(request, target), target.kind, namespace, target.name)
  }
  if (faults.unavailableResources === true) throw unavailable()
  if (target.subresource === 'scale' && hasScale(target.kind)) return scaleAnswer(visit, target)
  if (target.subresource !== undefined && target.subresource !== 'status') throw noSuchResource()
  switch (request.method) {
    case 'GET':
      return readAnswer(visit, target)
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

function scaleAnswer({ request, store, now }: Visit, target: Target): Answer {
  if (request.method === 'GET') return jsonAnswer(200, getScale(target, store), store)
  if (request.method !== 'PATCH') throw methodNotAllowed()
  return writtenAnswer(patchScale(request, target, store, now))
}

function readAnswer({ request, store, now }: Visit, target: Target): Answer {
  if (target.name !== undefined) return jsonAnswer(200, getResource(request, target, store, now), store)
  if (!isWatch(request)) return jsonAnswer(200, listResources(request, target, store, now), store)
  return { status: 200, contentType: json, body: watchEvents(request, target, store), store }
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
