import { isFields, type Fields } from './object.ts'

/**
 * What the API's schema says about lists and maps (kubernetes: api/openapi-spec, the x-kubernetes-list-type and
 * x-kubernetes-list-map-keys annotations; client-go: applyconfigurations/internal/internal.go). Lists not named
 * here are atomic.
 */
export type ListType =
  | { readonly type: 'map'; readonly keys: readonly ListKey[] }
  | { readonly type: 'set' }
  | { readonly type: 'atomic' }

export interface ListKey {
  readonly field: string
  readonly fallback?: string
}

const atomic: ListType = { type: 'atomic' }
const byName: ListType = { type: 'map', keys: [{ field: 'name' }] }
const protocol: ListKey = { field: 'protocol', fallback: 'TCP' }

const listTypes: Readonly<Record<string, ListType>> = {
  containers: byName,
  initContainers: byName,
  ephemeralContainers: byName,
  env: byName,
  volumes: byName,
  variables: byName,
  webhooks: byName,
  matchConditions: byName,
  volumeMounts: { type: 'map', keys: [{ field: 'mountPath' }] },
  volumeDevices: { type: 'map', keys: [{ field: 'devicePath' }] },
  hostAliases: { type: 'map', keys: [{ field: 'ip' }] },
  conditions: { type: 'map', keys: [{ field: 'type' }] },
  ownerReferences: { type: 'map', keys: [{ field: 'uid' }] },
  topologySpreadConstraints: {
    type: 'map',
    keys: [{ field: 'topologyKey' }, { field: 'whenUnsatisfiable' }],
  },
  finalizers: { type: 'set' },
}

/** How a list is merged, by the field names that lead to it (list items left out). */
export function listTypeAt(kind: string, path: readonly string[]): ListType {
  const field = path.at(-1) ?? ''
  if (field === 'ports') return portsAt(kind, path)
  // facts 11: a pod's imagePullSecrets are associative, a ServiceAccount's are atomic.
  if (field === 'imagePullSecrets') return kind === 'ServiceAccount' ? atomic : byName
  if (field === 'secrets') return kind === 'ServiceAccount' ? byName : atomic
  return listTypes[field] ?? atomic
}

function portsAt(kind: string, path: readonly string[]): ListType {
  if (kind === 'Service') return { type: 'map', keys: [{ field: 'port' }, protocol] }
  return path.includes('containers') || path.includes('initContainers')
    ? { type: 'map', keys: [{ field: 'containerPort' }, protocol] }
    : atomic
}

/**
 * The field by which a strategic merge patch merges a list; undefined = the patch's list replaces the one there. A
 * ServiceAccount's imagePullSecrets are replaced, and `$patch` in them means nothing (recorded 1.33/432, 433, 436).
 */
export function strategicKeyAt(kind: string, path: readonly string[]): string | undefined {
  const found = listTypeAt(kind, path)
  return found.type === 'map' ? found.keys[0]?.field : undefined
}

/** Maps that are owned as a whole (x-kubernetes-map-type: atomic). */
export function isAtomicMap(kind: string, path: readonly string[]): boolean {
  const field = path.at(-1) ?? ''
  if (['nodeSelector', 'secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef'].includes(field))
    return true
  if (field === 'labelSelector' || field === 'namespaceSelector' || field === 'objectSelector') return true
  if (field === 'roleRef') return true
  return (
    field === 'selector' &&
    ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'Job', 'Service'].includes(kind)
  )
}

/** Maps of free keys (not structs): an Update owns the map itself too, written `.` (recorded 1.33/030). */
export function isFreeMap(path: readonly string[]): boolean {
  return [
    'labels',
    'annotations',
    'data',
    'binaryData',
    'stringData',
    'matchLabels',
    'limits',
    'requests',
  ].includes(path.at(-1) ?? '')
}

const common = ['apiVersion', 'kind', 'metadata']
const topLevel: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['data', 'binaryData', 'immutable'],
  Secret: ['data', 'stringData', 'type', 'immutable'],
  ServiceAccount: ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'],
  Role: ['rules'],
  ClusterRole: ['rules', 'aggregationRule'],
  RoleBinding: ['subjects', 'roleRef'],
  ClusterRoleBinding: ['subjects', 'roleRef'],
  IngressClass: ['spec'],
  NetworkPolicy: ['spec'],
  Lease: ['spec'],
  EndpointSlice: ['addressType', 'endpoints', 'ports'],
  Endpoints: ['subsets'],
  PriorityClass: ['value', 'globalDefault', 'description', 'preemptionPolicy'],
  ValidatingWebhookConfiguration: ['webhooks'],
  MutatingWebhookConfiguration: ['webhooks'],
  StorageClass: [
    'provisioner',
    'parameters',
    'reclaimPolicy',
    'mountOptions',
    'allowVolumeExpansion',
    'volumeBindingMode',
    'allowedTopologies',
  ],
}

/** The top-level fields that the kind does not have. Deeper fields are taken as they come. */
export function unknownFields(object: Fields): readonly string[] {
  const kind = String(object['kind'])
  if (kind === 'Event') return []
  const known = [...common, ...(topLevel[kind] ?? ['spec', 'status'])]
  return Object.keys(object).filter((field) => !known.includes(field))
}

const stringMaps: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['data', 'binaryData'],
  Secret: ['data', 'stringData'],
}

/** The first value that is not a string where the schema wants one, as the server says it; else undefined. */
export function wrongType(object: Fields): string | undefined {
  const metadata = isFields(object['metadata']) ? object['metadata'] : {}
  const maps: (readonly [string, unknown])[] = [
    ...(stringMaps[String(object['kind'])] ?? []).map((field) => [`.${field}`, object[field]] as const),
    ['.metadata.labels', metadata['labels']],
    ['.metadata.annotations', metadata['annotations']],
  ]
  return maps.flatMap(([path, map]) => notStrings(path, map))[0]
}

function notStrings(path: string, map: unknown): readonly string[] {
  if (!isFields(map)) return []
  return Object.entries(map)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')
    .map(
      ([key, value]) =>
        `${path}.${key}: expected string, got &value.valueUnstructured{Value:${String(value)}}`,
    )
}
