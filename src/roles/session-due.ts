import { isAllowedAccount } from '../aws/accounts.ts'
import type { Hashing } from '../ports/hash.ts'
import { isAhead } from '../upkeep/due.ts'
import { sourceKey } from '../upkeep/source-key.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { sessionDueAt } from './session-records.ts'
import type { LiveSessions } from './sessions-secret.ts'
import { lettersIn, mostAssumed, mostIdLetters, type WantedSession, within } from './wanted-sessions.ts'

/** Asked for again so long after AWS has said no: somebody may have changed the role meanwhile. */
export const refusedRetryMs = 15 * 60_000

export type DueReason = 'missing' | 'damaged' | 'other-identity' | 'age' | 'retry'

/** What is known of a session that is wanted. */
export interface Judged {
  readonly wanted: WantedSession
  /** What AWS is asked for, in short: `SessionRecord.source`. */
  readonly source: string
  /** Undefined when nothing is due. */
  readonly reason: DueReason | undefined
}

export function judged(
  wanted: WantedSession,
  live: LiveSessions | undefined,
  upkeep: Pick<Upkeep, 'source' | 'accounts'>,
  { hashing, nowMs }: { readonly hashing: Hashing; readonly nowMs: number },
): Judged {
  const source = sourceOf(wanted, upkeep, hashing)
  const reason = reasonOf(wanted, source, live, nowMs)
  const record = live?.records.sessions[wanted.id]
  // The team may have taken its account off the list since.
  const isShut = record !== undefined && !isAllowedAccount(upkeep.accounts, record.account)
  return { wanted, source, reason: reason ?? (isShut ? 'other-identity' : undefined) }
}

function reasonOf(
  { id }: WantedSession,
  source: string,
  live: LiveSessions | undefined,
  nowMs: number,
): DueReason | undefined {
  if (live === undefined) return 'missing'
  if (live.isDamaged) return 'damaged'
  const record = live.records.sessions[id]
  if (record === undefined) return refusalReason(id, source, live, nowMs)
  if (!live.keys.has(id)) return 'damaged'
  if (record.source !== source) return 'other-identity'
  if (isAhead(record.issuedAtMs, nowMs) || nowMs >= sessionDueAt(record)) {
    return record.instead === undefined ? 'age' : 'retry'
  }
  return undefined
}

function refusalReason(
  id: string,
  source: string,
  { records }: LiveSessions,
  nowMs: number,
): DueReason | undefined {
  const refusal = records.refused[id]
  if (refusal === undefined) return 'missing'
  const isWaiting = nowMs < refusal.retryAtMs && !isAhead(refusal.retryAtMs, nowMs + refusedRetryMs)
  if (refusal.source !== source) return 'other-identity'
  return isWaiting ? undefined : 'retry'
}

/** The same for the same session; another one once the profile says otherwise. */
function sourceOf(wanted: WantedSession, { source }: Pick<Upkeep, 'source'>, hashing: Hashing): string {
  if (wanted.is === 'developer') return sourceKey(source)
  if (wanted.is === 'profile') return sourceKey({ profile: wanted.profile })
  const { roleArn, externalId, sessionName, says } = wanted
  const hasher = hashing.sha256()
  hasher.update(JSON.stringify([externalId ?? '', sessionName ?? '', says]))
  const { profile } = source
  return `${sourceKey({ ...(profile === undefined ? {} : { profile }), roleArn })} ${hasher.hex()}`
}

/**
 * Roles' sessions that nobody asks for at the moment, kept as long as they are fresh and what the profile would ask for
 * again: the next job may want them. The youngest, and only in the room that those leave which are asked for.
 * @param again what a session would be asked for as, by its id and the rule that it was made by.
 */
export function idleSessions(
  wanted: readonly WantedSession[],
  live: LiveSessions | undefined,
  again: (id: string, pattern: string) => WantedSession | undefined,
  upkeep: Pick<Upkeep, 'source' | 'accounts'>,
  how: { readonly hashing: Hashing; readonly nowMs: number },
): readonly string[] {
  const asked = new Set(wanted.map(({ id }) => id))
  const records = live?.records.sessions ?? {}
  const fresh = Object.entries(records)
    .filter(([id, { pattern }]) => {
      const same = asked.has(id) || pattern === undefined ? undefined : again(id, pattern)
      return same !== undefined && judged(same, live, upkeep, how).reason === undefined
    })
    .toSorted(([, a], [, b]) => b.issuedAtMs - a.issuedAtMs)
  const assumed = wanted.filter(({ is }) => is === 'assume')
  const room = {
    sessions: mostAssumed - assumed.length,
    letters: mostIdLetters - lettersIn(assumed.map(({ id }) => id)),
  }
  return within(
    fresh.map(([id]) => id),
    room,
  )
}
