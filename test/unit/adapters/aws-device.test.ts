import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startDeviceSignIn } from '../../../src/adapters/aws-device.ts'
import { ssoCachePath } from '../../../src/adapters/aws-sso-cache.ts'
import { openRoom } from '../../../src/adapters/aws-room.ts'
import type { SsoStart } from '../../../src/ports/aws.ts'
import { awsRefuses, awsUnreachable } from '../../../src/problems/aws.ts'
import { deviceSignInExpired, deviceSignInRefused } from '../../../src/problems/aws-sign-in.ts'
import type { ProblemKind } from '../../../src/problems/problem.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { awsHome } from '../../fakes/aws-home.ts'
import { type DeviceAnswer, loopbackSso, type LoopbackSso } from '../../fakes/sso-server.ts'

const run = promisify(execFile)
const start: SsoStart = {
  startUrl: 'https://acme.awsapps.com/start',
  region: 'eu-west-1',
  session: 'acme',
}
const config = `[profile acme-dev]
sso_session = acme
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
`
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
const never = new AbortController().signal

let server: LoopbackSso
beforeEach(async () => {
  server = await loopbackSso()
})
afterEach(async () => server.close())

async function laptop() {
  const home = await awsHome({ config })
  const env = { AWS_ENDPOINT_URL_SSO_OIDC: server.url, AWS_ENDPOINT_URL_SSO: server.url }
  const startMs = Math.trunc(Date.now() / 1_000) * 1_000
  const clock = manualClock({ auto: true, startMs })
  const room = await openRoom({ env, home, deadlineMs: 2_000, clock })
  const begin = async (from = start) => startDeviceSignIn(from, { room, clock }, never)
  return { home, env, clock, startMs, begin, path: ssoCachePath(home, start) }
}

describe('the device flow', () => {
  test('shows a code and an address, waits, and keeps the token as the AWS CLI does', async () => {
    const { home, clock, startMs, begin, path } = await laptop()
    server.answers.push('pending', 'pending')
    const begun = await begin()
    expect(begun).toMatchObject({
      userCode: 'ABCD-EFGH',
      address: 'https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH',
      expiresAtMs: startMs + 600_000,
    })
    await begun.finish(never)
    expect(clock.now() - startMs).toBe(3_000)
    // sha1 of the session's name, as botocore's SSOTokenLoader has it.
    expect(path).toBe(join(home, '.aws/sso/cache', `${sha1('acme')}.json`))
    const kept = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
    expect(kept).toEqual({
      startUrl: start.startUrl,
      region: 'eu-west-1',
      accessToken: 'access-token-canary-1',
      expiresAt: new Date(startMs + 3_000 + 28_800_000).toISOString().replace('.000Z', 'Z'),
      clientId: 'client-id',
      clientSecret: 'client-secret-canary',
      registrationExpiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      refreshToken: 'refresh-token-canary-1',
    })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700)
    expect(await readdir(dirname(path))).toHaveLength(1)
    expect(server.requests.map(({ path, body }) => [path, body['grantType'], body['scopes']])).toEqual([
      ['/client/register', undefined, ['sso:account:access']],
      ['/device_authorization', undefined, undefined],
      ...Array.from({ length: 3 }, () => [
        '/token',
        'urn:ietf:params:oauth:grant-type:device_code',
        undefined,
      ]),
    ])
  })

  test('of a profile without an sso-session: by the address, without scopes', async () => {
    const { home, begin } = await laptop()
    const legacy = { startUrl: start.startUrl, region: 'eu-west-1' }
    await (await begin(legacy)).finish(never)
    expect(ssoCachePath(home, legacy)).toBe(join(home, '.aws/sso/cache', `${sha1(start.startUrl)}.json`))
    expect((await stat(ssoCachePath(home, legacy))).isFile()).toBe(true)
    expect(server.requests[0]?.body).not.toHaveProperty('scopes')
  })

  test.each<{ name: string; answers: readonly DeviceAnswer[]; intervalS?: number; afterMs: number }>([
    { name: 'slower when told to', answers: ['slow-down', 'pending'], afterMs: 1_000 + 6_000 + 6_000 },
    { name: 'five seconds when no pause is named', answers: ['pending'], intervalS: 0, afterMs: 10_000 },
    { name: 'through a network that went away', answers: ['cut', 'cut'], afterMs: 1_000 + 2_000 },
    { name: 'through a fault of AWS’s own', answers: ['broken', 'broken'], afterMs: 1_000 + 2_000 },
  ])('asks $name', async ({ answers, intervalS = 1, afterMs }) => {
    const { clock, startMs, begin, path } = await laptop()
    server.answers.push(...answers)
    server.intervalS = intervalS
    await (await begin()).finish(never)
    expect(clock.now() - startMs).toBe(afterMs)
    expect((await stat(path)).isFile()).toBe(true)
  })

  test.each<{ name: string; answers: readonly DeviceAnswer[]; kind: ProblemKind }>([
    { name: 'says no', answers: ['pending', 'denied'], kind: deviceSignInRefused },
    { name: 'lets the code end, as AWS says', answers: ['expired'], kind: deviceSignInExpired },
    {
      name: 'lets the code end, by the clock',
      answers: Array.from({ length: 30 }, () => 'pending'),
      kind: deviceSignInExpired,
    },
  ])('keeps nothing when the person $name', async ({ answers, kind }) => {
    const { home, begin } = await laptop()
    server.answers.push(...answers)
    server.intervalS = 30
    const ended = (await begin()).finish(never)
    await expect(ended).rejects.toMatchObject({
      problems: [{ code: kind.code, detail: expect.stringContaining(start.startUrl) }],
    })
    expect(await readdir(join(home, '.aws'))).toEqual(['config'])
  })

  test('stops when the person stops it', async () => {
    const { begin, home } = await laptop()
    server.answers.push(...Array.from({ length: 5 }, () => 'pending' as const))
    const stop = AbortSignal.abort('SIGINT')
    await expect((await begin()).finish(stop)).rejects.toBe('SIGINT')
    expect(await readdir(join(home, '.aws'))).toEqual(['config'])
  })

  test('says what AWS says of a start page that there is not, and that nobody answers', async () => {
    const { begin, home } = await laptop()
    server.unknown.add(start.startUrl)
    await expect(begin()).rejects.toMatchObject({
      problems: [{ code: awsRefuses.code, evidence: ['Invalid start URL provided'] }],
    })
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }
    const clock = manualClock({ auto: true })
    const room = await openRoom({ env, home, deadlineMs: 2_000, clock })
    const begun = startDeviceSignIn(start, { room, clock }, never)
    await expect(begun).rejects.toMatchObject({ problems: [{ code: awsUnreachable.code }] })
  })

  test('closes a file that another program left open to others', async () => {
    const { begin, path } = await laptop()
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '{}', { mode: 0o644 })
    await (await begin()).finish(never)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
})

