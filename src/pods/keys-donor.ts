import { isAllowedAccount } from '../aws/accounts.ts'
import { isAhead } from '../upkeep/due.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import type { KeysRecord, SessionKeys } from './keys-secret.ts'
import { dueReason, type ServedNamespace } from './keys-survey.ts'

/** Keys that are in the cluster, as they are written on. */
interface Donor {
  readonly session: SessionKeys
  readonly record: KeysRecord
}

/**
 * What a namespace without keys can have at once, without asking AWS: those of a neighbour that last longest. Keys past
 * the half of their life serve too, since nobody knows whether AWS gives new ones; those that were written while the clock
 * was ahead do not, since their end may be as wrong.
 */
export function donorOf(
  served: readonly ServedNamespace[],
  { source, accounts }: Pick<Upkeep, 'source' | 'accounts'>,
  nowMs: number,
): Donor | undefined {
  return served
    .flatMap(({ keys }): readonly Donor[] => {
      const { record, session } = keys ?? {}
      if (record === undefined || session === undefined) return []
      const reason = dueReason(keys, source, nowMs)
      const isTold = record.expiresAtMs > nowMs && !isAhead(record.issuedAtMs, nowMs)
      const isGood = isTold && (reason === undefined || reason === 'age')
      return isGood && isAllowedAccount(accounts, record.account) ? [{ record, session }] : []
    })
    .toSorted((a, b) => b.record.expiresAtMs - a.record.expiresAtMs)[0]
}

/** What the Secret is to say of them: what starts there from now on has them, and nothing had others before. */
export function donatedRecord({ past: _past, ...record }: KeysRecord, nowMs: number): KeysRecord {
  return { ...record, issuedAtMs: nowMs }
}
