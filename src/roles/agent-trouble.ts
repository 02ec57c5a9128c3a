import type { KubectlTarget, KubeObject } from '../kube/object.ts'
import { agentCrashes, agentImageMissing, agentNotReady } from '../problems/agent.ts'
import { type Problem, problem } from '../problems/problem.ts'
import { agentName, agentNamespace } from './names.ts'

/** Why a pod of the agent does not run, where waiting is not known to help. */
interface Trouble {
  readonly pod: string
  readonly container: string
  readonly is: 'no image' | 'crash'
  /** The image, or with what it ended. */
  readonly what: string
  /** The kubelet's own words. */
  readonly said: string
  /** It has been tried often or long enough. */
  readonly isFinal: boolean
}

/** How long a pull may fail before it counts: a registry or a network may stumble. */
const pullPatienceMs = 60_000
/** The second one comes half a minute after the first start, by the kubelet's back-off of 10 and 20 s. */
const crashesThatCount = 2

/**
 * Why the agent is not ready, and what to do.
 * @param reasons of its DaemonSet. @param pods of its namespace. @param nowMs a node whose clock is ahead makes a pull
 *   that fails count later.
 * @returns DK5117 or DK5118, which no waiting mends, or DK5114.
 */
export function agentProblem(
  reasons: readonly string[],
  pods: readonly KubeObject[],
  target: KubectlTarget,
  nowMs: number,
): Problem {
  const trouble = pods.flatMap((pod) => troubleOf(pod, nowMs)).find(({ isFinal }) => isFinal)
  const kubectl = `kubectl --kubeconfig ${target.kubeconfig} --context ${target.context} -n ${agentNamespace}`
  if (trouble === undefined) {
    const detail = `DaemonSet ${agentNamespace}/${agentName}: ${reasons.join('; ')}.`
    return problem(agentNotReady, { detail, next: [`${kubectl} describe pods -l ${selector}`, 'devk8s up'] })
  }
  const { pod, container, what, said, is } = trouble
  const evidence = said === '' ? [] : [said]
  switch (is) {
    case 'no image':
      return problem(agentImageMissing, {
        detail: `Pod ${pod} has waited for its image for over a minute: ${what}.`,
        next: [`${kubectl} describe pod ${pod}`, 'devk8s up'],
        evidence,
      })
    case 'crash':
      return problem(agentCrashes, {
        detail: `Container ${container} of pod ${pod} ${what}.`,
        next: [`${kubectl} logs ${pod} -c ${container} --previous --tail 20`, 'devk8s up'],
        evidence,
      })
  }
}

/** Pods that are to be made anew, so that the node tries at once what it has given up for minutes. */
export const stuckPods = (pods: readonly KubeObject[], nowMs: number): readonly string[] => [
  ...new Set(
    pods.flatMap((pod) => troubleOf(pod, nowMs)).flatMap(({ pod, isFinal }) => (isFinal ? pod : [])),
  ),
]

export const selector = `app.kubernetes.io/name=${agentName}`

function troubleOf(pod: KubeObject, nowMs: number): readonly Trouble[] {
  if (pod.kind !== 'Pod' || pod.metadata.labels?.['app.kubernetes.io/name'] !== agentName) return []
  const madeMs = Date.parse(String(fields(pod.metadata)['creationTimestamp']))
  const status = fields(pod['status'])
  const containers = [...list(status['initContainerStatuses']), ...list(status['containerStatuses'])]
  return containers.flatMap((each): readonly Trouble[] => {
    const waiting = fields(fields(each['state'])['waiting'])
    const common = { pod: pod.metadata.name, container: text(each['name']), said: text(waiting['message']) }
    switch (waiting['reason']) {
      case 'ErrImagePull':
      case 'ImagePullBackOff':
      case 'InvalidImageName':
      case 'ErrImageNeverPull': {
        const isFinal = nowMs - madeMs > pullPatienceMs
        return [{ ...common, is: 'no image', what: text(each['image']), isFinal }]
      }
      case 'CrashLoopBackOff': {
        const restarts = each['restartCount']
        const isFinal = typeof restarts === 'number' && restarts >= crashesThatCount
        return [{ ...common, is: 'crash', what: endText(each), isFinal }]
      }
      default:
        return []
    }
  })
}

/** `has ended 3 times, last with exit code 1 (OOMKilled)`. */
function endText(container: Fields): string {
  const { exitCode, reason } = fields(fields(container['lastState'])['terminated'])
  const code = typeof exitCode === 'number' ? `, last with exit code ${exitCode}` : ''
  const why = text(reason) === '' || reason === 'Error' ? '' : ` (${text(reason)})`
  return `has ended ${String(container['restartCount'])} times${code}${why}`
}

type Fields = Readonly<Record<string, unknown>>

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
