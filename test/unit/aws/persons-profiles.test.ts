import { describe, expect, test } from 'vitest'
import { personsProfiles, withEmptyProfiles } from '../../../src/aws/persons-profiles.ts'
import { wayTo } from '../../../src/aws/way.ts'

describe('what the files tell of a profile', () => {
  const keys = { aws_access_key_id: 'AKIA', aws_secret_access_key: 's' }
  const role = 'arn:aws:iam::444455556666:role/dev'
  test.each([
    ['keys alone: no account', keys, { isUsable: true }],
    ['keys with their account', { ...keys, aws_account_id: '111122223333' }, { account: '111122223333' }],
    [
      'IAM Identity Center',
      { sso_account_id: '111122223333', sso_role_name: 'Dev', sso_start_url: 'https://a', sso_region: 'x' },
      { isUsable: true, account: '111122223333' },
    ],
    ['aws login', { login_session: 'arn:aws:iam::111122223333:user/anna' }, { account: '111122223333' }],
    ['a role of another profile', { role_arn: role, source_profile: 'keys' }, { account: '444455556666' }],
    ['a token of a file', { role_arn: role, web_identity_token_file: '/t' }, { account: '444455556666' }],
    ['a program', { credential_process: 'vault' }, { isUsable: true }],
    ['a region alone', { region: 'eu-west-1' }, { isUsable: false }],
    ['nothing', {}, { isUsable: false }],
    ['a source that is not there', { role_arn: role, source_profile: 'gone' }, { isUsable: false }],
  ])('%s', (_, section, told) => {
    const [, found] = personsProfiles({ keys, mine: section, 'sso-session.x': {} })
    expect(found).toEqual({ isUsable: true, ...told, name: 'mine' })
  })

  test('sections that say nothing are there all the same', () => {
    const config = '[default]\n[profile empty]\n# no\n[profile full]\nregion = x\n[sso-session s]\n'
    const credentials = '[bare]\n[full]\naws_access_key_id =\n'
    const found = withEmptyProfiles({ full: { region: 'x' } }, { config, credentials })
    expect(found).toEqual({ full: { region: 'x' }, default: {}, empty: {}, bare: {} })
  })
})

describe('the way to AWS', () => {
  const to = { service: 'STS', host: 'sts.eu-west-1.amazonaws.com', profile: 'acme' } as const
  test.each([
    [{}, undefined],
    [
      { AWS_ENDPOINT_URL: 'http://anna:secret@127.0.0.1:1', HTTPS_PROXY: 'http://proxy:3128' },
      'It was asked for at http://***@127.0.0.1:1/, as AWS_ENDPOINT_URL says.',
    ],
    [
      { HTTPS_PROXY: 'http://anna:secret@proxy:3128' },
      'The way there is the proxy http://proxy:3128, as HTTPS_PROXY says.',
    ],
    [{ all_proxy: 'proxy:3128' }, 'The way there is the proxy http://proxy:3128, as all_proxy says.'],
    [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.amazonaws.com' }, undefined],
  ])('with %j', (env, way) => {
    expect(wayTo(to, {}, env)).toBe(way)
  })
})
