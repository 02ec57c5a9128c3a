import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { realAws, type RealAwsOptions } from '../../../src/adapters/aws.ts'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { CodeQuestion } from '../../../src/aws/ask-code.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { awsHome } from '../../fakes/aws-home.ts'
import { jsonError, type LoopbackAws, loopbackAws, queryError, targetError } from '../../fakes/aws-server.ts'

const signal = new AbortController().signal
const hourMs = 3_600_000
const role = 'arn:aws:iam::123456789012:role/developer'
const serial = 'arn:aws:iam::123456789012:mfa/anna'
const program = (script: string) => `"${process.execPath}" -e "${script}"`
const printed = (fields: string) =>
  `console.log(JSON.stringify({Version:1,AccessKeyId:'ASIAPROC',SecretAccessKey:'s'${fields}}))`

const config = `
[profile keys]
region = eu-west-1
[profile own-code]
mfa_serial = ${serial}
[profile role]
role_arn = ${role}
source_profile = keys
[profile long-role]
role_arn = ${role}
source_profile = keys
duration_seconds = 43200
[profile mfa]
role_arn = ${role}
source_profile = keys
mfa_serial = ${serial}
region = eu-west-1
[profile mfa-2]
role_arn = ${role}-2
source_profile = keys
mfa_serial = ${serial}
[profile session-mfa]
role_arn = ${role}
source_profile = session
mfa_serial = ${serial}
[profile process]
credential_process = ${program(printed(",SessionToken:'t',Expiration:'2099-01-01T00:00:00Z'"))}
[profile process-endless]
credential_process = ${program(printed(",SessionToken:'t'"))}
[profile process-keys]
credential_process = ${program(printed(''))}
`
const keysOf = (name: string, more = '') =>
  `[${name}]\naws_access_key_id = AKIA${name.toUpperCase()}\naws_secret_access_key = s\n${more}\n`
const credentials = [
  keysOf('keys'),
  keysOf('own-code'),
  keysOf('session', 'aws_session_token = t'),
  keysOf('saml', 'aws_session_token = t\nx_security_token_expires = 2099-01-01T00:00:00+00:00'),
  keysOf('awsume', 'aws_session_token = t\nexpiration = 2099-01-01T00:00:00Z'),
  keysOf('over', 'aws_session_token = t\nexpiration = 2020-01-01T00:00:00Z'),
].join('')

let server: LoopbackAws
let home: string
beforeAll(async () => {
  server = await loopbackAws()
  home = await awsHome({ config, credentials })
})
afterAll(async () => server.close())
beforeEach(() => {
  server.instead.clear()
})

const open = (options: Partial<RealAwsOptions> = {}) => {
  const { env, ...others } = options
  return realAws({
    env: { AWS_ENDPOINT_URL: server.url, USER: 'anna', PATH: process.env['PATH'] ?? '', ...env },
    home,
    ...others,
  })
}
/** What STS was asked, from here on. */
function watched() {
  const from = server.requests.length
  return () =>
    server.requests.slice(from).map(({ accessKeyId, body, region }) => ({
      accessKeyId,
      region,
      ...Object.fromEntries(new URLSearchParams(body)),
    }))
}

/** A person who types these codes, and a folder for what they buy. */
async function person(...codes: readonly string[]) {
  const asked: CodeQuestion[] = []
  const folder = join(await awsHome({}), 'sessions')
  const store = { files: realFiles(), hashing: realHashing(), platform: 'linux', folder } as const
  const askCode = async (question: CodeQuestion) => {
    asked.push(question)
    return Secret.of(codes[asked.length - 1] ?? '000000')
  }
  return { asked, folder, sessions: store, askCode }
}

