import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { realAws, type RealAwsOptions } from '../../../src/adapters/aws.ts'
import { createMemory } from '../../../src/engine/memory.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { admit, type AdmitContext, type Guarded } from '../../../src/upkeep/admit.ts'
import { renewAt } from '../../../src/upkeep/due.ts'
import { lifetimeOf } from '../../../src/upkeep/lifetime.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { awsHome } from '../../fakes/aws-home.ts'
import { type LoopbackAws, loopbackAws, queryError, targetError } from '../../fakes/aws-server.ts'

const signal = new AbortController().signal
const hourMs = 3_600_000
const role = 'arn:aws:iam::123456789012:role/developer'
const program = (path: string) =>
  `"${process.execPath}" -e "console.log(require('fs').readFileSync('${path}','utf8'))"`

let server: LoopbackAws
beforeAll(async () => {
  server = await loopbackAws()
})
afterAll(async () => server.close())
afterEach(() => {
  server.instead.clear()
  server.clock.aheadMs = 0
})

/** A person with long-term keys in a file, which change. */
async function person(options: Partial<RealAwsOptions> = {}) {
  const home = await awsHome({})
  const put = async (accessKeyId: string, more = '') =>
    writeFile(
      join(home, '.aws', 'credentials'),
      `[acme]\nregion = eu-west-1\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = long-secret-key\n${more}`,
    )
  const env = { AWS_ENDPOINT_URL: server.url, USER: 'anna', PATH: process.env['PATH'] ?? '' }
  await put('AKIA111111111111')
  return { home, put, aws: realAws({ env, home, ...options }) }
}

const calls = (from: number) => server.requests.slice(from).map(({ accessKeyId }) => accessKeyId)

