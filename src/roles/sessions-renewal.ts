import { isAllowedAccount } from '../aws/accounts.ts'
import type { StepContext } from '../plan/step.ts'
import {
  awsAccessDenied,
  awsProfileMissing,
  awsProfileUnusable,
  awsRefuses,
  awsRoleRefused,
} from '../problems/aws.ts'
import { awsAccountDenied, awsAccountNotAllowed, awsIdentityUnasked } from '../problems/aws-sign-in.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { shortestPauseMs } from '../upkeep/due.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { profileIn } from './assume-says.ts'
import { mint, type Minted, type Minting } from './mint.ts'
import { type Judged, judged, refusedRetryMs } from './session-due.ts'
import type { RefusalRecord, SessionRecord, SessionRecords } from './session-records.ts'
import type { LiveSessions, SessionKeys } from './sessions-secret.ts'
import { developerId, type WantedSession } from './wanted-sessions.ts'

/** What the Secret is to hold. */
export interface NextSessions {
  readonly records: SessionRecords
  readonly keys: ReadonlyMap<string, SessionKeys>
  /** What went wrong and may pass: it is tried again soon. */
  readonly problem: Problem | undefined
}

interface Renewal extends Minting {
  readonly context: StepContext
  readonly all: boolean
  /** The person's own session as it is from now on; undefined when there is none. */
  readonly developer: Minted | undefined
}

/** What became of one session. */
type Outcome =
  | { readonly is: 'minted'; readonly minted: Minted }
  | { readonly is: 'failed'; readonly problem: Problem; readonly isFinal: boolean }
  | { readonly is: 'untouched' }

/** As many at a time: STS throttles by account, which is shared with colleagues. */
const sideBySide = 8

/**
 * Renews the person's own session, where that is due.
 * @throws DevK8sError when its account is not let in or nobody asked for it: then nothing at all is written.
 */
export async function renewDeveloper(
  upkeep: Upkeep,
  { live, all, isUnasked }: Pick<Renewal, 'live' | 'all' | 'isUnasked'>,
  context: StepContext,
): Promise<{ readonly minted: Minted | undefined; readonly problem?: Problem }> {
  const { hashing, clock } = context.ports
  const how = { hashing, nowMs: clock.now() }
  const own = judged({ id: developerId, is: 'developer' }, live, upkeep, how)
  const held = heldOf(developerId, live)
  if (!all && own.reason === undefined && held !== undefined) return { minted: held }
  try {
    return { minted: await mint(own, { upkeep, live, isUnasked }, context) }
  } catch (error) {
    const why = problemIn(error, context)
    if (shutOut.has(why.code)) throw error
    return { minted: held, problem: why }
  }
}

type Renewing = Renewal & { readonly developerProblem: Problem | undefined }

/**
 * Renews what is due of these, each by itself, and says what the Secret is to hold then.
 * @param idle ids of those that nobody asks for at the moment and that stay.
 */
export async function renewSessions(
  sessions: readonly Judged[],
  idle: readonly string[],
  renewal: Renewing,
): Promise<NextSessions> {
  const nowMs = renewal.context.ports.clock.now()
  const outcomes = await outcomesOf(sessions, renewal)
  const kept = new Map<string, Minted>(
    idle.flatMap((id) => {
      const held = heldOf(id, renewal.live)
      return held === undefined ? [] : [[id, held] as const]
    }),
  )
  const refused: Record<string, RefusalRecord> = {}
  for (const each of sessions) {
    const { id } = each.wanted
    const result = resultOf(each, outcomes.get(id) ?? { is: 'untouched' }, renewal, nowMs)
    if ('minted' in result) kept.set(id, result.minted)
    else refused[id] = result.refused
  }
  const failures = [...outcomes.values()].flatMap((each) =>
    each.is === 'failed' && !each.isFinal ? [each.problem] : [],
  )
  return {
    records: {
      sessions: Object.fromEntries([...kept].map(([id, { record }]) => [id, record])),
      refused,
    },
    keys: new Map([...kept].map(([id, { keys }]) => [id, keys])),
    problem: renewal.developerProblem ?? failures[0],
  }
}

async function outcomesOf(
  sessions: readonly Judged[],
  renewal: Renewing,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>([[developerId, ofDeveloper(renewal)]])
  const others = sessions.filter(({ wanted }) => wanted.is !== 'developer')
  for (let at = 0; at < others.length; at += sideBySide) {
    const batch = others.slice(at, at + sideBySide)
    const found = await Promise.all(
      batch.map(async (each) => [each.wanted.id, await outcomeOf(each, renewal)] as const),
    )
    for (const [id, outcome] of found) outcomes.set(id, outcome)
  }
  return outcomes
}

function ofDeveloper({ developer, developerProblem }: Renewing): Outcome {
  if (developerProblem !== undefined) return { is: 'failed', problem: developerProblem, isFinal: false }
  return developer === undefined ? { is: 'untouched' } : { is: 'minted', minted: developer }
}

async function outcomeOf(each: Judged, renewal: Renewing): Promise<Outcome> {
  const { wanted, reason } = each
  const { all, developerProblem, context } = renewal
  if (!all && reason === undefined) return { is: 'untouched' }
  // Roles are assumed with the person's own sign-in: what is wrong with that is told once.
  if (wanted.is === 'assume' && developerProblem !== undefined) {
    return { is: 'failed', problem: developerProblem, isFinal: false }
  }
  try {
    return { is: 'minted', minted: await mint(each, renewal, context) }
  } catch (error) {
    const why = problemIn(error, context)
    const isFinal = final.has(why.code)
    if (wanted.is !== 'assume' || !isFinal) return { is: 'failed', problem: why, isFinal }
    return (await insteadOf(each, wanted, why, renewal)) ?? { is: 'failed', problem: why, isFinal }
  }
}

