import { isAllowedAccount } from '../aws/accounts.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import type { StepContext } from '../plan/step.ts'
import type { AwsIdentity } from '../ports/aws.ts'
import { awsAccountDenied, awsAccountNotAllowed } from '../problems/aws-sign-in.ts'
import { DevK8sError, type Occurrence, type Problem, problem } from '../problems/problem.ts'
import { sessionWantsOf } from './session-wants.ts'
import type { Upkeep } from './upkeep.ts'

/** What is admitted: an identity, by the accounts of a team. */
export type Guarded = Pick<Upkeep, 'source' | 'accounts'> & {
  readonly team?: string
  /** The rule of `aws.roles` that names the AWS profile, where it is not the person's own. */
  readonly rule?: string
}

/** As a step has it; a verb makes one of its session and a memory of its own. */
export type AdmitContext = Pick<StepContext, 'ports' | 'env' | 'signal' | 'once'>

/**
 * Who the keys belong to, once it is sure that the team lets their account in: to be asked before anything is written.
 * AWS is asked once a round, whoever else wants to know.
 * @throws DevK8sError DK5040 for an account that is denied, DK5041 for one that is not among the allowed; what
 *   `ports.aws.callerIdentity` throws.
 */
export async function admit(upkeep: Guarded, context: AdmitContext): Promise<AwsIdentity> {
  const identity = await identityOf(upkeep, context)
  const refused = await refusalOf(upkeep, identity, context)
  if (refused !== undefined) throw new DevK8sError(refused)
  return identity
}

/**
 * Lets in exactly the keys that are about to be written: whoever was asked before may have signed in elsewhere since.
 * @param account of those keys, 12 digits.
 * @throws DevK8sError as `admit` does.
 */
export async function admitAccount(upkeep: Guarded, account: string, context: AdmitContext): Promise<void> {
  const refused = await refusalOf(upkeep, { account }, context)
  if (refused !== undefined) throw new DevK8sError(refused)
}

/** Who the keys belong to, whether the team lets them in or not. */
export function identityOf(upkeep: Guarded, context: AdmitContext): Promise<AwsIdentity> {
  const { aws, host } = context.ports
  const wants = sessionWantsOf(upkeep, host.userName?.())
  return context.once(`aws identity ${JSON.stringify(upkeep.source)}`, async () =>
    aws.callerIdentity(wants, context.signal),
  )
}

/** Whose keys they are, as far as it is known: of keys that are about to be written the account is enough. */
type Whose = Pick<AwsIdentity, 'account'> & Partial<Pick<AwsIdentity, 'arn'>>

/** Why the team does not let the account in; undefined when it does. What is denied is denied, allowed or not. */
export async function refusalOf(
  upkeep: Guarded,
  identity: Whose,
  context: AdmitContext,
): Promise<Problem | undefined> {
  const { allow, deny = [] } = upkeep.accounts
  if (deny.includes(identity.account)) {
    return problem(awsAccountDenied, await told(upkeep, identity, context, 'aws.accounts.deny names it'))
  }
  if (allow === undefined || allow.includes(identity.account)) return undefined
  const allowed = allow.length === 0 ? 'no account at all' : allow.join(', ')
  const why = `aws.accounts.allow has ${allowed}`
  return problem(awsAccountNotAllowed, await told(upkeep, identity, context, why))
}

async function told(
  guarded: Guarded,
  { account, arn }: Whose,
  context: AdmitContext,
  why: string,
): Promise<Occurrence> {
  const { source, team, rule } = guarded
  const where = team === undefined ? 'In the team’s profile' : `In the profile ${team}`
  const profile = source.profile ?? context.env['AWS_PROFILE']
  // Whoever signs in, and as whom: the rule leads to that account.
  if (rule !== undefined) {
    const detail = `The rule ${rule} of aws.roles names the AWS profile ${profile}, whose account is ${account}. ${where}, ${why}. It takes another rule, or that account there.`
    return { detail, next: [] }
  }
  const others = await fittingProfiles(guarded, profile, context)
  const keys = profile === undefined ? 'the AWS keys in force' : `the AWS profile ${profile}`
  const whose = source.roleArn === undefined ? keys : 'the role that aws.assumeRole names'
  return {
    detail: `The account is ${account}, that of ${whose}${arn === undefined ? '' : ` (${arn})`}. ${where}, ${why}.${wayOut(guarded, others)}`,
    next: others
      .slice(0, 3)
      .map((name) => renderShellWords(['devk8s', 'aws', 'login', '--aws-profile', name])),
  }
}

/** Those that lead to an account that is let in, by the person's files: no other can be advised. */
async function fittingProfiles(
  { source, accounts }: Guarded,
  inForce: string | undefined,
  { ports }: AdmitContext,
): Promise<readonly string[]> {
  // The role decides, whoever assumes it.
  if (source.roleArn !== undefined) return []
  return (await ports.aws.profiles()).flatMap(({ name, account, isUsable }) =>
    name !== inForce && isUsable && account !== undefined && isAllowedAccount(accounts, account)
      ? [name]
      : [],
  )
}

function wayOut({ source }: Guarded, others: readonly string[]): string {
  if (source.roleArn !== undefined)
    return ' The account is that of the role, whichever AWS profile signs in: it takes another aws.assumeRole.'
  return others.length === 0
    ? ' None of the other AWS profiles here is known to be of an account that the team lets in.'
    : ''
}