describe('long-term keys', () => {
  test('clause 53: become a session of twelve hours, asked for once', async () => {
    const asked = watched()
    const aws = open()
    const [first, second] = await Promise.all([
      aws.session({ profile: 'keys' }, signal),
      aws.session({ profile: 'keys' }, signal),
    ])
    expect(first).toMatchObject({ accessKeyId: 'ASIAOWN', expiresAtMs: expect.any(Number) })
    expect(first.sessionToken).toBeInstanceOf(Secret)
    expect(second).toEqual(first)
    expect(asked()).toMatchObject([
      { Action: 'GetSessionToken', DurationSeconds: '43200', accessKeyId: 'AKIAKEYS' },
      { Action: 'GetCallerIdentity', accessKeyId: 'ASIAOWN' },
    ])
  })

  test.each([
    [60, '900'],
    [7_200, '7200'],
    [1_000_000, '129600'],
  ])('clause 53: %i s are asked for as %s', async (sessionSeconds, seconds) => {
    const asked = watched()
    await open().session({ profile: 'keys', sessionSeconds }, signal)
    expect(asked()[0]).toMatchObject({ DurationSeconds: seconds })
  })

  test('clause 53: those of a credential_process and of the environment as well', async () => {
    expect((await open().session({ profile: 'process-keys' }, signal)).accessKeyId).toBe('ASIAOWN')
    const env = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's', AWS_REGION: 'eu-west-1' }
    expect((await open({ env }).session({}, signal)).accessKeyId).toBe('ASIAOWN')
  })
})

describe('a role that leaves', () => {
  test('clause 54: as long as was asked for, and for an hour where STS says that it is too long', async () => {
    const asked = watched()
    const reason =
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining'
    server.instead.set('sts:AssumeRole', ({ body }) =>
      body.includes('DurationSeconds=43200') ? queryError(400, 'ValidationError', reason) : undefined,
    )
    const found = await open().session({ profile: 'keys', roleArn: role, sessionSeconds: 50_000 }, signal)
    expect(asked().map((call) => 'DurationSeconds' in call && call.DurationSeconds)).toEqual([
      '43200',
      '3600',
    ])
    expect(found.expiresAtMs - Date.now()).toBeLessThanOrEqual(hourMs)
  })

  test('clause 54: of a profile, as long as the profile says', async () => {
    const asked = watched()
    await open().session({ profile: 'long-role' }, signal)
    await open().session({ profile: 'role' }, signal)
    expect(asked()).toMatchObject([{ DurationSeconds: '43200' }, { DurationSeconds: '3600' }])
  })

  test('clause 54: another refusal is told at once', async () => {
    const asked = watched()
    server.instead.set('sts:AssumeRole', queryError(400, 'ValidationError', 'the name is too long'))
    const call = open().session({ profile: 'keys', roleArn: role, sessionSeconds: 7_200 }, signal)
    await expect(call).rejects.toMatchObject({ problems: [{ code: 'DK5025' }] })
    expect(asked()).toHaveLength(1)
  })

  test('clause 55: the policy is the asked role’s alone', async () => {
    const asked = watched()
    const policy = '{"Version":"2012-10-17","Statement":[]}'
    const wants = { profile: 'role', roleArn: `${role}-9`, sessionName: 'devk8s-x', policy }
    await open().session(wants, signal)
    const [first, second] = asked()
    expect(first).not.toHaveProperty('Policy')
    expect(second).toMatchObject({ RoleArn: `${role}-9`, Policy: policy, RoleSessionName: 'devk8s-x' })
  })

  test('clause 55: identity and registries use the session that leaves', async () => {
    const asked = watched()
    const aws = open()
    const wants = { profile: 'keys', roleArn: role, region: 'eu-west-1' }
    const session = await aws.session(wants, signal)
    expect(await aws.callerIdentity(wants, signal)).toMatchObject({ account: '123456789012' })
    await aws.registryToken(wants, signal)
    expect(asked().filter((call) => 'Action' in call && call.Action === 'AssumeRole')).toHaveLength(1)
    expect(server.requests.at(-1)).toMatchObject({ service: 'ecr', accessKeyId: session.accessKeyId })
  })
})

