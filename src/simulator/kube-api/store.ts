import { kindOf, type KindSpec } from './kinds.ts'
import { type KubeObject, type Metadata, omit, timestamp } from './object.ts'

/** Everything a simulated API server knows: plain JSON, so it can be kept in a file between calls. */
export interface KubeStore {
  /** Milliseconds since 1970 at which the cluster came up. */
  readonly createdAt: number
  /** What `/version` answers, e.g. `v1.35.1`. */
  readonly kubernetesVersion: string
  /** Group versions switched on by `--runtime-config`, e.g. `admissionregistration.k8s.io/v1beta1`. */
  readonly runtimeConfig: readonly string[]
  /** The last resource version given out. */
  readonly resourceVersion: number
  /** By `group/plural/namespace/name`. */
  readonly objects: Readonly<Record<string, StoredObject>>
  /** The latest deletions, for watchers. */
  readonly gone: readonly StoredObject[]
}

export interface StoredObject {
  readonly object: KubeObject
  /** The resource version it was created with: tells ADDED from MODIFIED. */
  readonly firstVersion: number
  /** Milliseconds: the API's own timestamps have whole seconds, too coarse for the controllers. */
  readonly createdAtMs: number
  /** When the object last changed in a way that starts its workload anew, in ms. */
  readonly changedAtMs: number
}

/** Where an object is: its kind, its name, and its namespace when the kind has one. */
export interface ObjectRef {
  readonly kind: KindSpec
  readonly namespace?: string | undefined
  readonly name: string
}

const keptDeletions = 100

/** A cluster's store before anything runs on it: the four standard namespaces and what comes with them. */
export function emptyStore(
  now: number,
  kubernetesVersion = 'v1.35.1',
  runtimeConfig: readonly string[] = [],
): KubeStore {
  const bare: KubeStore = {
    createdAt: now,
    kubernetesVersion,
    runtimeConfig,
    resourceVersion: 0,
    objects: {},
    gone: [],
  }
  const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system']
  const store = namespaces.reduce((made, name) => putNamespace(made, name, now), bare)
  return putObject(store, kubernetesService, now)
}

const kubernetesService: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kubernetes',
    namespace: 'default',
    labels: { component: 'apiserver', provider: 'kubernetes' },
  },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.1',
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 8443 }],
  },
}

/** Adds a namespace with the ServiceAccount and the ConfigMap that the controllers put in each. */
export function putNamespace(store: KubeStore, name: string, now: number): KubeStore {
  return putObjects(store, [namespaceObject(name), ...namespaceContents(name)], now)
}

function namespaceObject(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }
}

/** What the controllers put into every namespace. */
export function namespaceContents(namespace: string): readonly KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt', namespace },
      data: { 'ca.crt': 'simulated certificate authority\n' },
    },
  ]
}

/** The key an object is stored under. */
export function keyOf(ref: ObjectRef): string {
  return `${ref.kind.group}/${ref.kind.plural}/${ref.kind.namespaced ? (ref.namespace ?? 'default') : ''}/${ref.name}`
}

/**
 * The reference of an object.
 * @throws RangeError for a kind that this API server does not serve: a mistake of the simulator's author.
 */
export function refOf(object: KubeObject): ObjectRef {
  const kind = kindOf(object.apiVersion, object.kind)
  if (kind === undefined) throw new RangeError(`simulator: unknown kind ${object.apiVersion} ${object.kind}`)
  return { kind, namespace: object.metadata.namespace, name: object.metadata.name }
}

/** The object at a reference, or undefined. */
export function getObject(store: KubeStore, ref: ObjectRef): KubeObject | undefined {
  return store.objects[keyOf(ref)]?.object
}

/** All objects of a kind, of one namespace when given, in the API's order (namespace, then name). */
export function listStored(store: KubeStore, kind: KindSpec, namespace?: string): readonly StoredObject[] {
  const prefix = `${kind.group}/${kind.plural}/${namespace === undefined ? '' : `${namespace}/`}`
  return Object.keys(store.objects)
    .filter((key) => key.startsWith(prefix))
    .toSorted()
    .flatMap((key) => store.objects[key] ?? [])
}

/** The objects of `listStored`, without the store's own notes. */
export function listObjects(store: KubeStore, kind: KindSpec, namespace?: string): readonly KubeObject[] {
  return listStored(store, kind, namespace).map((stored) => stored.object)
}

/**
 * Creates or replaces an object as a controller would: no admission, no field managers. Keeps uid and creation
 * time of the one before.
 */
export function putObject(store: KubeStore, object: KubeObject, now: number): KubeStore {
  const ref = refOf(object)
  const key = keyOf(ref)
  const before = store.objects[key]
  const resourceVersion = store.resourceVersion + 1
  const metadata: Metadata = {
    ...(omit(object.metadata, 'namespace') as Metadata),
    ...(ref.kind.namespaced ? { namespace: ref.namespace ?? 'default' } : {}),
    uid: before?.object.metadata.uid ?? uidOf(resourceVersion, store.createdAt),
    resourceVersion: String(resourceVersion),
    creationTimestamp: before?.object.metadata.creationTimestamp ?? timestamp(now),
    ...generationOf(before?.object, object),
  }
  const isNewWork = before === undefined || metadata.generation !== before.object.metadata.generation
  const stored: StoredObject = {
    object: { ...object, metadata },
    firstVersion: before?.firstVersion ?? resourceVersion,
    createdAtMs: before?.createdAtMs ?? now,
    changedAtMs: isNewWork ? now : before.changedAtMs,
  }
  return { ...store, resourceVersion, objects: { ...store.objects, [key]: stored } }
}

/** `putObject` for several. */
export function putObjects(store: KubeStore, objects: readonly KubeObject[], now: number): KubeStore {
  return objects.reduce((made, object) => putObject(made, object, now), store)
}

/** Takes an object away; nothing there is fine. */
export function deleteObject(store: KubeStore, ref: ObjectRef): KubeStore {
  const key = keyOf(ref)
  const stored = store.objects[key]
  if (stored === undefined) return store
  const resourceVersion = store.resourceVersion + 1
  const metadata = { ...stored.object.metadata, resourceVersion: String(resourceVersion) }
  const last: StoredObject = { ...stored, object: { ...stored.object, metadata } }
  const objects = omit(store.objects, key) as KubeStore['objects']
  return { ...store, resourceVersion, objects, gone: [...store.gone, last].slice(-keptDeletions) }
}

function generationOf(before: KubeObject | undefined, after: KubeObject): { generation: number } | undefined {
  if (!('spec' in after) || kindOf(after.apiVersion, after.kind)?.hasGeneration !== true) return undefined
  if (before === undefined) return { generation: 1 }
  const last = before.metadata.generation ?? 1
  return { generation: JSON.stringify(before['spec']) === JSON.stringify(after['spec']) ? last : last + 1 }
}

/** A stable id: the same calls in the same order give the same ones, so that runs can be compared. */
function uidOf(counter: number, createdAt: number): string {
  const tail = counter.toString(16).padStart(12, '0')
  return `${(Math.trunc(createdAt) % 0xffffffff).toString(16).padStart(8, '0')}-0000-4000-8000-${tail}`
}
