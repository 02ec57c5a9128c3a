import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { realAws } from '../../../src/adapters/aws.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { awsHome } from '../../fakes/aws-home.ts'
import { jsonError, type LoopbackAws, loopbackAws } from '../../fakes/aws-server.ts'

const signal = new AbortController().signal
const secret = 'kQ7canary/SECRETkey0123456789abcdefABCDE'
const role = 'arn:aws:iam::123456789012:role/developer'
/** A credential_process that runs this JavaScript. */
const program = (script: string) => `"${process.execPath}" -e "${script}"`
const answer = (fields: string) =>
  `console.log(JSON.stringify({Version:1,AccessKeyId:'AKIAPROC',SecretAccessKey:'s'${fields}}))`

const config = `
[default]
region = eu-west-1
[profile role]
role_arn = ${role}
source_profile = keys
external_id = ext
role_session_name = of-profile
[profile chained]
role_arn = ${role}-2
source_profile = role
region = eu-central-1
[profile mfa]
role_arn = ${role}
source_profile = keys
mfa_serial = arn:aws:iam::123456789012:mfa/anna
[profile env-role]
role_arn = ${role}
credential_source = Environment
[profile process]
credential_process = ${program(answer(",SessionToken:'t',Expiration:'2099-01-01T00:00:00Z'"))}
[profile process-fails]
credential_process = ${program(`console.error('token ${secret} is bad');process.exit(3)`)} -- --token ${secret}
[profile process-prints]
credential_process = ${program(`console.log('${secret}')`)}
[profile process-env]
credential_process = ${program("console.log(JSON.stringify({Version:1,AccessKeyId:process.env.OF_HERE,SecretAccessKey:'s'}))")}
[profile sso]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Developer
region = eu-central-1
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1
[profile sso-raced]
sso_session = raced
sso_account_id = 123456789012
sso_role_name = Developer
[sso-session raced]
sso_start_url = https://raced.awsapps.com/start
sso_region = us-east-1
[profile sso-old]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 210987654321
sso_role_name = Developer
[profile sso-role]
role_arn = ${role}
source_profile = sso
[profile login]
login_session = arn:aws:sts::123456789012:assumed-role/Dev/anna
region = eu-west-1
[profile short]
sso_session = acme
`
const credentials = `
[keys]
aws_access_key_id = AKIAKEYS
aws_secret_access_key = ${secret}
`

let server: LoopbackAws
let home: string
const homeBefore = process.env['HOME']

beforeAll(async () => {
  server = await loopbackAws()
  home = await awsHome({ config, credentials })
  // The SDK looks for the caches of SSO and `aws login` in the home of the process, wherever its files are.
  process.env['HOME'] = home
})
afterAll(async () => {
  process.env['HOME'] = homeBefore
  await server.close()
})
beforeEach(() => {
  server.instead.clear()
})

const open = (env: Readonly<Record<string, string>> = {}) =>
  realAws({
    env: { AWS_ENDPOINT_URL: server.url, USER: 'anna', PATH: process.env['PATH'] ?? '', ...env },
    home,
  })
const last = () => server.requests.at(-1)
const form = () => Object.fromEntries(new URLSearchParams(last()?.body))

