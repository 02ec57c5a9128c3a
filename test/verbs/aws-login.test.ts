import { chmod, stat } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import {
  awsAccountDenied,
  awsAccountNotAllowed,
  awsCliMissing,
  awsSignInStopped,
  awsSignInUnfit,
} from '../../src/problems/aws-sign-in.ts'
import { awsProfileMissing, awsSsoSignInNeeded } from '../../src/problems/aws.ts'
import { declined } from '../../src/problems/state.ts'
import { type FakeProfile, newSignInLab } from './sign-in-lab.ts'

const sso: FakeProfile = {
  kind: 'sso',
  region: 'eu-west-1',
  sso: { startUrl: 'https://acme.awsapps.com/start', region: 'eu-west-1', session: 'acme' },
}
const v2 = 'aws-cli/2.32.1 Python/3.13.7 Linux/6.8 exe/x86_64\n'
const v1 = 'aws-cli/1.45.11 Python/3.11.7 Linux/6.18.44 botocore/1.43.11\n'
const named = '  profile: acme-dev\n  region: eu-west-1\n'
const team = `${named}  ecr: {}
  accounts: { allow: ['111122223333'] }
  sso:
    startUrl: https://acme.awsapps.com/start
    region: eu-west-1
    account: '111122223333'
    role: DeveloperAccess
`

