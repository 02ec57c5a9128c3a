/** Profiles of `~/.aws/config` and `~/.aws/credentials` by name; other sections are called `services.NAME` and so on. */
export type AwsProfiles = Readonly<Record<string, AwsProfile | undefined>>
export type AwsProfile = Readonly<Record<string, string | undefined>>

type Environment = Readonly<Record<string, string | undefined>>

/** Where the first credentials come from, before any role is assumed. */
export type CredentialBase =
  | { readonly kind: 'environment' | 'container' | 'instance' | 'web-identity-environment' }
  | { readonly kind: 'static' | 'web-identity'; readonly profile: string }
  | { readonly kind: 'sso' | 'login'; readonly profile: string }
  | { readonly kind: 'process'; readonly profile: string; readonly command: string }

/** One role on the way from the first credentials to the wanted ones. */
export interface RoleHop {
  readonly profile: string
  readonly roleArn: string
  readonly sessionName?: string
  readonly externalId?: string
  readonly seconds?: number
  /** The device whose code the role wants. */
  readonly mfaSerial?: string
}

/** How the credentials of a profile are come by: the base, and the roles after it in the order they are assumed. */
export interface CredentialPlan {
  readonly base: CredentialBase
  readonly hops: readonly RoleHop[]
}

/** Why no plan can be made of what the files say. */
export type ProfileFault =
  | { readonly fault: 'missing'; readonly profile: string; readonly namedBy?: string }
  | { readonly fault: 'unusable'; readonly profile: string; readonly reason: string }

/** The profile that is meant: the one asked for, else AWS_PROFILE; `default` only where the environment has no keys. */
export function profileNameOf(asked: string | undefined, env: Environment): string | undefined {
  return asked || env['AWS_PROFILE'] || env['AWS_DEFAULT_PROFILE'] || undefined
}

/** The region as the AWS CLI finds it: asked for, AWS_REGION, AWS_DEFAULT_REGION, then the profile's own. */
export function regionOf(
  asked: string | undefined,
  profile: string | undefined,
  profiles: AwsProfiles,
  env: Environment,
): string | undefined {
  const ofProfile = profiles[profile ?? 'default']?.['region']
  return asked || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || ofProfile || undefined
}

/** Services by the names that variables and `services` sections have for them. */
export type AwsService = 'ECR' | 'EKS' | 'IAM' | 'S3' | 'SIGNIN' | 'SSO' | 'SSO_OIDC' | 'STS'

/** Another address for a service, and what names it. */
export interface EndpointSetting {
  readonly url: string
  /** `AWS_ENDPOINT_URL`, or a key of the person's files. */
  readonly by: string
}

/**
 * Another address for a service, as for tests and private endpoints: variables first, then the profile's `services`
 * section, then its `endpoint_url` (SDK reference, "Service-specific endpoints").
 */
export function endpointOf(
  service: AwsService,
  profile: string | undefined,
  profiles: AwsProfiles,
  env: Environment,
): EndpointSetting | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return undefined
  const name = profile ?? 'default'
  const section = profiles[name]
  const services = section?.['services'] ?? ''
  const ofServices = `${service.toLowerCase()}.endpoint_url`
  const settings: readonly (readonly [string | undefined, string])[] = [
    [env[`AWS_ENDPOINT_URL_${service}`], `AWS_ENDPOINT_URL_${service}`],
    [env['AWS_ENDPOINT_URL'], 'AWS_ENDPOINT_URL'],
    [profiles[`services.${services}`]?.[ofServices], `[services ${services}] of the AWS config file`],
    [section?.['endpoint_url'], `endpoint_url of the AWS profile ${name}`],
  ]
  const [url, by] = settings.find(([value]) => value) ?? []
  return url && by !== undefined ? { url, by } : undefined
}

/** Which one provider is asked, so that its own reason is the one that is told (facts aws, 6). */
export function planCredentials(
  profile: string | undefined,
  profiles: AwsProfiles,
  env: Environment,
): CredentialPlan | ProfileFault {
  if (profile !== undefined) return planOfProfile(profile, profiles, [])
  if (env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY']) return base({ kind: 'environment' })
  if (profiles['default'] !== undefined && Object.keys(profiles['default']).some(isAboutCredentials)) {
    return planOfProfile('default', profiles, [])
  }
  if (env['AWS_WEB_IDENTITY_TOKEN_FILE'] && env['AWS_ROLE_ARN'])
    return base({ kind: 'web-identity-environment' })
  if (env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] || env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']) {
    return base({ kind: 'container' })
  }
  return base({ kind: 'instance' })
}

const base = (from: CredentialBase): CredentialPlan => ({ base: from, hops: [] })

/** A `default` that only names a region is no identity. */
const isAboutCredentials = (key: string) =>
  /^(?:aws_access_key_id|role_arn|credential_process|credential_source|login_session|sso_)/.test(key)

