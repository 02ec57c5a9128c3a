import { expect, test } from 'vitest'
import { awsAccountDenied } from '../../src/problems/aws-sign-in.ts'
import { whoamiSelf } from '../../src/verbs/aws-whoami-self.ts'
import { newSignInLab, startMs } from './sign-in-lab.ts'

const role = 'arn:aws:iam::444455556666:role/developer'

test('whoami says who one is, how one signed in, and until when', async () => {
  const profiles = {
    'acme-dev': { kind: 'environment', from: 'aws-vault', expiresAtMs: startMs + 90 * 60_000 },
  } as const
  const lab = await newSignInLab({ aws: `  profile: acme-dev\n  assumeRole: ${role}\n`, profiles })
  const { session, said } = await lab.session('aws whoami', { alone: true })
  expect(await whoamiSelf(session)).toEqual({ exit: 0 })
  expect(said.value).toEqual({
    account: '111122223333',
    arn: 'arn:aws:iam::111122223333:user/anna',
    userId: 'AIDAEXAMPLE',
    profile: 'acme-dev',
    signIn: 'environment',
    region: null,
    role,
    expiresAt: new Date(startMs + 90 * 60_000).toISOString(),
    allowed: true,
  })
  const lines = said.text.trimEnd().split('\n')
  expect(lines.map((line) => line.slice(0, 10).trim())).toEqual([
    'You',
    'Account',
    'Profile',
    'Signs in',
    'As role',
    'Keys end',
  ])
  expect(said.text).toContain('keys in the environment of this shell, from aws-vault')
  expect(lines.at(-1)).toMatch(/\(1 h 30 min\)$/)
  // One session, as the cluster gets it.
  expect(lab.calls).toEqual(['identity acme-dev as role', 'session acme-dev'])
})

test('whoami of an account that the team keeps out says so, after who it is', async () => {
  const aws = "  profile: acme-dev\n  accounts: { deny: ['111122223333'] }\n"
  const lab = await newSignInLab({ aws, profiles: { 'acme-dev': { kind: 'static' } } })
  const { session, said } = await lab.session('aws whoami', { alone: true })
  expect(await whoamiSelf(session)).toEqual({ exit: 4 })
  expect(said.value).toMatchObject({ account: '111122223333', allowed: false })
  expect(said.text).toContain('111122223333, kept out by acme')
  expect(said.problems.map(({ code }) => code)).toEqual([awsAccountDenied.code])
})
