import type { ApiFaults } from './contract.ts'
import { kindNamed } from './kinds.ts'
import { at, type Fields, fieldsOf, type KubeObject, listOf, textOf, timestamp } from './object.ts'
import { envReferences, missingReference, referencesReadyMs, volumeReferences } from './pod-references.ts'
import { conditions, containerNames, containersWith, waitingContainers } from './pod-containers.ts'
import { pullableSinceMs, pullFault } from './pull-secrets.ts'
import { pullsOnly, startErrorStatus } from './start-error.ts'
import { type KubeStore, listObjects, type StoredObject } from './store.ts'

/** Time from a pod's creation to Ready when nothing is in the way, in ms (assumed). */
const defaultReadyAfterMs = 1500

/** What keeps a pod's containers from running. */
interface Obstacle {
  readonly reason: string
  readonly message: string
  /** The containers have been started and ended, rather than never started. */
  readonly isCrash?: boolean
}

/** Set on pods whose image has no build for the node: its containers end with `exec format error`. */
export const execFormatErrorMark = 'simulator.devk8s.dev/exec-format-error'

/** The status of a pod at `now`, from its age, what it refers to and the faults; `node` = where it runs. */
export function podStatus(
  stored: StoredObject,
  node: KubeObject | undefined,
  store: KubeStore,
  now: number,
  faults: ApiFaults,
): Fields {
  const pod = stored.object
  const fits = nodeFits(pod, node)
  if (!fits) return pendingStatus(pod, stored.createdAtMs, [], unschedulable(stored.createdAtMs))
  const readyAfterMs = faults.readyAfterMs ?? defaultReadyAfterMs
  const obstacle = obstacleOf(pod, node, store, faults) ?? pullObstacle(stored, store, now, readyAfterMs)
  const startMs = Math.max(stored.createdAtMs, referencesReadyMs(pod, store), pullableSinceMs(pod, store))
  const readyMs = startMs + readyAfterMs
  if (obstacle !== undefined) return blockedStatus(pod, stored.createdAtMs, obstacle, now)
  if (now < readyMs || isNeverReady(pod, faults)) {
    return pendingStatus(pod, stored.createdAtMs, waitingContainers(pod, 'ContainerCreating'), undefined)
  }
  if (pullsOnly(pod)) return startErrorStatus(pod, stored, readyMs)
  return isRunToEnd(pod) ? succeededStatus(pod, stored, readyMs) : runningStatus(pod, node, stored, readyMs)
}

/** Whether the node has every label that the pod's nodeSelector asks for; a cluster without nodes takes all. */
export function nodeFits(pod: KubeObject, node: KubeObject | undefined): boolean {
  const selector = Object.entries(fieldsOf(at(pod, 'spec', 'nodeSelector')))
  if (node === undefined) return true
  return selector.every(([key, value]) => node.metadata.labels?.[key] === value)
}

function isNeverReady(pod: KubeObject, faults: ApiFaults): boolean {
  return (faults.neverReady ?? []).some(
    (name) => pod.metadata.name === name || pod.metadata.name.startsWith(`${name}-`),
  )
}

function isRunToEnd(pod: KubeObject): boolean {
  const policy = at(pod, 'spec', 'restartPolicy')
  return policy === 'OnFailure' || policy === 'Never'
}

function obstacleOf(
  pod: KubeObject,
  node: KubeObject | undefined,
  store: KubeStore,
  faults: ApiFaults,
): Obstacle | undefined {
  const images = listOf(at(pod, 'spec', 'containers')).map(
    (container) => textOf(at(container, 'image')) ?? '',
  )
  const isNamed = (names: readonly string[] | undefined): string | undefined =>
    images.find((image) => (names ?? []).some((name) => image.includes(name)))
  const missing = isNamed(faults.missingImages)
  if (missing !== undefined)
    return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${missing}"` }
  const volume = missingReference(volumeReferences(pod), pod, store)
  // facts 7.2: a pod waits in ContainerCreating for a missing volume, in CreateContainerConfigError for a missing env.
  if (volume !== undefined) return { reason: 'ContainerCreating', message: '' }
  const env = missingReference(envReferences(pod), pod, store)
  if (env !== undefined)
    return {
      reason: 'CreateContainerConfigError',
      message: `${env.kind.toLowerCase()} "${env.name}" not found`,
    }
  const isWrongArch =
    node !== undefined && archOf(node) === 'arm64' && isNamed(['upmcenterprises/registry-creds'])
  const isMarked = pod.metadata.annotations?.[execFormatErrorMark] !== undefined
  if (isMarked || isWrongArch || isNamed(faults.crashingImages) !== undefined) {
    const place = `${pod.metadata.name}_${pod.metadata.namespace ?? 'default'}(${pod.metadata.uid ?? ''})`
    const message = `back-off 5m0s restarting failed container=${containerNames(pod)[0] ?? ''} pod=${place}`
    return { reason: 'CrashLoopBackOff', message, isCrash: true }
  }
  return undefined
}

