import { describe, expect, test } from 'vitest'
import {
  type AwsProfiles,
  deviceOf,
  endpointOf,
  planCredentials,
  profileNameOf,
  profileNames,
  regionOf,
} from '../../../src/aws/profiles.ts'

const keys = { aws_access_key_id: 'AKIA', aws_secret_access_key: 'secret' }
const role = 'arn:aws:iam::123456789012:role/developer'
const files: AwsProfiles = {
  keys,
  process: { credential_process: '/usr/bin/vault exec acme' },
  sso: { sso_session: 'acme', sso_account_id: '1', sso_role_name: 'Dev', region: 'eu-west-1' },
  'sso-session.acme': { sso_start_url: 'https://acme', sso_region: 'us-east-1' },
  'sso-old': {
    sso_start_url: 'https://acme',
    sso_region: 'us-east-1',
    sso_account_id: '1',
    sso_role_name: 'Dev',
  },
  'sso-short': { sso_session: 'acme', sso_account_id: '1' },
  'sso-lost': { sso_session: 'gone', sso_account_id: '1', sso_role_name: 'Dev' },
  login: { login_session: 'arn:aws:sts::1:assumed-role/Dev/anna' },
  web: { role_arn: role, web_identity_token_file: '/token' },
  role: {
    role_arn: role,
    source_profile: 'keys',
    role_session_name: 'me',
    external_id: 'x',
    duration_seconds: '1800',
  },
  'role-of-role': { role_arn: `${role}-2`, source_profile: 'role' },
  'role-of-itself': { ...keys, role_arn: role, source_profile: 'role-of-itself' },
  'role-of-env': { role_arn: role, credential_source: 'Environment' },
  'role-of-ecs': { role_arn: role, credential_source: 'EcsContainer' },
  'role-of-ec2': { role_arn: role, credential_source: 'Ec2InstanceMetadata' },
  'role-of-typo': { role_arn: role, credential_source: 'Enviroment' },
  'role-of-both': { role_arn: role, credential_source: 'Environment', source_profile: 'keys' },
  'role-of-none': { role_arn: role },
  'role-of-gone': { role_arn: role, source_profile: 'gone' },
  'role-mfa': { role_arn: role, source_profile: 'keys', mfa_serial: 'arn:aws:iam::1:mfa/anna' },
  'source-only': { credential_source: 'Environment' },
  circle: { role_arn: role, source_profile: 'circle-2' },
  'circle-2': { role_arn: role, source_profile: 'circle' },
  nothing: { region: 'eu-west-1' },
}

