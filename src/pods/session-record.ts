import { askAgainAt } from '../upkeep/due.ts'
import { lifetimeOf } from '../upkeep/lifetime.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import type { KeysRecord, LiveKeys, SessionKeys } from './keys-secret.ts'
import { isSameSession } from './keys-damage.ts'
import { dueReason } from './keys-survey.ts'
import { pastWith } from './past-sessions.ts'

/** A session that AWS gave just now, and whose it is. */
interface GivenSession extends Pick<KeysRecord, 'source' | 'account' | 'region'> {
  readonly session: SessionKeys
  /** As AWS says it, ms since 1970. */
  readonly expiresAtMs: number
}

/**
 * What a namespace's Secret is to say of this session. AWS gives the very same one again while somebody keeps it (one
 * with a device's code, those of a `credential_process` or of the environment): then nobody's keys change, so its age
 * stays what it was, and only the next time to ask is written down. Where a value in the Secret is not that of the session,
 * what runs has no keys that work: the session is new there.
 * @param keys what the namespace has now.
 * @returns `keys.record` itself when nothing is to be written.
 */
export function recordFor(
  keys: LiveKeys | undefined,
  { session, expiresAtMs, ...whose }: GivenSession,
  source: Upkeep['source'],
  nowMs: number,
): KeysRecord {
  const old = keys?.record
  if (old === undefined || keys?.session === undefined || !isSameSession(keys.session, session)) {
    const past = old === undefined ? {} : { past: pastWith(old) }
    return { ...whose, ...lifetimeOf(nowMs, expiresAtMs), ...past }
  }
  const reason = dueReason(keys, source, nowMs)
  if (reason === undefined) return old
  const { source: _source, account: _account, region: _region, ...before } = old
  // The clock was ahead when it came: it is there since now at the latest.
  const lifetime = lifetimeOf(Math.min(old.issuedAtMs, nowMs), expiresAtMs)
  return {
    ...before,
    ...whose,
    ...lifetime,
    ...(reason === 'age' ? { renewAtMs: askAgainAt(nowMs, lifetime.expiresAtMs) } : {}),
  }
}