describe('aws login signs in', () => {
  test('by the AWS CLI where it can, and says who one is then', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso }, cli: v2 })
    const ran = await lab.run('aws login')
    expect(
      lab.attached.map(({ program, args, inheritEnv }) => [program, args.join(' '), inheritEnv]),
    ).toEqual([['/usr/bin/aws', 'sso login --profile acme-dev', true]])
    expect(ran).toMatchObject({
      exit: 0,
      asked: [],
      next: ['devk8s up'],
      value: {
        account: '111122223333',
        arn: 'arn:aws:iam::111122223333:user/anna',
        profile: 'acme-dev',
        signIn: 'sso',
        region: 'eu-west-1',
        expiresAt: '2026-01-02T13:00:00.000Z',
        allowed: true,
      },
    })
    expect(ran.text).toMatch(/^You {7}arn:aws:iam::111122223333:user\/anna\n/)
    expect(ran.text).toMatch(/Account {3}111122223333, allowed by acme\n/)
    expect(ran.text).toMatch(/Keys end {2}.*\(1 h\), then new ones as long as the sign-in lasts\n/)
  })

  test.each([
    { name: 'no AWS CLI', parts: {} },
    { name: 'an AWS CLI of version 1', parts: { cli: v1 } },
    { name: 'something else that is called aws', parts: { cli: 'v0.1' } },
  ])('by a code in the browser with $name', async ({ parts }) => {
    const lab = await newSignInLab({
      aws: team,
      profiles: { 'acme-dev': sso },
      onPath: ['xdg-open'],
      ...parts,
    })
    const ran = await lab.run('aws login', { env: { DISPLAY: ':0' } })
    expect(ran.exit).toBe(0)
    expect(lab.devices).toEqual([sso.sso])
    expect(lab.attached).toEqual([])
    expect(lab.detached.map(({ program, args }) => [program, ...args])).toEqual([
      ['/usr/bin/xdg-open', 'https://device.example/?user_code=ABCD-EFGH'],
    ])
    expect(ran.stderr).toMatch(
      /Your browser opens[^]*https:\/\/device\.example\/\?user_code=ABCD-EFGH[^]*ABCD-EFGH/,
    )
  })

  test('by a code without any browser here, shown with --quiet as well', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso } })
    const ran = await lab.run('aws login --quiet', { env: { SSH_CONNECTION: '1', DISPLAY: ':0' } })
    expect(ran.exit).toBe(0)
    expect(lab.detached).toEqual([])
    expect(ran.stderr).toContain('Open this address in a browser:')
    expect(ran.stderr).toContain('ABCD-EFGH')
  })

  test.each([
    { cli: v2, env: {}, args: 'sso login --profile acme-dev' },
    {
      cli: v2,
      env: { SSH_TTY: '/dev/pts/1' },
      args: 'sso login --profile acme-dev --use-device-code --no-browser',
    },
    {
      cli: 'aws-cli/2.9.19 Python/3.11',
      env: { SSH_TTY: '/dev/pts/1' },
      args: 'sso login --profile acme-dev',
    },
  ])('with $args for $cli in $env', async ({ cli, env, args }) => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso }, cli })
    await lab.run('aws login', { env })
    expect(lab.attached.map((command) => command.args.join(' '))).toEqual([args])
  })

  test('by aws login where the profile has a login_session, which takes a CLI that knows it', async () => {
    const profiles = { 'acme-dev': { kind: 'login' } as const }
    const lab = await newSignInLab({ aws: named, profiles, cli: v2 })
    expect(await lab.run('aws login')).toMatchObject({ exit: 0, value: { signIn: 'login' } })
    expect(lab.attached.map(({ args }) => args.join(' '))).toEqual(['login --profile acme-dev'])
    const far = await newSignInLab({ aws: named, profiles, cli: v2 })
    await far.run('aws login', { env: { SSH_CONNECTION: 'x' } })
    expect(far.attached[0]?.args).toContain('--remote')
  })

  test.each([
    { name: 'missing', parts: {}, detail: /there is no aws on PATH/ },
    { name: 'too old', parts: { cli: v1 }, detail: /\/usr\/bin\/aws is version 1\.45\.11/ },
    { name: 'something else', parts: { cli: 'hello' }, detail: /no AWS CLI that tells its version/ },
  ])('or says that the AWS CLI is $name', async ({ parts, detail }) => {
    const lab = await newSignInLab({ aws: named, profiles: { 'acme-dev': { kind: 'login' } }, ...parts })
    const { exit, problems } = await lab.run('aws login')
    expect(exit).toBe(4)
    expect(problems).toMatchObject([
      {
        code: awsCliMissing.code,
        detail: expect.stringMatching(detail),
        title: expect.stringContaining('version 2.32 or newer'),
        next: [
          expect.stringContaining('https://awscli.amazonaws.com/awscli-exe-linux-'),
          expect.stringContaining('sudo ./aws/install --update'),
          'devk8s aws login',
        ],
      },
    ])
  })

  test('or says that the AWS CLI gave up', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso }, cli: v2, cliExit: 255 })
    const { exit, problems } = await lab.run('aws login')
    expect(exit).toBe(4)
    expect(problems).toMatchObject([
      { code: awsSignInStopped.code, detail: '`aws sso login --profile acme-dev` ended with 255.' },
    ])
  })

  test('the profile that signs in, where the one that is meant has a role', async () => {
    const profiles = { 'acme-dev': { ...sso, signInProfile: 'acme-base' } }
    const lab = await newSignInLab({ aws: team, profiles, cli: v2 })
    lab.signedIn.add('acme-dev')
    const ran = await lab.run('aws login')
    expect(lab.attached[0]?.args.join(' ')).toBe('sso login --profile acme-base')
    expect(ran.text).toContain('IAM Identity Center, by the profile acme-base')
  })

  test.each(['static', 'process', 'environment', 'machine'] as const)(
    'to nothing for %s: it is tried',
    async (kind) => {
      const lab = await newSignInLab({ aws: named, profiles: { 'acme-dev': { kind } }, cli: v2 })
      const ran = await lab.run('aws login')
      expect(ran).toMatchObject({ exit: 0, asked: [], value: { signIn: kind } })
      expect([lab.attached, lab.devices]).toEqual([[], []])
      expect(lab.calls).toEqual(['identity acme-dev'])
    },
  )

  test('with a code, for which the session is asked', async () => {
    const mfaSerial = 'arn:aws:iam::111122223333:mfa/anna'
    const lab = await newSignInLab({ aws: named, profiles: { 'acme-dev': { kind: 'static', mfaSerial } } })
    const ran = await lab.run('aws login')
    expect(ran.exit).toBe(0)
    expect(lab.calls).toEqual(['session acme-dev', 'identity acme-dev'])
    expect(ran.text).toContain(`with a code of ${mfaSerial}`)
  })

  test('and says what comes next where a cluster waits for it', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': { kind: 'static' } } })
    const { session } = await lab.session('aws login')
    await lab.put(`${session.layout.state}/aws/upkeep/devk8s.json`, '{}')
    expect(await lab.run('aws login')).toMatchObject({
      exit: 0,
      next: ['devk8s up'],
      value: { clusters: [{ cluster: 'devk8s', renewed: false }] },
    })
  })

  test('no further once the person has stopped it', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso }, cli: v2, cliExit: 130 })
    const stopped = lab.run('aws login', { signal: AbortSignal.abort('SIGINT') })
    await expect(stopped).rejects.toBe('SIGINT')
  })

  test('without a profile of a team, by AWS_PROFILE or by what the machine has', async () => {
    const lab = await newSignInLab({ profiles: { default: { kind: 'static' } } })
    const ran = await lab.run('aws login')
    expect(ran).toMatchObject({ exit: 0, next: [], value: { account: '111122223333', profile: null } })
  })
})