describe('credentials', () => {
  test('clause 10: keys of the shared file, without a call', async () => {
    const before = server.requests.length
    const found = await open().credentials({ profile: 'keys' }, signal)
    expect(found.accessKeyId).toBe('AKIAKEYS')
    expect(found.secretAccessKey).toBeInstanceOf(Secret)
    expect(found.expiresAtMs).toBeUndefined()
    expect(server.requests.length).toBe(before)
  })

  test('clause 11: AWS_PROFILE is the profile when none is named', async () => {
    expect((await open({ AWS_PROFILE: 'keys' }).credentials({}, signal)).accessKeyId).toBe('AKIAKEYS')
  })

  test('clause 12: keys of the environment, with their end', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'ASIAENV', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' }
    const found = await open({ ...env, AWS_CREDENTIAL_EXPIRATION: '2099-01-01T00:00:00Z' }).credentials(
      {},
      signal,
    )
    expect(found).toMatchObject({ accessKeyId: 'ASIAENV', expiresAtMs: Date.parse('2099-01-01T00:00:00Z') })
    const over = open({ ...env, AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' })
    await expect(over.credentials({}, signal)).rejects.toMatchObject({ problems: [{ code: 'DK5008' }] })
  })

  test('clause 13: files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name', async () => {
    await writeFile(join(home, 'other'), '[else]\naws_access_key_id = AKIAELSE\naws_secret_access_key = s\n')
    const aws = open({ AWS_SHARED_CREDENTIALS_FILE: '~/other', AWS_CONFIG_FILE: join(home, 'none') })
    expect((await aws.credentials({ profile: 'else' }, signal)).accessKeyId).toBe('AKIAELSE')
    await expect(aws.credentials({ profile: 'keys' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5001' }],
    })
  })

  test('clause 14: a profile’s role, with what the profile says of the session', async () => {
    await open().credentials({ profile: 'role' }, signal)
    expect(form()).toMatchObject({
      RoleArn: role,
      ExternalId: 'ext',
      RoleSessionName: 'of-profile',
      DurationSeconds: '900',
    })
    expect(last()?.accessKeyId).toBe('AKIAKEYS')
  })

  test('clause 15: role after role, each with the credentials of the one before', async () => {
    const from = server.requests.length
    const found = await open().credentials(
      { profile: 'chained', roleArn: `${role}-3`, sessionName: 'EKSGetTokenAuth' },
      signal,
    )
    expect(found.accessKeyId).toBe('ASIAROLE123456789012')
    const calls = server.requests.slice(from).map(({ accessKeyId, region, body }) => {
      const { RoleArn, RoleSessionName } = Object.fromEntries(new URLSearchParams(body))
      return [accessKeyId, region, RoleArn, RoleSessionName]
    })
    expect(calls).toEqual([
      ['AKIAKEYS', 'eu-central-1', role, 'of-profile'],
      ['ASIAROLE123456789012', 'eu-central-1', `${role}-2`, 'devk8s-anna'],
      ['ASIAROLE123456789012', 'eu-central-1', `${role}-3`, 'EKSGetTokenAuth'],
    ])
  })

  test('clause 16: STS without a region is asked in one of the role’s partition', async () => {
    const bare = realAws({ env: { AWS_ENDPOINT_URL: server.url }, home: await awsHome({ credentials }) })
    await bare.credentials({ profile: 'keys', roleArn: 'arn:aws-cn:iam::123456789012:role/x' }, signal)
    expect(last()?.region).toBe('cn-north-1')
  })

  test('clause 17: a session is never asked for longer than role chaining allows', async () => {
    await open().credentials({ profile: 'keys', roleArn: role, sessionSeconds: 43_200 }, signal)
    expect(form()['DurationSeconds']).toBe('3600')
  })

  test('clause 18: a role with the keys of the environment', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's' }
    await open(env).credentials({ profile: 'env-role' }, signal)
    expect(last()?.accessKeyId).toBe('AKIAENV')
  })

  test('clause 19: a credential_process, with the environment it was handed', async () => {
    expect(await open().credentials({ profile: 'process' }, signal)).toMatchObject({
      accessKeyId: 'AKIAPROC',
      expiresAtMs: Date.parse('2099-01-01T00:00:00Z'),
    })
    const found = await open({ OF_HERE: 'AKIAHERE' }).credentials({ profile: 'process-env' }, signal)
    expect(found.accessKeyId).toBe('AKIAHERE')
  })

  test('clause 20: calls side by side for one identity ask once, and ended credentials are asked for anew', async () => {
    const aws = open()
    const from = server.requests.length
    const source = { profile: 'keys', roleArn: role }
    await Promise.all([1, 2, 3].map(async () => aws.credentials(source, signal)))
    await aws.credentials(source, signal)
    expect(server.requests.length - from).toBe(1)
    server.instead.set('sts:AssumeRole', jsonError(403, 'AccessDenied', 'no'))
    await expect(aws.credentials({ ...source, roleArn: `${role}-9` }, signal)).rejects.toBeDefined()
    server.instead.clear()
    expect(await aws.credentials({ ...source, roleArn: `${role}-9` }, signal)).toBeDefined()
  })
})

function signInRefusal(error: string) {
  const { body: _, ...head } = jsonError(400, 'AccessDeniedException', '')
  return { ...head, body: JSON.stringify({ error, message: 'no' }) }
}

/** What `aws sso login` leaves. */
async function ssoToken(token: Readonly<Record<string, unknown>>, session = 'acme'): Promise<void> {
  const folder = join(home, '.aws/sso/cache')
  await mkdir(folder, { recursive: true })
  const name = createHash('sha1').update(session).digest('hex')
  await writeFile(join(folder, `${name}.json`), JSON.stringify(token))
}

