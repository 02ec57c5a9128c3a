import { profileWay, setUpAnswer } from '../aws/choose-profile.ts'
import { type SignInAdded, signInSections, withLines } from '../aws/config-section.ts'
import type { Question } from '../ports/prompts.ts'
import { awsSignInUnfit } from '../problems/aws-sign-in.ts'
import { fail } from '../problems/problem.ts'
import { overridesFile, withOverride } from '../profile/overrides.ts'
import { folderOf, resolvePath } from '../profile/paths.ts'
import type { AwsSpec, Profile } from '../profile/profile.ts'
import { canAskPerson } from './agree.ts'
import { say } from './say.ts'
import { consentTo } from './consent.ts'
import type { Session } from './session.ts'

export interface SettledProfile {
  /** Undefined: what the environment or the SDK's own default says. */
  readonly profile?: string
  /** It was asked for or chosen, and is to be kept once it has proved to be admitted. */
  readonly isOwn: boolean
  /** It was written into the person's AWS files just now. */
  readonly isNew?: true
}

type Team = Pick<Profile, 'name' | 'aws'>

/**
 * Which AWS profile is meant. Where a person can be asked and it is not clear, they choose, or have the team's sign-in
 * set up for them.
 * @param asked what `--aws-profile` said.
 * @throws DevK8sError DK5046, DK8050
 */
export async function settleAwsProfile(
  session: Session,
  { name: team, aws }: Team,
  asked: string | undefined,
): Promise<SettledProfile> {
  const named = asked ?? aws?.profile
  const settled = {
    ...(named === undefined ? {} : { profile: named }),
    isOwn: asked !== undefined && asked !== aws?.profile,
  }
  if (!canAskPerson(session)) return settled
  const profiles = await session.ports.aws.profiles()
  // Of a role that is assumed the account is the role's, whichever profile signs in.
  const accounts = aws?.assumeRole === undefined ? (aws?.accounts ?? {}) : {}
  const choice = { profiles, accounts, team, canSetUp: aws?.sso !== undefined, env: session.env }
  const found = profileWay({ ...choice, ...(named === undefined ? {} : { named }) })
  if (found.way === 'named') return settled
  const answer =
    found.way === 'ask' ? await session.ports.prompts.ask(found.question, session.signal) : setUpAnswer
  if (answer !== setUpAnswer) return { profile: answer, isOwn: true }
  const names = profiles.map(({ name }) => name)
  const profile = await setUpSignIn(session, { team, aws: aws ?? {}, profile: named ?? team, names })
  return { profile, isOwn: profile !== aws?.profile, isNew: true }
}

interface SetUp {
  readonly team: string
  readonly aws: AwsSpec
  readonly profile: string
  /** The AWS profiles that there are. */
  readonly names: readonly string[]
}

/** @returns the name of the AWS profile that signs in as the team does. */
async function setUpSignIn(session: Session, { team, aws, profile, names }: SetUp): Promise<string> {
  const wanted = {
    profile,
    session: team,
    startUrl: aws.sso?.startUrl ?? '',
    ssoRegion: aws.sso?.region ?? '',
    account: aws.sso?.account ?? (await askAccount(session, aws)),
    role: aws.sso?.role ?? (await session.ports.prompts.ask(roleQuestion, session.signal)),
    ...(aws.region === undefined ? {} : { region: aws.region }),
  }
  const path = awsConfigPath(session)
  const { files } = session.ports
  for (;;) {
    const text = (await files.readText(path)) ?? ''
    const added = signInSections(wanted, text, names)
    if ('unfit' in added) {
      fail(awsSignInUnfit, {
        detail: added.unfit,
        next: ['devk8s profile show'],
      })
    }
    await agree(session, path, added)
    // Whoever wrote the file while the question stood there may have taken one of the names.
    if (((await files.readText(path)) ?? '') !== text) continue
    await append(session, path, text, added)
    return added.profile
  }
}

async function askAccount({ ports, signal }: Session, { accounts }: AwsSpec): Promise<string> {
  const [first, ...others] = accounts?.allow ?? []
  if (first !== undefined && others.length === 0) return first
  const about = { id: 'aws.sso.account', flag: '--aws-profile NAME', fallback: undefined } as const
  const question: Extract<Question, { kind: 'input' | 'select' }> =
    first === undefined
      ? { ...about, kind: 'input', text: 'Which AWS account do you work in? (12 digits)' }
      : {
          ...about,
          kind: 'select',
          text: 'Which AWS account do you work in?',
          choices: [first, ...others].map((value) => ({ value, label: value })),
        }
  return (await ports.prompts.ask(question, signal)).trim()
}

const roleQuestion = {
  kind: 'input',
  id: 'aws.sso.role',
  text: 'Which permission set do you have there? (such as DeveloperAccess)',
  flag: '--aws-profile NAME',
  fallback: undefined,
} as const

async function agree(session: Session, path: string, { lines }: SignInAdded): Promise<void> {
  if (lines.length === 0) return
  await consentTo(
    session,
    { id: 'aws.sso.write', text: `Add this to ${path}?`, details: lines },
    { detail: `Nothing was written to ${path}.`, next: ['aws configure sso'] },
  )
}

async function append(
  { ports: { files } }: Session,
  path: string,
  text: string,
  { lines }: SignInAdded,
): Promise<void> {
  if (lines.length === 0) return
  await files.makeFolder(folderOf(path), 0o700)
  // Bytes that are no UTF-8 would not survive being read and written; they survive what is put behind them.
  if (text.includes('\uFFFD')) await files.append(path, withLines(text, lines).slice(text.length))
  else await files.write(path, withLines(text, lines), { mode: 0o600 })
}

/** The AWS CLI's config file. */
function awsConfigPath({ env, world }: Session): string {
  return resolvePath(world.cwd, env['AWS_CONFIG_FILE'] || resolvePath(world.home, '.aws/config'), world.home)
}

/**
 * Keeps the AWS profile as the person's own choice: asked for once. All else in the file stays. Where the team uses no
 * AWS nothing was chosen for it: kubectl may have sent the person here from any folder, to sign in for one context.
 */
export async function keepAwsProfile(session: Session, { name, aws }: Team, profile: string): Promise<void> {
  if (aws === undefined) {
    say(session, 'faint', `Signed in, and not kept as your choice: the profile ${name} uses no AWS.`)
    return
  }
  const { layout, ports } = session
  const path = resolvePath(layout.config, overridesFile)
  const text = await ports.files.readText(path)
  const changed = withOverride(text, 'aws.profile', profile)
  if (changed === text) return
  await ports.files.makeFolder(layout.config)
  await ports.files.write(path, changed)
  say(session, 'faint', `Your AWS profile is ${profile} from now on (${path}).`)
}
