import { type KindSpec, kindNamed } from './kinds.ts'
import { at, type Fields, fieldsOf, type KubeObject, numberOf } from './object.ts'
import { admittedPod } from './pod-admission.ts'
import { nodeFits, nodesOf } from './pods.ts'
import { deleteObject, type KubeStore, listObjects, putObject, refOf } from './store.ts'

/** The objects of a kind that a controller made for an owner. */
export function ownedBy(store: KubeStore, kind: KindSpec, owner: KubeObject): readonly KubeObject[] {
  return listObjects(store, kind, owner.metadata.namespace).filter((object) =>
    (object.metadata.ownerReferences ?? []).some((reference) => reference.uid === owner.metadata.uid),
  )
}

/** An owner's pod template, with nothing missing. */
export function templateOf(owner: KubeObject): {
  readonly labels: Record<string, string>
  readonly annotations: Fields
  readonly spec: Fields
} {
  const template = fieldsOf(at(owner, 'spec', 'template'))
  return {
    labels: fieldsOf(at(template, 'metadata', 'labels')) as Record<string, string>,
    annotations: fieldsOf(at(template, 'metadata', 'annotations')),
    spec: fieldsOf(template['spec']),
  }
}

/** A short stable text from any JSON, in the letters Kubernetes uses for generated names. */
export function shortHash(value: unknown, length: number): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  let hash = 2166136261
  for (const character of JSON.stringify(value))
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0
  return Array.from({ length }, () => {
    hash = (Math.imul(hash, 1664525) + 1013904223) >>> 0
    return letters[(hash >>> 8) % letters.length]
  }).join('')
}

/** The reference that ties a made object to its maker. */
export function ownerReference(owner: KubeObject): NonNullable<KubeObject['metadata']['ownerReferences']> {
  const { apiVersion, kind, metadata } = owner
  return [
    {
      apiVersion,
      kind,
      name: metadata.name,
      uid: metadata.uid ?? '',
      controller: true,
      blockOwnerDeletion: true,
    },
  ]
}

/** A pod after an owner's template. */
export function podFor(
  owner: KubeObject,
  name: string,
  extraLabels: Readonly<Record<string, string>>,
  nodeName?: string,
): KubeObject {
  const { labels, annotations, spec } = templateOf(owner)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
      labels: { ...labels, ...extraLabels },
      ...(Object.keys(annotations).length === 0
        ? {}
        : { annotations: annotations as Record<string, string> }),
      ownerReferences: ownerReference(owner),
    },
    spec: { restartPolicy: 'Always', ...spec, ...(nodeName === undefined ? {} : { nodeName }) },
  }
}

/** How many an owner wants; one when it does not say. */
export function replicasOf(owner: KubeObject): number {
  return numberOf(at(owner, 'spec', 'replicas')) ?? 1
}

/** The kind of what a Deployment makes. */
export const replicaSets = kindNamed('ReplicaSet')
/** The kind of what everything else makes. */
export const pods = kindNamed('Pod')

/** Tells one pod template from another, as the `pod-template-hash` label does. */
export function templateHash(deployment: KubeObject): string {
  return shortHash(at(deployment, 'spec', 'template'), 10)
}

/** Creates the pods that are missing and deletes those that are too many. */
export function alignPods(
  store: KubeStore,
  owned: readonly KubeObject[],
  wanted: readonly KubeObject[],
  now: number,
): KubeStore {
  const named = (list: readonly KubeObject[], name: string): boolean =>
    list.some((pod) => pod.metadata.name === name)
  const surplus = owned.filter((pod) => !named(wanted, pod.metadata.name))
  const missing = wanted.filter((pod) => !named(owned, pod.metadata.name))
  const shrunk = surplus.reduce((made, pod) => deleteObject(made, refOf(pod)), store)
  return missing.reduce((made, pod) => putObject(made, admittedPod(pod, made), now), shrunk)
}

/** The names of the nodes a DaemonSet runs on; a cluster without Node objects counts as one node. */
export function daemonNodes(store: KubeStore, object: KubeObject): readonly string[] {
  const nodes = nodesOf(store)
  const template: KubeObject = { ...object, spec: templateOf(object).spec }
  return nodes.length === 0
    ? ['']
    : nodes.filter((node) => nodeFits(template, node)).map((node) => node.metadata.name)
}
