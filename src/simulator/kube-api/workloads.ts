import { isReady } from './admission.ts'
import type { ApiFaults } from './api.ts'
import { settleEndpoints, settleIngresses, settleNamespaces } from './cluster-controllers.ts'
import { type KindSpec, kindNamed } from './kinds.ts'
import {
  at,
  type Fields,
  fieldsOf,
  type KubeObject,
  listOf,
  numberOf,
  sameJson,
  timestamp,
} from './object.ts'
import { nodeFits, nodesOf, podStatus } from './pods.ts'
import {
  deleteObject,
  type KubeStore,
  listObjects,
  listStored,
  putObject,
  refOf,
  type StoredObject,
} from './store.ts'

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
    (made) => settleEndpoints(made, now),
    (made) => settleIngresses(made, now),
  ]
  return steps.reduce((made, step) => step(made), store)
}

function settleStatuses(store: KubeStore, now: number): KubeStore {
  const steps: readonly ((store: KubeStore) => KubeStore)[] = [
    (made) =>
      forEach(made, 'ReplicaSet', (s, each) => putStatus(s, each.object, replicaStatus(s, each.object), now)),
    (made) => forEach(made, 'Deployment', (s, each) => settleDeployment(s, each, now)),
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

function ownedBy(store: KubeStore, kind: KindSpec, owner: KubeObject): readonly KubeObject[] {
  return listObjects(store, kind, owner.metadata.namespace).filter((object) =>
    (object.metadata.ownerReferences ?? []).some((reference) => reference.uid === owner.metadata.uid),
  )
}

function templateOf(owner: KubeObject): {
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
function shortHash(value: unknown, length: number): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  let hash = 2166136261
  for (const character of JSON.stringify(value))
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0
  return Array.from({ length }, () => {
    hash = (Math.imul(hash, 1664525) + 1013904223) >>> 0
    return letters[(hash >>> 8) % letters.length]
  }).join('')
}

function ownerReference(owner: KubeObject): NonNullable<KubeObject['metadata']['ownerReferences']> {
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

function podFor(
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

function replicasOf(owner: KubeObject): number {
  return numberOf(at(owner, 'spec', 'replicas')) ?? 1
}

const replicaSets = kindNamed('ReplicaSet')
const pods = kindNamed('Pod')

function templateHash(deployment: KubeObject): string {
  return shortHash(at(deployment, 'spec', 'template'), 10)
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
      ...(current?.metadata ?? {}),
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

/** Creates the pods that are missing and deletes those that are too many. */
function alignPods(
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
  return missing.reduce((made, pod) => putObject(made, pod, now), shrunk)
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

/** The names of the nodes a DaemonSet runs on; a cluster without Node objects counts as one node. */
function daemonNodes(store: KubeStore, object: KubeObject): readonly string[] {
  const nodes = nodesOf(store)
  const template: KubeObject = { ...object, spec: templateOf(object).spec }
  return nodes.length === 0
    ? ['']
    : nodes.filter((node) => nodeFits(template, node)).map((node) => node.metadata.name)
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

function readyCount(owned: readonly KubeObject[]): number {
  return owned.filter(isReady).length
}

function optional(name: string, value: number): Fields {
  return value === 0 ? {} : { [name]: value }
}

function replicaStatus(store: KubeStore, set: KubeObject): Fields {
  const owned = ownedBy(store, pods, set)
  const ready = readyCount(owned)
  return {
    replicas: owned.length,
    ...optional('fullyLabeledReplicas', owned.length),
    ...optional('readyReplicas', ready),
    ...optional('availableReplicas', ready),
    observedGeneration: set.metadata.generation ?? 1,
  }
}

function settleDeployment(store: KubeStore, stored: StoredObject, now: number): KubeStore {
  const { object } = stored
  const sets = ownedBy(store, replicaSets, object)
  const current = sets.find((set) => set.metadata.name === `${object.metadata.name}-${templateHash(object)}`)
  const total = (field: string): number =>
    sets.reduce((sum, set) => sum + (numberOf(at(set, 'status', field)) ?? 0), 0)
  const wanted = replicasOf(object)
  const available = total('availableReplicas')
  const status = {
    observedGeneration: object.metadata.generation ?? 1,
    ...optional('replicas', total('replicas')),
    ...optional('updatedReplicas', numberOf(at(current, 'status', 'replicas')) ?? 0),
    ...optional('readyReplicas', total('readyReplicas')),
    ...optional('availableReplicas', available),
    ...optional('unavailableReplicas', Math.max(0, Math.max(wanted, total('replicas')) - available)),
    conditions: deploymentConditions(stored, current, available >= wanted, now),
  }
  return putStatus(store, object, status, now)
}

/** Available and Progressing, as the deployment controller words them. */
function deploymentConditions(
  stored: StoredObject,
  current: KubeObject | undefined,
  isAvailable: boolean,
  now: number,
): readonly Fields[] {
  const before = listOf(at(stored.object, 'status', 'conditions'))
  const set = current?.metadata.name ?? stored.object.metadata.name
  const deadlineMs = (numberOf(at(stored.object, 'spec', 'progressDeadlineSeconds')) ?? 600) * 1000
  const isLate = !isAvailable && now - stored.changedAtMs > deadlineMs
  const available = isAvailable
    ? ['True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.']
    : ['False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.']
  const progressing = isAvailable
    ? ['True', 'NewReplicaSetAvailable', `ReplicaSet "${set}" has successfully progressed.`]
    : isLate
      ? ['False', 'ProgressDeadlineExceeded', `ReplicaSet "${set}" has timed out progressing.`]
      : ['True', 'ReplicaSetUpdated', `ReplicaSet "${set}" is progressing.`]
  return [condition('Available', available, before, now), condition('Progressing', progressing, before, now)]
}

function condition(type: string, said: readonly string[], before: readonly unknown[], now: number): Fields {
  const [status, reason, message] = said
  const old = before.find((each) => at(each, 'type') === type)
  const isSame =
    at(old, 'status') === status && at(old, 'reason') === reason && at(old, 'message') === message
  if (isSame) return fieldsOf(old)
  const changed = at(old, 'status') === status ? at(old, 'lastTransitionTime') : timestamp(now)
  return { type, status, reason, message, lastUpdateTime: timestamp(now), lastTransitionTime: changed }
}

function daemonStatus(store: KubeStore, object: KubeObject): Fields {
  const desired = daemonNodes(store, object).length
  const ready = readyCount(ownedBy(store, pods, object))
  return {
    currentNumberScheduled: desired,
    desiredNumberScheduled: desired,
    updatedNumberScheduled: desired,
    numberMisscheduled: 0,
    numberReady: ready,
    ...optional('numberAvailable', ready),
    ...optional('numberUnavailable', desired - ready),
    observedGeneration: object.metadata.generation ?? 1,
  }
}

function statefulStatus(store: KubeStore, object: KubeObject): Fields {
  const owned = ownedBy(store, pods, object)
  const ready = readyCount(owned)
  const revision = `${object.metadata.name}-${templateHash(object)}`
  return {
    observedGeneration: object.metadata.generation ?? 1,
    replicas: owned.length,
    ...optional('readyReplicas', ready),
    availableReplicas: ready,
    ...optional('currentReplicas', owned.length),
    ...optional('updatedReplicas', owned.length),
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  }
}

function jobStatus(store: KubeStore, stored: StoredObject): Fields {
  const owned = ownedBy(store, pods, stored.object)
  const done = owned.filter((pod) => at(pod, 'status', 'phase') === 'Succeeded')
  const startTime = timestamp(stored.createdAtMs)
  const [first] = done
  if (first === undefined) return { startTime, active: owned.length, ready: 0, uncountedTerminatedPods: {} }
  const state = at(listOf(at(first, 'status', 'containerStatuses'))[0], 'state', 'terminated', 'finishedAt')
  const times = { lastProbeTime: state, lastTransitionTime: state }
  const message = 'Reached expected number of succeeded pods'
  return {
    startTime,
    completionTime: state,
    succeeded: done.length,
    ready: 0,
    uncountedTerminatedPods: {},
    conditions: [
      { type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached', message, ...times },
      { type: 'Complete', status: 'True', reason: 'CompletionsReached', message, ...times },
    ],
  }
}
