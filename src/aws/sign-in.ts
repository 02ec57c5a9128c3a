import type { AwsSignIn, AwsSource, SsoStart } from '../ports/aws.ts'
import {
  type AwsProfiles,
  type CredentialBase,
  type CredentialPlan,
  deviceOf,
  profileNameOf,
  regionOf,
} from './profiles.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** How a failure of credentials is told, and who can mend it. */
export function signInKindOf({ kind }: CredentialBase): AwsSignIn['kind'] {
  switch (kind) {
    case 'static':
    case 'sso':
    case 'login':
    case 'process':
    case 'environment':
      return kind
    case 'container':
    case 'instance':
    case 'web-identity':
    case 'web-identity-environment':
      return 'machine'
  }
}

/** How a source comes by its credentials, by a plan of it and what the person's files and environment say. */
export function signInFrom(
  source: AwsSource,
  plan: CredentialPlan,
  profiles: AwsProfiles,
  env: Environment,
): AwsSignIn {
  const { base } = plan
  const profile = profileNameOf(source.profile, env) ?? ('profile' in base ? base.profile : undefined)
  const region = regionOf(source.region, profile, profiles, env)
  const signInProfile = 'profile' in base && base.profile !== profile ? base.profile : undefined
  const device = deviceOf(plan, profiles)
  const sso = base.kind === 'sso' ? ssoStartOf(base.profile, profiles) : undefined
  return {
    kind: signInKindOf(base),
    ...(profile !== undefined && { profile }),
    ...(signInProfile !== undefined && { signInProfile }),
    ...(region !== undefined && { region }),
    ...(device !== undefined && { mfaSerial: device.serial }),
    ...(sso !== undefined && { sso }),
    ...(base.kind === 'environment' && ofEnvironment(env)),
  }
}

/** Where sign-in of an SSO profile begins: its `sso-session` section, or all in the profile as it used to be. */
function ssoStartOf(profile: string, profiles: AwsProfiles): SsoStart | undefined {
  const section = profiles[profile] ?? {}
  const session = section['sso_session']
  const start = session === undefined ? section : (profiles[`sso-session.${session}`] ?? {})
  const { sso_start_url: startUrl, sso_region: region, sso_registration_scopes } = start
  if (!startUrl || !region) return undefined
  const scopes = (sso_registration_scopes ?? '').split(/[\s,]+/).filter((scope) => scope !== '')
  return {
    startUrl,
    region,
    ...(session !== undefined && { session }),
    ...(scopes.length > 0 && { scopes }),
  }
}

function ofEnvironment(env: Environment): Pick<AwsSignIn, 'expiresAtMs' | 'from'> {
  const expiresAtMs = endOfEnvironment(env)
  const from = programOfEnvironment(env)
  return {
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(from !== undefined && { from }),
  }
}

/** The end of keys in the environment, ms since 1970, where whoever put them there told it. */
export function endOfEnvironment(env: Environment): number | undefined {
  // The first is aws-vault's and the AWS CLI's, the second what aws-vault called it before version 7; granted has both.
  const until = env['AWS_CREDENTIAL_EXPIRATION'] || env['AWS_SESSION_EXPIRATION']
  const expiresAtMs = Date.parse(until ?? '')
  return Number.isNaN(expiresAtMs) ? undefined : expiresAtMs
}

/** Its settings, which say nothing of where keys came from. */
const grantedSettings = /^GRANTED_(?:ALIAS|QUIET|DISABLE|ENABLE|LOG|CONFIG|BROWSER)/

/** Which program put keys into the environment (facts aws, 9). */
function programOfEnvironment(env: Environment): string | undefined {
  if (env['AWS_VAULT']) return 'aws-vault'
  if (env['AWSUME_PROFILE']) return 'awsume'
  const isGranted = ([name, value]: readonly [string, string | undefined]) =>
    name.startsWith('GRANTED_') && !grantedSettings.test(name) && Boolean(value)
  return Object.entries(env).some(isGranted) ? 'granted' : undefined
}
