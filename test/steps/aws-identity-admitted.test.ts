import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Step, StepContext, Wants } from '../../src/plan/step.ts'
import type { Aws } from '../../src/ports/aws.ts'
import { Secret } from '../../src/ports/secret.ts'
import * as aws from '../../src/problems/aws.ts'
import { awsAccountDenied, awsAccountNotAllowed } from '../../src/problems/aws-sign-in.ts'
import { DevK8sError, problem, type ProblemKind } from '../../src/problems/problem.ts'
import { runner } from '../../src/steps/aws-identity-admitted.ts'
import { admit } from '../../src/upkeep/admit.ts'
import { lab } from './objects-lab.ts'

const account = '111122223333'
const arn = `arn:aws:sts::${account}:assumed-role/Dev/anna`

function stepOf(want: Partial<Wants['aws-identity.admitted']> = {}): Step<'aws-identity.admitted'> {
  return {
    id: 'aws-identity',
    kind: 'aws-identity.admitted',
    title: 'AWS identity',
    want: { team: 'acme', source: { profile: 'acme-dev' }, accounts: {}, ...want },
    needs: [],
  }
}

/** A step's context with an AWS that says who one is, or fails. */
async function world(change: Partial<Aws> = {}) {
  const { context, home, ports } = await lab()
  let calls = 0
  const told: Aws = {
    ...ports.aws,
    callerIdentity: async () => {
      calls += 1
      return { account, arn, userId: 'AROAEXAMPLE:anna' }
    },
    signInOf: async ({ profile = 'default' }) => ({ profile, kind: 'sso' }),
    credentials: async () => ({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: Secret.of('canary'),
      expiresAtMs: Date.UTC(2026, 0, 2, 12),
    }),
    profiles: async () => [
      { name: 'acme-dev', account, isUsable: true },
      { name: 'broken', account: '444455556666', isUsable: false },
      { name: 'keys', isUsable: true },
      { name: 'other one', account: '444455556666', isUsable: true },
      { name: 'prod', account: '999988887777', isUsable: true },
    ],
    ...change,
  }
  const opened: StepContext = { ...context, env: { HOME: home }, ports: { ...ports, aws: told } }
  return { context: opened, home, calls: () => calls }
}

const failing = (kind: ProblemKind): Partial<Aws> => ({
  callerIdentity: () =>
    Promise.reject(new DevK8sError(problem(kind, { detail: 'It failed.', next: ['aws sso login'] }))),
})

