import { renewAt } from '../upkeep/due.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { authOf } from './docker-config.ts'
import type { LivePullSecret } from './pull-secret.ts'
import type { TokenAge } from './token-record.ts'

/**
 * What is to become of the pull secret of a namespace. `foreign`: a person's, left alone. `emptied`: it holds nothing
 * that opens anything, or is of registry-creds, which writes over good ones: taken over.
 */
export type SecretState = 'good' | 'missing' | 'due' | 'emptied' | 'foreign'

export interface Wanted {
  readonly regions: readonly string[]
  readonly source: string
  readonly accounts: Upkeep['accounts']
  readonly nowMs: number
}

/** A region that gives nothing new while the old is still good is asked again after this long. */
const retryPauseMs = 30 * 60_000

export function secretStateOf(live: LivePullSecret | undefined, wanted: Wanted): SecretState {
  if (live === undefined) return 'missing'
  if (!live.isDockerConfig) return 'foreign'
  if (!live.isOurs) return live.config.isOfAddon ? 'emptied' : 'foreign'
  if (live.config.auths.size === 0) return 'emptied'
  const due = secretDueAt(live, wanted)
  return due === undefined || due <= wanted.nowMs ? 'due' : 'good'
}

/** When a Secret of ours is to be renewed, ms since 1970; undefined: at once, since it is not what is wanted. */
export function secretDueAt(
  { config, record }: Pick<LivePullSecret, 'config' | 'record'>,
  { regions, source, accounts, nowMs }: Wanted,
): number | undefined {
  if (record === undefined || record.source !== source || !isAdmitted(record.account, accounts))
    return undefined
  const has = Object.keys(record.regions)
  if (has.length !== regions.length) return undefined
  const dues = regions.map((region) => {
    const age = record.regions[region]
    return age === undefined || authOf(config, region) === undefined ? undefined : tokenDueAt(age, nowMs)
  })
  return dues.every((due) => due !== undefined) ? Math.min(...dues) : undefined
}

/** When a token is to be renewed, ms since 1970. */
export function tokenDueAt({ issuedAtMs, expiresAtMs, triedAtMs }: TokenAge, nowMs: number): number {
  const due = renewAt(issuedAtMs, expiresAtMs)
  const isSpared = triedAtMs !== undefined && expiresAtMs > nowMs
  return isSpared ? Math.max(due, triedAtMs + retryPauseMs) : due
}

/** Whether the team lets an account's tokens be, as `admit` would have it. */
export function isAdmitted(account: string, { allow, deny = [] }: Upkeep['accounts']): boolean {
  return !deny.includes(account) && (allow === undefined || allow.includes(account))
}
