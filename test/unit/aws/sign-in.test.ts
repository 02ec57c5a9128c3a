import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AwsProfiles, planCredentials } from '../../../src/aws/profiles.ts'
import { endOfEnvironment, signInFrom } from '../../../src/aws/sign-in.ts'

const session = { sso_account_id: '123456789012', sso_role_name: 'Dev' }
const start = { sso_start_url: 'https://acme.awsapps.com/start', sso_region: 'eu-west-1' }

function signIn(profiles: AwsProfiles, env: Readonly<Record<string, string>> = {}, profile?: string) {
  const plan = planCredentials(profile, profiles, env)
  if ('fault' in plan) throw new Error(plan.fault)
  return signInFrom(profile === undefined ? {} : { profile }, plan, profiles, env)
}

describe('how a source signs in', () => {
  test.each([
    ['sso:account:access', ['sso:account:access']],
    ['sso:account:access, codewhisperer:analysis', ['sso:account:access', 'codewhisperer:analysis']],
    ['a b', ['a', 'b']],
  ])('the scopes of a session: %s', (sso_registration_scopes, scopes) => {
    const profiles = {
      acme: { ...session, sso_session: 's' },
      'sso-session.s': { ...start, sso_registration_scopes },
    }
    expect(signIn(profiles, {}, 'acme').sso).toEqual({
      startUrl: start.sso_start_url,
      region: 'eu-west-1',
      session: 's',
      scopes,
    })
  })

  test('the default profile has a name, though nobody named it', () => {
    expect(signIn({ default: { ...session, ...start } })).toMatchObject({ profile: 'default', kind: 'sso' })
  })

  test('a role of the machine’s own keys', () => {
    const profiles = { acme: { role_arn: 'arn', credential_source: 'EcsContainer' } }
    expect(signIn(profiles, {}, 'acme')).toEqual({ kind: 'machine', profile: 'acme' })
    expect(signIn({})).toEqual({ kind: 'machine' })
  })

  test('of the environment, the first that tells an end does', () => {
    expect(endOfEnvironment({})).toBeUndefined()
    expect(endOfEnvironment({ AWS_CREDENTIAL_EXPIRATION: 'soon' })).toBeUndefined()
    const old = { AWS_SESSION_EXPIRATION: '2026-01-01T00:00:00Z' }
    expect(endOfEnvironment(old)).toBe(Date.parse('2026-01-01T00:00:00Z'))
    expect(endOfEnvironment({ ...old, AWS_CREDENTIAL_EXPIRATION: '2027-01-01T00:00:00Z' })).toBe(
      Date.parse('2027-01-01T00:00:00Z'),
    )
  })

  test('holds no value of a key, whatever stands in the files', () => {
    const secret = fc.string({ minLength: 12 }).map((text) => `canary-${text}`)
    fc.assert(
      fc.property(secret, secret, fc.boolean(), (key, token, isDefault) => {
        const keys = { aws_access_key_id: 'A', aws_secret_access_key: key, aws_session_token: token }
        const found = signIn({ [isDefault ? 'default' : 'acme']: keys }, {}, isDefault ? undefined : 'acme')
        return !JSON.stringify(found).includes('canary-')
      }),
    )
    expect(signIn({ acme: { aws_access_key_id: 'A', aws_secret_access_key: 'canary' } }, {}, 'acme')).toEqual(
      {
        kind: 'static',
        profile: 'acme',
      },
    )
  })
})