describe('the way to the credentials of a profile', () => {
  test.each([
    ['keys', { kind: 'static', profile: 'keys' }, []],
    ['process', { kind: 'process', profile: 'process', command: '/usr/bin/vault exec acme' }, []],
    ['sso', { kind: 'sso', profile: 'sso' }, []],
    ['sso-old', { kind: 'sso', profile: 'sso-old' }, []],
    ['login', { kind: 'login', profile: 'login' }, []],
    ['web', { kind: 'web-identity', profile: 'web' }, []],
    ['role', { kind: 'static', profile: 'keys' }, [role]],
    ['role-of-role', { kind: 'static', profile: 'keys' }, [role, `${role}-2`]],
    ['role-of-itself', { kind: 'static', profile: 'role-of-itself' }, [role]],
    ['role-of-env', { kind: 'environment' }, [role]],
    ['role-of-ecs', { kind: 'container' }, [role]],
    ['role-of-ec2', { kind: 'instance' }, [role]],
    ['source-only', { kind: 'environment' }, []],
  ])('%s', (profile, base, roles) => {
    const plan = planCredentials(profile, files, {})
    expect(plan).toMatchObject({ base })
    expect('hops' in plan && plan.hops.map(({ roleArn }) => roleArn)).toEqual(roles)
  })

  test('a role keeps what its profile says of its session', () => {
    expect(planCredentials('role', files, {})).toMatchObject({
      hops: [{ profile: 'role', sessionName: 'me', externalId: 'x', seconds: 1_800 }],
    })
  })

  test('a role that wants a code says of which device', () => {
    const plan = planCredentials('role-mfa', files, {})
    expect(plan).toMatchObject({ hops: [{ roleArn: role, mfaSerial: 'arn:aws:iam::1:mfa/anna' }] })
    expect('hops' in plan && deviceOf(plan, files)).toEqual({
      serial: 'arn:aws:iam::1:mfa/anna',
      profile: 'role-mfa',
      isForRole: true,
    })
    const keys = planCredentials('keys', files, {})
    expect('hops' in keys && deviceOf(keys, files)).toBeUndefined()
    const own = { keys: { ...files['keys'], mfa_serial: 'GAHT12345678' } }
    expect('hops' in keys && deviceOf(keys, own)).toEqual({
      serial: 'GAHT12345678',
      profile: 'keys',
      isForRole: false,
    })
  })

  test.each([
    ['gone', { fault: 'missing', profile: 'gone' }],
    ['role-of-gone', { fault: 'missing', profile: 'gone', namedBy: 'role-of-gone' }],
    [
      'circle',
      { fault: 'unusable', profile: 'circle', reason: expect.stringContaining('circle > circle-2 > circle') },
    ],
    ['role-of-typo', { fault: 'unusable', reason: expect.stringContaining('Enviroment') }],
    ['role-of-both', { fault: 'unusable', reason: expect.stringContaining('both') }],
    ['role-of-none', { fault: 'unusable', reason: expect.stringContaining('no source_profile') }],
    ['sso-short', { fault: 'unusable', reason: expect.stringContaining('no sso_role_name') }],
    ['sso-lost', { fault: 'unusable', reason: expect.stringContaining('[sso-session gone]') }],
    ['nothing', { fault: 'unusable', reason: expect.stringContaining('no way to sign in') }],
  ])('%s leads nowhere', (profile, fault) => {
    expect(planCredentials(profile, files, {})).toMatchObject(fault)
  })

  test.each([
    [
      'keys of the environment',
      { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 's' },
      { default: keys },
      'environment',
    ],
    ['the default profile', {}, { default: keys }, 'static'],
    ['a default that is only a region is passed over', {}, { default: { region: 'x' } }, 'instance'],
    [
      'a token file',
      { AWS_WEB_IDENTITY_TOKEN_FILE: '/t', AWS_ROLE_ARN: role },
      {},
      'web-identity-environment',
    ],
    ['a container', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x' }, {}, 'container'],
    ['the machine itself', {}, {}, 'instance'],
  ] as const)('without a profile: %s', (_, env, profiles, kind) => {
    expect(planCredentials(undefined, profiles, env)).toMatchObject({ base: { kind } })
  })

  test('what is meant when nobody names a profile', () => {
    expect(profileNameOf('a', { AWS_PROFILE: 'b' })).toBe('a')
    expect(profileNameOf(undefined, { AWS_PROFILE: 'b', AWS_DEFAULT_PROFILE: 'c' })).toBe('b')
    expect(profileNameOf(undefined, { AWS_PROFILE: '', AWS_DEFAULT_PROFILE: 'c' })).toBe('c')
    expect(profileNameOf(undefined, {})).toBeUndefined()
  })

  test('names of profiles leave out sections of other kinds', () => {
    expect(profileNames({ b: {}, a: {}, 'sso-session.x': {}, 'services.y': {} })).toEqual(['a', 'b'])
  })
})

describe('the region, as the AWS CLI finds it', () => {
  const profiles = { acme: { region: 'of-profile' }, default: { region: 'of-default' } }
  test.each([
    ['asked', 'acme', { AWS_REGION: 'of-env' }, 'asked'],
    [undefined, 'acme', { AWS_REGION: 'of-env', AWS_DEFAULT_REGION: 'of-old-env' }, 'of-env'],
    [undefined, 'acme', { AWS_DEFAULT_REGION: 'of-old-env' }, 'of-old-env'],
    [undefined, 'acme', {}, 'of-profile'],
    [undefined, undefined, {}, 'of-default'],
    [undefined, 'other', {}, undefined],
  ])('%s, profile %s', (asked, profile, env, region) => {
    expect(regionOf(asked, profile, profiles, env)).toBe(region)
  })
})

describe('another address for a service', () => {
  const profiles = {
    acme: { endpoint_url: 'http://profile', services: 'local' },
    'services.local': { 'eks.endpoint_url': 'http://eks-of-services' },
  }
  test.each([
    [
      'EKS',
      { AWS_ENDPOINT_URL_EKS: 'http://eks', AWS_ENDPOINT_URL: 'http://all' },
      { url: 'http://eks', by: 'AWS_ENDPOINT_URL_EKS' },
    ],
    [
      'STS',
      { AWS_ENDPOINT_URL_EKS: 'http://eks', AWS_ENDPOINT_URL: 'http://all' },
      { url: 'http://all', by: 'AWS_ENDPOINT_URL' },
    ],
    ['EKS', {}, { url: 'http://eks-of-services', by: '[services local] of the AWS config file' }],
    ['S3', {}, { url: 'http://profile', by: 'endpoint_url of the AWS profile acme' }],
    ['S3', { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true', AWS_ENDPOINT_URL: 'http://all' }, undefined],
  ] as const)('%s', (service, env, endpoint) => {
    expect(endpointOf(service, 'acme', profiles, env)).toEqual(endpoint)
  })
})