test.each<[string, (aws: ReturnType<typeof open>) => Promise<unknown>]>([
  ['AssumeRole', async (aws) => aws.session({ profile: 'keys', roleArn: role }, signal)],
  ['GetSessionToken', async (aws) => aws.session({ profile: 'keys' }, signal)],
  ['GetCallerIdentity', async (aws) => aws.callerIdentity({ profile: 'keys' }, signal)],
])('clause 30: %s: an answer without what was asked for', async (action, call) => {
  const body = `<${action}Response><${action}Result></${action}Result></${action}Response>`
  server.instead.set(`sts:${action}`, { status: 200, headers: { 'content-type': 'text/xml' }, body })
  await expect(call(open())).rejects.toMatchObject({
    problems: [{ code: 'DK5025', evidence: [expect.stringContaining('the answer of STS')] }],
  })
})

describe('a code', () => {
  test('clause 56: one session with it, and the roles with that', async () => {
    const { asked: questions, ...desk } = await person('123456')
    const calls = watched()
    const aws = open(desk)
    await aws.session({ profile: 'mfa' }, signal)
    await aws.credentials({ profile: 'mfa-2' }, signal)
    expect(questions).toEqual([{ profile: 'mfa', serial, isAgain: false }])
    expect(calls()).toMatchObject([
      { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: '123456', DurationSeconds: '43200' },
      { Action: 'AssumeRole', RoleArn: role, accessKeyId: 'ASIACODE' },
      { Action: 'AssumeRole', RoleArn: `${role}-2`, accessKeyId: 'ASIACODE' },
    ])
    expect(calls()[1]).not.toHaveProperty('TokenCode')
  })

  test('clause 57: is asked for once by several, and its session kept for the next program', async () => {
    const { asked: questions, folder, ...desk } = await person('123456')
    const aws = open(desk)
    await Promise.all(
      ['mfa', 'mfa-2', 'mfa'].map(async (profile, index) =>
        index === 2 ? aws.session({ profile }, signal) : aws.credentials({ profile }, signal),
      ),
    )
    expect(questions).toHaveLength(1)
    const [file = ''] = await readdir(folder)
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(folder, file), 'utf8')).not.toContain('AKIA')
    const broker = open({ sessions: desk.sessions })
    expect((await broker.session({ profile: 'mfa' }, signal)).accessKeyId).toBe('ASIAROLE123456789012')
  })

  test('clause 57: near its end a person is asked anew, and without one what is left is used', async () => {
    const { asked: questions, ...desk } = await person('123456', '123456')
    const clock = manualClock({ auto: true, startMs: Date.now() })
    await open({ ...desk, clock }).session({ profile: 'mfa' }, signal)
    await clock.sleep(12 * hourMs - 10 * 60_000)
    const broker = open({ sessions: desk.sessions, clock })
    expect(await broker.credentials({ profile: 'mfa' }, signal)).toBeDefined()
    await open({ ...desk, clock }).credentials({ profile: 'mfa' }, signal)
    expect(questions).toHaveLength(2)
    await clock.sleep(13 * hourMs)
    await expect(broker.credentials({ profile: 'mfa' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5006', next: ['devk8s aws login'] }],
    })
  })

  test('clause 57: a folder that cannot be written costs nothing now', async () => {
    const { folder, ...desk } = await person('123456')
    await writeFile(folder, 'a file')
    expect(await open(desk).session({ profile: 'mfa' }, signal)).toBeDefined()
  })

  test('clause 58: a wrong one is asked for again', async () => {
    const { asked: questions, ...desk } = await person('111111', '123456')
    expect(await open(desk).session({ profile: 'mfa' }, signal)).toBeDefined()
    expect(questions.map(({ isAgain }) => isAgain)).toEqual([false, true])
  })

  test('clause 58: three times in all', async () => {
    const { asked: questions, ...desk } = await person()
    await expect(open(desk).session({ profile: 'mfa' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5015', next: ['devk8s aws login'] }],
    })
    expect(questions).toHaveLength(3)
  })

  test('clause 58: another refusal is no wrong code', async () => {
    const { asked: questions, ...desk } = await person('123456')
    server.instead.set('sts:GetSessionToken', queryError(403, 'AccessDenied', 'not authorized'))
    await expect(open(desk).session({ profile: 'mfa' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5012' }],
    })
    expect(questions).toHaveLength(1)
  })

  test('clause 59: of the keys themselves, for what leaves', async () => {
    const { asked: questions, ...desk } = await person('123456')
    const aws = open(desk)
    const source = { profile: 'own-code', region: 'eu-west-1' }
    expect((await aws.credentials(source, signal)).accessKeyId).toBe('AKIAOWN-CODE')
    await aws.callerIdentity(source, signal)
    expect(questions).toHaveLength(0)
    expect((await aws.session(source, signal)).accessKeyId).toBe('ASIACODE')
    await aws.registryToken(source, signal)
    expect(server.requests.at(-1)).toMatchObject({ service: 'ecr', accessKeyId: 'ASIACODE' })
    const next = open({ sessions: desk.sessions })
    expect((await next.credentials(source, signal)).accessKeyId).toBe('ASIACODE')
    expect(questions).toEqual([{ profile: 'own-code', serial, isAgain: false }])
  })

  test('clause 63: is not asked of keys that are a session’s', async () => {
    const { asked: questions, ...desk } = await person('123456')
    const calls = watched()
    await open(desk).session({ profile: 'session-mfa' }, signal)
    expect(questions).toEqual([])
    expect(calls()).toMatchObject([{ Action: 'AssumeRole', accessKeyId: 'AKIASESSION' }])
  })

  test('a person who gives up stops it, and the next call asks anew', async () => {
    const { asked: questions, ...desk } = await person('123456')
    let isFirst = true
    const askCode = async (question: CodeQuestion) => {
      if (!isFirst) return desk.askCode(question)
      isFirst = false
      throw new DOMException('', 'AbortError')
    }
    const aws = open({ ...desk, askCode })
    await expect(aws.session({ profile: 'mfa' }, signal)).rejects.toThrow(DOMException)
    expect(await aws.session({ profile: 'mfa' }, signal)).toBeDefined()
    expect(questions).toHaveLength(1)
  })
})

describe('what does not leave', () => {
  test.each([
    ['process-endless', 'DK5016'],
    ['session', 'DK5016'],
    ['over', 'DK5008'],
  ])('clause 60: %s: %s', async (profile, code) => {
    await expect(open().session({ profile }, signal)).rejects.toMatchObject({ problems: [{ code }] })
  })

  test('clause 60: keys of the environment without an end', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'ASIAENV', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' }
    await expect(open({ env }).session({}, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5016', detail: expect.stringContaining('environment') }],
    })
  })

  test.each(['saml', 'awsume', 'process'])('clause 61: %s tells its end', async (profile) => {
    const { expiresAtMs } = await open().session({ profile }, signal)
    expect(expiresAtMs).toBe(Date.parse('2099-01-01T00:00:00Z'))
  })
})

