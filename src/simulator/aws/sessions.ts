import { parseArn, sessionSecondsOf } from '../../aws/arn.ts'
import type {
  AwsCredentials,
  AwsIdentity,
  AwsSession,
  AwsSource,
  RegistryToken,
  SessionWants,
} from '../../ports/aws.ts'
import { Secret } from '../../ports/secret.ts'
import { partitionOf } from '../../aws/regions.ts'
import { accountFor, madeUp } from './made-up.ts'

export const usualRegion = 'eu-west-1'

/** How long a permission set of SSO gives keys for, unless it was told another time; and a registry, a token. */
const ssoMs = 3_600_000
const registryMs = 12 * 3_600_000

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const both = `${upper}${upper.toLowerCase()}`

/** The account of the role, where there is one, else of the profile. */
export const accountOf = ({ profile, roleArn }: AwsSource) =>
  (roleArn === undefined ? undefined : parseArn(roleArn)?.account) ?? accountFor(profile ?? 'default')

/** Whom AWS sees: a role either way, that of the SSO profile or the assumed one. */
export function identityIn(source: SessionWants, account: string): AwsIdentity {
  const { region = usualRegion, roleArn, sessionName = 'anna' } = source
  // Identity Center names the role of a permission set, with a mark of its own behind it.
  const set = `AWSReservedSSO_Developer_${madeUp(account, 16, '0123456789abcdef')}`
  const role = roleArn === undefined ? set : (roleArn.split('/').at(-1) ?? roleArn)
  const id = madeUp(`${account} ${role}`, 17, upper)
  return {
    account,
    arn: `arn:${partitionOf(region)}:sts::${account}:assumed-role/${role}/${sessionName}`,
    userId: `AROA${id}:${sessionName}`,
  }
}

/** Keys for a source: always the same. */
export function credentialsIn(source: SessionWants, nowMs: number): AwsCredentials {
  return keysOf(whoIs(source), nowMs + sessionSecondsOf(source.sessionSeconds) * 1_000)
}

/** A session for a source: a new one each time. */
export function sessionIn(source: SessionWants, account: string, nowMs: number): AwsSession {
  const lifeMs =
    source.roleArn === undefined ? ssoMs : sessionSecondsOf(source.sessionSeconds ?? 3_600) * 1_000
  return { ...keysOf(`${whoIs(source)} ${nowMs}`, nowMs + lifeMs), account }
}

const whoIs = ({ profile, roleArn }: AwsSource) => `${profile ?? 'default'} ${roleArn ?? ''}`

function keysOf(who: string, expiresAtMs: number) {
  return {
    accessKeyId: `ASIA${madeUp(who, 16, upper)}`,
    secretAccessKey: Secret.of(madeUp(`${who} secret`, 40, both)),
    sessionToken: Secret.of(madeUp(`${who} session`, 200, both)),
    expiresAtMs,
  }
}

/** Good for twelve hours, and another one each time. */
export function registryTokenIn(
  source: SessionWants & { readonly region: string },
  account: string,
  nowMs: number,
): RegistryToken {
  const expiresAtMs = nowMs + registryMs
  // As ECR's own passwords are made: the registry, and the simulated kubelet, read the end from it.
  const password = btoa(
    JSON.stringify({
      payload: madeUp(`${whoIs(source)} ${source.region} ${nowMs}`, 400, both),
      version: '2',
      type: 'DATA_KEY',
      expiration: Math.floor(expiresAtMs / 1_000),
    }),
  )
  return { region: source.region, account, auth: Secret.of(btoa(`AWS:${password}`)), expiresAtMs }
}
