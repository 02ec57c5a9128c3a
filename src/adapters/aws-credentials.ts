import {
  environmentExpired,
  notSignedIn,
  processFailed,
  problemOfProfile,
  signInNeeded,
} from '../aws/advice.ts'
import { type AwsCall, kindOfFault } from '../aws/fault.ts'
import { parseProcessAnswer, programOf } from '../aws/process.ts'
import { type CredentialBase, type CredentialPlan, planCredentials } from '../aws/profiles.ts'
import { endOfEnvironment, signInKindOf } from '../aws/sign-in.ts'
import { firstRegionFor } from '../aws/regions.ts'
import type { AwsCredentials } from '../ports/aws.ts'
import { DevK8sError } from '../problems/problem.ts'
import { awsFaultOf } from './aws-faults.ts'
import { credentialsOf } from './aws-identity.ts'
import { awsNow, type AwsRoom, clientOptions } from './aws-room.ts'

/** A credential_process may ask the person something in a browser. */
const processDeadlineMs = 120_000
/** How long, in ms, its output may keep coming once it has ended. */
const lastWordsMs = 200
/** How long, in ms, another program gets to write down a sign-in that it renewed. */
const anotherMs = 300
/** The address of the machine's own credentials answers at once, or is not there. */
const instanceTimeoutMs = 1_000

/** How the profile's credentials are come by. @throws DevK8sError for what the files say wrong. */
export function planFor(profile: string | undefined, room: AwsRoom): CredentialPlan {
  const plan = planCredentials(profile, room.profiles, room.env)
  if ('fault' in plan) throw new DevK8sError(problemOfProfile(plan, room.profiles))
  return plan
}

/** How a failure of these credentials is told. */
export function signInOf({ base }: CredentialPlan): Pick<AwsCall, 'signIn' | 'signInProfile'> {
  return { signIn: signInKindOf(base), ...('profile' in base && { signInProfile: base.profile }) }
}

/**
 * The credentials before any role, of the one provider that the plan names. Keys of files and of the environment need
 * no SDK. @throws DevK8sError with the provider's own reason, or what the SDK threw for what its call says.
 */
export async function baseCredentials(
  base: CredentialBase,
  room: AwsRoom,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  switch (base.kind) {
    case 'environment':
      return environmentCredentials(room)
    case 'static':
      return staticCredentials(room.profiles[base.profile] ?? {})
    case 'process':
      return processCredentials(base, room, signal)
    case 'sso':
    case 'login':
      return signedIn(base, room)
    case 'web-identity':
    case 'web-identity-environment':
    case 'container':
    case 'instance':
      return machineCredentials(base, room)
  }
}

function environmentCredentials(room: AwsRoom): AwsCredentials {
  const { env } = room
  const expiresAtMs = endOfEnvironment(env)
  if (expiresAtMs !== undefined && expiresAtMs <= awsNow(room)) {
    throw new DevK8sError(environmentExpired(new Date(expiresAtMs).toISOString()))
  }
  return credentialsOf({
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    ...(env['AWS_SESSION_TOKEN'] && { sessionToken: env['AWS_SESSION_TOKEN'] }),
    ...(expiresAtMs !== undefined && { expiration: new Date(expiresAtMs) }),
  })
}

function staticCredentials(section: Readonly<Record<string, string | undefined>>): AwsCredentials {
  return credentialsOf({
    accessKeyId: section['aws_access_key_id'] ?? '',
    secretAccessKey: section['aws_secret_access_key'] ?? '',
    ...(section['aws_session_token'] && { sessionToken: section['aws_session_token'] }),
    ...endOfSection(section),
  })
}

/** As programs that write sessions into the file note their end: saml2aws and Okta's, then aws-mfa and awsume. */
function endOfSection(
  section: Readonly<Record<string, string | undefined>>,
): { readonly expiration: Date } | undefined {
  const ends = Date.parse(section['x_security_token_expires'] ?? section['expiration'] ?? '')
  const isSession = Boolean(section['aws_session_token'])
  return isSession && Number.isFinite(ends) ? { expiration: new Date(ends) } : undefined
}

/** The SDK's provider would read `process.env`, wait without limit, and put the arguments into its reason. */
async function processCredentials(
  { profile, command }: Extract<CredentialBase, { kind: 'process' }>,
  room: AwsRoom,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const options = {
    shell: true,
    reject: false,
    extendEnv: false,
    stdin: 'ignore',
    windowsHide: true,
  } as const
  const { execa } = await import('execa')
  const child = execa(command, {
    ...options,
    env: room.env,
    timeout: processDeadlineMs,
    cancelSignal: signal,
  })
  // The shell ends at once when it is told to; what it started may hold its pipes for longer.
  child.once('exit', () => {
    const timer = setTimeout(() => {
      child.stdout.destroy()
      child.stderr.destroy()
    }, lastWordsMs)
    child.once('close', () => clearTimeout(timer))
  })
  const ran = await child
  signal.throwIfAborted()
  const tell = (reason: string) => {
    const said = (ran.stderr ?? '').split('\n')
    const lines = said.filter((line) => line.trim() !== '')
    return new DevK8sError(processFailed(profile, programOf(command), reason, lines))
  }
  if (ran.timedOut) throw tell(`has not ended after ${processDeadlineMs / 1_000} s`)
  if (ran.failed)
    throw tell(ran.exitCode === undefined ? 'was stopped' : `ended with exit code ${ran.exitCode}`)
  const answer = parseProcessAnswer(ran.stdout ?? '', awsNow(room))
  if ('reason' in answer) throw tell(answer.reason)
  const { expiresAtMs, ...keys } = answer
  return credentialsOf({ ...keys, ...(expiresAtMs !== undefined && { expiration: new Date(expiresAtMs) }) })
}

