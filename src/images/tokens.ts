import { isAllowedAccount } from '../aws/accounts.ts'
import type { StepContext } from '../plan/step.ts'
import type { Problem } from '../problems/problem.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { lifetimeOf } from '../upkeep/lifetime.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { authOf, type RegionAuth } from './docker-config.ts'
import type { LivePullSecret } from './pull-secret.ts'
import type { TokenAge } from './token-record.ts'

export interface AgedAuth extends RegionAuth {
  readonly age: TokenAge
}

/** A region that gave no token, why, and the one of the cluster that stands in for it. */
export interface Refused {
  readonly region: string
  readonly problems: readonly Problem[]
  readonly kept: AgedAuth | undefined
}

/** One that ECR gave just now, and the account that it is of. */
export interface FreshAuth extends AgedAuth {
  readonly account: string
}

export interface Tokens {
  readonly fresh: readonly FreshAuth[]
  readonly refused: readonly Refused[]
}

/** A new token of each region, asked for side by side; where there is none, the best that the cluster has. */
export async function readTokens(
  regions: readonly string[],
  upkeep: Upkeep,
  live: readonly LivePullSecret[],
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<Tokens> {
  const wants = sessionWantsOf(upkeep, ports.host.userName?.())
  const nowMs = ports.clock.now()
  const answers = await Promise.allSettled(
    regions.map(async (region): Promise<FreshAuth> => {
      const { auth, account, expiresAtMs } = await ports.aws.registryToken({ ...wants, region }, signal)
      return { region, account, auth, age: lifetimeOf(nowMs, expiresAtMs) }
    }),
  )
  signal.throwIfAborted()
  const fresh: FreshAuth[] = []
  const refused: Refused[] = []
  for (const [index, region] of regions.entries()) {
    const answer = answers[index]
    if (answer?.status === 'fulfilled') fresh.push(answer.value)
    else if (answer !== undefined) {
      if (!isDevK8sError(answer.reason)) throw answer.reason
      const kept = keptFor(region, upkeep, live, nowMs)
      refused.push({ region, problems: answer.reason.problems, kept })
    }
  }
  return { fresh, refused }
}

/** The token for the region that lasts longest, of an account that the team still lets in. */
function keptFor(
  region: string,
  { accounts }: Pick<Upkeep, 'accounts'>,
  live: readonly LivePullSecret[],
  nowMs: number,
): AgedAuth | undefined {
  const candidates = live
    .filter(
      ({ isOurs, record }) => isOurs && record !== undefined && isAllowedAccount(accounts, record.account),
    )
    .flatMap(({ config, record }): readonly AgedAuth[] => {
      const [auth, age] = [authOf(config, region), record?.regions[region]]
      return auth === undefined || age === undefined || age.expiresAtMs <= nowMs
        ? []
        : [{ region, auth, age }]
    })
  const [best] = candidates.toSorted((a, b) => b.age.expiresAtMs - a.age.expiresAtMs)
  return best === undefined ? undefined : { ...best, age: { ...best.age, triedAtMs: nowMs } }
}
