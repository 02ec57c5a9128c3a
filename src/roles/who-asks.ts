import type { RoleOrigin } from '../agent/asked-role.ts'
import { decide, type Decision } from '../agent/decide.ts'
import { accountRoleAnnotation, podRoleAnnotation } from '../pods/names.ts'
import type { OwnSources } from '../pods/own-sources.ts'
import { topOwnerOf } from '../pods/pod.ts'
import type { AgentUpkeep } from '../upkeep/upkeep.ts'
import type { LaneHealth } from './lane-health.ts'
import type { LaneNow } from './lanes.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { nodeOf } from './pod-lanes.ts'
import { type Asker, askersIn, laneIn, type RolesSurvey } from './roles-survey.ts'
import { toldSession, type ToldSession } from './told-session.ts'

/** Somebody in the cluster who asks for a role, and what becomes of it. */
export interface WhoAsks {
  readonly kind: 'pod' | 'service-account'
  readonly namespace: string
  readonly name: string
  /** The workload that a person knows a pod by, `deployment/api`. */
  readonly owner?: string
  readonly serviceAccount: string
  readonly from: RoleOrigin
  readonly decision: Decision
  readonly session: ToldSession | undefined
  /** Of a pod as it stands. */
  readonly lane: LaneNow
  readonly outcome: Outcome
}

/** What is known besides what is in the cluster. */
export interface AboutAll {
  readonly nowMs: number
  readonly ownSources: OwnSources
  /** How the lanes of a node do, by its name. */
  readonly healthOn: (node: string | undefined) => readonly LaneHealth[]
}

/** All who ask for any role; of service accounts those which no pod of this list runs under. */
export function allWhoAsk(agent: AgentUpkeep, survey: RolesSurvey, about: AboutAll): readonly WhoAsks[] {
  const all = askersIn(agent, survey).flatMap((asker) => whoAsks(asker, survey, about) ?? [])
  const used = new Set(
    all
      .filter(({ kind, from }) => kind === 'pod' && from !== 'pod')
      .map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`),
  )
  return all.filter(({ kind, namespace, name }) => kind === 'pod' || !used.has(`${namespace}/${name}`))
}

function whoAsks({ asking, pod }: Asker, survey: RolesSurvey, about: AboutAll): WhoAsks | undefined {
  const decision = decide(asking, survey.mapping)
  if (decision.asks === undefined) return undefined
  const owner = pod === undefined ? undefined : topOwnerOf(pod, survey.objects)
  const lane = pod === undefined ? undefined : laneIn(survey, pod, { asking, decision }, about)
  const session =
    decision.is === 'given' ? toldSession(decision.session, survey.sessions, about.nowMs) : undefined
  const health = pod === undefined ? [] : about.healthOn(nodeOf(pod))
  return {
    kind: pod === undefined ? 'service-account' : 'pod',
    namespace: asking.namespace,
    name: pod?.metadata.name ?? asking.serviceAccount,
    ...(owner === undefined ? {} : { owner: `${owner.kind.toLowerCase()}/${owner.name}` }),
    serviceAccount: asking.serviceAccount,
    from: decision.asks.from,
    decision,
    session,
    // Of a service account the lane of its next pod, as long as that says nothing else of itself.
    lane: lane?.now ?? (survey.hasPolicies ? 'A' : 'B'),
    outcome: outcomeOf({ decision, pod, lane, session, health }, about.nowMs),
  }
}

/**
 * Whether somebody asks for the role that was named: by its ARN, by its name with its path, or by the name alone in any
 * account.
 * @param named as typed; @param arn completed, where it can be.
 */
export function asksFor(
  { decision: { asks } }: Pick<WhoAsks, 'decision'>,
  named: string,
  arn?: string,
): boolean {
  if (asks === undefined) return false
  const own = asks.arn ?? asks.role
  if (own === (arn ?? named) || asks.role === named) return true
  return !named.startsWith('arn:') && (own.endsWith(`/${named}`) || asks.role.endsWith(`/${named}`))
}

/** Where a role is written, for people. */
export const originTexts: { readonly [O in RoleOrigin]: string } = {
  pod: `the pod’s annotation ${podRoleAnnotation}`,
  association: 'an EKS association',
  'service-account': `${accountRoleAnnotation} on its service account`,
  kops: 'kOps’ ConfigMap pod-identity-webhook',
}