describe('aws login with nobody there', () => {
  test('tries what is there, and says what a person has to do', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso }, cli: v2 })
    for (const line of ['aws login', 'aws login --json']) {
      const { exit, problems } = await lab.run(line, { alone: true })
      expect(exit).toBe(4)
      // The command itself is no way out of its own problem.
      expect(problems).toMatchObject([
        {
          code: awsSsoSignInNeeded.code,
          detail: expect.stringContaining('It takes a person at a terminal'),
          next: ['aws sso login --profile acme-dev'],
        },
      ])
    }
    expect([lab.attached, lab.devices]).toEqual([[], []])
    lab.signedIn.add('acme-dev')
    expect(await lab.run('aws login', { alone: true })).toMatchObject({ exit: 0 })
  })

  test.each([
    { profiles: { other: sso }, alone: true as const, sent: true },
    { profiles: {}, alone: true as const, sent: false },
    { profiles: {}, sent: false },
  ])('sends to a terminal where a profile can be chosen there: $sent', async ({ profiles, sent, ...who }) => {
    const lab = await newSignInLab({ aws: named, profiles })
    const { problems } = await lab.run('aws login', who)
    expect(problems).toMatchObject([{ code: awsProfileMissing.code, next: ['aws configure'] }])
    expect(problems[0]?.detail.includes('It takes a person at a terminal')).toBe(sent)
  })

  test('asks nothing about a profile that is not there', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { other: sso } })
    const { problems, asked } = await lab.run('aws login', { alone: true })
    expect(problems).toMatchObject([{ code: awsProfileMissing.code, detail: /There are: other/ }])
    expect(asked).toEqual([])
  })
})

