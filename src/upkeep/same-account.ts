import type { StepContext } from '../plan/step.ts'
import { awsIdentityUnasked } from '../problems/aws-sign-in.ts'
import { fail } from '../problems/problem.ts'
import { sourceKey } from './source-key.ts'
import type { Upkeep } from './upkeep.ts'

/** Whose keys or tokens a Secret of the cluster holds, as its annotations say it. */
export interface KeptIdentity {
  /** `sourceKey` of the identity that asked for them. */
  readonly source: string
  /** 12 digits. */
  readonly account: string
}

/** What is about to be written, and who wants it. */
export interface Renewing {
  readonly upkeep: Pick<Upkeep, 'cluster' | 'source'>
  /** The account that the new keys are of, 12 digits. */
  readonly account: string
  /** Of the Secrets that are in the cluster now. */
  readonly kept: readonly (KeptIdentity | undefined)[]
  /** Nobody asked for it: a command about something else, or the broker, found it due. */
  readonly isUnasked?: boolean
}

type Context = Pick<StepContext, 'ports' | 'note'>

/**
 * Lets an account's keys take the place of another's only where a person asked for it: one and the same upkeep leads
 * elsewhere as soon as the shell has other keys, or somebody signs in to another account under the same profile. Whoever
 * did ask (`up`, `aws refresh`) is told of both.
 * @throws DevK8sError DK5047
 */
export async function insistOnAccount(renewing: Renewing, context: Context): Promise<void> {
  const known = { ...renewing, kept: renewing.kept.flatMap((each) => each ?? []) }
  if (renewing.isUnasked === true) await refuse(known, context)
  else tell(known, context)
}

type Known = Omit<Renewing, 'kept'> & { readonly kept: readonly KeptIdentity[] }

async function refuse({ upkeep: { cluster, source }, account, kept }: Known, { ports }: Context) {
  const own = kept.filter((each) => each.source === sourceKey(source))
  // Of what another source left as well: the record may have changed without keys of the new one ever having come.
  const isKnown = kept.some((each) => each.account === account)
  const other = (isKnown ? own : kept).find((each) => each.account !== account)
  if (other !== undefined) {
    fail(awsIdentityUnasked, {
      detail: `The AWS keys in the cluster ${cluster} are of the account ${other.account}, and those in force now are of ${account}.`,
      next,
    })
  }
  if (own.length > 0 || source.profile !== undefined) return
  const { profile } = await ports.aws.signInOf(source)
  if (profile === undefined) return
  fail(awsIdentityUnasked, {
    detail: `When devk8s up wrote down what the cluster ${cluster} gets, no AWS profile was in force; now it is ${profile}, of the account ${account}.`,
    next,
  })
}

const next = ['devk8s aws whoami', 'devk8s aws refresh'] as const

function tell({ upkeep: { cluster }, account, kept }: Known, { note }: Context): void {
  const before = [...new Set(kept.map((each) => each.account))].filter(
    (each) => each !== account && each !== '',
  )
  if (before.length === 0) return
  const text = `The cluster ${cluster} had AWS keys of the account ${before.join(', ')}; now they are of ${account}.`
  note({ level: 'warning', text })
}
