import { kindNamed } from './kinds.ts'
import { at, type KubeObject, listOf, textOf, timestamp } from './object.ts'
import { missingReference, volumeReferences } from './pod-references.ts'
import { getObject, type KubeStore, listStored, putObject, refOf } from './store.ts'

interface Report {
  readonly reason: string
  readonly message: string
  /** Warning unless told. */
  readonly type?: 'Normal'
  /** Tells events of one pod and reason apart. */
  readonly mark?: string
}

/** What the kubelet and the scheduler report of each pod that does not start: each thing once. */
export function settleEvents(store: KubeStore, now: number): KubeStore {
  return listStored(store, kindNamed('Pod')).reduce((made, { object: pod }) => {
    const warning = warningOf(pod, made)
    const reports = [...pullReports(pod), ...(warning === undefined ? [] : [warning])]
    return reports.reduce((all, report) => {
      const event = eventFor(pod, report, now)
      return getObject(all, refOf(event)) === undefined ? putObject(all, event, now) : all
    }, made)
  }, store)
}

const waitingOf = (pod: KubeObject): unknown =>
  at(listOf(at(pod, 'status', 'containerStatuses'))[0], 'state', 'waiting')

/** A pull that failed: tried, refused, and put off (kubernetes: pkg/kubelet/images/image_manager.go, pullImage). */
function pullReports(pod: KubeObject): readonly Report[] {
  const reason = textOf(at(waitingOf(pod), 'reason')) ?? ''
  const message = textOf(at(waitingOf(pod), 'message')) ?? ''
  const image = /failed to resolve reference "([^"]+)"/.exec(message)?.[1]
  if (image === undefined) return []
  const cause = message.replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, '')
  const tried: readonly Report[] = [
    { reason: 'Pulling', type: 'Normal', message: `Pulling image "${image}"` },
    { reason: 'Failed', mark: 'pull', message: `Failed to pull image "${image}": ${cause}` },
    { reason: 'Failed', mark: 'errimagepull', message: 'Error: ErrImagePull' },
  ]
  if (reason === 'ErrImagePull') return tried
  return [...tried, { reason: 'BackOff', type: 'Normal', message: `Back-off pulling image "${image}"` }]
}

// kubernetes: pkg/kubelet/events/event.go, pkg/kubelet/kuberuntime/kuberuntime_container.go
function warningOf(pod: KubeObject, store: KubeStore): Report | undefined {
  const waiting = waitingOf(pod)
  const message = textOf(at(waiting, 'message')) ?? ''
  switch (textOf(at(waiting, 'reason')) ?? '') {
    case 'CreateContainerConfigError':
      return { reason: 'Failed', message: `Error: ${message}` }
    case 'RunContainerError':
      return { reason: 'Failed', message: `Error: ${message}` }
    case 'ImagePullBackOff':
      return { reason: 'Failed', message: 'Error: ImagePullBackOff' }
    case 'CrashLoopBackOff':
      return {
        reason: 'BackOff',
        message: `Back-off restarting failed container in pod ${pod.metadata.name}`,
      }
    case 'ContainerCreating': {
      const missing = missingReference(volumeReferences(pod), pod, store)
      if (missing === undefined) return undefined
      const text = `${missing.kind.toLowerCase()} "${missing.name}" not found`
      return {
        reason: 'FailedMount',
        message: `MountVolume.SetUp failed for volume "${volumeOf(pod, missing.name)}" : ${text}`,
      }
    }
    default:
      return unscheduled(pod)
  }
}

/** The name of the volume that needs the object of that name. */
function volumeOf(pod: KubeObject, name: string): string {
  const volume = listOf(at(pod, 'spec', 'volumes')).find(
    (each) => at(each, 'secret', 'secretName') === name || at(each, 'configMap', 'name') === name,
  )
  return textOf(at(volume, 'name')) ?? ''
}

function unscheduled(pod: KubeObject): Report | undefined {
  const condition = listOf(at(pod, 'status', 'conditions'))[0]
  if (at(condition, 'reason') !== 'Unschedulable') return undefined
  return { reason: 'FailedScheduling', message: textOf(at(condition, 'message')) ?? '' }
}

function eventFor(pod: KubeObject, report: Report, now: number): KubeObject {
  const { mark = report.reason.toLowerCase(), type = 'Warning', reason, message } = report
  const namespace = pod.metadata.namespace ?? 'default'
  const time = timestamp(now)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod.metadata.name}.${mark}`, namespace },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: pod.metadata.name,
      namespace,
      uid: pod.metadata.uid,
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: reason === 'FailedScheduling' ? 'default-scheduler' : 'kubelet' },
  }
}
