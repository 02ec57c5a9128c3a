import { eksToken, eksTokenMs } from '../aws/eks-token.ts'
import { profileNameOf } from '../aws/profiles.ts'
import type { AwsCredentials, AwsSource } from '../ports/aws.ts'
import { Secret } from '../ports/secret.ts'
import { keepSession, keptSession, type SessionName } from './sessions.ts'
import type { HandedOut, TokenDesk } from './token-desk.ts'
import type { TokenMode } from './token-mode.ts'

/**
 * A read-only token is asked for anew each minute: `devk8s unlock NAME` then reaches programs that go on running, such as
 * k9s. With a kept session that costs them 40 ms a minute.
 */
const lockedTokenMs = 60_000
/** STS gives no chained role more than an hour, and no session less than a quarter of one. */
const sessionSeconds = { most: 3_600, least: 900 } as const

/** An EKS token: with the session of the role, which is kept until it ends. */
export async function eksCredential(
  desk: TokenDesk,
  { cluster, region }: Extract<TokenMode, { kind: 'eks' }>,
): Promise<HandedOut> {
  const { wants, ports, nowMs, access } = desk
  const roleArn = access.kind === 'read-only' ? access.roleArn : wants.roleArn
  const credentials = await credentialsFor(desk, {
    region,
    ...(wants.awsProfile === undefined ? {} : { profile: wants.awsProfile }),
    ...(roleArn === undefined ? {} : { roleArn }),
  })
  const lifeMs = access.kind === 'read-only' ? lockedTokenMs : eksTokenMs
  const ends = [nowMs + lifeMs, credentials.expiresAtMs].filter((end) => end !== undefined)
  return {
    credential: { token: eksToken(credentials, { cluster, region, nowMs }, ports.hashing) },
    expiresAtMs: Math.min(...ends),
  }
}

/** Kept ones, else those of the environment where no profile is meant, else what AWS gives, which is then kept. */
async function credentialsFor(desk: TokenDesk, source: AwsSource): Promise<AwsCredentials> {
  const own = source.roleArn === undefined ? environmentKeys(desk, source) : undefined
  if (own !== undefined) return own
  const { store, ports, access, nowMs, signal } = desk
  const name = await sessionName(desk, source)
  const kept = await keptSession(store, name)
  if (kept !== undefined) return kept
  const leftSeconds = access.kind === 'unlocked' ? (access.until - nowMs) / 1000 : sessionSeconds.most
  const seconds = Math.min(Math.max(Math.ceil(leftSeconds), sessionSeconds.least), sessionSeconds.most)
  const credentials = await ports.aws.credentials({ ...source, sessionSeconds: seconds }, signal)
  await desk.keep(() => keepSession(store, name, credentials))
  return credentials
}

/** Keys in the environment are there for a reason, but a profile that is named means more (as in the SDK). */
function environmentKeys({ env, nowMs }: TokenDesk, source: AwsSource): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = env
  if (profileNameOf(source.profile, env) !== undefined || !accessKeyId || !secret) return undefined
  const endMs = Date.parse(env['AWS_CREDENTIAL_EXPIRATION'] ?? '')
  // What is over is refused by the one who knows how to say it.
  if (endMs <= nowMs) return undefined
  return {
    accessKeyId,
    secretAccessKey: Secret.of(secret),
    ...(session ? { sessionToken: Secret.of(session) } : {}),
    ...(Number.isNaN(endMs) ? {} : { expiresAtMs: endMs }),
  }
}

/**
 * Everything that makes it this session: also the files that say what a profile means, and when they were changed.
 * Read-only sessions and those of contexts without protection survive `devk8s lock`.
 */
async function sessionName(desk: TokenDesk, source: AwsSource): Promise<SessionName> {
  const { env, home, access, ports } = desk
  const profile = profileNameOf(source.profile, env)
  const files = [
    env['AWS_CONFIG_FILE'] || `${home}/.aws/config`,
    env['AWS_SHARED_CREDENTIALS_FILE'] || `${home}/.aws/credentials`,
  ]
  const stats = await Promise.all(files.map(async (file) => ports.files.stat(file).catch(() => undefined)))
  const keyId = profile === undefined ? env['AWS_ACCESS_KEY_ID'] : undefined
  return {
    ...(access.kind === 'unlocked' ? { fullFor: access.context } : {}),
    parts: [
      'session',
      profile,
      source.roleArn,
      source.region,
      keyId,
      ...files,
      ...stats.map((stat) => (stat === undefined ? undefined : String(stat.mtimeMs))),
    ],
  }
}
