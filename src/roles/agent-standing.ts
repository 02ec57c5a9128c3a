import type { StepContext } from '../plan/step.ts'
import type { Change, Json, Note } from '../ports/event.ts'
import { type Standing, type Times, timesOf } from '../upkeep/keeper.ts'
import { clockText, leftText, untilText } from '../upkeep/until.ts'
import type { AgentUpkeep } from '../upkeep/upkeep.ts'
import { decide } from '../agent/decide.ts'
import type { AgentSurvey, AgentWants } from './agent-survey.ts'
import { isMapping } from './mapping.ts'
import { agentName, agentNamespace } from './names.ts'
import { type SessionRecord, sessionDueAt, type SessionRecords } from './session-records.ts'
import { askingIn, developerId, mostAssumed, mostOfNamespace } from './wanted-sessions.ts'

type Context = Pick<StepContext, 'ports'>

/** How what the agent was given stands. */
export function standingOf(
  agent: AgentUpkeep,
  survey: AgentSurvey,
  wants: AgentWants,
  { ports }: Context,
): Standing {
  const nowMs = ports.clock.now()
  const records = survey.live?.records ?? { sessions: {}, refused: {} }
  return {
    changes: [...mappingChanges(survey, wants), ...sessionChanges(survey, wants, nowMs)],
    ...timesOfRecords(records),
    detail: {
      ...(isLacking(records, wants, nowMs) ? { state: 'lacking' } : {}),
      sessions: Object.entries(records.sessions).map(([id, record]) => sessionValue(id, record)),
      refused: Object.entries(records.refused).map(([id, { reason, next, statement }]) => ({
        id,
        reason,
        next: next ?? null,
        statement: statement ?? null,
      })),
      region: wants.mapping.region ?? null,
      baseRoleArn: wants.mapping.baseRoleArn ?? null,
    },
    notes: [...notesOf(records, wants, nowMs), ...askingNotes(agent, survey, wants)],
  }
}

/** Until when all of it is good, and when the first is due. */
export function timesOfRecords({ sessions, refused }: SessionRecords): Times {
  const all = Object.values(sessions)
  return timesOf(
    all.map(({ expiresAtMs }) => expiresAtMs),
    [...all.map(sessionDueAt), ...Object.values(refused).map(({ retryAtMs }) => retryAtMs)],
  )
}

function mappingChanges({ mapping }: AgentSurvey, wants: AgentWants): readonly Change[] {
  if (isMapping(mapping, wants.mapping)) return []
  const field = `ConfigMap ${agentNamespace}/${agentName}`
  if (mapping === undefined) return [{ field, effect: 'create' }]
  const to = mapping.isEdited ? 'as devk8s wrote it: somebody edited it' : 'what the profile says'
  return [{ field, to, effect: 'in-place' }]
}

const reasons = {
  missing: 'a session',
  damaged: 'a new session: what is there is not as devk8s wrote it',
  'other-identity': 'a session as the profile says',
  age: 'a new session',
  retry: 'asked for again: AWS did not give it',
} as const

function sessionChanges(
  { live }: AgentSurvey,
  { sessions, idle }: AgentWants,
  nowMs: number,
): readonly Change[] {
  const records = live?.records.sessions ?? {}
  const due = sessions.flatMap(({ wanted: { id }, reason }): readonly Change[] => {
    if (reason === undefined) return []
    const field = titleOf(id)
    const ends = records[id]?.expiresAtMs
    if (ends === undefined) return [{ field, to: reasons[reason], effect: 'create' }]
    const from = `a session until ${clockText(ends, nowMs)}`
    return [{ field, from, to: reasons[reason], effect: 'in-place' }]
  })
  const gone = Object.keys(records).flatMap((id): readonly Change[] => {
    const stays = sessions.some(({ wanted }) => wanted.id === id) || idle.includes(id)
    return stays ? [] : [{ field: titleOf(id), effect: 'remove' }]
  })
  return [...due, ...gone]
}

/** What a person knows a session by. */
export function titleOf(id: string): string {
  if (id === developerId) return 'Your own AWS session'
  const [, kind = '', rest = id] = /^(profile|assume|twin):(.*)$/s.exec(id.replace(/[?&]rule=\w+$/, '')) ?? []
  if (kind === 'profile') return `AWS session of your profile ${rest}`
  return kind === 'twin' ? `AWS session of the -dev twin of ${rest}` : `AWS session of ${rest}`
}

