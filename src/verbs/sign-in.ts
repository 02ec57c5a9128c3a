import { browserOpeners, isRemote } from '../aws/browser.ts'
import {
  type CliVersion,
  installCliCommands,
  knowsLogin,
  knowsSsoLogin,
  loginArgs,
  parseCliVersion,
  ssoLoginArgs,
} from '../aws/cli.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import type { AwsSignIn, SsoStart } from '../ports/aws.ts'
import { awsCliMissing, awsSignInStopped } from '../problems/aws-sign-in.ts'
import { fail } from '../problems/problem.ts'
import { clockText } from '../upkeep/until.ts'
import { say } from './say.ts'
import type { Session } from './session.ts'

/** How long, in ms, the AWS CLI may take to say its version: its first start compiles all of its Python. */
const versionTimeoutMs = 20_000

interface Cli {
  readonly path: string
  /** Undefined when it is no AWS CLI that says one. */
  readonly version: CliVersion | undefined
}

/** Whether signing in takes the person to a browser. Keys and programs only have to be tried; a code is asked for elsewhere. */
export const needsBrowser = ({ kind }: AwsSignIn): boolean => kind === 'sso' || kind === 'login'

/**
 * Takes the person through the sign-in of their AWS profile: by the AWS CLI where it can, else by a code in any browser.
 * Nothing for profiles that need no sign-in.
 * @throws DevK8sError DK5042 and DK5043 when it takes an AWS CLI that is not there, or that gave up; DK5044 and DK5045 when
 *   the code was not confirmed; what `ports.aws.startDeviceSignIn` throws.
 */
export async function signInByPerson(session: Session, signIn: AwsSignIn): Promise<void> {
  if (!needsBrowser(signIn)) return
  const profile = signIn.signInProfile ?? signIn.profile ?? 'default'
  const cli = await findCli(session)
  const isAway = isRemote(session.env)
  if (signIn.kind === 'login') {
    if (cli?.version === undefined || !knowsLogin(cli.version))
      fail(awsCliMissing, lacking(cli, profile, session.world.platform))
    await byCli(session, cli.path, loginArgs(profile, isAway))
  } else if (cli?.version !== undefined && knowsSsoLogin(cli.version)) {
    await byCli(session, cli.path, ssoLoginArgs(profile, cli.version, isAway))
  } else if (signIn.sso !== undefined) {
    await byDevice(session, signIn.sso)
  }
}

async function findCli({ ports, signal }: Session): Promise<Cli | undefined> {
  const path = await ports.exec.find('aws')
  if (path === undefined) return undefined
  const ran = await ports.exec.run(
    { tool: 'own', program: path, args: ['--version'], changes: false, inheritEnv: true },
    { timeoutMs: versionTimeoutMs, signal },
  )
  signal.throwIfAborted()
  // Version 1 told it on stderr for years.
  return { path, version: parseCliVersion(`${ran.stdout}\n${ran.stderr}`) }
}

function lacking(cli: Cli | undefined, profile: string, platform: string) {
  const found =
    cli === undefined
      ? 'there is no aws on PATH'
      : `${cli.path} is ${cli.version === undefined ? 'no AWS CLI that tells its version' : `version ${cli.version.text}`}`
  return {
    detail: `The AWS profile ${profile} has a login_session, and ${found}.`,
    next: [...installCliCommands(platform), 'devk8s aws login'],
  }
}

/** The terminal is the CLI's meanwhile: it shows the address, and may ask. */
async function byCli({ ports, signal }: Session, program: string, args: readonly string[]): Promise<void> {
  const ran = await ports.programs.attach({ tool: 'own', program, args, inheritEnv: true, changes: true })
  // Ctrl-C was for both.
  signal.throwIfAborted()
  if (ran.exitCode === 0) return
  const how = ran.exitCode === null ? `was ended by ${ran.signal ?? 'nobody'}` : `ended with ${ran.exitCode}`
  const line = renderShellWords(['aws', ...args])
  fail(awsSignInStopped, { detail: `\`${line}\` ${how}.`, next: [line] })
}

async function byDevice(session: Session, start: SsoStart): Promise<void> {
  const { ports, signal } = session
  const begun = await ports.aws.startDeviceSignIn(start, signal)
  // What a person has to see is shown with --quiet as well.
  const look = session.request.common.quiet ? 'alarm' : 'plain'
  const isOpened = await openBrowser(session, begun.address)
  say(
    session,
    look,
    isOpened
      ? 'Your browser opens this address; if it does not, open it:'
      : 'Open this address in a browser:',
    `  ${begun.address}`,
    `and compare the code: ${begun.userCode}`,
    `It is good until ${clockText(begun.expiresAtMs, ports.clock.now())}. Never confirm a code that you did not ask for.`,
  )
  await begun.finish(signal)
}

/** @returns whether a program was started that should open it. */
async function openBrowser({ ports, world, env, rehearsal }: Session, address: string): Promise<boolean> {
  if (rehearsal !== undefined) return false
  for (const { program, args } of browserOpeners(address, { platform: world.platform, env })) {
    const path = await ports.exec.find(program)
    if (path === undefined) continue
    const command = { tool: 'own', program: path, args, inheritEnv: true, changes: false } as const
    return (await ports.programs.detach(command)) !== undefined
  }
  return false
}
