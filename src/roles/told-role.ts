import { decide, type Decision } from '../agent/decide.ts'
import type { Json } from '../ports/event.ts'
import type { KubeObject } from '../kube/object.ts'
import { leftText, unknownLabel } from '../pods/left-alone.ts'
import { awsLabel, keysAnnotation } from '../pods/names.ts'
import type { OwnSources } from '../pods/own-sources.ts'
import { accountOf, topOwnerOf } from '../pods/pod.ts'
import { quote } from '../profile/faults.ts'
import type { AgentUpkeep } from '../upkeep/upkeep.ts'
import type { LaneHealth } from './lane-health.ts'
import type { LaneVerdict } from './lanes.ts'
import { healthFor, type Outcome, outcomeOf } from './outcome.ts'
import { askingOf, laneIn, type RolesSurvey } from './roles-survey.ts'
import { givesText, patternFor, ruleText } from './told-rule.ts'
import { sessionNext, sessionRows, sessionValue, toldSession, type ToldSession } from './told-session.ts'
import { originTexts } from './who-asks.ts'

/** What a pod gets from the agent, and why. */
export interface ToldRole {
  readonly pod: KubeObject
  readonly decision: Decision
  /** The pattern of `aws.roles` for its role, whatever refuses it. */
  readonly pattern: string | undefined
  /** By which rule of the profile, in words. */
  readonly rule: string
  readonly outcome: Outcome
  /** Of what the rules give, whether the pod gets it or not. */
  readonly session: ToldSession | undefined
  readonly lane: LaneVerdict
  readonly region: string | undefined
  readonly warnings: readonly string[]
  /** What to run. */
  readonly next: readonly string[]
}

interface About {
  readonly nowMs: number
  /** What the person's own kubectl calls the cluster. */
  readonly context: string
  readonly kubernetes: string
  readonly ownSources: OwnSources
  /** How the lanes of its node do; nothing where nobody looked. */
  readonly health: readonly LaneHealth[]
}

export function toldRole(pod: KubeObject, survey: RolesSurvey, agent: AgentUpkeep, about: About): ToldRole {
  const { mapping } = survey
  const asking = askingOf(pod, agent, survey)
  const decision = decide(asking, mapping)
  const lane = laneIn(survey, pod, { asking, decision }, about)
  const session =
    decision.is === 'given' ? toldSession(decision.session, survey.sessions, about.nowMs) : undefined
  const facts = { decision, pod, lane, session, health: about.health }
  const seen = {
    pod,
    decision,
    pattern: patternFor(decision, mapping),
    rule: ruleText(decision, agent, mapping),
    outcome: outcomeOf(facts, about.nowMs),
    session,
    lane,
    region: mapping.region,
  }
  return { ...seen, warnings: warningsOf(seen, survey, about), next: nextOf(seen, survey, agent, about) }
}

type Seen = Omit<ToldRole, 'warnings' | 'next'>

/** Whether the rules give, and nothing of the pod itself is against it: what may be lacking passes. */
function isMeant({ outcome }: Pick<Seen, 'outcome'>): boolean {
  return outcome.is === 'given' || outcome.why === 'no-session' || outcome.why === 'lane'
}

function warningsOf(seen: Seen, { isStale }: RolesSurvey, { health }: About): readonly string[] {
  const { pod, decision, lane, session } = seen
  const unknown = isMeant(seen) ? healthFor({ lane, health }) : undefined
  return [
    ...unknownLabel(pod),
    ...decision.warnings,
    ...(unknown?.state === 'unknown'
      ? [`Whether lane ${unknown.lane} works is not known: ${unknown.words}.`]
      : []),
    ...(isStale ? ['The agent has been told something else than the profile says now.'] : []),
    ...(session !== undefined && 'instead' in session && session.instead !== undefined
      ? [session.instead]
      : []),
  ]
}

const shortKinds: Readonly<Record<string, string>> = {
  Deployment: 'deploy',
  StatefulSet: 'sts',
  DaemonSet: 'ds',
}

function nextOf(
  seen: Seen,
  survey: RolesSurvey,
  agent: AgentUpkeep,
  { context, health }: About,
): readonly string[] {
  const { outcome, session, lane } = seen
  const told = survey.isStale ? ['devk8s aws refresh'] : []
  if (outcome.is === 'not-given' && !isMeant(seen)) {
    return [...new Set([...told, ...refusedNext(seen, outcome.why, survey, agent, context)])]
  }
  const broken = healthFor({ lane, health })
  return [
    ...new Set([
      ...told,
      ...(session === undefined ? [] : sessionNext(session)),
      ...(broken?.next === undefined ? [] : [broken.next]),
      ...(isOld(lane) ? anewNext(seen, survey) : []),
      ...(lane.injection.is === 'lacks-it' && !lane.injection.isCurable ? ['devk8s aws refresh'] : []),
    ]),
  ]
}

/** Made anew it would have another lane, or have what its lane puts in. */
const isOld = ({ injection, injected, lane }: LaneVerdict): boolean =>
  (injection.is === 'lacks-it' && injection.isCurable) || (injected !== undefined && injected !== lane)

/** What has a workload's pods made anew; a bare pod, and that of a Job, a person makes anew. */
function anewNext({ pod }: Pick<Seen, 'pod'>, { objects }: RolesSurvey): readonly string[] {
  const owner = topOwnerOf(pod, objects)
  return owner !== undefined && owner.kind in shortKinds ? ['devk8s aws refresh --restart'] : []
}