function planOfProfile(
  name: string,
  profiles: AwsProfiles,
  visited: readonly string[],
): CredentialPlan | ProfileFault {
  const section = profiles[name]
  const namedBy = visited.at(-1)
  if (section === undefined) {
    return { fault: 'missing', profile: name, ...(namedBy !== undefined && { namedBy }) }
  }
  // A profile may name itself as the source of its role: then its own keys are meant.
  if (visited.length > 0 && isStatic(section)) return base({ kind: 'static', profile: name })
  if (visited.includes(name)) {
    const reason = `its source_profile leads back to itself: ${[...visited, name].join(' > ')}`
    return { fault: 'unusable', profile: visited[0] ?? name, reason }
  }
  const sources = [section['source_profile'], section['credential_source']]
  if (section['role_arn'] && sources.some((source) => source))
    return planOfRole(name, section, profiles, visited)
  return planOfSection(name, section, profiles)
}

function planOfRole(
  name: string,
  section: AwsProfile,
  profiles: AwsProfiles,
  visited: readonly string[],
): CredentialPlan | ProfileFault {
  const { source_profile, credential_source, role_arn = '', mfa_serial } = section
  if (source_profile && credential_source) {
    return { fault: 'unusable', profile: name, reason: 'it has both source_profile and credential_source' }
  }
  const source = source_profile
    ? planOfProfile(source_profile, profiles, [...visited, name])
    : planOfSource(name, credential_source ?? '')
  if ('fault' in source) return source
  const seconds = Number(section['duration_seconds'])
  const hop: RoleHop = {
    profile: name,
    roleArn: role_arn,
    ...(section['role_session_name'] && { sessionName: section['role_session_name'] }),
    ...(section['external_id'] && { externalId: section['external_id'] }),
    ...(Number.isInteger(seconds) && seconds > 0 && { seconds }),
    ...(mfa_serial && { mfaSerial: mfa_serial }),
  }
  return { base: source.base, hops: [...source.hops, hop] }
}

function planOfSource(name: string, source: string): CredentialPlan | ProfileFault {
  switch (source) {
    case 'Environment':
      return base({ kind: 'environment' })
    case 'EcsContainer':
      return base({ kind: 'container' })
    case 'Ec2InstanceMetadata':
      return base({ kind: 'instance' })
    default: {
      const known = 'Environment, EcsContainer and Ec2InstanceMetadata'
      return {
        fault: 'unusable',
        profile: name,
        reason: `its credential_source is ${source}; there are ${known}`,
      }
    }
  }
}

/**
 * The device whose code belongs to the first credentials, and the profile that names it: a role's on the way, else that
 * of the keys themselves, which the AWS CLI reads for a role only, but aws-vault for the keys as well.
 */
export function deviceOf(
  { base: from, hops }: CredentialPlan,
  profiles: AwsProfiles,
): { readonly serial: string; readonly profile: string; readonly isForRole: boolean } | undefined {
  for (const { mfaSerial, profile } of hops) {
    if (mfaSerial !== undefined) return { serial: mfaSerial, profile, isForRole: true }
  }
  if (from.kind !== 'static') return undefined
  const serial = profiles[from.profile]?.['mfa_serial']
  return serial ? { serial, profile: from.profile, isForRole: false } : undefined
}

/** A profile without a role, in the SDK's order of precedence. */
function planOfSection(
  profile: string,
  section: AwsProfile,
  profiles: AwsProfiles,
): CredentialPlan | ProfileFault {
  if (isStatic(section)) return base({ kind: 'static', profile })
  if (section['role_arn'] && section['web_identity_token_file'])
    return base({ kind: 'web-identity', profile })
  const { credential_process } = section
  if (credential_process) return base({ kind: 'process', profile, command: credential_process })
  if (Object.keys(section).some((key) => key.startsWith('sso_'))) return planOfSso(profile, section, profiles)
  if (section['login_session']) return base({ kind: 'login', profile })
  if (section['credential_source'] && !section['role_arn'])
    return planOfSource(profile, section['credential_source'])
  const reason = section['role_arn']
    ? 'it has a role_arn, but no source_profile or credential_source to assume it with'
    : 'it has no way to sign in: no keys, no role, no SSO, no login session and no credential_process'
  return { fault: 'unusable', profile, reason }
}

/** Sign-in through IAM Identity Center: the session in a section of its own, or all in one place as it used to be. */
function planOfSso(
  profile: string,
  section: AwsProfile,
  profiles: AwsProfiles,
): CredentialPlan | ProfileFault {
  const session = section['sso_session']
  const start = session === undefined ? section : profiles[`sso-session.${session}`]
  if (start === undefined) {
    return { fault: 'unusable', profile, reason: `there is no section [sso-session ${session}]` }
  }
  const missing = [
    ...['sso_account_id', 'sso_role_name'].filter((key) => !section[key]),
    ...['sso_start_url', 'sso_region'].filter((key) => !start[key]),
  ]
  if (missing.length === 0) return base({ kind: 'sso', profile })
  return {
    fault: 'unusable',
    profile,
    reason: `it signs in through SSO, and has no ${missing.join(', no ')}`,
  }
}

const isStatic = (section: AwsProfile) =>
  Boolean(section['aws_access_key_id']) && Boolean(section['aws_secret_access_key'])

/** Names of the profiles, without sections of other kinds, sorted. */
export function profileNames(profiles: AwsProfiles): readonly string[] {
  return Object.keys(profiles)
    .filter((name) => !/^(?:sso-session|services)\./.test(name))
    .toSorted((a, b) => a.localeCompare(b))
}