describe('sign-in of a person', () => {
  const good = { accessToken: 'good-token', expiresAt: '2099-01-01T00:00:00Z' }

  test('clause 21: SSO: the role’s credentials for the token that `aws sso login` left', async () => {
    await ssoToken(good)
    expect((await open().credentials({ profile: 'sso' }, signal)).accessKeyId).toBe('ASIASSO123456789012')
    await open().credentials({ profile: 'sso-role' }, signal)
    expect(last()).toMatchObject({ service: 'sts', accessKeyId: 'ASIASSO123456789012' })
  })

  test('clause 21: SSO: a profile that names the start page itself', async () => {
    await expect(open().credentials({ profile: 'sso-old' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5004', next: ['devk8s aws login', 'aws sso login --profile sso-old'] }],
    })
    await ssoToken(good, 'https://old.awsapps.com/start')
    expect((await open().credentials({ profile: 'sso-old' }, signal)).accessKeyId).toBe('ASIASSO210987654321')
  })

  test.each([
    ['over', { ...good, expiresAt: '2020-01-01T00:00:00Z' }],
    ['revoked', { ...good, accessToken: 'bad-token' }],
    ['empty', {}],
  ])('clause 22: SSO: a session that is %s', async (_, token) => {
    await ssoToken(token)
    await expect(open().credentials({ profile: 'sso-role' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5004', next: ['devk8s aws login', 'aws sso login --profile sso'] }],
    })
  })

  test('clause 23: SSO: a role that the account does not give', async () => {
    await ssoToken(good)
    server.instead.set('sso:GetRoleCredentials', jsonError(403, 'ForbiddenException', 'No access'))
    await expect(open().credentials({ profile: 'sso' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5012', evidence: ['No access'] }],
    })
  })

  test('clause 24: `aws login`: no session', async () => {
    await rm(join(home, '.aws/login'), { recursive: true, force: true })
    await expect(open().credentials({ profile: 'login' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5005', next: ['devk8s aws login', 'aws login --profile login'] }],
    })
  })

  test('clause 24: `aws login`: a session that is good', async () => {
    const folder = join(home, '.aws/login/cache')
    await mkdir(folder, { recursive: true })
    const name = createHash('sha256').update('arn:aws:sts::123456789012:assumed-role/Dev/anna').digest('hex')
    const keys = {
      accessKeyId: 'ASIALOGIN',
      secretAccessKey: 's',
      sessionToken: 't',
      accountId: '123456789012',
    }
    const accessToken = { ...keys, expiresAt: '2099-01-01T00:00:00Z' }
    const token = { accessToken, clientId: 'c', refreshToken: 'r', dpopKey: 'd' }
    await writeFile(join(folder, `${name}.json`), JSON.stringify(token))
    expect(await open().credentials({ profile: 'login' }, signal)).toMatchObject({
      accessKeyId: 'ASIALOGIN',
      expiresAtMs: Date.parse('2099-01-01T00:00:00Z'),
    })
  })

  test('clause 74: SSO: another program has just renewed the sign-in', async () => {
    const over = {
      ...good,
      expiresAt: '2020-01-01T00:00:00Z',
      clientId: 'c',
      clientSecret: 's',
      refreshToken: 'used-by-another',
      registrationExpiresAt: '2099-01-01T00:00:00Z',
    }
    await ssoToken(over, 'raced')
    server.instead.set('sso-oidc:CreateToken', () => {
      // It wins, and is a little late with the file.
      setTimeout(() => void ssoToken(good, 'raced'), 50)
      return jsonError(400, 'InvalidGrantException', 'Invalid refresh token')
    })
    expect((await open().credentials({ profile: 'sso-raced' }, signal)).accessKeyId).toBe(
      'ASIASSO123456789012',
    )
  })

  const loginName = createHash('sha256')
    .update('arn:aws:sts::123456789012:assumed-role/Dev/anna')
    .digest('hex')
  const loginFile = () => join(home, '.aws/login/cache', `${loginName}.json`)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const loginToken = (expiresAt: string) =>
    JSON.stringify({
      accessToken: {
        accessKeyId: 'ASIALOGIN',
        secretAccessKey: 's',
        sessionToken: 't',
        accountId: '123456789012',
        expiresAt,
      },
      clientId: 'c',
      refreshToken: 'r',
      dpopKey: privateKey.export({ type: 'sec1', format: 'pem' }),
    })
  async function loginIsOver() {
    await mkdir(join(home, '.aws/login/cache'), { recursive: true })
    await rm(loginFile(), { force: true })
    await writeFile(loginFile(), loginToken('2020-01-01T00:00:00Z'), { mode: 0o600 })
  }
  const newLogin = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      accessToken: { accessKeyId: 'ASIANEW', secretAccessKey: 's', sessionToken: 't' },
      tokenType: 'urn:aws:params:oauth:token-type:access_token_sigv4',
      expiresIn: 900,
      refreshToken: 'r2',
    }),
  }

  test.each([-3, 2])('clause 79: `aws login`: AWS is %i hours ahead', async (hours) => {
    await mkdir(join(home, '.aws/login/cache'), { recursive: true })
    const untilMs = Math.floor(Date.now() / 1_000) * 1_000 + 3_600_000
    await writeFile(loginFile(), loginToken(new Date(untilMs).toISOString()))
    server.clock.aheadMs = hours * 3_600_000
    try {
      const aws = open()
      const ends = async () => [
        (await aws.session({ profile: 'login' }, signal)).expiresAtMs,
        (await aws.credentials({ profile: 'login' }, signal)).expiresAtMs,
      ]
      // From the second time on it is known how wrong the clock is, and the keys are kept ones.
      expect([await ends(), await ends()].flat()).toEqual([untilMs, untilMs, untilMs, untilMs])
    } finally {
      server.clock.aheadMs = 0
    }
  })

  test('clause 75: `aws login`: keys that are over are renewed, and kept for all', async () => {
    await loginIsOver()
    server.instead.set('signin:CreateOAuth2Token', newLogin)
    const { accessKeyId, expiresAtMs } = await open().session({ profile: 'login' }, signal)
    expect(accessKeyId).toBe('ASIANEW')
    expect(expiresAtMs).toBeGreaterThan(Date.now() + 800_000)
    const renewal = server.requests.findLast(({ service }) => service === 'signin')
    expect(JSON.parse(renewal?.body ?? '{}')).toMatchObject({ refreshToken: 'r', grantType: 'refresh_token' })
    expect(renewal?.headers['dpop']).toMatch(/^ey/)
    expect(JSON.parse(await readFile(loginFile(), 'utf8'))).toMatchObject({ refreshToken: 'r2' })
    expect((await stat(loginFile())).mode & 0o777).toBe(0o600)
  })

  test('clause 74: `aws login`: another program has just renewed the sign-in', async () => {
    await loginIsOver()
    server.instead.set('signin:CreateOAuth2Token', () => {
      setTimeout(() => void writeFile(loginFile(), loginToken('2099-01-01T00:00:00Z')), 50)
      return signInRefusal('TOKEN_EXPIRED')
    })
    expect((await open().credentials({ profile: 'login' }, signal)).accessKeyId).toBe('ASIALOGIN')
  })

  test.each([
    ['TOKEN_EXPIRED', signInRefusal('TOKEN_EXPIRED'), 'DK5005'],
    ['USER_CREDENTIALS_CHANGED', signInRefusal('USER_CREDENTIALS_CHANGED'), 'DK5005'],
    ['too many requests', jsonError(429, 'TooManyRequestsError', 'slow down'), 'DK5023'],
  ])('clause 24: `aws login`: %s', async (_, refusal, code) => {
    await loginIsOver()
    server.instead.set('signin:CreateOAuth2Token', refusal)
    await expect(open().credentials({ profile: 'login' }, signal)).rejects.toMatchObject({
      problems: [{ code }],
    })
  })

  test('clause 25: a role that wants a code, and nobody there', async () => {
    await expect(open().credentials({ profile: 'mfa' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5006', next: ['devk8s aws login'] }],
    })
  })

  test('clause 26: nothing anywhere', async () => {
    const env = { AWS_EC2_METADATA_DISABLED: 'true' }
    const nobody = realAws({
      env,
      home: await awsHome({ config: '[profile acme]\ncredential_process = x\n' }),
    })
    await expect(nobody.credentials({}, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5003', next: ['devk8s aws login', 'export AWS_PROFILE=acme'] }],
    })
    const container = realAws({ env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1' }, home })
    await expect(container.credentials({}, signal)).rejects.toMatchObject({ problems: [{ code: 'DK5003' }] })
  })

  test('clause 27: a profile that is incomplete', async () => {
    await expect(open().credentials({ profile: 'short' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5002' }],
    })
  })

  test.each([
    ['process-fails', 'ended with exit code 3', ['token *** is bad']],
    ['process-prints', 'prints what is not a JSON object', undefined],
  ])('clause 28: %s: the reason without what nobody should see', async (profile, reason, evidence) => {
    const error = await open()
      .credentials({ profile }, signal)
      .then(
        () => undefined,
        (thrown: { readonly problems: readonly object[] }) => thrown.problems[0],
      )
    expect(error).toMatchObject({
      code: 'DK5007',
      detail: expect.stringContaining(reason),
      ...(evidence && { evidence }),
    })
    expect(JSON.stringify(error)).not.toContain(secret)
    expect(JSON.stringify(error)).not.toContain('--token')
  })

  test('clause 29: a credential_process that asks and asks is stopped with the run', async () => {
    const config = `[profile slow]\ncredential_process = ${program('setTimeout(()=>{},60000)')}\n`
    const aws = realAws({ env: { PATH: process.env['PATH'] ?? '' }, home: await awsHome({ config }) })
    const stop = new AbortController()
    const asked = aws.credentials({ profile: 'slow' }, stop.signal)
    setTimeout(() => stop.abort('SIGINT'), 100)
    await expect(asked).rejects.toBe('SIGINT')
  })
})

describe('how a source signs in', () => {
  const sso = { startUrl: 'https://acme.awsapps.com/start', region: 'us-east-1', session: 'acme' }
  test.each([
    ['keys', { kind: 'static' }],
    ['role', { kind: 'static', signInProfile: 'keys' }],
    ['chained', { kind: 'static', signInProfile: 'keys', region: 'eu-central-1' }],
    ['mfa', { kind: 'static', signInProfile: 'keys', mfaSerial: 'arn:aws:iam::123456789012:mfa/anna' }],
    ['env-role', { kind: 'environment' }],
    ['process', { kind: 'process' }],
    ['sso', { kind: 'sso', region: 'eu-central-1', sso }],
    ['sso-role', { kind: 'sso', signInProfile: 'sso', sso }],
    ['sso-old', { kind: 'sso', sso: { startUrl: 'https://old.awsapps.com/start', region: 'us-east-1' } }],
    ['login', { kind: 'login', region: 'eu-west-1' }],
  ])('clause 64: %s', async (profile, expected) => {
    const before = server.requests.length
    expect(await open().signInOf({ profile })).toEqual({ profile, ...expected })
    expect(server.requests.length).toBe(before)
  })

  test('clause 64: what the files say wrong is told', async () => {
    await expect(open().signInOf({ profile: 'short' })).rejects.toMatchObject({
      problems: [{ code: 'DK5002' }],
    })
  })

  test('clause 64: a section that says nothing is there, and leads nowhere', async () => {
    const home = await awsHome({ config: '[default]\nregion = eu-west-1\n[profile empty]\n' })
    const aws = realAws({ env: {}, home })
    await expect(aws.signInOf({ profile: 'empty' })).rejects.toMatchObject({
      problems: [{ code: 'DK5002', detail: expect.stringContaining('no way to sign in') }],
    })
    expect(await aws.profiles()).toEqual([
      { name: 'default', isUsable: false },
      { name: 'empty', isUsable: false },
    ])
  })

  test('clause 64: the names of the profiles', async () => {
    const names = (await open().profiles()).map(({ name }) => name)
    expect(names).toContain('sso-old')
    expect(names).toEqual(names.toSorted())
    expect(names.filter((name) => name.includes('acme'))).toEqual([])
    const nobody = realAws({ env: {}, home: await awsHome({}) })
    expect(await nobody.profiles()).toEqual([])
  })

  test('clause 65: keys of the environment, with their program, region and end', async () => {
    const keys = { AWS_ACCESS_KEY_ID: 'ASIAENV', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' }
    const env = { AWS_DEFAULT_REGION: 'us-west-2', AWS_CREDENTIAL_EXPIRATION: '2099-01-01T00:00:00Z' }
    expect(await open({ ...keys, ...env, AWS_VAULT: 'acme' }).signInOf({})).toEqual({
      kind: 'environment',
      region: 'us-west-2',
      expiresAtMs: Date.parse('2099-01-01T00:00:00Z'),
      from: 'aws-vault',
    })
    expect(await open({ ...keys, AWSUME_PROFILE: 'acme' }).signInOf({})).toMatchObject({ from: 'awsume' })
    expect(await open({ ...keys, GRANTED_SSO: 'true' }).signInOf({})).toMatchObject({ from: 'granted' })
    expect(await open({ ...keys, GRANTED_ALIAS_CONFIGURED: 'true' }).signInOf({})).not.toHaveProperty('from')
  })
})
