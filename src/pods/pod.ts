import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import { awsFilesExpression, keysAnnotation, keysSecret } from './names.ts'

/** What of a container matters for keys. */
export interface PodContainer {
  readonly name: string
  readonly list: 'containers' | 'initContainers'
  /** Names of the variables that it sets itself. */
  readonly env: readonly string[]
  /** Secrets that it takes all of its variables from, in order. */
  readonly secrets: readonly string[]
  /** What it takes all of its variables from under their own names, `Secret NAME` or `ConfigMap NAME`, in order. */
  readonly sources: readonly string[]
  /** Where a volume with AWS's files is mounted; one that begins empty has none. */
  readonly awsFiles?: string
}

/** The containers of a pod, or of the template of one, those that run first behind the others. */
export function containersOf(spec: unknown): readonly PodContainer[] {
  const empty = records(field(spec, 'volumes'))
    .filter((volume) => 'emptyDir' in volume)
    .map(({ name }) => text(name))
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    records(field(spec, list)).map((container) => ({
      name: text(container['name']),
      list,
      env: records(container['env']).map(({ name }) => text(name)),
      ...sourcesOf(container),
      ...filesOf(container, empty),
    })),
  )
}

function sourcesOf(container: Readonly<Record<string, unknown>>): Pick<PodContainer, 'secrets' | 'sources'> {
  const all = records(container['envFrom']).flatMap((from) =>
    (['Secret', 'ConfigMap'] as const).flatMap((kind) => {
      const name = field(from[kind === 'Secret' ? 'secretRef' : 'configMapRef'], 'name')
      return typeof name === 'string' ? [{ kind, name, isRenamed: text(from['prefix']) !== '' }] : []
    }),
  )
  return {
    secrets: all.filter(({ kind }) => kind === 'Secret').map(({ name }) => name),
    sources: all.filter(({ isRenamed }) => !isRenamed).map(({ kind, name }) => `${kind} ${name}`),
  }
}

function filesOf(
  container: Readonly<Record<string, unknown>>,
  empty: readonly string[],
): Pick<PodContainer, 'awsFiles'> {
  const mount = records(container['volumeMounts']).find(
    ({ name, mountPath }) =>
      new RegExp(awsFilesExpression).test(text(mountPath)) && !empty.includes(text(name)),
  )
  return mount === undefined ? {} : { awsFiles: text(mount['mountPath']) }
}

/** Containers that take their variables from the Secret with keys. */
export function keyedContainers(pod: KubeObject): readonly string[] {
  return containersOf(pod['spec'])
    .filter(({ secrets }) => secrets.includes(keysSecret))
    .map(({ name }) => name)
}

/** Whether a pod was given keys: by the policy, which marks it, or by its own manifest or `aws attach`. */
export function isKeyed(pod: KubeObject): boolean {
  return pod.metadata.annotations?.[keysAnnotation] !== undefined || keyedContainers(pod).length > 0
}

/** `namespace/name`, as the policies name it. */
export function accountOf(pod: KubeObject): string {
  const name = field(pod['spec'], 'serviceAccountName')
  return `${pod.metadata.namespace ?? 'default'}/${typeof name === 'string' && name !== '' ? name : 'default'}`
}

/**
 * When it read its keys: variables are read when a container starts, so of those with keys the one that has run longest
 * counts. Until one runs, the pod's creation.
 * @returns ms since 1970.
 */
export function keysReadAtMs(pod: KubeObject): number {
  const keyed = new Set(keyedContainers(pod))
  const statuses = records(field(pod['status'], 'containerStatuses'))
  const starts = statuses
    .filter(({ name }) => keyed.has(text(name)))
    .flatMap(({ state }) => Date.parse(text(field(field(state, 'running'), 'startedAt'))))
    .filter((at) => Number.isFinite(at))
  return starts.length > 0 ? Math.min(...starts) : Date.parse(text(field(pod.metadata, 'creationTimestamp')))
}

/** Whether it still runs, or is about to. */
export function isLive(pod: KubeObject): boolean {
  const phase = field(pod['status'], 'phase')
  return phase !== 'Succeeded' && phase !== 'Failed' && !('deletionTimestamp' in pod.metadata)
}

/** What made it. */
export interface OwnerRef {
  readonly kind: string
  readonly name: string
}

/** The controller among the owners of an object; undefined for one that a person made. */
export function ownerOf({ metadata }: KubeObject): OwnerRef | undefined {
  const owner = records(field(metadata, 'ownerReferences')).find(({ controller }) => controller === true)
  return owner === undefined ? undefined : { kind: text(owner['kind']), name: text(owner['name']) }
}

const field = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined)
const records = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The owner that no controller owns in turn: the Deployment behind its ReplicaSet. */
export function topOwnerOf(object: KubeObject, others: readonly KubeObject[]): OwnerRef | undefined {
  const owner = ownerOf(object)
  const found = others.find(
    ({ kind, metadata }) =>
      kind === owner?.kind &&
      metadata.name === owner.name &&
      (metadata.namespace ?? 'default') === (object.metadata.namespace ?? 'default'),
  )
  return (found === undefined ? undefined : topOwnerOf(found, others)) ?? owner
}
