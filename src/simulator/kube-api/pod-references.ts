import { kindNamed } from './kinds.ts'
import { at, type KubeObject, listOf, textOf } from './object.ts'
import { getObject, keyOf, type KubeStore, type ObjectRef } from './store.ts'

/** An object that a pod needs in order to start. */
export interface Reference {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly name: string
  readonly optional: boolean
}

function reference(kind: Reference['kind'], source: unknown, field = 'name'): readonly Reference[] {
  const name = textOf(at(source, field))
  return name === undefined ? [] : [{ kind, name, optional: at(source, 'optional') === true }]
}

/** What its volumes need. */
export function volumeReferences(pod: KubeObject): readonly Reference[] {
  return listOf(at(pod, 'spec', 'volumes')).flatMap((volume) => [
    ...reference('Secret', at(volume, 'secret'), 'secretName'),
    ...reference('ConfigMap', at(volume, 'configMap')),
  ])
}

/** What its containers' environment needs. */
export function envReferences(pod: KubeObject): readonly Reference[] {
  const containers = [...listOf(at(pod, 'spec', 'initContainers')), ...listOf(at(pod, 'spec', 'containers'))]
  return containers.flatMap((container) => [
    ...listOf(at(container, 'env')).flatMap((env) => [
      ...reference('Secret', at(env, 'valueFrom', 'secretKeyRef')),
      ...reference('ConfigMap', at(env, 'valueFrom', 'configMapKeyRef')),
    ]),
    ...listOf(at(container, 'envFrom')).flatMap((source) => [
      ...reference('Secret', at(source, 'secretRef')),
      ...reference('ConfigMap', at(source, 'configMapRef')),
    ]),
  ])
}

function refIn(pod: KubeObject, wanted: Reference): ObjectRef {
  return { kind: kindNamed(wanted.kind), namespace: pod.metadata.namespace, name: wanted.name }
}

/** The first of them that is not there. */
export function missingReference(
  references: readonly Reference[],
  pod: KubeObject,
  store: KubeStore,
): Reference | undefined {
  return references.find((wanted) => !wanted.optional && getObject(store, refIn(pod, wanted)) === undefined)
}

/** When the last of the objects the pod refers to came into being: the kubelet starts it after that. */
export function referencesReadyMs(pod: KubeObject, store: KubeStore): number {
  const wanted = [...volumeReferences(pod), ...envReferences(pod)]
  return wanted.reduce(
    (latest, each) => Math.max(latest, store.objects[keyOf(refIn(pod, each))]?.createdAtMs ?? 0),
    0,
  )
}