async function signedIn(
  { kind, profile }: { readonly kind: 'sso' | 'login'; readonly profile: string },
  room: AwsRoom,
): Promise<AwsCredentials> {
  const { providers } = await import('./aws-providers.ts')
  const section = room.profiles[profile] ?? {}
  const ssoRegion =
    room.profiles[`sso-session.${section['sso_session'] ?? ''}`]?.['sso_region'] ?? section['sso_region']
  // The region is left out: the provider takes that of the sign-in, which need not be the profile's.
  const { region: _region, ...clientConfig } = await clientOptions(
    kind === 'sso' ? 'SSO' : 'SIGNIN',
    { profile, ...(ssoRegion !== undefined && { region: ssoRegion }) },
    room,
  )
  const options = { profile, ...room.files, ignoreCache: true, clientConfig }
  const provide = kind === 'sso' ? providers.fromSSO(options) : providers.fromLoginCredentials(options)
  try {
    return credentialsOf(await provide().catch(async (error: unknown) => afterAnother(provide, error)))
  } catch (error) {
    const fault = awsFaultOf(error)
    const isForbidden = fault.name === 'ForbiddenException'
    // Only what is not of the network or of AWS is left to mean that the session is gone.
    if (kindOfFault(fault) !== 'other' || isForbidden) throw isForbidden ? roleNotGiven(fault.message) : error
    throw new DevK8sError(signInNeeded(kind, profile, fault.message))
  }
}

/**
 * A refresh token is good for one use: when another program has just used it, the one that was read here is refused, and
 * that program's new token is about to be in the file. @throws the error where that cannot be why.
 */
async function afterAnother<T>(provide: () => Promise<T>, error: unknown): Promise<T> {
  const fault = awsFaultOf(error)
  const isNoFile = /not found or is invalid|Failed to load/i.test(fault.message)
  if (kindOfFault(fault) !== 'other' || fault.status !== undefined || isNoFile) throw error
  await new Promise((resolve) => void setTimeout(resolve, anotherMs))
  return provide()
}

/** Identity Center's word for a role that the account does not give to the person. */
const roleNotGiven = (message: string) => Object.assign(new Error(message), { name: 'AccessDenied' })

async function machineCredentials(base: CredentialBase, room: AwsRoom): Promise<AwsCredentials> {
  const { env } = room
  if (base.kind === 'instance' && env['AWS_EC2_METADATA_DISABLED'] === 'true') {
    throw new DevK8sError(notSignedIn(room.profiles))
  }
  const { providers } = await import('./aws-providers.ts')
  if (base.kind === 'web-identity' || base.kind === 'web-identity-environment') {
    const section = base.kind === 'web-identity' ? (room.profiles[base.profile] ?? {}) : undefined
    const roleArn = section?.['role_arn'] ?? env['AWS_ROLE_ARN'] ?? ''
    const region = env['AWS_REGION'] || section?.['region'] || firstRegionFor(roleArn)
    const roleSessionName = section?.['role_session_name'] ?? env['AWS_ROLE_SESSION_NAME']
    const provide = providers.fromTokenFile({
      roleArn,
      webIdentityTokenFile: section?.['web_identity_token_file'] ?? env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '',
      ...(roleSessionName && { roleSessionName }),
      clientConfig: await clientOptions('STS', { region }, room),
    })
    return credentialsOf(await provide())
  }
  try {
    const provide =
      base.kind === 'container'
        ? providers.fromHttp({ ...containerOf(env), maxRetries: 0 })
        : providers.fromInstanceMetadata({ timeout: instanceTimeoutMs, maxRetries: 0 })
    return credentialsOf(await provide())
  } catch {
    // The provider says only that nothing answers; what helps is to be told which ways there are.
    throw new DevK8sError(notSignedIn(room.profiles))
  }
}

function containerOf(env: AwsRoom['env']) {
  const fields = {
    awsContainerCredentialsFullUri: env['AWS_CONTAINER_CREDENTIALS_FULL_URI'],
    awsContainerCredentialsRelativeUri: env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'],
    awsContainerAuthorizationToken: env['AWS_CONTAINER_AUTHORIZATION_TOKEN'],
    awsContainerAuthorizationTokenFile: env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value))
}
