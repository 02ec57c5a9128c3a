import { kindNamed } from './kinds.ts'
import { at, type KubeObject, listOf, textOf, timestamp } from './object.ts'
import { missingReference, volumeReferences } from './pod-references.ts'
import { getObject, type KubeStore, listStored, putObject, refOf } from './store.ts'

interface Warning {
  readonly reason: string
  readonly message: string
}

/** One Warning event for each pod that does not start, as the kubelet and the scheduler report it. */
export function settleEvents(store: KubeStore, now: number): KubeStore {
  return listStored(store, kindNamed('Pod')).reduce((made, { object: pod }) => {
    const warning = warningOf(pod, made)
    if (warning === undefined) return made
    const event = eventFor(pod, warning, now)
    return getObject(made, refOf(event)) === undefined ? putObject(made, event, now) : made
  }, store)
}

// kubernetes: pkg/kubelet/events/event.go, pkg/kubelet/kuberuntime/kuberuntime_container.go
function warningOf(pod: KubeObject, store: KubeStore): Warning | undefined {
  const waiting = at(listOf(at(pod, 'status', 'containerStatuses'))[0], 'state', 'waiting')
  const message = textOf(at(waiting, 'message')) ?? ''
  switch (textOf(at(waiting, 'reason')) ?? '') {
    case 'CreateContainerConfigError':
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

function unscheduled(pod: KubeObject): Warning | undefined {
  const condition = listOf(at(pod, 'status', 'conditions'))[0]
  if (at(condition, 'reason') !== 'Unschedulable') return undefined
  return { reason: 'FailedScheduling', message: textOf(at(condition, 'message')) ?? '' }
}

function eventFor(pod: KubeObject, warning: Warning, now: number): KubeObject {
  const namespace = pod.metadata.namespace ?? 'default'
  const time = timestamp(now)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod.metadata.name}.${warning.reason.toLowerCase()}`, namespace },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: pod.metadata.name,
      namespace,
      uid: pod.metadata.uid,
    },
    type: 'Warning',
    ...warning,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: warning.reason === 'FailedScheduling' ? 'default-scheduler' : 'kubelet' },
  }
}
