import type { AwsSource } from '../ports/aws.ts'
import { admit } from '../upkeep/admit.ts'
import { awsPlaces, fileIn } from '../upkeep/places.ts'
import { keysEnd } from '../upkeep/keys-end.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { canAskPerson } from './agree.ts'
import { admitContext, guardedBy, identityText, identityValue } from './aws-identity.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Session, Verb } from './session.ts'
import { keepAwsProfile, settleAwsProfile } from './settle-aws-profile.ts'
import { signInByPerson } from './sign-in.ts'

/**
 * Signs in as the person's AWS profile does, and says who they are then. Where nobody can be asked, what is there is
 * tried, and the problem says what a person has to do.
 */
export const awsLogin: Verb<'aws.login'> = async (session) => {
  const { request, ports } = session
  const { profile: team } = await loadSessionProfile(session)
  const settled = await settleAwsProfile(session, team, request.awsProfile)
  const guarded = guardedBy(team, settled.profile)
  const { roleArn: _role, ...own } = guarded.source
  const signIn = await ports.aws.signInOf(own)
  if (canAskPerson(session)) {
    await signInByPerson(session, signIn)
    // The only call that asks for a code.
    if (signIn.mfaSerial !== undefined) await ports.aws.session(wantsOf(session, guarded), session.signal)
  }
  const identity = await admit(guarded, admitContext(session))
  const told = { identity, signIn, guarded, isAllowed: true, ...(await keysEnd(guarded, signIn, session)) }
  if (settled.isOwn && settled.profile !== undefined) await keepAwsProfile(session, team, settled.profile)
  session.answer(identityValue(told), identityText(told, ports.clock.now()))
  return { exit: 0, next: await nextSteps(session, team) }
}

const wantsOf = ({ ports }: Session, guarded: { readonly source: AwsSource }) =>
  sessionWantsOf(guarded, ports.host.userName?.())

type Team = Awaited<ReturnType<typeof loadSessionProfile>>['profile']

/** A cluster that was waiting for the sign-in is renewed; one that is not there yet comes with `up`. */
async function nextSteps(
  { layout, ports, world }: Session,
  { aws, cluster }: Team,
): Promise<readonly string[]> {
  if (aws?.ecr === undefined && aws?.roles === undefined) return []
  const upkeep = fileIn(awsPlaces(layout, world.platform).upkeeps, cluster.name)
  return [(await ports.files.stat(upkeep)) === undefined ? 'devk8s up' : 'devk8s aws refresh']
}
