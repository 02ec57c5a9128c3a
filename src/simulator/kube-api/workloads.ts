import { isReady } from './admission.ts'
import type { ApiFaults } from './contract.ts'
import { settleEndpoints, settleIngresses, settleNamespaces } from './cluster-controllers.ts'
import { kindNamed } from './kinds.ts'
import { at, type Fields, fieldsOf, type KubeObject, numberOf, sameJson } from './object.ts'
import {
  alignPods,
  daemonNodes,
  ownedBy,
  ownerReference,
  podFor,
  pods,
  replicaSets,
  replicasOf,
  shortHash,
  templateHash,
  templateOf,
} from './owned-pods.ts'
import { settleEvents } from './pod-events.ts'
import { nodeFits, nodesOf, podStatus } from './pods.ts'
import { settleRegistryCreds } from './registry-creds.ts'
import { deleteObject, type KubeStore, listStored, putObject, refOf, type StoredObject } from './store.ts'
import {
  daemonStatus,
  deploymentStatus,
  jobStatus,
  replicaStatus,
  statefulStatus,
} from './workload-status.ts'

/**
 * The controllers, as a function of time: the pods that belong to workloads, and every status, as they are at
 * `now` (ms since 1970). Settling twice at the same moment changes nothing.
 */
export function settleWorkloads(store: KubeStore, now: number, faults: ApiFaults = {}): KubeStore {
  // Controllers answer each other (a ready ReplicaSet retires the old one): rounds until nothing moves.
  const after = settleOnce(store, now, faults)
  return after.resourceVersion === store.resourceVersion ? after : settleWorkloads(after, now, faults)
}

function settleOnce(store: KubeStore, now: number, faults: ApiFaults): KubeStore {
  const steps: readonly ((store: KubeStore) => KubeStore)[] = [
    (made) => settleNamespaces(made, now),
    (made) => collectGarbage(made),
    (made) => forEach(made, 'Deployment', (s, each) => settleReplicaSets(s, each, now)),
    (made) => forEach(made, 'ReplicaSet', (s, each) => settleReplicaPods(s, each, now)),
    (made) => forEach(made, 'DaemonSet', (s, each) => settleDaemonPods(s, each, now)),
    (made) => forEach(made, 'StatefulSet', (s, each) => settleStatefulPods(s, each, now)),
    (made) => forEach(made, 'Job', (s, each) => settleJobPods(s, each, now)),
    (made) => forEach(made, 'Pod', (s, each) => settlePod(s, each, now, faults)),
    (made) => settleStatuses(made, now),
    (made) => settleRegistryCreds(made, now),
    (made) => settleEndpoints(made, now),
    (made) => settleIngresses(made, now),
    (made) => settleEvents(made, now),
  ]
  return steps.reduce((made, step) => step(made), store)
}

function settleStatuses(store: KubeStore, now: number): KubeStore {
  const steps: readonly ((store: KubeStore) => KubeStore)[] = [
    (made) =>
      forEach(made, 'ReplicaSet', (s, each) => putStatus(s, each.object, replicaStatus(s, each.object), now)),
    (made) =>
      forEach(made, 'Deployment', (s, each) =>
        putStatus(s, each.object, deploymentStatus(s, each, now), now),
      ),
    (made) =>
      forEach(made, 'DaemonSet', (s, each) => putStatus(s, each.object, daemonStatus(s, each.object), now)),
    (made) =>
      forEach(made, 'StatefulSet', (s, each) =>
        putStatus(s, each.object, statefulStatus(s, each.object), now),
      ),
    (made) => forEach(made, 'Job', (s, each) => putStatus(s, each.object, jobStatus(s, each), now)),
  ]
  return steps.reduce((made, step) => step(made), store)
}

function forEach(
  store: KubeStore,
  kind: string,
  step: (store: KubeStore, each: StoredObject) => KubeStore,
): KubeStore {
  return listStored(store, kindNamed(kind)).reduce(step, store)
}

/** Writes a status when it differs from the one there. */
function putStatus(store: KubeStore, object: KubeObject, status: Fields, now: number): KubeStore {
  return sameJson(object['status'], status) ? store : putObject(store, { ...object, status }, now)
}

/** Objects whose owner is gone go too. */
function collectGarbage(store: KubeStore): KubeStore {
  const uids = new Set(Object.values(store.objects).map(({ object }) => object.metadata.uid))
  const orphans = Object.values(store.objects).filter(({ object }) => {
    const owners = object.metadata.ownerReferences ?? []
    return owners.length > 0 && owners.every((owner) => !uids.has(owner.uid))
  })
  if (orphans.length === 0) return store
  // Their own dependants are found on the next round.
  return collectGarbage(orphans.reduce((made, { object }) => deleteObject(made, refOf(object)), store))
}

