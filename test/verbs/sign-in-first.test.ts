import { describe, expect, test } from 'vitest'
import { problem } from '../../src/problems/problem.ts'
import { awsUnreachable } from '../../src/problems/aws.ts'
import { awsAccountDenied } from '../../src/problems/aws-sign-in.ts'
import { loadSessionProfile } from '../../src/verbs/prepare.ts'
import { signInFirst } from '../../src/verbs/sign-in-first.ts'
import { type FakeProfile, type LabOptions, newSignInLab, type SignInLab } from './sign-in-lab.ts'

const sso: FakeProfile = {
  kind: 'sso',
  sso: { startUrl: 'https://acme.awsapps.com/start', region: 'eu-west-1', session: 'acme' },
}
const keys: FakeProfile = { kind: 'static' }
const team = `  profile: acme-dev
  region: eu-west-1
  ecr: {}
  accounts: { deny: ['999988887777'] }
`
const teamSso = `${team}  sso: { startUrl: 'https://acme.awsapps.com/start', region: eu-west-1, account: '111122223333', role: Dev }
`

/** As `up` calls it. */
async function before(lab: SignInLab, options: LabOptions & { readonly line?: string } = {}) {
  const { session, said } = await lab.session(options.line ?? 'up', options)
  const loaded = await loadSessionProfile(session)
  const kept = await signInFirst(session, { loaded })
  const now = await loadSessionProfile(session)
  return { kept, asked: said.asked, profile: now.profile.aws?.profile }
}

describe('before the plan', () => {
  test('nothing is asked or opened while all is well', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso, other: keys } })
    lab.signedIn.add('acme-dev')
    expect(await before(lab)).toMatchObject({ kept: false, asked: [], profile: 'acme-dev' })
    expect([lab.attached, lab.devices]).toEqual([[], []])
  })

  test('one signs in where the session is over', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso } })
    expect(await before(lab)).toMatchObject({ kept: false, asked: [] })
    expect(lab.devices).toHaveLength(1)
    expect(await before(lab)).toMatchObject({ kept: false, asked: [] })
    expect(lab.devices).toHaveLength(1)
  })

  test('one types a code where the profile wants one', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': { ...keys, mfaSerial: 'GAHT1' } } })
    await before(lab)
    expect(lab.calls).toEqual(['session acme-dev'])
  })

  test('one chooses among the profiles where the named one is not there, once', async () => {
    const profiles = { work: keys, 'acme-development': keys, default: keys }
    const lab = await newSignInLab({ aws: team, profiles })
    const { kept, asked, profile } = await before(lab, { answers: { 'aws.profile': 'acme-development' } })
    expect([kept, profile]).toEqual([true, 'acme-development'])
    expect(asked).toMatchObject([
      {
        id: 'aws.profile',
        choices: [{ value: 'acme-development' }, { value: 'default' }, { value: 'work' }],
        details: ['There is no AWS profile acme-dev on this machine.', expect.any(String)],
      },
    ])
    expect(await before(lab)).toMatchObject({ kept: false, asked: [], profile: 'acme-development' })
  })

  test('the team’s sign-in is offered first to who has not got it', async () => {
    const lab = await newSignInLab({ aws: teamSso, profiles: { work: keys } })
    const answers = { 'aws.profile': 'set up', 'aws.sso.write': true }
    const { kept, asked } = await before(lab, { answers })
    // The facts of the plan tell how one signs in.
    expect(kept).toBe(true)
    expect(asked[0]).toMatchObject({ choices: [{ label: 'Set up the team’s sign-in' }, { value: 'work' }] })
    expect(lab.devices).toHaveLength(1)
    expect(await before(lab)).toMatchObject({ kept: false, asked: [] })
  })

  test.each([
    { name: 'several, none named', profiles: { a: keys, acme: keys, default: keys }, env: {}, asks: true },
    { name: 'one that is no default', profiles: { acme: keys }, env: {}, asks: true },
    { name: 'the default alone', profiles: { default: keys }, env: {}, asks: false },
    { name: 'AWS_PROFILE', profiles: { a: keys, acme: keys }, env: { AWS_PROFILE: 'a' }, asks: false },
    {
      name: 'keys in the environment',
      profiles: { a: keys },
      env: { AWS_ACCESS_KEY_ID: 'AKIA' },
      asks: false,
    },
    { name: 'nothing at all', profiles: {}, env: {}, asks: false },
  ])('with $name: asked is $asks', async ({ profiles, env, asks }) => {
    const lab = await newSignInLab({ aws: '  roles: {}\n', profiles })
    const { kept, asked } = await before(lab, { env, answers: { 'aws.profile': 'acme' } })
    expect([kept, asked.length > 0]).toEqual([asks, asks])
    const [first] = asked.flatMap((question) => ('choices' in question ? question.choices : []))
    expect(first?.value).toBe(asks ? 'acme' : undefined)
  })

  test('a default that only names a region is nobody, and no choice', async () => {
    const lab = await newSignInLab({
      aws: teamSso.replace('  profile: acme-dev\n', ''),
      profiles: { default: { unusable: true, kind: 'machine' } },
    })
    const { kept, asked, profile } = await before(lab, { answers: { 'aws.sso.write': true } })
    expect(asked.map(({ id }) => id)).toEqual(['aws.sso.write'])
    expect([kept, profile]).toEqual([true, 'acme'])
  })

  test('an account that the team keeps out is no choice', async () => {
    const lab = await newSignInLab({
      aws: team,
      profiles: { prod: { ...keys, account: '999988887777' }, work: keys },
    })
    const chosen = before(lab, { answers: { 'aws.profile': 'prod' } })
    await expect(chosen).rejects.toMatchObject({ problems: [{ code: awsAccountDenied.code }] })
    await expect(lab.text(lab.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a choice is kept while AWS cannot be reached, and nobody is sent to a browser', async () => {
    const fault = problem(awsUnreachable, { detail: 'sts found nobody.' })
    const lab = await newSignInLab({ aws: team, profiles: { work: { ...sso, fault }, other: keys } })
    expect(await before(lab, { answers: { 'aws.profile': 'work' } })).toMatchObject({
      kept: true,
      profile: 'work',
    })
    expect(lab.devices).toEqual([])
  })

  test.each([
    { name: 'nobody is there', options: { alone: true } as const },
    { name: 'of --yes', options: { line: 'up --yes' } },
    { name: 'of --no-input', options: { line: 'up --no-input' } },
    { name: 'of --json', options: { line: 'up --json' } },
  ])('nothing is done because $name', async ({ options }) => {
    const lab = await newSignInLab({ aws: teamSso, profiles: { work: sso } })
    expect(await before(lab, options)).toMatchObject({ kept: false, asked: [] })
    expect([lab.calls, lab.devices]).toEqual([[], []])
  })

  test.each(['', '  profile: acme-dev\n'])(
    'nothing where the team wants nothing of AWS in the cluster: %j',
    async (aws) => {
      const lab = await newSignInLab({ ...(aws === '' ? {} : { aws }), profiles: { work: sso } })
      expect(await before(lab)).toMatchObject({ kept: false, asked: [] })
      expect(lab.calls).toEqual([])
    },
  )
})
