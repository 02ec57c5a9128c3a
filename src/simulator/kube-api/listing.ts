import type { ApiRequest } from './contract.ts'
import { groupVersionOf } from './kinds.ts'
import { type Fields, type KubeObject } from './object.ts'
import type { Target } from './resources.ts'
import { matchesFields, matchesLabels } from './selectors.ts'
import { listHead, notFound } from './status.ts'
import { getObject, type KubeStore, listObjects, listStored } from './store.ts'
import { listItem, tableOf } from './table.ts'

/**
 * GET of one object, as JSON or as a Table.
 * @throws ApiError 404 (recorded 1.33/017).
 */
export function getResource(request: ApiRequest, target: Target, store: KubeStore, now: number): Fields {
  const name = target.name ?? ''
  const object = getObject(store, { kind: target.kind, namespace: target.namespace, name })
  if (object === undefined) throw notFound(target.kind, name)
  const table = tableVersion(request)
  const metadata = { resourceVersion: object.metadata.resourceVersion }
  return table === undefined ? object : tableOf(target.kind, [object], metadata, table, now)
}

/** GET of a collection. An absent namespace is an empty list, not an error (recorded 1.33/025, 026). */
export function listResources(request: ApiRequest, target: Target, store: KubeStore, now: number): Fields {
  const all = listObjects(store, target.kind, target.namespace).filter((object) =>
    isSelected(request, object),
  )
  const start = Number(request.query['continue'] ?? 0)
  const limit = Number(request.query['limit'] ?? 0)
  const page = limit > 0 ? all.slice(start, start + limit) : all.slice(start)
  const left = all.length - start - page.length
  const metadata = {
    resourceVersion: String(store.resourceVersion),
    ...(left > 0 ? { continue: String(start + page.length), remainingItemCount: left } : {}),
  }
  const table = tableVersion(request)
  if (table !== undefined) return tableOf(target.kind, page, metadata, table, now)
  return { ...listHead(target.kind), metadata, items: page.map(listItem) }
}

function isSelected(request: ApiRequest, object: KubeObject): boolean {
  return (
    matchesLabels(object.metadata.labels ?? {}, request.query['labelSelector'] ?? '') &&
    matchesFields(object, request.query['fieldSelector'] ?? '')
  )
}

/** The first type Accept names decides (recorded 1.33/013). */
function tableVersion(request: ApiRequest): 'v1' | 'v1beta1' | undefined {
  const first = (request.headers['accept'] ?? '').split(',')[0] ?? ''
  if (!first.includes('as=Table')) return undefined
  return first.includes('v=v1beta1') ? 'v1beta1' : 'v1'
}

/**
 * A watch: the events since `resourceVersion`, one JSON document per line (recorded 1.33/116), oldest first. It
 * ends there; whoever serves it may ask again from the last version.
 */
export function watchEvents(request: ApiRequest, target: Target, store: KubeStore): string {
  const since = Number(request.query['resourceVersion'] ?? 0)
  const living = listStored(store, target.kind, target.namespace).map(({ object, firstVersion }) => ({
    type: firstVersion > since ? 'ADDED' : 'MODIFIED',
    object,
  }))
  const gone = store.gone
    .filter(({ object, firstVersion }) => firstVersion <= since && isOf(target, object))
    .map(({ object }) => ({ type: 'DELETED', object }))
  const events = [...living, ...gone]
    .filter(({ object }) => versionOf(object) > since && isSelected(request, object))
    .toSorted((a, b) => versionOf(a.object) - versionOf(b.object))
  const ending = request.query['sendInitialEvents'] === 'true' ? [endOfInitial(target, store)] : []
  return [...events, ...ending].map((event) => `${JSON.stringify(event)}\n`).join('')
}

/** After it a client knows that it has seen all there is; kubectl 1.35 waits for it. */
function endOfInitial({ kind }: Target, store: KubeStore): Fields {
  const annotations = { 'k8s.io/initial-events-end': 'true' }
  const metadata = { resourceVersion: String(store.resourceVersion), creationTimestamp: null, annotations }
  return { type: 'BOOKMARK', object: { kind: kind.kind, apiVersion: groupVersionOf(kind), metadata } }
}

function isOf(target: Target, object: KubeObject): boolean {
  const { kind, namespace } = target
  const isSameKind = object.kind === kind.kind && object.apiVersion === groupVersionOf(kind)
  return isSameKind && (namespace === undefined || object.metadata.namespace === namespace)
}

function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion ?? 0)
}

/** Whether a request asks for a stream of changes. */
export function isWatch(request: ApiRequest): boolean {
  return request.method === 'GET' && ['true', '1'].includes(request.query['watch'] ?? '')
}
