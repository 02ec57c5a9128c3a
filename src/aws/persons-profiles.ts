import type { PersonsProfile } from '../ports/aws.ts'
import { parseArn } from './arn.ts'
import { configSections } from './config-section.ts'
import { type AwsProfiles, type CredentialPlan, planCredentials, profileNames } from './profiles.ts'

/** What the person's files tell of each of their profiles, sorted by name. */
export function personsProfiles(profiles: AwsProfiles): readonly PersonsProfile[] {
  return profileNames(profiles).map((name) => {
    const plan = planCredentials(name, profiles, {})
    if ('fault' in plan) return { name, isUsable: false }
    const account = accountOf(plan, profiles)
    return { name, isUsable: true, ...(account !== undefined && { account }) }
  })
}

/** The account of the last role; without one that of the sign-in, where the section says it. */
function accountOf({ base, hops }: CredentialPlan, profiles: AwsProfiles): string | undefined {
  const last = hops.at(-1)
  if (last !== undefined) return parseArn(last.roleArn)?.account
  if (!('profile' in base)) return undefined
  const section = profiles[base.profile] ?? {}
  switch (base.kind) {
    case 'sso':
      return section['sso_account_id']
    case 'login':
      return parseArn(section['login_session'] ?? '')?.account
    case 'web-identity':
      return parseArn(section['role_arn'] ?? '')?.account
    case 'static':
    case 'process':
      return section['aws_account_id']
  }
}

/**
 * The profiles with those whose sections are there and say nothing, which the SDK's reader leaves out: to the person
 * they exist, and what they lack is worth a word.
 */
export function withEmptyProfiles(
  profiles: AwsProfiles,
  { config, credentials }: { readonly config: string; readonly credentials: string },
): AwsProfiles {
  const names = [
    ...emptySections(config).flatMap((header) =>
      header === 'default' || header.startsWith('profile ') ? [header.replace(/^profile /, '')] : [],
    ),
    ...emptySections(credentials),
  ]
  const missing = names.filter((name) => !Object.hasOwn(profiles, name))
  return { ...profiles, ...Object.fromEntries(missing.map((name) => [name, {}])) }
}

const emptySections = (text: string) =>
  configSections(text).flatMap(({ header, values }) =>
    Object.values(values).every((value) => value === '') ? [header] : [],
  )