describe('aws login keeps accounts out', () => {
  const profiles = {
    'acme-dev': { kind: 'static', account: '999988887777' },
    'acme-work': { kind: 'sso', account: '111122223333' },
  } as const
  test.each([
    {
      accounts: "{ allow: ['111122223333'] }",
      kind: awsAccountNotAllowed,
      why: 'aws.accounts.allow has 111122223333.',
      next: ['devk8s aws login --aws-profile acme-work'],
    },
    {
      accounts: '{ allow: [] }',
      kind: awsAccountNotAllowed,
      why: 'aws.accounts.allow has no account at all. None of the other AWS profiles here is known',
      next: [],
    },
    {
      accounts: "{ deny: ['999988887777'] }",
      kind: awsAccountDenied,
      why: 'aws.accounts.deny names it.',
      next: ['devk8s aws login --aws-profile acme-work'],
    },
  ])('with $accounts', async ({ accounts, kind, why, next }) => {
    const lab = await newSignInLab({ aws: `${named}  accounts: ${accounts}\n`, profiles })
    const { exit, problems } = await lab.run('aws login')
    expect(exit).toBe(4)
    expect(problems).toMatchObject([
      {
        code: kind.code,
        detail: expect.stringContaining(
          `The account is 999988887777, that of the AWS profile acme-dev (arn:aws:iam::999988887777:user/anna). In the profile acme, ${why}`,
        ),
        next,
      },
    ])
  })

  test('and does not keep the choice of a profile that is kept out', async () => {
    const out = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso, prod: profiles['acme-dev'] } })
    const { problems } = await out.run('aws login --aws-profile prod')
    expect(problems.map(({ code }) => code)).toEqual([awsAccountNotAllowed.code])
    await expect(out.text(out.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('as the role that the team wants to be assumed', async () => {
    const role = 'arn:aws:iam::444455556666:role/developer'
    const aws = `${named}  assumeRole: ${role}\n  accounts: { allow: ['444455556666'] }\n`
    const lab = await newSignInLab({ aws, profiles })
    const { problems } = await lab.run('aws login')
    expect(lab.calls).toEqual(['identity acme-dev as role'])
    expect(problems).toMatchObject([
      { detail: expect.stringContaining('that of the role that aws.assumeRole names') },
    ])
  })
})

describe('aws login --aws-profile', () => {
  test('is kept as the person’s own choice, and nothing else of the file is lost', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso, mine: { kind: 'static' } } })
    const before = `# Yours, for this machine.
apiVersion: devk8s.dev/v1
kind: Overrides
cluster:
  driver: docker # the office laptop
  memory: 6g
`
    await lab.put(lab.overrides, before)
    expect(await lab.run('aws login --aws-profile mine')).toMatchObject({
      exit: 0,
      value: { profile: 'mine' },
    })
    expect(await lab.text(lab.overrides)).toBe(`${before}aws:\n  profile: mine\n`)
    expect(await lab.run('aws login')).toMatchObject({ exit: 0, value: { profile: 'mine' } })
    const { stderr } = await lab.run('aws login --aws-profile mine')
    expect(stderr).not.toContain('from now on')
  })

  test('is nobody’s choice where the team uses no AWS', async () => {
    const lab = await newSignInLab({ profiles: { default: { kind: 'static' }, mine: { kind: 'static' } } })
    const ran = await lab.run('aws login --aws-profile mine')
    expect(ran).toMatchObject({ exit: 0, value: { profile: 'mine' } })
    expect(ran.stderr).toContain('the profile acme uses no AWS')
    await expect(lab.text(lab.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('is nobody’s choice either where the team names it', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { 'acme-dev': sso } })
    expect(await lab.run('aws login --aws-profile acme-dev')).toMatchObject({ exit: 0 })
    await expect(lab.text(lab.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test.each(['billing: profile:work', 'shop: { assume: self, fallback: profile:work }'])(
    'of a rule (%s) is nobody’s own, and an account that is kept out is told',
    async (rule) => {
      const work = { kind: 'static', account: '999988887777' } as const
      const aws = `${team}  roles: { ${rule} }\n`
      const lab = await newSignInLab({ aws, profiles: { 'acme-dev': sso, work } })
      const ran = await lab.run('aws login --aws-profile work')
      expect(ran).toMatchObject({
        exit: 0,
        value: { profile: 'work', allowed: false, clusters: [] },
        next: [],
      })
      const name = rule.split(':')[0]
      expect(ran.stderr).toContain(`For the rule ${name} of aws.roles; your own AWS profile stays.`)
      await expect(lab.text(lab.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
      const allowed = await newSignInLab({ aws, profiles: { 'acme-dev': sso, work: { kind: 'static' } } })
      expect(await allowed.run('aws login --aws-profile work')).toMatchObject({
        exit: 0,
        value: { allowed: true },
        next: ['devk8s up'],
      })
      await expect(allowed.text(allowed.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )

  test('of a context signs in for that, whatever accounts get into the cluster', async () => {
    const contexts = `contexts:
  - { name: prod, protected: true, eks: { cluster: acme-prod, region: eu-west-1, awsProfile: acme-prod } }
  - { name: old, kops: { cluster: old.acme.example, stateStore: s3://acme, awsProfile: acme-prod } }
`
    const profiles = { 'acme-dev': sso, 'acme-prod': { ...sso, account: '999988887777' } }
    const lab = await newSignInLab({ aws: `${team}${contexts}`, profiles })
    const ran = await lab.run('aws login --aws-profile acme-prod')
    expect(ran).toMatchObject({
      exit: 0,
      value: { profile: 'acme-prod', account: '999988887777' },
      next: ['devk8s contexts sync'],
    })
    expect(ran.stderr).toContain('For the contexts prod, old; the local cluster stays with its own profile.')
    expect(lab.devices).toHaveLength(1)
    await expect(lab.text(lab.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('aws login sets the team’s sign-in up', () => {
  const lines = `[profile acme-dev]
sso_session = acme
sso_account_id = 111122223333
sso_role_name = DeveloperAccess
region = eu-west-1

[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
`
  test('where there is nothing: shows the lines, asks, writes them for the person alone, signs in', async () => {
    const lab = await newSignInLab({ aws: team })
    const ran = await lab.run('aws login', { answers: { 'aws.sso.write': true } })
    expect(ran).toMatchObject({ exit: 0, value: { profile: 'acme-dev', account: '111122223333' } })
    expect(ran.asked).toMatchObject([
      {
        id: 'aws.sso.write',
        kind: 'confirm',
        text: `Add this to ${lab.config}?`,
        details: lines.trimEnd().split('\n'),
      },
    ])
    expect(await lab.text(lab.config)).toBe(lines)
    expect((await stat(lab.config)).mode & 0o777).toBe(0o600)
    expect(lab.devices).toEqual([
      { startUrl: 'https://acme.awsapps.com/start', region: 'eu-west-1', session: 'acme' },
    ])
    await expect(lab.text(lab.overrides)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await lab.run('aws login')).toMatchObject({ exit: 0, asked: [] })
  })

  test('behind what is in the file, in the file that AWS_CONFIG_FILE names, with its mode', async () => {
    const lab = await newSignInLab({ aws: team, profiles: { other: { kind: 'static' } } })
    const before =
      '[default]\r\nregion = us-east-1 ; mine\r\n\r\n[sso-session acme]\r\nsso_start_url = https://x'
    const path = `${lab.home}/elsewhere/config`
    await lab.put(path, before)
    await chmod(path, 0o640)
    const answers = { 'aws.profile': 'set up', 'aws.sso.write': true }
    const { session } = await lab.session('aws login', {
      answers,
      env: { AWS_CONFIG_FILE: '~/elsewhere/config' },
    })
    const { settleAwsProfile } = await import('../../src/verbs/settle-aws-profile.ts')
    const { loadSessionProfile } = await import('../../src/verbs/prepare.ts')
    const { profile } = await loadSessionProfile(session)
    expect(await settleAwsProfile(session, profile, undefined)).toEqual({
      profile: 'acme-dev',
      isOwn: false,
      isNew: true,
    })
    const added = lines.replaceAll('= acme\n', '= acme-sso\n').replace('session acme]', 'session acme-sso]')
    expect(await lab.text(path)).toBe(`${before}\r\n\r\n${added.replaceAll('\n', '\r\n')}`)
    expect((await stat(path)).mode & 0o777).toBe(0o640)
  })

  test('not where the person says no', async () => {
    const lab = await newSignInLab({ aws: team })
    const { exit, problems } = await lab.run('aws login', { answers: { 'aws.sso.write': false } })
    expect([exit, problems.map(({ code }) => code)]).toEqual([5, [declined.code]])
    await expect(lab.text(lab.config)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(lab.devices).toEqual([])
  })

  test('not over what another program wrote while the question stood there: it is asked again', async () => {
    const lab = await newSignInLab({ aws: team })
    const taken =
      '[sso-session acme]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n'
    let count = 0
    const ran = await lab.run('aws login', {
      answers: { 'aws.sso.write': true },
      onAsk: async () => {
        count += 1
        if (count === 1) await lab.put(lab.config, taken)
      },
    })
    expect(ran.exit).toBe(0)
    expect(ran.asked.map(({ details }) => details?.[1])).toEqual([
      'sso_session = acme',
      'sso_session = acme-sso',
    ])
    expect((await lab.text(lab.config)).startsWith(taken)).toBe(true)
  })

  test('with account and role from the person where the team leaves them open', async () => {
    const aws = `  region: eu-west-1
  ecr: {}
  accounts: { allow: ['111122223333', '444455556666'] }
  sso: { startUrl: 'https://acme.awsapps.com/start', region: eu-west-1 }
`
    const lab = await newSignInLab({ aws })
    const answers = { 'aws.sso.account': '444455556666', 'aws.sso.role': 'Dev', 'aws.sso.write': true }
    const ran = await lab.run('aws login', { answers })
    expect(ran.asked.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      'aws.sso.account select',
      'aws.sso.role input',
      'aws.sso.write confirm',
    ])
    // The team names no profile: the one that was made is the person's choice.
    expect(ran).toMatchObject({ exit: 0, value: { profile: 'acme', account: '444455556666' } })
    expect(await lab.text(lab.overrides)).toContain('aws:\n  profile: acme\n')
  })

  test.each([
    { from: 'the team', role: 'Developer Access', answers: {} },
    { from: 'the person', role: undefined, answers: { 'aws.sso.role': 'Dev\ncredential_process = evil' } },
  ])('never with a value of $from that would mean something else there', async ({ role, answers }) => {
    const aws = team.replace(/ {4}role: .*\n/, role === undefined ? '' : `    role: ${role}\n`)
    const lab = await newSignInLab({ aws })
    const { exit, problems } = await lab.run('aws login', { answers: { 'aws.sso.write': true, ...answers } })
    expect(exit).toBe(2)
    const value = JSON.stringify(role ?? answers['aws.sso.role'])
    expect(problems).toMatchObject([{ code: awsSignInUnfit.code, detail: `role: ${value}` }])
    await expect(lab.text(lab.config)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