/** GetSessionToken that gives a session of the account of the keys it is asked with. */
const sessionsOfTheirOwn = () =>
  server.instead.set('sts:GetSessionToken', ({ accessKeyId = '' }) => ({
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetSessionTokenResult><Credentials>
      <AccessKeyId>ASIA${accessKeyId.slice(4)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
      <SessionToken>t</SessionToken><Expiration>${new Date(Date.now() + 12 * hourMs).toISOString()}</Expiration>
      </Credentials></GetSessionTokenResult></GetSessionTokenResponse>`,
  }))

describe('clause 76: whose they are', () => {
  test('a session of long-term keys, by the session itself', async () => {
    const { aws } = await person()
    sessionsOfTheirOwn()
    const from = server.requests.length
    expect(await aws.session({ profile: 'acme' }, signal)).toMatchObject({
      accessKeyId: 'ASIA111111111111',
      account: '111111111111',
    })
    expect(calls(from)).toEqual(['AKIA111111111111', 'ASIA111111111111'])
  })

  test('a session that AWS does not know is not handed out', async () => {
    const { aws } = await person()
    server.instead.set('sts:GetCallerIdentity', queryError(403, 'InvalidClientTokenId', 'no'))
    await expect(aws.session({ profile: 'acme' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5009' }],
    })
  })

  test('a role tells it with its session, and nobody is asked again', async () => {
    const { aws } = await person()
    const from = server.requests.length
    const other = role.replace('123456789012', '222222222222')
    const wants = { profile: 'acme', roleArn: other, region: 'eu-west-1' }
    expect((await aws.session(wants, signal)).account).toBe('222222222222')
    expect((await aws.registryToken(wants, signal)).account).toBe('222222222222')
    expect(await aws.callerIdentity(wants, signal)).toEqual({
      account: '222222222222',
      arn: 'arn:aws:sts::222222222222:assumed-role/developer/devk8s-anna',
      userId: 'AROAEXAMPLE:x',
    })
    expect(calls(from)).toEqual(['AKIA111111111111', 'ASIAROLE222222222222'])
  })

  test('a role of an answer without a name', async () => {
    const { aws } = await person()
    const until = new Date(Date.now() + hourMs).toISOString()
    server.instead.set('sts:AssumeRole', {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>ASIA333333333333</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
        <SessionToken>t</SessionToken><Expiration>${until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    })
    const { account } = await aws.session({ profile: 'acme', roleArn: role }, signal)
    expect(account).toBe('333333333333')
  })

  test('a registry token, by the keys that it was asked for with', async () => {
    const { aws } = await person()
    const token = await aws.registryToken({ profile: 'acme', region: 'eu-west-1' }, signal)
    expect(token).toMatchObject({ region: 'eu-west-1', account: '111111111111' })
  })
})

describe('clause 77: keys that change', () => {
  const guarded: Guarded = {
    source: { profile: 'acme', region: 'eu-west-1' },
    accounts: { allow: ['111111111111'] },
  }
  const round = (aws: ReturnType<typeof realAws>) => {
    const ports = { aws, host: {} } as AdmitContext['ports']
    return admit(guarded, { ports, env: {}, signal, once: createMemory().once })
  }

  test('those of another account are seen at once, in every call', async () => {
    const { aws, put } = await person()
    sessionsOfTheirOwn()
    expect((await round(aws)).account).toBe('111111111111')
    expect((await aws.session(guarded.source, signal)).account).toBe('111111111111')
    await put('AKIA999999999999')
    await expect(round(aws)).rejects.toMatchObject({ problems: [{ code: 'DK5041' }] })
    expect(await aws.session(guarded.source, signal)).toMatchObject({
      accessKeyId: 'ASIA999999999999',
      account: '999999999999',
    })
    const token = await aws.registryToken({ profile: 'acme', region: 'eu-west-1' }, signal)
    expect(token.account).toBe('999999999999')
    expect(server.requests.findLast(({ service }) => service === 'ecr')?.accessKeyId).toBe('AKIA999999999999')
  })

  test('a setting of another profile changes nothing', async () => {
    const { aws, put } = await person()
    await aws.session({ profile: 'acme' }, signal)
    const from = server.requests.length
    await put('AKIA111111111111', '[other]\nregion = us-east-1\n')
    await aws.session({ profile: 'acme' }, signal)
    expect(calls(from)).toEqual([])
  })

  test('a role is assumed anew with the new keys', async () => {
    const { aws, put } = await person()
    await aws.session({ profile: 'acme', roleArn: role }, signal)
    const from = server.requests.length
    await put('AKIA999999999999')
    await aws.session({ profile: 'acme', roleArn: role }, signal)
    expect(calls(from)).toEqual(['AKIA999999999999'])
  })

  test('those of a program that tells no end are kept for a minute', async () => {
    const clock = manualClock({ auto: true, startMs: Date.now() })
    const { home, aws } = await person({ clock })
    const printed = join(home, 'printed.json')
    const config = `[profile program]\nregion = eu-west-1\ncredential_process = ${program(printed)}\n`
    await writeFile(join(home, '.aws', 'config'), config)
    const print = async (AccessKeyId: string) =>
      writeFile(printed, JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey: 's' }))
    const id = async () => (await aws.credentials({ profile: 'program' }, signal)).accessKeyId
    await print('AKIAONE')
    expect(await id()).toBe('AKIAONE')
    await print('AKIATWO')
    await clock.sleep(59_000)
    expect(await id()).toBe('AKIAONE')
    await clock.sleep(1_000)
    expect(await id()).toBe('AKIATWO')
  })

  test('a clock that was put back keeps none of them for longer', async () => {
    let nowMs = Date.now()
    const clock: Clock = { ...manualClock({ auto: true }), now: () => nowMs }
    const { home, aws } = await person({ clock })
    const printed = join(home, 'printed.json')
    const config = `[profile program]\ncredential_process = ${program(printed)}\n`
    await writeFile(join(home, '.aws', 'config'), config)
    const ids = ['AKIAONE', 'AKIATWO']
    for (const AccessKeyId of ids) {
      await writeFile(printed, JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey: 's' }))
      expect((await aws.credentials({ profile: 'program' }, signal)).accessKeyId).toBe(AccessKeyId)
      nowMs -= hourMs
    }
  })
})

describe('clause 78: a wrong clock', () => {
  const lifeOf = (expiresAtMs: number) => {
    const life = lifetimeOf(Date.now(), expiresAtMs)
    const about = (ms: number) => Math.round((ms - Date.now()) / 60_000)
    return { ends: about(life.expiresAtMs), renewed: about(renewAt(life.issuedAtMs, life.expiresAtMs)) }
  }

  test.each([-3, -1.2, 0.9, 1.2, 2])('AWS is %f hours ahead: a role’s hour', async (hours) => {
    server.clock.aheadMs = hours * hourMs
    const { aws } = await person()
    const session = await aws.session({ profile: 'acme', roleArn: role }, signal)
    expect(lifeOf(session.expiresAtMs)).toEqual({ ends: 60, renewed: 30 })
    const kept = await aws.session({ profile: 'acme', roleArn: role }, signal)
    expect(kept).toEqual(session)
  })

  test('long-term keys, and a registry', async () => {
    server.clock.aheadMs = -3 * hourMs
    const { aws } = await person()
    const { expiresAtMs } = await aws.session({ profile: 'acme', sessionSeconds: 3_600 }, signal)
    expect(lifeOf(expiresAtMs)).toEqual({ ends: 60, renewed: 30 })
    const token = await aws.registryToken({ profile: 'acme', region: 'eu-west-1' }, signal)
    expect(lifeOf(token.expiresAtMs)).toEqual({ ends: 720, renewed: 360 })
    const { expiresAtMs: own = 0 } = await aws.credentials({ profile: 'acme', roleArn: role }, signal)
    expect(lifeOf(own).ends).toBe(15)
  })

  test('keys that are handed on, by what the question whose they are is answered with', async () => {
    server.clock.aheadMs = -3 * hourMs
    const { aws, put } = await person()
    const until = new Date(Date.now() - 2 * hourMs).toISOString()
    await put('ASIA111111111111', `aws_session_token = t\nexpiration = ${until}\n`)
    const { expiresAtMs } = await aws.session({ profile: 'acme' }, signal)
    expect(lifeOf(expiresAtMs)).toEqual({ ends: 60, renewed: 30 })
  })

  test('leaves one attempt more for what else may fail', async () => {
    server.clock.aheadMs = 2 * hourMs
    const { aws } = await person()
    await aws.callerIdentity({ profile: 'acme' }, signal)
    let busy = 1
    server.instead.set('ecr:GetAuthorizationToken', ({ headers }) => {
      const isInTime = Number(String(headers['x-amz-date']).slice(9, 11)) !== new Date().getUTCHours()
      return isInTime && busy-- > 0 ? targetError('ServerException', 'busy') : undefined
    })
    const token = await aws.registryToken({ profile: 'acme', region: 'eu-west-1' }, signal)
    expect(token.account).toBe('111111111111')
    expect(busy).toBeLessThan(1)
  })

  test('that is put right leaves ends where they are', async () => {
    server.clock.aheadMs = 2 * hourMs
    const { aws } = await person()
    const wrong = await aws.session({ profile: 'acme', roleArn: role }, signal)
    server.clock.aheadMs = 0
    await aws.callerIdentity({ profile: 'acme' }, signal)
    const { expiresAtMs } = await aws.session({ profile: 'acme', roleArn: role }, signal)
    expect(expiresAtMs - wrong.expiresAtMs).toBeGreaterThan(1.9 * hourMs)
  })

  test('less than a minute is none, and what a cache kept tells nothing', async () => {
    server.clock.aheadMs = 50_000
    const { aws } = await person()
    const { expiresAtMs } = await aws.session({ profile: 'acme', roleArn: role }, signal)
    expect(expiresAtMs - Date.now()).toBeGreaterThan(hourMs)
    const date = new Date(Date.now() - 3 * hourMs).toUTCString()
    const denied = targetError('AccessDeniedException', 'no')
    const headers = { ...denied.headers, date, age: '10800' }
    server.instead.set('ecr:GetAuthorizationToken', { ...denied, headers })
    const call = aws.registryToken({ profile: 'acme', region: 'eu-west-1' }, signal)
    await expect(call).rejects.toMatchObject({ problems: [{ code: 'DK5012' }] })
    expect((await aws.session({ profile: 'acme', roleArn: role }, signal)).expiresAtMs).toBe(expiresAtMs)
  })
})

describe('clause 80: nothing is used before output can be kept free of it', () => {
  /** Answers every call with what it was sent, as some stand-ins for AWS do. */
  const echo = () => {
    for (const action of ['sts:GetCallerIdentity', 'iam:SimulatePrincipalPolicy', 'iam:GetRole']) {
      server.instead.set(action, ({ headers }) =>
        queryError(400, 'ValidationError', `bad token ${String(headers['x-amz-security-token'])}`),
      )
    }
  }

  test.each<[string, (aws: ReturnType<typeof realAws>) => Promise<unknown>]>([
    ['callerIdentity', async (aws) => aws.callerIdentity({ profile: 'acme' }, signal)],
    ['canPush', async (aws) => aws.canPush({ profile: 'acme', repositoryArn: 'arn:x' }, signal)],
    ['describeCluster', async (aws) => aws.describeCluster({ profile: 'acme', cluster: 'a' }, signal)],
    ['readText', async (aws) => aws.readText({ profile: 'acme', bucket: 'b', key: 'k' }, signal)],
  ])('%s', async (_name, call) => {
    const told: string[] = []
    const { aws, put } = await person({ onReveal: (plain) => told.push(plain) })
    await put('ASIA111111111111', 'aws_session_token = canary-session-token\n')
    echo()
    await call(aws).catch(() => {})
    expect(told).toEqual(expect.arrayContaining(['long-secret-key', 'canary-session-token']))
    // A signature is no secret.
    expect(told.join(' ')).not.toContain('AWS4-HMAC')
  })

  test('those of every role on the way, and of a registry', async () => {
    const told: string[] = []
    const { aws } = await person({ onReveal: (plain) => told.push(plain) })
    const { auth } = await aws.registryToken({ profile: 'acme', roleArn: role, region: 'eu-west-1' }, signal)
    const all = ['long-secret-key', 'role-secret', 'role-session', Secret.reveal(auth)]
    expect(told).toEqual(expect.arrayContaining(all))
    expect(told.join(' ')).not.toContain('123456789012:role')
  })

  test('the tokens of a sign-in on any device', async () => {
    const told: string[] = []
    const { aws } = await person({ onReveal: (plain) => told.push(plain) })
    const body = JSON.stringify({ clientId: 'id', clientSecret: 'canary-client-secret' })
    server.instead.set('unsigned', ({ path }) =>
      path === '/client/register'
        ? { status: 200, headers: { 'content-type': 'application/json' }, body }
        : undefined,
    )
    const start = { startUrl: 'https://acme.awsapps.com/start', region: 'eu-west-1' }
    await expect(aws.startDeviceSignIn(start, signal)).rejects.toMatchObject({ problems: [{}] })
    expect(told).toContain('canary-client-secret')
  })
})
