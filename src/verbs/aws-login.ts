import { renderShellWords } from '../cli/shell-words.ts'
import { awsProfileOf } from '../contexts/sign-in-advice.ts'
import type { AwsSignIn, AwsSource } from '../ports/aws.ts'
import { awsNotSignedIn, awsProfileMissing } from '../problems/aws.ts'
import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
import { admit, type Guarded, identityOf } from '../upkeep/admit.ts'
import { columnsOf } from '../world.ts'
import { awsPlaces, fileIn } from '../upkeep/places.ts'
import { keysEnd } from '../upkeep/keys-end.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { canAskPerson } from './agree.ts'
import { admitContext, guardedBy, identityText, identityValue } from './aws-identity.ts'
import { loadSessionProfile } from './prepare.ts'
import { say } from './say.ts'
import type { Session, Verb, VerbEnd } from './session.ts'
import { keepAwsProfile, settleAwsProfile } from './settle-aws-profile.ts'
import { signInByPerson } from './sign-in.ts'
import { wantsUpkeep } from '../upkeep/wants-upkeep.ts'

/**
 * Signs in as the person's AWS profile does, and says who they are then. Where nobody can be asked, what is there is
 * tried, and the problem says what a person has to do.
 */
export const awsLogin: Verb<'aws.login'> = async (session) => {
  const { awsProfile } = session.request
  const { profile: team } = await loadSessionProfile(session)
  try {
    const contexts = contextsWith(awsProfile, team)
    if (awsProfile !== undefined && contexts.length > 0)
      return await forContexts(session, awsProfile, contexts)
    return await forCluster(session, team)
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    const [first, ...more] = error.problems
    throw new DevK8sError([await told(first, session, team), ...more], { cause: error })
  }
}

async function forCluster(session: Session<AwsLogin>, team: Team): Promise<VerbEnd> {
  const { request, ports } = session
  const settled = await settleAwsProfile(session, team, request.awsProfile)
  const guarded = guardedBy(team, settled.profile)
  const signIn = await signInTo(session, guarded)
  const identity = await admit(guarded, admitContext(session))
  const told = { identity, signIn, guarded, isAllowed: true, ...(await keysEnd(guarded, signIn, session)) }
  if (settled.isOwn && settled.profile !== undefined) await keepAwsProfile(session, team, settled.profile)
  session.answer(identityValue(told), identityText(told, ports.clock.now(), columnsOf(session.world.stdout)))
  return { exit: 0, next: await nextSteps(session, team) }
}

/** The contexts that name an AWS profile which is not the one of the team's cluster. */
function contextsWith(awsProfile: string | undefined, { aws, contexts }: Team): readonly string[] {
  if (awsProfile === undefined || awsProfile === aws?.profile) return []
  return contexts.filter((spec) => awsProfileOf(spec) === awsProfile).map(({ name }) => name)
}

/** Nothing of this sign-in gets into the local cluster: no account is kept out, and it is nobody's choice for later. */
async function forContexts(
  session: Session<AwsLogin>,
  profile: string,
  contexts: readonly string[],
): Promise<VerbEnd> {
  const { ports } = session
  const guarded: Guarded = { source: { profile }, accounts: {} }
  const signIn = await signInTo(session, guarded)
  const identity = await identityOf(guarded, admitContext(session))
  const told = { identity, signIn, guarded, isAllowed: true, ...(await keysEnd(guarded, signIn, session)) }
  session.answer(identityValue(told), identityText(told, ports.clock.now(), columnsOf(session.world.stdout)))
  const names = contexts.join(', ')
  const many = contexts.length > 1
  say(
    session,
    'faint',
    `For the ${many ? 'contexts' : 'context'} ${names}; the local cluster stays with its own profile.`,
  )
  return { exit: 0, next: ['devk8s contexts sync'] }
}

async function signInTo(session: Session, guarded: Guarded): Promise<AwsSignIn> {
  const { ports, signal } = session
  const { roleArn: _role, ...own } = guarded.source
  const signIn = await ports.aws.signInOf(own)
  if (!canAskPerson(session)) return signIn
  await signInByPerson(session, signIn)
  // The only call that asks for a code.
  if (signIn.mfaSerial !== undefined) await ports.aws.session(wantsOf(session, guarded), signal)
  return signIn
}

/** What only another AWS profile mends: to be chosen or set up by a person, if there is any. */
const wantsProfile: readonly string[] = [awsProfileMissing.code, awsNotSignedIn.code]

/** The command that is running is no way out of its own problem, but for the place where it runs. */
async function told(problem: Problem, session: Session<AwsLogin>, { aws }: Team): Promise<Problem> {
  const { awsProfile } = session.request
  const isAlone = !canAskPerson(session)
  const isWayless = wantsProfile.includes(problem.code)
  const itself = ['devk8s aws login', ...(awsProfile === undefined ? [] : [loginCommand(awsProfile)])]
  const next = problem.next.filter((line) => !itself.includes(line))
  if (next.length === problem.next.length || !(isAlone || isWayless)) return problem
  const isOfHelp = !isWayless || aws?.sso !== undefined || (await hasUsable(session))
  const there = ' It takes a person at a terminal: run this there, without --json and --no-input.'
  return { ...problem, detail: `${problem.detail}${isAlone && isOfHelp ? there : ''}`, next }
}

const loginCommand = (awsProfile: string) =>
  renderShellWords(['devk8s', 'aws', 'login', '--aws-profile', awsProfile])

const hasUsable = async ({ ports: { aws } }: Session) =>
  (await aws.profiles()).some(({ isUsable }) => isUsable)

const wantsOf = ({ ports }: Session, guarded: { readonly source: AwsSource }) =>
  sessionWantsOf(guarded, ports.host.userName?.())

type AwsLogin = Parameters<Verb<'aws.login'>>[0]['request']
type Team = Awaited<ReturnType<typeof loadSessionProfile>>['profile']

/** A cluster that was waiting for the sign-in is renewed; one that is not there yet comes with `up`. */
async function nextSteps(
  { layout, ports, world }: Session,
  { aws, cluster }: Team,
): Promise<readonly string[]> {
  if (!wantsUpkeep(aws)) return []
  const upkeep = fileIn(awsPlaces(layout, world.platform).upkeeps, cluster.name)
  return [(await ports.files.stat(upkeep)) === undefined ? 'devk8s up' : 'devk8s aws refresh']
}