function settleReplicaSets(store: KubeStore, { object }: StoredObject, now: number): KubeStore {
  const hash = templateHash(object)
  const name = `${object.metadata.name}-${hash}`
  const owned = ownedBy(store, replicaSets, object)
  const current = owned.find((set) => set.metadata.name === name)
  const extra = { 'pod-template-hash': hash }
  const { labels, annotations, spec } = templateOf(object)
  const wanted: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...current?.metadata,
      name,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      labels: { ...labels, ...extra },
      ownerReferences: ownerReference(object),
    },
    spec: {
      replicas: replicasOf(object),
      selector: { matchLabels: { ...fieldsOf(at(object, 'spec', 'selector', 'matchLabels')), ...extra } },
      template: { metadata: { labels: { ...labels, ...extra }, annotations }, spec },
    },
    ...(current?.['status'] === undefined ? {} : { status: current['status'] }),
  }
  const made =
    current !== undefined && sameJson(current['spec'], wanted['spec']) ? store : putObject(store, wanted, now)
  return retireOldSets(
    made,
    owned.filter((set) => set.metadata.name !== name),
    current,
    object,
    now,
  )
}

/** An old ReplicaSet keeps its pods until the new one is ready, as a rolling update does. */
function retireOldSets(
  store: KubeStore,
  old: readonly KubeObject[],
  current: KubeObject | undefined,
  deployment: KubeObject,
  now: number,
): KubeStore {
  const isNewReady = (numberOf(at(current, 'status', 'readyReplicas')) ?? 0) >= replicasOf(deployment)
  if (!isNewReady) return store
  return old
    .filter((set) => replicasOf(set) > 0)
    .reduce(
      (made, set) => putObject(made, { ...set, spec: { ...fieldsOf(set['spec']), replicas: 0 } }, now),
      store,
    )
}

function settleReplicaPods(store: KubeStore, { object }: StoredObject, now: number): KubeStore {
  const owned = ownedBy(store, pods, object)
  const wanted = replicasOf(object)
  const names = Array.from(
    { length: wanted },
    (_, i) => `${object.metadata.name}-${shortHash([object.metadata.uid, i], 5)}`,
  )
  return alignPods(
    store,
    owned,
    names.map((name) => podFor(object, name, {})),
    now,
  )
}

function settleDaemonPods(store: KubeStore, { object }: StoredObject, now: number): KubeStore {
  const hash = templateHash(object)
  const wanted = daemonNodes(store, object).map((node) =>
    podFor(
      object,
      `${object.metadata.name}-${shortHash([object.metadata.uid, node, hash], 5)}`,
      { 'controller-revision-hash': hash },
      node,
    ),
  )
  return alignPods(store, ownedBy(store, pods, object), wanted, now)
}

/** Pods of a StatefulSet come one after the other, each when the one before is ready. */
function settleStatefulPods(store: KubeStore, { object }: StoredObject, now: number): KubeStore {
  const hash = templateHash(object)
  const owned = ownedBy(store, pods, object)
  const readyInRow = Array.from({ length: replicasOf(object) }, (_, i) => `${object.metadata.name}-${i}`)
  const firstUnready = readyInRow.findIndex(
    (name) => !owned.some((pod) => pod.metadata.name === name && isReady(pod)),
  )
  const names = firstUnready === -1 ? readyInRow : readyInRow.slice(0, firstUnready + 1)
  return alignPods(
    store,
    owned,
    names.map((name) => podFor(object, name, { 'controller-revision-hash': hash })),
    now,
  )
}

function settleJobPods(store: KubeStore, { object }: StoredObject, now: number): KubeStore {
  const name = `${object.metadata.name}-${shortHash(object.metadata.uid, 5)}`
  const labels = { 'batch.kubernetes.io/job-name': object.metadata.name, 'job-name': object.metadata.name }
  return alignPods(store, ownedBy(store, pods, object), [podFor(object, name, labels)], now)
}

function settlePod(store: KubeStore, stored: StoredObject, now: number, faults: ApiFaults): KubeStore {
  const nodes = nodesOf(store)
  const named = nodes.find((node) => node.metadata.name === at(stored.object, 'spec', 'nodeName'))
  const node = named ?? nodes.find((each) => nodeFits(stored.object, each)) ?? nodes[0]
  const status = podStatus(stored, node, store, now, faults)
  const isBound = node !== undefined && nodeFits(stored.object, node)
  const spec = isBound
    ? { ...fieldsOf(stored.object['spec']), nodeName: node.metadata.name }
    : stored.object['spec']
  const next: KubeObject = { ...stored.object, spec }
  return sameJson(next['spec'], stored.object['spec'])
    ? putStatus(store, stored.object, status, now)
    : putObject(store, { ...next, status }, now)
}
