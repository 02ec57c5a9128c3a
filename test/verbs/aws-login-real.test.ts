import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realAws } from '../../src/adapters/aws.ts'
import { ssoCachePath } from '../../src/adapters/aws-sso-cache.ts'
import { awsSsoSignInNeeded } from '../../src/problems/aws.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { type LoopbackAws, loopbackAws } from '../fakes/aws-server.ts'
import { type LoopbackSso, loopbackSso } from '../fakes/sso-server.ts'
import { newSignInLab } from './sign-in-lab.ts'

const team = `  profile: acme-dev
  region: eu-west-1
  ecr: {}
  accounts: { allow: ['111122223333'] }
  sso: { startUrl: 'https://acme.awsapps.com/start', region: eu-west-1, account: '111122223333', role: Dev }
`

let sso: LoopbackSso
let sts: LoopbackAws
const { HOME } = process.env
beforeEach(async () => {
  ;[sso, sts] = await Promise.all([loopbackSso(), loopbackAws()])
})
afterEach(async () => {
  process.env['HOME'] = HOME
  await Promise.all([sso.close(), sts.close()])
})

/** The lab with the real adapter, whose SDK finds the caches of sign-ins by HOME alone. */
async function laptop() {
  const lab = await newSignInLab({ aws: team })
  process.env['HOME'] = lab.home
  const env = {
    AWS_ENDPOINT_URL_SSO_OIDC: sso.url,
    AWS_ENDPOINT_URL_SSO: sso.url,
    AWS_ENDPOINT_URL_STS: sts.url,
  }
  const clock = manualClock({ auto: true, startMs: Date.now() })
  const run = async (line: string, options: Parameters<typeof lab.run>[1] = {}) =>
    lab.run(line, {
      env,
      through: (ports) => ({ ...ports, aws: realAws({ env, home: lab.home, clock }) }),
      ...options,
    })
  return { ...lab, run }
}

describe('from nothing, with the real SDK', () => {
  test('the sign-in is set up, done in the browser, kept, and found by the next command', async () => {
    const { home, config, run, text } = await laptop()
    const before = await run('aws login', { alone: true })
    expect(before.exit).toBe(4)
    sso.answers.push('pending', 'slow-down')
    const ran = await run('aws login', { answers: { 'aws.sso.write': true } })
    expect(ran.problems).toEqual([])
    expect(ran).toMatchObject({
      exit: 0,
      value: {
        account: '111122223333',
        arn: 'arn:aws:sts::111122223333:assumed-role/developer/devk8s-anna',
        profile: 'acme-dev',
        signIn: 'sso',
      },
    })
    expect(await text(config)).toContain('[sso-session acme]')
    const path = ssoCachePath(home, { session: 'acme', startUrl: '' })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    // Later runs ask nobody and open nothing.
    const count = sso.requests.filter(({ path }) => path === '/device_authorization').length
    expect(await run('aws login', { alone: true })).toMatchObject({ exit: 0, asked: [] })
    expect(sso.requests.filter(({ path }) => path === '/device_authorization')).toHaveLength(count)
  })

  test('no token and no key is in anything that is said', async () => {
    const { home, run } = await laptop()
    const said: unknown[] = []
    for (const answer of ['denied', 'expired', 'given'] as const) {
      sso.answers.push('pending', answer)
      said.push(await run('aws login', { answers: { 'aws.sso.write': true } }))
    }
    const kept = await readFile(join(home, '.aws', 'config'), 'utf8')
    expect(JSON.stringify([said, kept])).not.toMatch(/canary/)
  })

  test('a token that AWS does not take any more is a sign-in that is needed', async () => {
    const { run } = await laptop()
    await run('aws login', { answers: { 'aws.sso.write': true } })
    sso.forget()
    const { problems } = await run('aws login', { alone: true })
    expect(problems).toMatchObject([
      { code: awsSsoSignInNeeded.code, next: ['aws sso login --profile acme-dev'] },
    ])
  })
})