function sessionValue(id: string, { account, arn, issuedAtMs, expiresAtMs, instead }: SessionRecord): Json {
  return {
    id,
    account,
    arn,
    issuedAt: new Date(issuedAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    instead: instead ?? null,
  }
}

/** Below, SDKs in pods ask for new ones on every call (facts aws, 3.4). */
const shortMs = 40 * 60_000

function notesOf(
  { sessions, refused }: SessionRecords,
  { left }: AgentWants,
  nowMs: number,
): readonly Note[] {
  const own = sessions[developerId]
  const lifeMs = own === undefined ? Infinity : own.expiresAtMs - own.issuedAtMs
  const notes: Note[] = []
  if (lifeMs < shortMs) {
    const text = `Your AWS sessions last ${leftText(lifeMs)}. They are renewed in time as long as the broker runs (devk8s aws broker start); without it pods lose them then.`
    notes.push({ level: 'info', text })
  }
  if (own?.renewAtMs !== undefined && own.renewAtMs > nowMs) {
    const until = untilText(own.expiresAtMs, nowMs)
    const text = `AWS hands out the session again that pods have already, good until ${until}: a new one is asked for from ${clockText(own.renewAtMs, nowMs)} on.`
    notes.push({ level: 'info', text })
  }
  for (const [id, { instead, statement }] of Object.entries(sessions)) {
    if (instead === undefined) continue
    notes.push({ level: 'warning', text: `${titleOf(id)}: ${instead}${trustText(statement)}` })
  }
  notes.push(...refusedNotes(refused))
  return [...notes, ...leftNotes(left)]
}

/** Nothing renews these: somebody has to ask for fewer roles. */
function leftNotes(left: AgentWants['left']): readonly Note[] {
  return [...new Set(left.map(({ namespace }) => namespace))].map((namespace) => {
    const its = left.filter((each) => each.namespace === namespace).map(({ askedArn }) => askedArn)
    const why =
      namespace === undefined
        ? `More roles are asked for than the ${mostAssumed} that are assumed`
        : `Pods of ${namespace} ask for more than ${mostOfNamespace} roles that are assumed`
    const more = its.length > 3 ? ` and ${its.length - 3} more` : ''
    return {
      level: 'warning',
      text: `${why}; these get no session until fewer are asked for: ${its.slice(0, 3).join(', ')}${more}.`,
    }
  })
}

/** Sessions that are refused for one and the same reason are told in one note. */
function refusedNotes(refused: SessionRecords['refused']): readonly Note[] {
  const told = Object.entries(refused).map(([id, { reason, next, statement }]) => {
    const way = next === undefined ? '' : ` Next: ${next}`
    return { id, why: `${reason}${trustText(statement)}${way}` }
  })
  return [...new Set(told.map(({ why }) => why))].map((why) => {
    const [first = '', ...others] = told.filter((each) => each.why === why).map(({ id }) => id)
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return { level: 'warning', text: `${titleOf(first)}${more}: none. ${why}` }
  })
}

/** By what is there: a session is over, or AWS gave none. */
function isLacking({ sessions, refused }: SessionRecords, { sessions: wanted }: AgentWants, nowMs: number) {
  return wanted.some(({ wanted: { id } }) => {
    const record = sessions[id]
    return record === undefined ? refused[id] !== undefined : record.expiresAtMs <= nowMs
  })
}

const trustText = (statement: string | undefined): string =>
  statement === undefined ? '' : ` The role’s trust policy would need: ${statement}`

/** Only where pods were looked at: no other object tells that none asks. */
function askingNotes(agent: AgentUpkeep, survey: AgentSurvey, { mapping }: AgentWants): readonly Note[] {
  const sawPods = survey.objects.some(({ kind }) => kind === 'Pod')
  if (!sawPods) return []
  const asks = askingIn(agent, mapping, survey).some((asking) => {
    const decision = decide(asking, mapping)
    return decision.asks !== undefined || decision.is === 'given'
  })
  return asks
    ? []
    : [
        {
          level: 'info',
          text: 'Nothing in the cluster asks for an AWS role yet: no pod has iam.amazonaws.com/role, no service account eks.amazonaws.com/role-arn.',
        },
      ]
}