/** The keys that a program of its own gets by the token, read back by the SDK: only HOME says where. */
async function bySdk(home: string, env: Readonly<Record<string, string>>): Promise<string> {
  const script = `
    import { fromSSO } from '@aws-sdk/credential-providers'
    const keys = await fromSSO({ profile: 'acme-dev' })()
    console.log(keys.accessKeyId)
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    env: { PATH: process.env['PATH'], HOME: home, ...env },
  })
  return stdout.trim()
}

describe('the token is read back', () => {
  test('by the SDK, which renews it as well', async () => {
    const { home, env, begin, path } = await laptop()
    await (await begin()).finish(never)
    expect(await bySdk(home, env)).toBe('ASIASSO111122223333')
    const kept = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
    await writeFile(path, JSON.stringify({ ...kept, expiresAt: new Date(Date.now() + 60_000).toISOString() }))
    expect(await bySdk(home, env)).toBe('ASIASSO111122223333')
    const renewed = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
    expect(renewed).toMatchObject({
      accessToken: 'access-token-canary-2',
      refreshToken: 'refresh-token-canary-2',
      clientId: 'client-id',
      registrationExpiresAt: kept['registrationExpiresAt'],
    })
    // It keeps the mode that it finds.
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('by two programs that renew it at once: one is refused, and both have keys', async () => {
    const { home, env, begin, path } = await laptop()
    await (await begin()).finish(never)
    const kept = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
    await writeFile(
      path,
      JSON.stringify({ ...kept, expiresAt: new Date(Date.now() + 120_000).toISOString() }),
    )
    server.refreshDelayMs = 1_500
    const keys = await Promise.all([bySdk(home, env), bySdk(home, env)])
    expect(keys).toEqual(['ASIASSO111122223333', 'ASIASSO111122223333'])
    expect(server.requests.filter(({ body }) => body['grantType'] === 'refresh_token')).toHaveLength(2)
    const renewed = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
    expect(renewed['refreshToken']).toBe('refresh-token-canary-2')
  })

  const hasCli = spawnSync('aws', ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0
  if (!hasCli) process.stdout.write('the AWS CLI is not here: it does not read the token back\n')
  test.skipIf(!hasCli)('by the AWS CLI', async () => {
    const { home, env, begin } = await laptop()
    await (await begin()).finish(never)
    // Signs on this machine, so only the keys are asked for.
    const { stdout } = await run('aws', ['s3', 'presign', 's3://acme/key', '--profile', 'acme-dev'], {
      env: { PATH: process.env['PATH'], HOME: home, ...env },
    })
    expect(stdout).toMatch(/ASIASSO111122223333/)
  })
})
