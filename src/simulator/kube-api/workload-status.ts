import { isReady } from './admission.ts'
import { at, type Fields, fieldsOf, type KubeObject, listOf, numberOf, timestamp } from './object.ts'
import { daemonNodes, ownedBy, pods, replicaSets, replicasOf, templateHash } from './owned-pods.ts'
import type { KubeStore, StoredObject } from './store.ts'

function readyCount(owned: readonly KubeObject[]): number {
  return owned.filter(isReady).length
}

function optional(name: string, value: number): Fields {
  return value === 0 ? {} : { [name]: value }
}

/** A ReplicaSet's status. */
export function replicaStatus(store: KubeStore, set: KubeObject): Fields {
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

/** A Deployment's status; its conditions keep their times while they stay the same. */
export function deploymentStatus(store: KubeStore, stored: StoredObject, now: number): Fields {
  const { object } = stored
  const sets = ownedBy(store, replicaSets, object)
  const current = sets.find((set) => set.metadata.name === `${object.metadata.name}-${templateHash(object)}`)
  const total = (field: string): number =>
    sets.reduce((sum, set) => sum + (numberOf(at(set, 'status', field)) ?? 0), 0)
  const wanted = replicasOf(object)
  const available = total('availableReplicas')
  return {
    observedGeneration: object.metadata.generation ?? 1,
    ...optional('replicas', total('replicas')),
    ...optional('updatedReplicas', numberOf(at(current, 'status', 'replicas')) ?? 0),
    ...optional('readyReplicas', total('readyReplicas')),
    ...optional('availableReplicas', available),
    ...optional('unavailableReplicas', Math.max(0, Math.max(wanted, total('replicas')) - available)),
    conditions: deploymentConditions(stored, current, available >= wanted, now),
  }
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

/** A DaemonSet's status. */
export function daemonStatus(store: KubeStore, object: KubeObject): Fields {
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

/** A StatefulSet's status. */
export function statefulStatus(store: KubeStore, object: KubeObject): Fields {
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

/** A Job's status. */
export function jobStatus(store: KubeStore, stored: StoredObject): Fields {
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
