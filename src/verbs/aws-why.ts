import type { Decision } from '../agent/decide.ts'
import { readOwnSources } from '../pods/own-sources.ts'
import type { Json } from '../ports/event.ts'
import { nearest } from '../problems/nearest.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { noRoleName, roleNotAsked, rolesNotWanted } from '../problems/roles.ts'
import { quote } from '../profile/faults.ts'
import { lanesByNode } from '../roles/pod-lanes.ts'
import { type RolesSurvey, rolesSurvey } from '../roles/roles-survey.ts'
import {
  sessionNext,
  sessionRows,
  sessionValue,
  toldSession,
  type ToldSession,
} from '../roles/told-session.ts'
import { givesText, ruledBy, ruleText } from '../roles/told-rule.ts'
import { allWhoAsk, asksFor, type WhoAsks } from '../roles/who-asks.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { columnsOf } from '../world.ts'
import { keepingContext, keptCluster } from './kept.ts'
import type { Verb } from './session.ts'
import { renderTable } from './table.ts'

/** Who in the cluster asks for a role, what the profile makes of it, and whose session it gets. Asks AWS nothing. */
export const awsWhy: Verb<'aws.why'> = async (session) => {
  const { upkeep } = await keptCluster(session)
  const agent = upkeep.agent ?? refuseWithoutAgent(upkeep)
  const named = session.request.role.trim()
  const context = keepingContext(session)
  const read = rolesSurvey(upkeep, agent, context)
  const [survey, own, healthOn] = await Promise.all([
    read,
    readOwnSources({ kubectl: upkeep.kubectl }, session),
    lanesByNode(upkeep, agent, context, read),
  ])
  if ('problem' in own) throw new DevK8sError(own.problem)
  // All of it may have been read in the moment of a Ctrl-C; who interrupts wants no answer.
  session.signal.throwIfAborted()
  const ruled = ruledOf(named, survey)
  const nowMs = session.ports.clock.now()
  const all = allWhoAsk(agent, survey, { nowMs, ownSources: own.sources, healthOn })
  const asking = all.filter((who) => asksFor(who, named, ruled.asks?.arn))
  const isNamed = ruled.pattern !== undefined && !ruled.pattern.includes('*')
  if (asking.length === 0 && !isNamed) refuseUnasked(named, ruled, all)
  const told = ruled.is === 'given' ? toldSession(ruled.session, survey.sessions, nowMs) : undefined
  const seen: SeenRole = { named, ruled, told, asking }
  session.answer(
    valueOf(seen, agent, survey),
    textOf(seen, agent, survey, { nowMs, columns: columnsOf(session.world.stdout) }),
  )
  return { exit: 0, next: nextOf(seen, survey) }
}

interface SeenRole {
  readonly named: string
  /** What becomes of it when a pod asks for it just so. */
  readonly ruled: Decision
  readonly told: ToldSession | undefined
  readonly asking: readonly WhoAsks[]
}

function refuseWithoutAgent({ team, pods, cluster }: Upkeep): never {
  return fail(rolesNotWanted, {
    detail:
      pods === undefined
        ? `The profile ${team} has no \`aws.roles\`, so pods of ${cluster} get no AWS keys.`
        : `The profile ${team} has \`aws.lane: env\`: every pod of ${cluster} that gets keys has your own session, whatever its role.`,
    next: ['devk8s profile show --explain'],
  })
}

/** By the rules alone: what a namespace permits is told of each who asks. @throws DevK8sError DK5101 for what is no role. */
function ruledOf(named: string, { mapping }: RolesSurvey): Decision {
  const ruled = ruledBy(named, mapping)
  if (isNone(ruled)) {
    fail(noRoleName, {
      detail: ruled.asks === undefined ? 'No role was named.' : ruled.detail,
      next: ['devk8s aws why --help'],
    })
  }
  return ruled
}

/** What is written is no role's name. */
const isNone = (decision: Decision): decision is Extract<Decision, { is: 'refused' }> =>
  decision.is === 'refused' && (decision.why === 'role-malformed' || decision.why === 'unmapped')

function refuseUnasked(named: string, ruled: Decision, all: readonly WhoAsks[]): never {
  const roles = [
    ...new Set(all.flatMap(({ decision }) => (isNone(decision) ? [] : (decision.asks?.role ?? [])))),
  ].toSorted()
  const names = roles.flatMap((role) => [role, role.slice(role.lastIndexOf('/') + 1)])
  const meant = nearest(named, [...new Set(names)])
  const has =
    roles.length === 0
      ? 'Nobody there asks for any.'
      : `There they ask for ${roles.slice(0, 5).join(', ')}${roles.length > 5 ? ` and ${roles.length - 5} more` : ''}.`
  const would = ruled.is === 'given' ? `${givesText(ruled)} would be given for it` : 'it would be refused'
  return fail(roleNotAsked, {
    detail: `No pod and no service account asks for ${named}; ${would}. ${has}`,
    next: (meant === undefined ? roles.slice(0, 3) : [meant]).map((role) => `devk8s aws why ${quote(role)}`),
  })
}

