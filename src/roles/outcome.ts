import type { Decision, Refusal } from '../agent/decide.ts'
import type { KubeObject } from '../kube/object.ts'
import { isLive } from '../pods/pod.ts'
import { clockText } from '../upkeep/until.ts'
import type { LaneHealth } from './lane-health.ts'
import type { LaneVerdict } from './lanes.ts'
import { hostNetworkText, isOnHostNetwork } from './told-rule.ts'
import type { ToldSession } from './told-session.ts'

/** Whether a pod as it stands gets its session at this moment; `detail` goes on after a colon. */
export type Outcome =
  | { readonly is: 'given' }
  | {
      readonly is: 'not-given'
      readonly why: Refusal | 'old-keys' | 'host-network' | 'over' | 'own-credentials' | 'no-session' | 'lane'
      readonly detail: string
    }

/** What an outcome rests on. */
export interface OutcomeFacts {
  readonly decision: Decision
  /** Undefined for a service account: of its pods nothing is known. */
  readonly pod: KubeObject | undefined
  readonly lane: Pick<LaneVerdict, 'now'> | undefined
  readonly session: ToldSession | undefined
  /** How the lanes of its node do; nothing where nobody looked. */
  readonly health: readonly LaneHealth[]
}

/** What goes before what: keys in the environment before all else, then who refuses, then what is lacking. */
export function outcomeOf(facts: OutcomeFacts, nowMs: number): Outcome {
  const { decision, pod, lane, session } = facts
  const not = (why: Exclude<Outcome, { is: 'given' }>['why'], detail: string): Outcome => ({
    is: 'not-given',
    why,
    detail,
  })
  if (lane?.now === 'keys') return not('old-keys', oldKeysText)
  if (decision.is === 'refused') return not(decision.why, decision.detail)
  if (isOnHostNetwork(pod)) return not('host-network', hostNetworkText)
  if (pod !== undefined && !isLive(pod)) {
    return not('over', 'it is over, and its address may be another pod’s by now.')
  }
  if (lane?.now === 'own')
    return not('own-credentials', 'all of its containers have credentials of their own.')
  const lacking = session === undefined ? undefined : sessionLack(session, nowMs)
  if (lacking !== undefined) return not('no-session', lacking)
  const broken = healthFor(facts)
  return broken?.state === 'broken'
    ? not('lane', `it asks by lane ${broken.lane}, which does not work: ${broken.words}.`)
    : { is: 'given' }
}

/** Of the lane that a pod as it stands asks by. */
export const healthFor = ({ lane, health }: Pick<OutcomeFacts, 'lane' | 'health'>): LaneHealth | undefined =>
  health.find((each) => each.lane === lane?.now)

/** They go before all that the agent would give. */
export const oldKeysText = 'it has keys in its environment from before the agent, which nobody renews.'

function sessionLack(session: ToldSession, nowMs: number): string | undefined {
  switch (session.is) {
    case 'good':
      return undefined
    case 'over':
      return `the session is over since ${clockText(session.endsAtMs, nowMs)}.`
    case 'refused':
      return 'AWS gave no session.'
    case 'missing':
      return 'AWS has not been asked for the session yet.'
  }
}
