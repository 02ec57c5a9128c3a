import { at, type Fields, type KubeObject, listOf, textOf, timestamp } from './object.ts'

/** The names of its containers. */
export function containerNames(pod: KubeObject): readonly string[] {
  return listOf(at(pod, 'spec', 'containers')).map((container) => textOf(at(container, 'name')) ?? '')
}

/** The statuses of its containers, all in the same state. */
export function containersWith(pod: KubeObject, state: Fields, more: Fields): readonly Fields[] {
  return listOf(at(pod, 'spec', 'containers')).map((container) => ({
    name: at(container, 'name'),
    image: at(container, 'image'),
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    lastState: {},
    state,
    ...more,
  }))
}

/** Containers that wait, and for what. */
export function waitingContainers(pod: KubeObject, reason: string, message = ''): readonly Fields[] {
  return containersWith(pod, { waiting: message === '' ? { reason } : { reason, message } }, {})
}

/** A pod's conditions; `readyMs` = since when it is ready. */
export function conditions(
  pod: KubeObject,
  startMs: number,
  readyMs: number | undefined,
  isDone = false,
): readonly Fields[] {
  const notReady = {
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${containerNames(pod).join(' ')}]`,
  }
  const isReady = readyMs !== undefined && !isDone
  const ready = isReady
    ? { status: 'True' }
    : { status: 'False', ...(isDone ? { reason: 'PodCompleted' } : notReady) }
  const readyTime = timestamp(readyMs ?? startMs)
  return [
    { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(startMs) },
    { type: 'Initialized', status: 'True', lastTransitionTime: timestamp(startMs) },
    { type: 'ContainersReady', ...ready, lastTransitionTime: readyTime },
    { type: 'Ready', ...ready, lastTransitionTime: readyTime },
  ]
}