function refusedNext(
  { pod, decision: { asks } }: Seen,
  why: Extract<Outcome, { is: 'not-given' }>['why'],
  survey: RolesSurvey,
  { associations }: AgentUpkeep,
  context: string,
): readonly string[] {
  const { name, namespace = 'default', labels } = pod.metadata
  const overwrite = labels?.[awsLabel] === undefined ? '' : '--overwrite '
  switch (why) {
    case 'old-keys':
      return pod.metadata.annotations?.[keysAnnotation] === undefined
        ? detachNext(pod, survey)
        : anewNext({ pod }, survey)
    case 'unmapped':
      return [
        ...(associations.length === 0 ? ['devk8s aws import'] : []),
        `kubectl --context ${context} label pod ${name} --namespace ${namespace} ${overwrite}${awsLabel}=on`,
      ]
    case 'role-denied':
    case 'not-permitted':
    case 'no-account':
    case 'host-network':
      return asks === undefined ? [] : [`devk8s aws why ${quote(asks.role)}`]
    default:
      return []
  }
}

/** Keys that the template of its workload gives it. */
function detachNext(pod: KubeObject, { objects }: RolesSurvey): readonly string[] {
  const owner = topOwnerOf(pod, objects)
  const kind = owner === undefined ? undefined : shortKinds[owner.kind]
  return owner === undefined || kind === undefined
    ? []
    : [`devk8s aws attach ${kind}/${owner.name} --namespace ${pod.metadata.namespace ?? 'default'} --remove`]
}

/** Rows for people: what is told, and its words. */
export function toldRoleRows(told: ToldRole, nowMs: number): readonly (readonly [string, string])[] {
  const { lane, session, region } = told
  const left = lane.left.flatMap(leftText)
  const isShown = session !== undefined && isMeant(told)
  return [
    ['role', roleText(told)],
    ['rule', told.rule],
    ['gets', getsText(told)],
    ...(isShown ? sessionRows(session, nowMs) : []),
    ...(told.decision.is === 'given' ? [['lane', laneText(lane)] as const] : []),
    ...(left.length > 0 ? [['containers', left.join('; ')] as const] : []),
    ...(isShown
      ? [['region', region ?? 'none: neither the profile nor the AWS profile names one'] as const]
      : []),
  ]
}

/** The lane that it is on as it stands, then the one that it has once it is made anew. */
function laneText({ lane, why, now, injected, injection }: LaneVerdict): string {
  if (now === lane && !(injection.is === 'lacks-it')) return `${lane}. ${why}`
  if (now === 'own') return `none: ${lane} would be its lane. ${why}`
  const anew = `Made anew it has lane ${lane}. ${why}`
  if (now === 'keys') return `none, for its keys go before all else. ${anew}`
  if (injected !== undefined) return `${now}, by what was put into it when it was made. ${anew}`
  const because = injection.is === 'lacks-it' ? ` ${injection.why}` : ''
  return injection.is === 'left-alone'
    ? `${now}: nothing is put into it, and the metadata addresses answer it. ${why}`
    : `${now}: nothing was put into it, and the metadata addresses answer it.${because} ${anew}`
}

function roleText({ decision: { asks }, pod }: ToldRole): string {
  if (asks === undefined) return 'none'
  const full = asks.arn === undefined || asks.arn === asks.role ? asks.role : `${asks.role} (${asks.arn})`
  const from = asks.cluster === undefined ? '' : ` of cluster ${asks.cluster} for`
  const way = asks.from === 'kops' ? ' for' : from
  const whose = asks.from === 'pod' ? '' : `${way} ${accountOf(pod)}`
  return `${full}, by ${originTexts[asks.from]}${whose}`
}

function getsText({ decision, outcome }: ToldRole): string {
  if (outcome.is === 'given') return decision.is === 'given' ? givesText(decision) : 'nothing'
  switch (outcome.why) {
    case 'old-keys':
    case 'own-credentials':
      return `nothing of the agent’s: ${outcome.detail}`
    case 'no-session':
    case 'lane':
      return `nothing now: ${outcome.detail}${decision.is === 'given' ? ` It is to get ${givesText(decision)}.` : ''}`
    default:
      return `nothing: ${outcome.detail}`
  }
}

/** For `--json`. */
export function toldRoleValue(told: ToldRole): Readonly<Record<string, Json>> {
  const { decision, lane, session, region, outcome } = told
  const { asks } = decision
  const ends = session !== undefined && isMeant(told) && 'endsAtMs' in session ? session : undefined
  return {
    role: asks?.role ?? null,
    roleArn: asks?.arn ?? null,
    roleFrom: asks?.from ?? null,
    cluster: asks?.cluster ?? null,
    rule: told.pattern ?? null,
    gives: decision.is === 'given' ? decision.gives.is : null,
    given: outcome.is === 'given',
    refused: outcome.is === 'given' ? null : { why: outcome.why, detail: outcome.detail },
    session: session === undefined ? null : sessionValue(session),
    lane: lane.now,
    laneAnew: lane.lane,
    laneWhy: lane.why,
    injection: injectionValue(lane),
    leftAlone: lane.left.map((container) => ({ ...container })),
    expiresAt: ends === undefined ? null : new Date(ends.endsAtMs).toISOString(),
    account: ends?.account ?? null,
    region: region ?? null,
    warnings: [...told.warnings],
  }
}

const injectionValue = ({ injection, injected }: LaneVerdict): Json => ({
  is: injection.is,
  lane: injected ?? null,
  containers: 'containers' in injection ? [...injection.containers] : [],
})
