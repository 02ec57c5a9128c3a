import { describe, expect, test } from 'vitest'
import { browserOpeners, isRemote } from '../../../src/aws/browser.ts'
import { profileWay } from '../../../src/aws/choose-profile.ts'
import {
  installCliCommands,
  knowsLogin,
  knowsSsoLogin,
  loginArgs,
  parseCliVersion,
  ssoLoginArgs,
} from '../../../src/aws/cli.ts'
import { withOverride } from '../../../src/profile/overrides.ts'

describe('the browser', () => {
  const address = "https://device.sso.eu-west-1.amazonaws.com/?user_code=A'B"
  test.each([
    { platform: 'darwin', env: {}, openers: [['open', address]] },
    {
      platform: 'win32',
      env: {},
      openers: [
        [
          'powershell',
          '-NoProfile',
          '-NonInteractive',
          '-Command',
          `Start-Process '${address.replace("'", "''")}'`,
        ],
      ],
    },
    { platform: 'linux', env: { DISPLAY: ':0' }, openers: [['xdg-open', address]] },
    { platform: 'linux', env: { WAYLAND_DISPLAY: 'w' }, openers: [['xdg-open', address]] },
    { platform: 'linux', env: {}, openers: [] },
    {
      platform: 'linux',
      env: { WSL_DISTRO_NAME: 'Ubuntu' },
      openers: [['wslview', address], expect.arrayContaining(['powershell.exe', '-Command'])],
    },
    { platform: 'darwin', env: { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, openers: [] },
  ] as const)('of $platform with $env', ({ platform, env, openers }) => {
    const found = browserOpeners(address, { platform, env })
    expect(found.map(({ program, args }) => [program, ...args])).toEqual(openers)
  })

  test.each(['file:///etc/passwd', '-a Calculator', 'https://x y', 'javascript:alert(1)'])(
    'never opens %j',
    (bad) => {
      expect(browserOpeners(bad, { platform: 'darwin', env: {} })).toEqual([])
    },
  )

  test('is another machine’s behind SSH', () => {
    expect([isRemote({ SSH_TTY: '/dev/pts/0' }), isRemote({ SSH_TTY: '' }), isRemote({})]).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('the AWS CLI', () => {
  test.each([
    { text: 'aws-cli/2.32.0 Python/3.13.7 Darwin/25 exe/arm64', sso: true, login: true },
    { text: 'aws-cli/2.31.9 Python/3.13.7', sso: true, login: false },
    { text: 'aws-cli/1.45.11 Python/3.11.7', sso: false, login: false },
    { text: '\naws-cli/3.0.0rc1 Python/3.15', sso: true, login: true },
  ])('$text', ({ text, sso, login }) => {
    const version = parseCliVersion(text)
    expect(version && [knowsSsoLogin(version), knowsLogin(version)]).toEqual([sso, login])
  })

  test('is none that tells no such version', () => {
    expect(['', 'AWS 2.3', 'my-aws-cli/2.1.0'].map(parseCliVersion)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('comes from AWS or from Homebrew', () => {
    expect(['darwin', 'win32', 'linux'].map((platform) => installCliCommands(platform)[0])).toEqual([
      'brew install awscli && brew upgrade awscli',
      'msiexec.exe /i https://awscli.amazonaws.com/AWSCLIV2.msi',
      expect.stringMatching(/^curl .*awscli-exe-linux-\$\(uname -m\)\.zip"$/),
    ])
  })

  test('is told where the browser is', () => {
    const version = { major: 2, minor: 22, text: '2.22.0' }
    expect(ssoLoginArgs('p', version, true)).toEqual([
      'sso',
      'login',
      '--profile',
      'p',
      '--use-device-code',
      '--no-browser',
    ])
    expect(ssoLoginArgs('p', { ...version, minor: 21 }, true)).toEqual(['sso', 'login', '--profile', 'p'])
    expect([loginArgs('p', true), loginArgs('p', false)]).toEqual([
      ['login', '--profile', 'p', '--remote'],
      ['login', '--profile', 'p'],
    ])
  })
})

describe('the choice among AWS profiles', () => {
  const usable = (name: string, account?: string) => ({
    name,
    isUsable: true,
    ...(account !== undefined && { account }),
  })
  const base = {
    profiles: ['work', 'default', 'other', 'acme-prod', 'acme'].map((name) => usable(name)),
    accounts: {},
    team: 'acme',
    canSetUp: true,
    env: {},
  }
  const values = (choice: Parameters<typeof profileWay>[0]) => {
    const way = profileWay(choice)
    return way.way === 'ask' ? way.question.choices.map(({ value }) => value) : way.way
  }

  test('has the nearest first, the others by the alphabet, and set-up where it fits', () => {
    expect(values(base)).toEqual(['acme', 'acme-prod', 'default', 'other', 'work', 'set up'])
    const named = { ...base, named: 'acme-dev' }
    expect(values(named)).toEqual(['set up', 'acme', 'acme-prod', 'default', 'other', 'work'])
    expect(values({ ...base, profiles: [], named: 'x' })).toBe('set-up')
    expect(values({ ...base, profiles: [], canSetUp: false })).toBe('named')
  })

  test('leaves out what leads nowhere and what is of an account that is kept out', () => {
    const profiles = [
      usable('acme-prod', '999988887777'),
      usable('acme-dev', '111122223333'),
      usable('keys'),
      { name: 'default', isUsable: false },
    ]
    const accounts = { deny: ['999988887777'] }
    const choice = { ...base, canSetUp: false, profiles, accounts }
    expect(values(choice)).toEqual(['acme-dev', 'keys'])
    expect(values({ ...choice, accounts: { allow: ['444455556666'] } })).toEqual(['keys'])
    const way = profileWay(choice)
    expect(way).toMatchObject({ question: { choices: [{ hint: 'account 111122223333' }, {}] } })
    // One that is named is told about by its own fault.
    expect(values({ ...choice, named: 'default' })).toBe('named')
  })

  test('is none where all that is left is the default', () => {
    const profiles = [usable('default'), { name: 'empty', isUsable: false }]
    expect(values({ ...base, profiles })).toBe('named')
  })
})

describe('one answer more in overrides.yaml', () => {
  test.each([
    {
      name: 'a new file',
      text: undefined,
      expected: /^# Yours[^]*kind: Overrides\naws:\n {2}profile: mine\n$/,
    },
    { name: 'an empty one', text: '\n', expected: /kind: Overrides\naws:\n {2}profile: mine\n$/ },
    { name: 'comments alone', text: '# mine\n', expected: /^# mine\n[^]*aws:\n {2}profile: mine\n$/ },
    {
      name: 'another one in its place, with its comment',
      text: 'kind: Overrides # k\naws:\n  # why\n  profile: old # here\ncluster: { cpus: 4 }\n',
      expected: 'kind: Overrides # k\naws:\n  # why\n  profile: mine # here\ncluster: { cpus: 4 }\n',
    },
    {
      name: 'an empty section',
      text: 'aws:\ncontext:\n  name: local\n',
      expected: 'aws:\n  profile: mine\ncontext:\n  name: local\n',
    },
    {
      name: 'a section that stands for another',
      text: 'context: &c { name: local }\naws: *c\n',
      expected: 'context: &c { name: local }\naws:\n  name: local\n  profile: mine\n',
    },
    {
      name: 'lines that end as on Windows',
      text: 'a: 1\r\nb: 2\r\n',
      expected: 'a: 1\r\nb: 2\r\naws:\r\n  profile: mine\r\n',
    },
    { name: 'no change at all', text: 'aws:\n  profile: mine\n', expected: 'aws:\n  profile: mine\n' },
  ])('$name', ({ text, expected }) => {
    const changed = withOverride(text, 'aws.profile', 'mine')
    expect(typeof expected === 'string' ? changed : expected.exec(changed)?.input).toBe(
      typeof expected === 'string' ? expected : changed,
    )
  })
})