describe('the identity', () => {
  test('is admitted, and says until when', async () => {
    const { context } = await world()
    const found = await runner.check(stepOf({ accounts: { allow: [account] } }), context)
    expect(found).toEqual({
      state: 'ready',
      notes: [],
      detail: { account, arn, profile: 'acme-dev', signIn: 'sso', until: '2026-01-02T12:00:00.000Z' },
    })
  })

  test('is asked for once a round, whoever wants to know', async () => {
    const { context, calls } = await world()
    const upkeep = { source: { profile: 'acme-dev' }, accounts: {}, team: 'acme' }
    await Promise.all([admit(upkeep, context), admit(upkeep, context), runner.check(stepOf(), context)])
    expect(calls()).toBe(1)
  })

  test.each([
    { accounts: { deny: [account, '999988887777'] }, kind: awsAccountDenied },
    { accounts: { allow: ['444455556666'] }, kind: awsAccountNotAllowed },
  ])('is blocked by $accounts', async ({ accounts, kind }) => {
    const { context } = await world()
    expect(await runner.check(stepOf({ accounts }), context)).toMatchObject({
      state: 'blocked',
      problem: {
        code: kind.code,
        detail: expect.stringContaining(`The account is ${account}, that of the AWS profile acme-dev`),
        next: ["devk8s aws login --aws-profile 'other one'"],
      },
    })
    await expect(runner.apply(stepOf({ accounts }), { state: 'ready' }, context)).rejects.toMatchObject({
      problems: [{ code: kind.code }],
    })
  })

  test('names no AWS profile that would not help either', async () => {
    const { context } = await world()
    const refused = async (want: Partial<Wants['aws-identity.admitted']>) => {
      const found = await runner.check(stepOf(want), context)
      return found.state === 'blocked' ? found.problem : undefined
    }
    const unknown = await refused({ accounts: { allow: ['777788889999'] } })
    expect(unknown).toMatchObject({
      next: [],
      detail: expect.stringContaining('None of the other AWS profiles'),
    })
    const roleArn = 'arn:aws:iam::111122223333:role/dev'
    const role = await refused({
      source: { profile: 'acme-dev', roleArn },
      accounts: { allow: ['444455556666'] },
    })
    expect(role).toMatchObject({
      next: [],
      detail: expect.stringContaining('whichever AWS profile signs in'),
    })
  })

  test.each([
    aws.awsSsoSignInNeeded,
    aws.awsLoginNeeded,
    aws.awsMfaNeeded,
    aws.awsProfileMissing,
    aws.awsNotSignedIn,
  ])(
    'that takes a person is blocked by what they have to do, before anything is changed: $code',
    async (kind) => {
      const { context } = await world(failing(kind))
      const found = await runner.check(stepOf(), context)
      expect(found).toMatchObject({
        state: 'blocked',
        problem: { code: kind.code, detail: 'It failed.', next: ['aws sso login'] },
      })
    },
  )

  test.each([aws.awsUnreachable, aws.awsTimedOut, aws.awsThrottled, aws.awsFails])(
    'is left alone while AWS is away: $code',
    async (kind) => {
      const { context } = await world(failing(kind))
      const found = await runner.check(stepOf(), context)
      expect(found).toMatchObject({
        state: 'ready',
        detail: { state: 'unknown' },
        notes: [{ level: 'warning' }],
      })
      expect(found.notes?.[0]?.text).toContain(`${kind.code} ${kind.title}: It failed.`)
    },
  )

  test.each([aws.awsKeyRefused, aws.awsAccessDenied, aws.awsClockDiffers])(
    'is blocked by $code',
    async (kind) => {
      const { context } = await world(failing(kind))
      expect(await runner.check(stepOf(), context)).toMatchObject({
        state: 'blocked',
        problem: { code: kind.code },
      })
    },
  )

  test('does not hide a fault of ours', async () => {
    const { context } = await world({ callerIdentity: () => Promise.reject(new TypeError('ours')) })
    await expect(runner.check(stepOf(), context)).rejects.toThrow('ours')
  })
})

describe.skipIf(process.platform === 'win32')('files with keys that others may read', () => {
  async function files(
    home: string,
    modes: Readonly<Record<string, number>>,
    config = '[default]\nregion = x\n',
  ) {
    for (const [name, mode] of Object.entries(modes)) {
      const path = join(home, '.aws', name)
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(path, name === 'config' ? config : '{}')
      await chmod(path, mode)
    }
  }

  test.each([
    { name: 'none', modes: {}, named: [] },
    { name: 'closed ones', modes: { credentials: 0o600, 'sso/cache/a.json': 0o600 }, named: [] },
    { name: 'the credentials', modes: { credentials: 0o644 }, named: ['credentials'] },
    {
      name: 'caches of all tools',
      modes: { 'sso/cache/a.json': 0o644, 'login/cache/b.json': 0o640, 'cli/cache/c.json': 0o604 },
      named: ['sso/cache/a.json', 'login/cache/b.json', 'cli/cache/c.json'],
    },
    { name: 'a config without keys', modes: { config: 0o644 }, named: [] },
    {
      name: 'a config with keys',
      modes: { config: 0o644 },
      config: 'aws_secret_access_key = x\n',
      named: ['config'],
    },
  ])('$name', async ({ modes, config, named }) => {
    const { context, home } = await world()
    await files(home, modes, config)
    const { notes = [] } = await runner.check(stepOf(), context)
    const paths = named.map((name) => `${home}/.aws/${name}`)
    const command = `chmod 600 ${paths.join(' ')}`
    expect(notes.map(({ text }) => text.split(': ')[1])).toEqual(paths.length === 0 ? [] : [command])
  })

  test('in a folder that nobody else can enter are closed', async () => {
    const { context, home } = await world()
    await files(home, { credentials: 0o644 })
    await chmod(join(home, '.aws'), 0o700)
    expect((await runner.check(stepOf(), context)).notes).toEqual([])
    const elsewhere = join(home, 'keys')
    await writeFile(elsewhere, '')
    await chmod(elsewhere, 0o644)
    const env = { ...context.env, AWS_SHARED_CREDENTIALS_FILE: elsewhere }
    expect((await runner.check(stepOf(), { ...context, env })).notes).toMatchObject([
      { text: expect.stringContaining(elsewhere) },
    ])
  })
})
