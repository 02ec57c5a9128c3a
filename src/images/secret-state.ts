import { isAllowedAccount } from '../aws/accounts.ts'
import { isAhead, renewAt } from '../upkeep/due.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import type { Registry } from './addon-config.ts'
import { authOf, type DockerConfig } from './docker-config.ts'
import type { LivePullSecret } from './pull-secret.ts'
import type { TokenAge } from './token-record.ts'

/**
 * What is to become of the pull secret of a namespace. `emptied`: it holds nothing at all, or only what registry-creds
 * wrote for registries that are wanted here, so that nobody loses anything: taken over. `foreign`: all else, left alone.
 */
export type SecretState = 'good' | 'missing' | 'due' | 'emptied' | 'foreign'

export interface Wanted {
  readonly regions: readonly string[]
  /** Those that are pulled from. */
  readonly registries: readonly Registry[]
  readonly source: string
  readonly accounts: Upkeep['accounts']
  readonly nowMs: number
}

/** A region that gives nothing new while the old is still good is asked again after this long. */
const retryPauseMs = 30 * 60_000

export function secretStateOf(live: LivePullSecret | undefined, wanted: Wanted): SecretState {
  if (live === undefined) return 'missing'
  if (!live.isDockerConfig) return 'foreign'
  if (!live.isOurs) return isWorthless(live.config, wanted.registries) ? 'emptied' : 'foreign'
  if (live.config.auths.size === 0) return 'emptied'
  const due = secretDueAt(live, wanted)
  return due === undefined || due <= wanted.nowMs ? 'due' : 'good'
}

/** Whether nothing is lost with a pull secret that devk8s did not write. */
export function isWorthless(
  { isEmpty, addonRegistries }: DockerConfig,
  registries: readonly Registry[],
): boolean {
  const isWanted = ({ account, region }: Registry) =>
    registries.some((each) => each.account === account && each.region === region)
  return isEmpty || addonRegistries?.every(isWanted) === true
}

/**
 * The registries that an upkeep pulls from.
 * @param regions those that are served.
 * @param accounts of the person's identity, as what is in the cluster tells: whose registries are meant when the profile
 *   names none.
 */
export function registriesOf(
  { images }: Pick<Upkeep, 'images'>,
  regions: readonly string[],
  accounts: readonly string[],
): readonly Registry[] {
  const named = images?.registries ?? []
  const all = named.length > 0 ? named : [...new Set(accounts)].map((account) => ({ account, regions: [] }))
  return all.flatMap(({ account, regions: own }) =>
    (own.length > 0 ? own : regions).map((region) => ({ account, region })),
  )
}

/** When a Secret of ours is to be renewed, ms since 1970; undefined: at once, since it is not what is wanted. */
export function secretDueAt(
  { config, record }: Pick<LivePullSecret, 'config' | 'record'>,
  { regions, source, accounts, nowMs }: Wanted,
): number | undefined {
  if (record === undefined || record.source !== source || !isAllowedAccount(accounts, record.account))
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
  const due = isAhead(issuedAtMs, nowMs) ? nowMs : renewAt(issuedAtMs, expiresAtMs)
  const isSpared = triedAtMs !== undefined && !isAhead(triedAtMs, nowMs) && expiresAtMs > nowMs
  return isSpared ? Math.max(due, triedAtMs + retryPauseMs) : due
}
