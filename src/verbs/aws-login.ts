import { renderShellWords } from '../cli/shell-words.ts'
import { awsProfileOf } from '../contexts/sign-in-advice.ts'
import type { AwsSignIn, AwsSource } from '../ports/aws.ts'
import { ruleProfiles } from '../roles/rule-profiles.ts'
import { awsNotSignedIn, awsProfileMissing } from '../problems/aws.ts'
import { DevK8sError, isDevK8sError, type Problem } from '../problems/problem.ts'
import { admit, type Guarded, identityOf, refusalOf } from '../upkeep/admit.ts'
import { columnsOf } from '../world.ts'
import { keysEnd } from '../upkeep/keys-end.ts'
import { sessionWantsOf } from '../upkeep/session-wants.ts'
import { canAskPerson } from './agree.ts'
import { admitContext, guardedBy, identityText, identityValue, type ToldIdentity } from './aws-identity.ts'
import { loadSessionProfile } from './prepare.ts'
import { renewAfterSignIn, type Served, servedNext, servedValue, tellServed } from './renew-after-sign-in.ts'
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
  const others = awsProfile === undefined ? undefined : usesOf(awsProfile, team)
  try {
    return others === undefined ? await forCluster(session, team) : await forOthers(session, team, others)
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    const [first, ...more] = error.problems
    throw new DevK8sError([await told(first, session, team), ...more], { cause: error })
  }
}

async function forCluster(session: Session<AwsLogin>, team: Team): Promise<VerbEnd> {
  const settled = await settleAwsProfile(session, team, session.request.awsProfile)
  const guarded = guardedBy(team, settled.profile)
  const signIn = await signInTo(session, guarded)
  const identity = await admit(guarded, admitContext(session))
  if (settled.isOwn && settled.profile !== undefined) await keepAwsProfile(session, team, settled.profile)
  const served = await renewAfterSignIn(session, guarded.source.profile ?? signIn.profile)
  await answer(session, { identity, signIn, guarded, isAllowed: true }, served)
  return { exit: 0, next: nextSteps(team, served) }
}

/** Who names an AWS profile that is not the person's own. */
interface Uses {
  readonly profile: string
  readonly contexts: readonly string[]
  /** The rule of `aws.roles`. */
  readonly rule: string | undefined
}

/** Undefined for the profile of the team's cluster, and for one that nobody names: that is chosen as the person's own. */
function usesOf(profile: string, { aws, contexts }: Team): Uses | undefined {
  if (profile === aws?.profile) return undefined
  const named = contexts.filter((spec) => awsProfileOf(spec) === profile).map(({ name }) => name)
  const rule = ruleProfiles(aws?.roles ?? {}).get(profile)
  return named.length === 0 && rule === undefined ? undefined : { profile, contexts: named, rule }
}

/**
 * It is nobody's choice for later. Of a sign-in for contexts nothing gets into the local cluster, so no account is kept
 * out; a rule's is, and who is signed in to it all the same is told.
 */
async function forOthers(session: Session<AwsLogin>, team: Team, uses: Uses): Promise<VerbEnd> {
  const { profile, contexts, rule } = uses
  const guarded: Guarded = {
    source: { ...regionOf(team), profile },
    ...(rule === undefined
      ? { accounts: {} }
      : { accounts: team.aws?.accounts ?? {}, team: team.name, rule }),
  }
  const signIn = await signInTo(session, guarded)
  const context = admitContext(session)
  const identity = await identityOf(guarded, context)
  const refused = await refusalOf(guarded, identity, context)
  const served = refused === undefined ? await renewAfterSignIn(session, profile) : []
  await answer(session, { identity, signIn, guarded, isAllowed: refused === undefined }, served)
  say(session, 'faint', forWhom(uses))
  if (refused !== undefined) session.emit({ type: 'note', level: 'warning', text: refused.detail })
  const ofRule = rule === undefined || refused !== undefined ? [] : nextSteps(team, served)
  return { exit: 0, next: [...(contexts.length === 0 ? [] : ['devk8s contexts sync']), ...ofRule] }
}

const regionOf = ({ aws }: Team) => (aws?.region === undefined ? {} : { region: aws.region })

function forWhom({ contexts, rule }: Uses): string {
  const many = contexts.length > 1
  const named = [
    ...(contexts.length === 0 ? [] : [`the ${many ? 'contexts' : 'context'} ${contexts.join(', ')}`]),
    ...(rule === undefined ? [] : [`the rule ${rule} of aws.roles`]),
  ]
  const own =
    rule === undefined ? 'the local cluster stays with its own profile' : 'your own AWS profile stays'
  return `For ${named.join(' and ')}; ${own}.`
}

async function answer(
  session: Session<AwsLogin>,
  told: Omit<ToldIdentity, 'expiresAtMs'>,
  served: readonly Served[],
): Promise<void> {
  const { ports, world } = session
  const all = { ...told, ...(await keysEnd(told.guarded, told.signIn, session)) }
  session.answer(
    { ...identityValue(all), clusters: served.map(servedValue) },
    identityText(all, ports.clock.now(), columnsOf(world.stdout)),
  )
  tellServed(session, served)
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

/** What is not in the cluster yet, or by another AWS profile, comes with `up`. */
function nextSteps({ aws, cluster }: Team, served: readonly Served[]): readonly string[] {
  if (!wantsUpkeep(aws)) return []
  const isHere = served.some((each) => each.cluster === cluster.name)
  return [...servedNext(served), ...(isHere ? [] : ['devk8s up'])]
}
