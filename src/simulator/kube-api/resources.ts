import type { ApiRequest } from './contract.ts'
import { callWebhooks, defaulted, validate } from './admission.ts'
import { applyObject, updateObject } from './apply.ts'
import { groupVersionOf, kindNamed, type KindSpec } from './kinds.ts'
import { jsonPatch, mergePatch, strategicPatch } from './merge.ts'
import {
  at,
  type Fields,
  fieldsOf,
  isFields,
  type KubeObject,
  omit,
  sameJson,
  textOf,
  timestamp,
} from './object.ts'
import { parseBody } from './body.ts'
import { admittedPod } from './pod-admission.ts'
import { unknownFields, wrongType } from './schema.ts'
import {
  alreadyExists,
  ApiError,
  badRequest,
  deletedBody,
  immortal,
  notFound,
  staleObject,
  strictDecoding,
  terminating,
  unsupportedMediaType,
  untypedPatch,
} from './status.ts'
import { deleteObject, getObject, type KubeStore, type ObjectRef, putObject } from './store.ts'

/** A resource path taken apart: `/apis/apps/v1/namespaces/x/deployments/y/status`. */
export interface Target {
  readonly kind: KindSpec
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

export interface Written {
  readonly status: number
  readonly body: Fields
  readonly store: KubeStore
}

/**
 * POST to a collection.
 * @throws ApiError 400, 403, 404 (namespace), 409, 415, 422.
 */
export function createResource(request: ApiRequest, target: Target, store: KubeStore, now: number): Written {
  const sent = readObject(request, target)
  const name = sent.metadata.name ?? generatedName(sent, store)
  const object = placed(sent, target, name)
  refuseUnknown(request, target.kind, object)
  checkNamespace(target.kind, object, store)
  if (getObject(store, refFor(target, name)) !== undefined) throw alreadyExists(target.kind, name)
  const next = updateObject(undefined, labelled(object), managerOf(request), now)
  return save(request, target, undefined, next, store, now)
}

/**
 * PUT of a whole object.
 * @throws ApiError 404, 409 when the body's resourceVersion is not the latest (recorded 1.33/114), 422.
 */
export function replaceResource(request: ApiRequest, target: Target, store: KubeStore, now: number): Written {
  const name = target.name ?? ''
  const sent = readObject(request, target)
  const before = getObject(store, refFor(target, name))
  if (before === undefined) throw notFound(target.kind, name)
  const version = sent.metadata.resourceVersion
  if (version !== undefined && version !== before.metadata.resourceVersion)
    throw staleObject(target.kind, name)
  const managedFields = before.metadata.managedFields
  const metadata = { ...sent.metadata, ...(managedFields === undefined ? {} : { managedFields }) }
  const object = { ...placed(sent, target, name), metadata: { ...metadata, name } }
  return save(request, target, before, updateObject(before, object, managerOf(request), now), store, now)
}

/**
 * PATCH of one object, by content type: apply, strategic merge, merge, JSON.
 * @throws ApiError 404, 409, 415, 422, and 500 for an apply that does not fit the schema.
 */
export function patchResource(request: ApiRequest, target: Target, store: KubeStore, now: number): Written {
  const name = target.name ?? ''
  const before = getObject(store, refFor(target, name))
  const type = (request.headers['content-type'] ?? '').split(';')[0]
  if (type === 'application/apply-patch+yaml') return applyResource(request, target, before, store, now)
  if (before === undefined) throw notFound(target.kind, name)
  const patched = patchedObject(type ?? '', request, before)
  const object = { ...patched, metadata: { ...patched.metadata, name } }
  const version = at(parseBody(request), 'metadata', 'resourceVersion')
  if (version !== undefined && version !== before.metadata.resourceVersion)
    throw staleObject(target.kind, name)
  const next =
    target.subresource === 'status' ? object : updateObject(before, object, managerOf(request), now)
  return save(request, target, before, next, store, now)
}

function patchedObject(type: string, request: ApiRequest, before: KubeObject): KubeObject {
  const patch = parseBody(request)
  switch (type) {
    case 'application/merge-patch+json':
      return mergePatch(before, patch) as KubeObject
    case 'application/strategic-merge-patch+json':
      return strategicPatch(before, patch, before.kind) as KubeObject
    case 'application/json-patch+json': {
      const result = Array.isArray(patch) ? jsonPatch(before, patch) : undefined
      if (result !== undefined) return result.value as KubeObject
      // recorded 1.33/078
      throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
    }
    default:
      throw unsupportedMediaType()
  }
}

function applyResource(
  request: ApiRequest,
  target: Target,
  before: KubeObject | undefined,
  store: KubeStore,
  now: number,
): Written {
  const name = target.name ?? ''
  const applied = placed(readObject(request, target), target, name)
  const manager = request.query['fieldManager'] ?? ''
  if (manager === '')
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
  checkNamespace(target.kind, applied, store, before)
  const [unknown] = unknownFields(applied)
  const fault = unknown === undefined ? wrongType(applied) : `.${unknown}: field not declared in schema`
  if (fault !== undefined) throw untypedPatch(target.kind, target.namespace ?? '', name, fault)
  const next = applyObject(before, applied, { manager, force: request.query['force'] === 'true', now })
  return save(request, target, before, next, store, now)
}

/**
 * DELETE of one object. A namespace stays, Terminating, until its controller has emptied it (recorded 1.33/116).
 * @throws ApiError 404, and 403 for a namespace that must stay.
 */
export function deleteResource(request: ApiRequest, target: Target, store: KubeStore, now: number): Written {
  const name = target.name ?? ''
  const ref = refFor(target, name)
  const before = getObject(store, ref)
  if (before === undefined) throw notFound(target.kind, name)
  const refusal = immortal(target.kind, name)
  if (refusal !== undefined) throw refusal
  const isDry = request.query['dryRun'] === 'All'
  if (target.kind.kind === 'Namespace') {
    const metadata = { deletionTimestamp: timestamp(now), ...before.metadata }
    const dying: KubeObject = { ...before, metadata, status: { phase: 'Terminating' } }
    const after = putObject(store, dying, now)
    return { status: 200, body: getObject(after, ref) ?? dying, store: isDry ? store : after }
  }
  const body = deletedBody(target.kind, name, before.metadata.uid ?? '')
  return { status: 200, body, store: isDry ? store : deleteObject(store, ref) }
}

function save(
  request: ApiRequest,
  target: Target,
  before: KubeObject | undefined,
  next: KubeObject,
  store: KubeStore,
  now: number,
): Written {
  const filled = defaulted(next, before, store)
  const object =
    before === undefined && filled.kind === 'Pod'
      ? admittedPod(placed(filled, target, filled.metadata.name), store)
      : filled
  validate(target.kind, object, before)
  callWebhooks(target.kind, store)
  const ref = refFor(target, object.metadata.name)
  // A write that changes nothing does not count as one: same resourceVersion (kubernetes: endpoints/handlers/update.go).
  if (before !== undefined && sameJson(plainOf(before), plainOf(object))) {
    return { status: 200, body: before, store }
  }
  const saved = putObject(store, object, now)
  const body = getObject(saved, ref) ?? object
  const isDry = request.query['dryRun'] === 'All'
  return {
    status: before === undefined ? 201 : 200,
    body: isDry ? withoutVersion(body) : body,
    store: isDry ? store : saved,
  }
}

function withoutVersion(object: KubeObject): KubeObject {
  return { ...object, metadata: omit(object.metadata, 'resourceVersion') as KubeObject['metadata'] }
}

function plainOf(object: KubeObject): Fields {
  return {
    ...object,
    metadata: omit(object.metadata, 'resourceVersion', 'generation', 'uid', 'creationTimestamp'),
  }
}

function readObject(request: ApiRequest, target: Target): KubeObject {
  const sent = parseBody(request)
  if (!isFields(sent)) throw badRequest('the object provided is unrecognized (must be of type Object)')
  const expected = groupVersionOf(target.kind)
  if (sent['kind'] !== target.kind.kind || sent['apiVersion'] !== expected) {
    throw badRequest(
      `${textOf(sent['kind']) ?? ''} in version "${textOf(sent['apiVersion']) ?? ''}" cannot be handled as a ${target.kind.kind}: the object provided does not match the expected type`,
    )
  }
  return { ...sent, metadata: fieldsOf(sent['metadata']) } as unknown as KubeObject
}

function placed(object: KubeObject, target: Target, name: string): KubeObject {
  const { namespace } = target
  return {
    ...object,
    metadata: { ...object.metadata, name, ...(namespace === undefined ? {} : { namespace }) },
  }
}

/** The creator of a namespace owns the label with its name, but no other default (recorded 1.33/030). */
function labelled(object: KubeObject): KubeObject {
  if (object.kind !== 'Namespace') return object
  const { metadata } = object
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
  return { ...object, metadata: { ...metadata, labels } }
}

function refuseUnknown(request: ApiRequest, kind: KindSpec, object: KubeObject): void {
  const unknown = unknownFields(object)
  if (request.query['fieldValidation'] === 'Strict' && unknown.length > 0) throw strictDecoding(kind, unknown)
}

/** An object needs its namespace to be there (recorded 1.33/049), and a new one needs it not to be going. */
function checkNamespace(kind: KindSpec, object: KubeObject, store: KubeStore, before?: KubeObject): void {
  if (!kind.namespaced) return
  const name = object.metadata.namespace ?? 'default'
  const namespace = getObject(store, { kind: kindNamed('Namespace'), name })
  if (namespace === undefined) throw notFound(kindNamed('Namespace'), name)
  if (before === undefined && namespace.metadata.deletionTimestamp !== undefined) {
    throw terminating(kind, object.metadata.name, name)
  }
}

function generatedName(object: KubeObject, store: KubeStore): string {
  const prefix = object.metadata['generateName']
  if (typeof prefix !== 'string') throw badRequest('resource name may not be empty')
  return `${prefix}${(store.resourceVersion + 1).toString(36).padStart(5, '0')}`
}

function refFor(target: Target, name: string): ObjectRef {
  return { kind: target.kind, namespace: target.namespace, name }
}

/** `fieldManager`, else the program's name from the user agent, as the API server does. */
function managerOf(request: ApiRequest): string {
  return (
    request.query['fieldManager'] ?? (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown'
  )
}
