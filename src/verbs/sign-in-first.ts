import type { CompileInput } from '../plan/compile.ts'
import type { AwsSignIn } from '../ports/aws.ts'
import { awsAccountDenied, awsAccountNotAllowed } from '../problems/aws-sign-in.ts'
import { awsLoginNeeded, awsSessionExpired, awsSsoSignInNeeded } from '../problems/aws.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { admit, type Guarded } from '../upkeep/admit.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { canAskPerson } from './agree.ts'
import { admitContext, guardedBy } from './aws-identity.ts'
import type { Session } from './session.ts'
import { keepAwsProfile, settleAwsProfile } from './settle-aws-profile.ts'
import { needsBrowser, signInByPerson } from './sign-in.ts'
import { wantsUpkeep } from '../upkeep/wants-upkeep.ts'

/**
 * Has the person choose their AWS profile, once, and sign in where that is needed, before a plan with AWS in it runs.
 * Nothing where nobody can be asked, nothing while all is well, and nothing about AWS that cannot be reached: what is in
 * the cluster is good for a while, and the step of the identity says the rest.
 * @returns whether a choice or an AWS profile was written down, so that all is to be read anew.
 * @throws DevK8sError DK5040 to DK5046 and DK8050: the person chose what the team keeps out, or did not sign in.
 */
export async function signInFirst(
  session: Session,
  { loaded: { profile: team } }: Pick<CompileInput, 'loaded'>,
): Promise<boolean> {
  const { ports, request } = session
  if (!wantsUpkeep(team.aws)) return false
  if (!canAskPerson(session) || request.common.yes || ports.prompts.canAsk === false) return false
  const settled = await settleAwsProfile(session, team, undefined)
  const guarded = guardedBy(team, settled.profile)
  const { roleArn: _role, ...own } = guarded.source
  const signIn = await ports.aws.signInOf(own).catch(nothingOf)
  if (signIn !== undefined) await signInWhereNeeded(session, guarded, signIn)
  if (!settled.isOwn || settled.profile === undefined) return settled.isNew === true
  // What the team keeps out is no choice; what AWS does not answer for now may be one.
  await admit(guarded, admitContext(session)).catch((error: unknown) => {
    if (codesOf(error).some((code) => code === awsAccountDenied.code || code === awsAccountNotAllowed.code))
      throw error
    return nothingOf(error)
  })
  await keepAwsProfile(session, team, settled.profile)
  return true
}

async function signInWhereNeeded(session: Session, guarded: Guarded, signIn: AwsSignIn): Promise<void> {
  const { ports, signal } = session
  if (needsBrowser(signIn) && (await isSignedOut(session, guarded))) await signInByPerson(session, signIn)
  if (signIn.mfaSerial === undefined) return
  await ports.aws.session(sessionWantsOf(guarded, ports.host.userName?.()), signal)
}

/** What only the person in front of a browser mends. */
const signedOut: readonly string[] = [awsSsoSignInNeeded, awsLoginNeeded, awsSessionExpired].map(
  ({ code }) => code,
)

async function isSignedOut({ ports, signal }: Session, { source }: Guarded): Promise<boolean> {
  const { roleArn: _role, ...own } = source
  try {
    await ports.aws.callerIdentity(own, signal)
    return false
  } catch (error) {
    return codesOf(error).some((code) => signedOut.includes(code))
  }
}

function codesOf(error: unknown): readonly string[] {
  if (!isDevK8sError(error)) throw error
  return error.problems.map(({ code }) => code)
}

function nothingOf(error: unknown): undefined {
  if (!isDevK8sError(error)) throw error
  return undefined
}
