import type { KubeObject } from './object.ts'
import { titleOf } from './object.ts'

/** Whether something that runs pods is as ready as it wants to be. */
export interface WorkloadState {
  /** `Deployment shop/web`. */
  readonly workload: string
  readonly isReady: boolean
  /** Why not, in plain words, one line each; what is waited for when nothing is wrong yet. Empty when ready. */
  readonly reasons: readonly string[]
}

const workloadKinds = ['Deployment', 'DaemonSet', 'StatefulSet', 'Job', 'Pod']

/**
 * The state of every Deployment, DaemonSet, StatefulSet and Job among the objects, and of every Pod that none of
 * them owns. Pods in the list explain why the workload that selects them is not ready.
 */
export function workloadStates(objects: readonly KubeObject[]): readonly WorkloadState[] {
  const pods = objects.filter(({ kind }) => kind === 'Pod')
  return objects
    .filter((object) => workloadKinds.includes(object.kind) && !(object.kind === 'Pod' && isOwned(object)))
    .map((object) => workloadState(object, pods))
}

/** The state of one workload; `pods` may hold those of others. */
export function workloadState(object: KubeObject, pods: readonly KubeObject[] = []): WorkloadState {
  const waitsFor = object.kind === 'Pod' ? podWaits(object) : controllerWaits(object)
  if (waitsFor === undefined) return { workload: titleOf(object), isReady: true, reasons: [] }
  const own = object.kind === 'Pod' ? [object] : pods.filter((pod) => isSelected(pod, object))
  const reasons = [...new Set([...own.flatMap(podReasons), ...conditionReasons(object)])]
  return { workload: titleOf(object), isReady: false, reasons: reasons.length > 0 ? reasons : [waitsFor] }
}

/** What a controller still waits for; undefined when it is done. */
function controllerWaits(object: KubeObject): string | undefined {
  const status = record(object['status'])
  const spec = record(object['spec'])
  const generation = record(object.metadata)['generation']
  // A status from before the last change says nothing about what is there now.
  if (
    typeof generation === 'number' &&
    number(status['observedGeneration']) < generation &&
    object.kind !== 'Job'
  ) {
    return 'its controller has not seen the last change yet'
  }
  switch (object.kind) {
    case 'Job': {
      const wanted = number(spec['completions'], 1)
      const done = number(status['succeeded'])
      return done >= wanted ? undefined : `${done} of ${wanted} runs have completed`
    }
    case 'DaemonSet':
      return replicas(
        number(status['desiredNumberScheduled']),
        number(status['updatedNumberScheduled']),
        number(status['numberAvailable']),
      )
    case 'StatefulSet':
      return replicas(
        number(spec['replicas'], 1),
        number(status['updatedReplicas']),
        number(status['readyReplicas']),
      )
    default:
      return replicas(
        number(spec['replicas'], 1),
        number(status['updatedReplicas']),
        number(status['availableReplicas']),
      )
  }
}

function replicas(wanted: number, updated: number, available: number): string | undefined {
  if (updated < wanted) return `${updated} of ${wanted} pods are of the present version`
  return available < wanted ? `${available} of ${wanted} pods are ready` : undefined
}

function podWaits(pod: KubeObject): string | undefined {
  const status = record(pod['status'])
  if (status['phase'] === 'Succeeded') return undefined
  const isReady = list(status['conditions']).some(({ type, status: is }) => type === 'Ready' && is === 'True')
  return isReady ? undefined : `the pod is ${text(status['phase'], 'Pending')} and not ready`
}

function podReasons(pod: KubeObject): readonly string[] {
  const status = record(pod['status'])
  const name = pod.metadata.name
  const unscheduled = list(status['conditions']).find(
    ({ type, status: is, reason }) => type === 'PodScheduled' && is === 'False' && reason === 'Unschedulable',
  )
  if (unscheduled !== undefined)
    return [`${name}: no node takes it: ${text(unscheduled['message'], 'unschedulable')}`]
  const containers = [...list(status['initContainerStatuses']), ...list(status['containerStatuses'])]
  const reasons = containers.flatMap((container) => containerReasons(name, container))
  if (reasons.length > 0 || status['phase'] !== 'Failed') return reasons
  return [`${name}: failed: ${text(status['message'] ?? status['reason'], 'no reason given')}`]
}

function containerReasons(pod: string, container: Fields): readonly string[] {
  const where = `${pod}, container ${text(container['name'], '?')}`
  const waiting = record(record(container['state'])['waiting'])
  const ended = record(record(container['lastState'])['terminated'])
  const reason = text(waiting['reason'], '')
  const message = text(waiting['message'], '')
  switch (reason) {
    case 'CrashLoopBackOff': {
      const why = text(ended['reason'], '')
      const because = why === '' || why === 'Error' ? '' : ` (${why})`
      const code = ended['exitCode']
      const end = typeof code === 'number' ? `, last time with exit code ${code}${because}` : ''
      return [`${where}: starts and ends again and again (CrashLoopBackOff)${end}`]
    }
    case 'ImagePullBackOff':
    case 'ErrImagePull':
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return [`${where}: image ${text(container['image'], '?')} cannot be pulled (${reason})`]
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return [`${where}: cannot be created (${reason})${message === '' ? '' : `: ${message}`}`]
    // On its way: not a reason, only a moment.
    case '':
    case 'ContainerCreating':
    case 'PodInitializing':
      return []
    default:
      return [`${where}: ${reason}${message === '' ? '' : `: ${message}`}`]
  }
}

/** A Deployment that gave up, a Job that failed, pods that a quota or policy forbids. */
function conditionReasons(object: KubeObject): readonly string[] {
  if (object.kind === 'Pod') return []
  return list(record(object['status'])['conditions'])
    .filter(
      ({ type, status }) =>
        (type === 'Progressing' && status === 'False') ||
        ((type === 'ReplicaFailure' || type === 'Failed') && status === 'True'),
    )
    .map(({ message, reason }) => text(message ?? reason, 'failed'))
}

function isSelected(pod: KubeObject, { kind, metadata, spec }: KubeObject): boolean {
  if ((pod.metadata.namespace ?? 'default') !== (metadata.namespace ?? 'default')) return false
  const labels = Object.entries(record(record(record(spec)['selector'])['matchLabels']))
  if (labels.length > 0) return labels.every(([key, value]) => pod.metadata.labels?.[key] === value)
  return owners(pod).some((owner) => owner['kind'] === kind && owner['name'] === metadata.name)
}

function isOwned(pod: KubeObject): boolean {
  return owners(pod).length > 0
}

function owners(pod: KubeObject): readonly Fields[] {
  return list(record(pod.metadata)['ownerReferences'])
}

type Fields = Readonly<Record<string, unknown>>

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(record) : []
}

function number(value: unknown, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise
}