/** What the profile says a pod gets where AWS does not let one assume the role; undefined when that is nothing. */
async function insteadOf(
  { source, reason }: Judged,
  wanted: Extract<WantedSession, { is: 'assume' }>,
  why: Problem,
  renewal: Renewal,
): Promise<Outcome | undefined> {
  const { says, pattern } = wanted
  const nowMs = renewal.context.ports.clock.now()
  const profile = profileIn(says.fallback)
  if (profile === undefined && says.fallback !== 'developer') return undefined
  const taken = await takenInstead(profile, { pattern, reason }, renewal)
  if ('problem' in taken) return { is: 'failed', problem: taken.problem, isFinal: taken.isFinal }
  const { record, keys } = taken.minted
  const whose = profile === undefined ? 'your own session' : `the session of your AWS profile ${profile}`
  const statement = statementIn(why)
  return {
    is: 'minted',
    minted: {
      keys,
      record: {
        ...record,
        source,
        pattern,
        instead: `${why.detail} So this is ${whose}, as aws.roles of the team’s profile says.`,
        retryAtMs: nowMs + refusedRetryMs,
        ...(statement === undefined ? {} : { statement }),
      },
    },
  }
}

async function takenInstead(
  profile: string | undefined,
  { pattern, reason }: Pick<Judged, 'reason'> & { readonly pattern: string },
  renewal: Renewal,
): Promise<{ readonly minted: Minted } | { readonly problem: Problem; readonly isFinal: boolean }> {
  const { developer, context, live, upkeep } = renewal
  if (profile === undefined) {
    if (developer === undefined) throw new TypeError('a role was asked for without a session of the person')
    return { minted: developer }
  }
  const { hashing, clock } = context.ports
  const id = `profile:${profile}`
  const own = judged({ id, is: 'profile', profile, pattern }, live, upkeep, { hashing, nowMs: clock.now() })
  const held = own.reason === undefined ? heldOf(id, live) : undefined
  if (held !== undefined) return { minted: held }
  try {
    return { minted: await mint({ ...own, reason }, renewal, context) }
  } catch (error) {
    const why = problemIn(error, context)
    return { problem: why, isFinal: final.has(why.code) }
  }
}

/** What is there is kept until it is over, whatever went wrong; then it is told why there is none. */
function resultOf(
  { wanted, source }: Judged,
  outcome: Outcome,
  { live, upkeep }: Pick<Renewal, 'live' | 'upkeep'>,
  nowMs: number,
): { readonly minted: Minted } | { readonly refused: RefusalRecord } {
  if (outcome.is === 'minted') return { minted: outcome.minted }
  const held = heldOf(wanted.id, live)
  if (held !== undefined && isKept(held.record, wanted, source, upkeep, nowMs)) {
    const isDenied = outcome.is === 'failed' && outcome.isFinal
    return { minted: isDenied ? { ...held, record: askedLater(held.record, nowMs) } : held }
  }
  const before = live?.records.refused[wanted.id]
  if (outcome.is === 'failed') return { refused: refusalOf(outcome, source, nowMs) }
  if (before === undefined) throw new TypeError(`nothing is known of the session ${wanted.id}`)
  return { refused: before }
}

/** What was asked for otherwise was another's, or could do more: only the person's own bridges the time. */
function isKept(
  record: SessionRecord,
  wanted: WantedSession,
  source: string,
  { accounts }: Pick<Upkeep, 'accounts'>,
  nowMs: number,
): boolean {
  const isSame = wanted.is === 'developer' || record.source === source
  return isSame && record.expiresAtMs > nowMs && isAllowedAccount(accounts, record.account)
}

const askedLater = (record: SessionRecord, nowMs: number): SessionRecord => ({
  ...record,
  renewAtMs: Math.min(nowMs + refusedRetryMs, Math.max(record.expiresAtMs, nowMs + shortestPauseMs)),
})

function refusalOf(
  { problem: why, isFinal }: Extract<Outcome, { is: 'failed' }>,
  source: string,
  nowMs: number,
): RefusalRecord {
  const statement = statementIn(why)
  const [next] = why.next
  return {
    reason: `${why.title}: ${why.detail}`,
    ...(next === undefined ? {} : { next }),
    source,
    retryAtMs: nowMs + (isFinal ? refusedRetryMs : shortestPauseMs),
    ...(statement === undefined ? {} : { statement }),
  }
}

/** On one line. */
const statementIn = ({ paste }: Problem): string | undefined =>
  paste === undefined ? undefined : paste.text.replaceAll(/\s*\n\s*/g, ' ')

function heldOf(id: string, live: LiveSessions | undefined): Minted | undefined {
  const record = live?.records.sessions[id]
  const keys = live?.keys.get(id)
  return record === undefined || keys === undefined ? undefined : { record, keys }
}

/** Nothing enters the cluster then. */
const shutOut: ReadonlySet<string> = new Set(
  [awsAccountDenied, awsAccountNotAllowed, awsIdentityUnasked].map(({ code }) => code),
)

/** What AWS, or what the person has, does not give: asking again at once changes nothing. */
const final: ReadonlySet<string> = new Set(
  [
    awsRoleRefused,
    awsAccessDenied,
    awsRefuses,
    awsProfileMissing,
    awsProfileUnusable,
    awsAccountDenied,
    awsAccountNotAllowed,
  ].map(({ code }) => code),
)

function problemIn(error: unknown, { signal }: StepContext): Problem {
  signal.throwIfAborted()
  if (!isDevK8sError(error)) throw error
  return error.problems[0]
}