test('whose keys they are is asked once a run, and again after a refusal', async () => {
  const aws = open()
  const asked = watched()
  server.instead.set('sts:GetCallerIdentity', queryError(403, 'ExpiredToken', 'over'))
  await expect(aws.callerIdentity({ profile: 'keys' }, signal)).rejects.toMatchObject({
    problems: [{ code: 'DK5008' }],
  })
  server.instead.clear()
  const both = await Promise.all([1, 2].map(async () => aws.callerIdentity({ profile: 'keys' }, signal)))
  expect(both[1]).toEqual(both[0])
  expect(asked()).toHaveLength(2)
  await aws.callerIdentity({ profile: 'keys', roleArn: role }, signal)
  expect(asked()).toHaveLength(3)
})

test('clause 62: a session is a new one once a quarter of its life has passed', async () => {
  const clock = manualClock({ auto: true, startMs: Date.now() })
  const aws = open({ clock })
  const asked = watched()
  const wants = { profile: 'keys', roleArn: role }
  await aws.session(wants, signal)
  await clock.sleep(10 * 60_000)
  await aws.session(wants, signal)
  expect(asked()).toHaveLength(1)
  await clock.sleep(10 * 60_000)
  await aws.session(wants, signal)
  expect(asked()).toHaveLength(2)
})

