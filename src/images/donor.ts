import { isAllowedAccount } from '../aws/accounts.ts'
import { authOf } from './docker-config.ts'
import { type ByState, namespacesByState } from './secret-standing.ts'
import type { Wanted } from './secret-state.ts'
import type { LivePullSecret } from './pull-secret.ts'
import type { Survey } from './survey.ts'
import type { AgedAuth } from './tokens.ts'

/** Tokens that are in the cluster, as they are written on. */
export interface Donor {
  readonly tokens: readonly [AgedAuth, ...AgedAuth[]]
  readonly source: string
  readonly account: string
}

/**
 * What a namespace without a pull secret can have at once, without asking AWS: the tokens of another one. One that is
 * not due serves best; but any that is still good does, since nobody knows whether AWS gives a new one.
 */
export function donorOf(
  survey: Survey,
  wanted: Wanted,
  by: ByState = namespacesByState(survey, wanted),
): Donor | undefined {
  const best = (namespaces: readonly string[]): Donor | undefined =>
    namespaces
      .flatMap((namespace) => survey.secrets.get(namespace) ?? [])
      .flatMap((live) => donorIn(live, wanted) ?? [])
      .toSorted((a, b) => b.tokens.length - a.tokens.length || endOf(b) - endOf(a))[0]
  return best(by.good) ?? best(by.due)
}

function donorIn({ config, record }: LivePullSecret, wanted: Wanted): Donor | undefined {
  if (record === undefined || record.source !== wanted.source) return undefined
  if (!isAllowedAccount(wanted.accounts, record.account)) return undefined
  const [first, ...others] = wanted.regions.flatMap((region): readonly AgedAuth[] => {
    const [auth, age] = [authOf(config, region), record.regions[region]]
    const isGood = auth !== undefined && age !== undefined && age.expiresAtMs > wanted.nowMs
    return isGood ? [{ region, auth, age }] : []
  })
  const { source, account } = record
  return first === undefined ? undefined : { tokens: [first, ...others], source, account }
}

const endOf = ({ tokens }: Donor): number => Math.min(...tokens.map(({ age }) => age.expiresAtMs))
