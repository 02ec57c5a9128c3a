import { createMemory } from '../engine/memory.ts'
import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import type { StepContext } from '../plan/step.ts'
import type { Emit } from '../ports/event.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { lackingPods } from '../roles/lacking-pods.ts'
import { clockText } from '../upkeep/until.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import type { OwnerRef } from './pod.ts'
import { endingPods, type KeyedPod, podsOf } from './pods.ts'

/** What `restartEnding` did. */
export type Restarted = {
  /** `deployment/api -n shop`, as a person would name it to kubectl. */
  readonly restarted: readonly string[]
  /** Pods that only a person can have made anew, `namespace/name`: bare ones, those of Jobs and of others' controllers. */
  readonly byHand: readonly string[]
}

/** Kinds that `kubectl rollout restart` takes. */
const restartable: Readonly<Record<string, string>> = {
  Deployment: 'deployment',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
}

/** Whom a restart needs: a session of a verb has all of it. */
export interface RestartSession {
  readonly ports: StepContext['ports']
  readonly signal: AbortSignal
  readonly emit: Emit
}

/** A pod that has something until it is restarted. */
interface Restartable {
  readonly namespace: string
  readonly name: string
  readonly owner?: OwnerRef
  /** To go on after "has". */
  readonly has: string
}

/**
 * Restarts what runs with AWS keys that are over, or nearly so while newer ones are there; with the agent, what has not
 * been told of it. What is to be restarted is shown and asked about, then each owner is rolled over once. Pods without an
 * owner, and those of a Job, are told of and never deleted.
 * @throws DevK8sError DK8010 where nobody can be asked, that of a person who said no, or kubectl's failure.
 */
export async function restartEnding(session: RestartSession, upkeep: Upkeep): Promise<Restarted> {
  const { emit } = session
  const pods = await toRestart(session, upkeep)
  const groups = ownersOf(pods)
  const byHand = pods.filter((pod) => targetOf(pod) === undefined)
  for (const pod of byHand) emit({ type: 'note', level: 'warning', text: `${textOf(pod)}; ${wayOf(pod)}` })
  if (groups.size > 0) {
    await agree(session, groups, upkeep)
    await restart(
      [...groups.values()].map(([first]) => first),
      upkeep,
      session,
    )
  }
  return { restarted: [...groups.keys()], byHand: byHand.map(titled) }
}

async function toRestart({ ports, signal }: RestartSession, upkeep: Upkeep): Promise<readonly Restartable[]> {
  const context = { ports, signal, once: createMemory().once }
  if (upkeep.agent !== undefined) return lackingPods(upkeep, upkeep.agent, context)
  const found = await podsOf(upkeep, context)
  if ('problem' in found) throw new DevK8sError(found.problem)
  const nowMs = ports.clock.now()
  return endingPods(found.pods).map((pod) => ({ ...pod, has: endText(pod, nowMs) }))
}

async function agree(
  { ports, signal }: RestartSession,
  groups: ReadonlyMap<string, Group>,
  { agent }: Upkeep,
): Promise<void> {
  const which = groups.size === 1 ? 'this' : `these ${groups.size}`
  const agreed = await ports.prompts.ask(
    {
      id: 'aws.restart',
      kind: 'confirm',
      text:
        agent === undefined
          ? `New keys are in the cluster. Restart ${which} to run with them?`
          : `Restart ${which}, so that the agent serves what is made anew?`,
      details: [...groups].map(([name, [first]]) => `${name}: ${first.has}`),
      flag: '--yes',
      fallback: undefined,
    },
    signal,
  )
  if (agreed) return
  const detail =
    agent === undefined ? 'Nothing was restarted; the new keys are in the cluster.' : 'Nothing was restarted.'
  fail(declined, { detail })
}

type Group = readonly [Restartable, ...Restartable[]]

function ownersOf(pods: readonly Restartable[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const pod of pods) {
    const name = targetOf(pod)
    if (name === undefined) continue
    const group = groups.get(name)
    groups.set(name, group === undefined ? [pod] : [...group, pod])
  }
  return groups
}

function targetOf({ namespace, owner }: Restartable): string | undefined {
  const kind = restartable[owner?.kind ?? '']
  return owner === undefined || kind === undefined ? undefined : `${kind}/${owner.name} -n ${namespace}`
}

/** One call of kubectl for each namespace: it takes several names. */
async function restart(pods: readonly Restartable[], upkeep: Upkeep, session: RestartSession): Promise<void> {
  const { ports, signal } = session
  for (const namespace of new Set(pods.map((pod) => pod.namespace))) {
    const names = pods
      .filter((pod) => pod.namespace === namespace)
      .flatMap(({ owner }) => (owner === undefined ? [] : [`${restartable[owner.kind]}/${owner.name}`]))
    const command = kubectlCommand(upkeep.kubectl, ['rollout', 'restart', ...names, '-n', namespace], {
      changes: true,
    })
    const ran = await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal })
    const problem = classifyFailure(ran, upkeep.kubectl)
    if (problem !== undefined) throw new DevK8sError(problem)
  }
}

/** `Pod shop/api-1 (Job nightly) has keys that are over since 14:32`. */
export const lineOf = (pod: KeyedPod, nowMs: number): string => textOf({ ...pod, has: endText(pod, nowMs) })

function textOf(pod: Restartable): string {
  const of = pod.owner === undefined ? '' : ` (${pod.owner.kind} ${pod.owner.name})`
  return `Pod ${titled(pod)}${of} has ${pod.has}`
}

function endText({ keys }: KeyedPod, nowMs: number): string {
  const at = 'endsAtMs' in keys && keys.endsAtMs !== undefined ? clockText(keys.endsAtMs, nowMs) : undefined
  switch (keys.is) {
    case 'good':
      return `keys until ${at}`
    case 'replaced':
      return at === undefined ? 'older keys than its namespace' : `older keys, until ${at}`
    case 'over':
      return `keys that are over since ${at}`
    case 'none':
      return 'no keys: its namespace has none'
  }
}

function wayOf({ owner }: Restartable): string {
  switch (owner?.kind) {
    case undefined:
      return 'nobody would make it anew, so delete and create it yourself.'
    case 'Job':
    case 'CronJob':
      return 'its next run has what it needs.'
    default:
      return `kubectl restarts no ${owner?.kind}, so do it by its own means.`
  }
}

const titled = ({ namespace, name }: Restartable): string => `${namespace}/${name}`