describe('ECR', () => {
  const source = { profile: 'keys', region: 'eu-central-1' }
  test.each([
    ['ExpiredTokenException', 'The security token included in the request is expired', 'DK5008'],
    ['UnrecognizedClientException', 'The security token included in the request is invalid.', 'DK5009'],
    ['InvalidSignatureException', 'The request signature we calculated does not match', 'DK5010'],
    ['InvalidSignatureException', 'Signature expired: 20260101T000000Z is now earlier', 'DK5011'],
    ['AccessDeniedException', 'User: arn:aws:iam::123456789012:user/anna is not authorized', 'DK5012'],
    ['ServerException', 'These errors are usually caused by a server-side issue.', 'DK5024'],
  ])('clause 66: %s: %s', async (name, message, code) => {
    server.instead.set('ecr:GetAuthorizationToken', targetError(name, message))
    await expect(open().registryToken(source, signal)).rejects.toMatchObject({ problems: [{ code }] })
  })

  test('clause 66: an answer without a token', async () => {
    server.instead.set('ecr:GetAuthorizationToken', { status: 200, body: '{"authorizationData":[]}' })
    await expect(open().registryToken(source, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5025', evidence: ['the answer of ECR has no token'] }],
    })
  })

  test('clause 67: the statement that is missing', async () => {
    server.instead.set('ecr:GetAuthorizationToken', targetError('AccessDeniedException', 'not authorized'))
    const statement = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }
    await expect(open().registryToken(source, signal)).rejects.toMatchObject({
      problems: [
        {
          code: 'DK5012',
          next: ['devk8s guard policy', expect.any(String)],
          evidence: ['not authorized'],
          paste: { into: 'a policy of the AWS profile keys', text: JSON.stringify(statement, null, 2) },
        },
      ],
    })
  })
})

test('clause 68: a wrong clock is told with how wrong it is', async () => {
  const date = new Date(Date.now() + 10 * 60_000).toUTCString()
  const refusal = targetError('InvalidSignatureException', 'Signature expired: now earlier')
  server.instead.set('ecr:GetAuthorizationToken', { ...refusal, headers: { ...refusal.headers, date } })
  const call = open().registryToken({ profile: 'keys', region: 'eu-west-1' }, signal)
  await expect(call).rejects.toMatchObject({
    problems: [{ code: 'DK5011', detail: expect.stringMatching(/10 minutes behind that of AWS/) }],
  })
})

test('clause 69: a role that refuses: what its trust policy lacks', async () => {
  const caller = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/anna'
  const reason = `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${role}`
  server.instead.set('sts:AssumeRole', queryError(403, 'AccessDenied', reason))
  const call = open().session({ profile: 'keys', roleArn: role }, signal)
  await expect(call).rejects.toMatchObject({
    problems: [
      {
        code: 'DK5013',
        evidence: [reason],
        paste: {
          into: `the trust policy of ${role}`,
          text: expect.stringContaining('role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Developer_*'),
        },
      },
    ],
  })
})

test('IAM that may not be asked leaves it unknown', async () => {
  server.instead.set('iam:SimulatePrincipalPolicy', queryError(403, 'AccessDenied', 'no'))
  server.instead.set('iam:GetRole', queryError(403, 'AccessDenied', 'no'))
  const repositoryArn = 'arn:aws:ecr:eu-west-1:123456789012:repository/app'
  expect(await open().canPush({ profile: 'keys', repositoryArn }, signal)).toBe('unknown')
})

test('a device sign-in that is refused is told as AWS’s', async () => {
  const start = { startUrl: 'https://acme.awsapps.com/start', region: 'eu-west-1' }
  server.instead.set('unsigned', jsonError(400, 'InvalidRequestException', 'no such page'))
  await expect(open().startDeviceSignIn(start, signal)).rejects.toMatchObject({
    problems: [{ code: 'DK5025', evidence: [expect.stringContaining('no such page')] }],
  })
})
