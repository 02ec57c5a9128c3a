import { createHash } from 'node:crypto'

import { KubeFault, type KubeClient } from './kube-client.ts'
import type { Timings } from './timings.ts'
import type { PodView, Teller } from './view.ts'
import { wordsOf } from './watch.ts'

interface TellerOf {
  readonly client: Pick<KubeClient, 'send'>
  readonly node: string | undefined
  readonly timings: Timings
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

type Pod = Pick<PodView, 'uid' | 'name' | 'namespace'>

/** One Event of one pod, said once or many times. */
interface Told {
  readonly pod: Pod
  readonly reason: string
  /** The last one said: it may quote what the pod sends, so that it makes no Event of its own. */
  message: string
  readonly firstAtMs: number
  lastAtMs: number
  count: number
  /** What the API server has: 0 for nothing yet. */
  sentCount: number
  sentAtMs: number
  isSending: boolean
}

/** The same thing within this is one Event. */
const sameForMs = 600_000
/** Of pods and reasons; the API server keeps Events for an hour. */
const mostTold = 500
/** Of one pod, so that none takes those of the others. */
const mostOfPod = 8
/** Waiting for the API server. */
const mostSending = 16
/** The API server's own bound of a note, for Events of the newer kind. */
const longestMessage = 1024

/**
 * Events on pods. Nobody waits for one: it is written in the background, counted up at most once a minute, and left out
 * with a line in the log when there are too many.
 */
export function startTeller(of: TellerOf): Teller & { stop(): void } {
  const told = new Map<string, Told>()
  const stopping = { isStopped: false, sending: 0, droppedAtMs: 0 }
  const send = (each: Told) => void sendTold(each, of, stopping)
  const sweep = setInterval(() => {
    const nowMs = of.nowMs()
    for (const [key, each] of told) {
      if (isDue(each, nowMs, of.timings)) send(each)
      else if (each.count === each.sentCount && nowMs - each.lastAtMs > sameForMs) told.delete(key)
    }
  }, of.timings.eventUpdateMs / 4)
  sweep.unref()
  return {
    tell(pod, what) {
      const nowMs = of.nowMs()
      const message = what.message.slice(0, longestMessage)
      const key = `${pod.uid}/${what.reason}`
      const before = told.get(key)
      if (before && nowMs - before.lastAtMs <= sameForMs) {
        before.count += 1
        before.lastAtMs = nowMs
        before.message = message
        return
      }
      if (stopping.isStopped) return
      const ofPod = [...told.values()].filter((each) => each.pod.uid === pod.uid).length
      if (stopping.sending >= mostSending || told.size >= mostTold || ofPod >= mostOfPod)
        return dropped(pod, what.reason, of, stopping)
      const { uid, name, namespace } = pod
      const each: Told = {
        pod: { uid, name, namespace },
        reason: what.reason,
        message,
        firstAtMs: nowMs,
        lastAtMs: nowMs,
        count: 1,
        sentCount: 0,
        sentAtMs: 0,
        isSending: false,
      }
      told.set(key, each)
      send(each)
    },
    stop() {
      stopping.isStopped = true
      clearInterval(sweep)
    },
  }
}

function isDue(each: Told, nowMs: number, timings: Timings): boolean {
  return each.count > each.sentCount && !each.isSending && nowMs - each.sentAtMs >= timings.eventUpdateMs
}

function dropped(pod: Pod, reason: string, of: TellerOf, stopping: { droppedAtMs: number }): void {
  const nowMs = of.nowMs()
  if (nowMs - stopping.droppedAtMs < 10_000) return
  stopping.droppedAtMs = nowMs
  of.log(`events: too many; ${reason} of ${pod.namespace}/${pod.name} and others are left out`)
}

async function sendTold(
  each: Told,
  of: TellerOf,
  stopping: { isStopped: boolean; sending: number },
): Promise<void> {
  const { count } = each
  const isNew = each.sentCount === 0
  each.isSending = true
  each.sentAtMs = of.nowMs()
  stopping.sending += 1
  try {
    await (isNew ? createEvent(each, of) : countUp(each, of))
    each.sentCount = count
  } catch (error) {
    // Gone after an hour, or with its namespace. It is written anew when it is said again.
    if (!isNew && error instanceof KubeFault && error.status === 404) each.sentCount = 0
    else if (isNew) each.sentCount = count
    if (!stopping.isStopped)
      of.log(`events: ${each.reason} of ${each.pod.namespace}/${each.pod.name}: ${wordsOf(error)}`)
  } finally {
    each.isSending = false
    stopping.sending -= 1
  }
}

function createEvent(each: Told, { client, node }: TellerOf): Promise<void> {
  const { pod } = each
  return client.send('POST', `/api/v1/namespaces/${pod.namespace}/events`, 'application/json', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: nameOf(each), namespace: pod.namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    reason: each.reason,
    message: each.message,
    type: 'Warning',
    source: { component: 'devk8s-aws', ...(node === undefined ? {} : { host: node }) },
    firstTimestamp: timeOf(each.firstAtMs),
    lastTimestamp: timeOf(each.lastAtMs),
    count: each.count,
  })
}

function countUp(each: Told, { client }: TellerOf): Promise<void> {
  const path = `/api/v1/namespaces/${each.pod.namespace}/events/${nameOf(each)}`
  const { count, message } = each
  const change = { count, message, lastTimestamp: timeOf(each.lastAtMs) }
  return client.send('PATCH', path, 'application/merge-patch+json', change)
}

/** As client-go names its own: the pod and 16 digits. A name has 253 characters at most, and so has a pod's. */
function nameOf({ pod, reason, firstAtMs }: Told): string {
  const text = [pod.uid, reason, firstAtMs].join('\n')
  return `${pod.name.slice(0, 236)}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}

/** metav1.Time has no fractions of seconds. */
const timeOf = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