/**
 * The registry does not let it in. A container that runs has its image and is left alone, and a pull that failed is
 * tried again, so that a pull secret which comes later mends it (kube-api.md, 52 and 53).
 */
function pullObstacle(
  { object: pod, createdAtMs }: StoredObject,
  store: KubeStore,
  now: number,
  readyAfterMs: number,
): Obstacle | undefined {
  if (hasPulled(pod)) return undefined
  const fault = pullFault(pod, store, now)
  if (fault === undefined) return undefined
  const { image, cause } = fault
  return now - createdAtMs < readyAfterMs
    ? { reason: 'ErrImagePull', message: cause }
    : { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${cause}` }
}

const hasPulled = (pod: KubeObject): boolean =>
  ['Running', 'Succeeded', 'Failed'].includes(textOf(at(pod, 'status', 'phase')) ?? '')

function archOf(node: KubeObject): string | undefined {
  return (
    textOf(at(node, 'status', 'nodeInfo', 'architecture')) ?? node.metadata.labels?.['kubernetes.io/arch']
  )
}

function unschedulable(createdMs: number): readonly Fields[] {
  return [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
      lastTransitionTime: timestamp(createdMs),
    },
  ]
}

function pendingStatus(
  pod: KubeObject,
  createdMs: number,
  containerStatuses: readonly Fields[],
  conditionList: readonly Fields[] | undefined,
): Fields {
  return {
    phase: 'Pending',
    qosClass: 'BestEffort',
    conditions: conditionList ?? conditions(pod, createdMs, undefined),
    ...(containerStatuses.length === 0 ? {} : { startTime: timestamp(createdMs), containerStatuses }),
  }
}

function blockedStatus(pod: KubeObject, createdMs: number, obstacle: Obstacle, now: number): Fields {
  if (obstacle.isCrash !== true) {
    return pendingStatus(pod, createdMs, waitingContainers(pod, obstacle.reason, obstacle.message), undefined)
  }
  // The kubelet's back-off doubles from 10 s up to 5 min.
  const restartCount = restartsAfter(now - createdMs)
  const ended = {
    exitCode: 255,
    reason: 'Error',
    startedAt: timestamp(createdMs),
    finishedAt: timestamp(createdMs),
  }
  const state = { waiting: { reason: obstacle.reason, message: obstacle.message } }
  const containerStatuses = containersWith(pod, state, { restartCount, lastState: { terminated: ended } })
  return { ...pendingStatus(pod, createdMs, containerStatuses, undefined), phase: 'Running' }
}

/** How often a container that ends at once has been restarted after so many ms. */
export function restartsAfter(ageMs: number): number {
  const waits = [10, 20, 40, 80, 160].map((seconds) => seconds * 1000)
  const starts = waits.reduce<readonly number[]>((all, wait) => [...all, (all.at(-1) ?? 0) + wait], [])
  const early = starts.filter((start) => start <= ageMs).length
  const lastEarly = starts.at(-1) ?? 0
  return early + Math.max(0, Math.floor((ageMs - lastEarly) / 300_000)) + 1
}

function runningStatus(
  pod: KubeObject,
  node: KubeObject | undefined,
  stored: StoredObject,
  readyMs: number,
): Fields {
  const hostIP = nodeAddress(node)
  const podIP = at(pod, 'spec', 'hostNetwork') === true ? hostIP : podAddress(stored)
  const containers = containersWith(
    pod,
    { running: { startedAt: timestamp(readyMs) } },
    { ready: true, started: true },
  )
  return {
    phase: 'Running',
    qosClass: 'BestEffort',
    conditions: conditions(pod, stored.createdAtMs, readyMs),
    hostIP,
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: timestamp(stored.createdAtMs),
    containerStatuses: containers,
  }
}

function succeededStatus(pod: KubeObject, stored: StoredObject, endMs: number): Fields {
  const times = { startedAt: timestamp(stored.createdAtMs), finishedAt: timestamp(endMs) }
  return {
    phase: 'Succeeded',
    qosClass: 'BestEffort',
    conditions: conditions(pod, stored.createdAtMs, endMs, true),
    startTime: timestamp(stored.createdAtMs),
    containerStatuses: containersWith(
      pod,
      { terminated: { exitCode: 0, reason: 'Completed', ...times } },
      {},
    ),
  }
}

/** A node's InternalIP; the docker driver's first node when the cluster has no Node object. */
export function nodeAddress(node: KubeObject | undefined): string {
  const internal = listOf(at(node, 'status', 'addresses')).find((each) => at(each, 'type') === 'InternalIP')
  return textOf(at(internal, 'address')) ?? '192.168.49.2'
}

function podAddress(stored: StoredObject): string {
  return `10.244.0.${(stored.firstVersion % 250) + 2}`
}

/** The cluster's nodes, in order. */
export function nodesOf(store: KubeStore): readonly KubeObject[] {
  return listObjects(store, kindNamed('Node'))
}