function textOf(
  { named, ruled, told, asking }: SeenRole,
  agent: AgentUpkeep,
  survey: RolesSurvey,
  { nowMs, columns }: { readonly nowMs: number; readonly columns: number },
): string {
  const { asks } = ruled
  const rows: (readonly [string, string])[] = [
    ['role', asks?.arn === undefined || asks.arn === named ? named : `${named}, ${asks.arn}`],
    ['rule', ruleText(ruled, agent, survey.mapping)],
    ['gets', ruled.is === 'given' ? givesText(ruled) : `nothing: ${ruled.detail}`],
    ...(told === undefined ? [] : sessionRows(told, nowMs)),
  ]
  const head = renderTable(rows, columns)
  if (asking.length === 0) return `${head}\nNobody in the cluster asks for it.\n`
  const lines = [
    ['WHO', 'BY', 'LANE', 'GETS'],
    ...asking.slice(0, mostShown).map((who) => whoRow(who, ruled)),
  ]
  const more = asking.length - mostShown
  return `${head}\n${renderTable(lines, columns)}${more > 0 ? `and ${more} more; --json has them all\n` : ''}`
}

/** Of a Deployment with fifty pods, fifty would be alike. */
const mostShown = 30

const shortOrigins = {
  pod: 'pod',
  association: 'association',
  'service-account': 'account',
  kops: 'kOps',
} as const

function whoRow(who: WhoAsks, ruled: Decision): readonly string[] {
  const { kind, namespace, name, from, lane } = who
  const mark = kind === 'pod' ? '' : 'sa '
  const isLane = lane !== 'none' && lane !== 'keys' && lane !== 'own'
  return [`${mark}${namespace}/${name}`, shortOrigins[from], isLane ? lane : '-', getsText(who, ruled)]
}

function getsText({ decision, outcome }: WhoAsks, ruled: Decision): string {
  if (outcome.is === 'not-given') {
    return `nothing${outcome.why === 'no-session' || outcome.why === 'lane' ? ' now' : ''}: ${outcome.detail}`
  }
  if (decision.is === 'refused') return `nothing: ${decision.detail}`
  const isSame = ruled.is === 'given' && ruled.session === decision.session
  const { role, arn = role, externalId, sessionName } = decision.asks ?? { role: '' }
  const other = arn === (ruled.asks?.arn ?? ruled.asks?.role) ? '' : ` for ${arn}`
  const extras = [
    ...(externalId === undefined ? [] : [`external id ${externalId}`]),
    ...(sessionName === undefined ? [] : [`session name ${sessionName}`]),
  ]
  const by = extras.length === 0 ? '' : ` with ${extras.join(' and ')}`
  return [isSame ? `it${other}` : `${givesText(decision)}${by}${other}`, ...decision.warnings].join('; ')
}

function valueOf({ named, ruled, told, asking }: SeenRole, agent: AgentUpkeep, survey: RolesSurvey): Json {
  return {
    role: named,
    arn: ruled.asks?.arn ?? null,
    rule: ruled.pattern ?? null,
    gives: ruled.is === 'given' ? ruled.gives.is : null,
    refused: ruled.is === 'refused' ? { why: ruled.why, detail: ruled.detail } : null,
    says: ruleText(ruled, agent, survey.mapping),
    session: told === undefined ? null : sessionValue(told),
    asking: asking.map(whoValue),
    mappingStale: survey.isStale,
  }
}

function whoValue(who: WhoAsks): Json {
  const { decision, session, outcome } = who
  return {
    kind: who.kind,
    namespace: who.namespace,
    name: who.name,
    owner: who.owner ?? null,
    serviceAccount: who.serviceAccount,
    from: who.from,
    lane: who.lane,
    cluster: decision.asks?.cluster ?? null,
    role: decision.asks?.role ?? null,
    given: outcome.is === 'given',
    rule: decision.pattern ?? null,
    session: session === undefined ? null : sessionValue(session),
    refused: outcome.is === 'given' ? null : { why: outcome.why, detail: outcome.detail },
    warnings: [...decision.warnings],
  }
}

function nextOf({ told, asking }: SeenRole, { isStale }: RolesSurvey): readonly string[] {
  const pod = asking.find(({ kind }) => kind === 'pod')
  return [
    ...new Set([
      ...(isStale ? ['devk8s aws refresh'] : []),
      ...(told === undefined ? [] : sessionNext(told)),
      ...(pod === undefined ? [] : [`devk8s aws whoami ${pod.namespace}/${pod.name}`]),
    ]),
  ]
}
