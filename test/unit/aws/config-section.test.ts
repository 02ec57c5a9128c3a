import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  configSections,
  signInSections,
  type TeamSignIn,
  withLines,
} from '../../../src/aws/config-section.ts'

const wanted: TeamSignIn = {
  profile: 'acme-dev',
  session: 'acme',
  startUrl: 'https://acme.awsapps.com/start',
  ssoRegion: 'eu-west-1',
  account: '111122223333',
  role: 'Dev',
}
const profileLines = [
  '[profile acme-dev]',
  'sso_session = acme',
  'sso_account_id = 111122223333',
  'sso_role_name = Dev',
]
const sessionLines = [
  '[sso-session acme]',
  'sso_start_url = https://acme.awsapps.com/start',
  'sso_region = eu-west-1',
  'sso_registration_scopes = sso:account:access',
]

test('sections are read as the AWS CLI reads them', () => {
  const text = `\uFEFF# head
[default]
region = us-east-1 # mine
[ profile   "my name" ]  ; comment
SSO_Region=eu-west-1
s3 =
  region = nested
not a line
; region = no
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start/#/
`
  expect(configSections(text)).toEqual([
    { header: 'default', values: { region: 'us-east-1' } },
    { header: 'profile my name', values: { sso_region: 'eu-west-1', s3: '' } },
    { header: 'sso-session acme', values: { sso_start_url: 'https://acme.awsapps.com/start/#/' } },
  ])
})

describe('the team’s sign-in', () => {
  test.each<{
    name: string
    text: string
    taken?: readonly string[]
    change?: Partial<TeamSignIn>
    expected: unknown
  }>([
    {
      name: 'where there is nothing',
      text: '',
      expected: { profile: 'acme-dev', session: 'acme', lines: [...profileLines, '', ...sessionLines] },
    },
    {
      name: 'with a region, as the default',
      text: '',
      change: { profile: 'default', region: 'eu-central-1' },
      expected: {
        profile: 'default',
        session: 'acme',
        lines: ['[default]', ...profileLines.slice(1), 'region = eu-central-1', '', ...sessionLines],
      },
    },
    {
      name: 'shares a session for the same start page, whatever it is called',
      text: '[sso-session work]\nsso_start_url = https://acme.awsapps.com/start/#/\nsso_region = eu-west-1\n',
      expected: {
        profile: 'acme-dev',
        session: 'work',
        lines: ['[profile acme-dev]', 'sso_session = work', ...profileLines.slice(2)],
      },
    },
    {
      name: 'leaves names of others to them, here and in the credentials file',
      text: `[sso-session acme]\nsso_start_url = https://x\nsso_region = eu-west-1\n[profile acme-dev-sso]\n`,
      taken: ['acme-dev', 'acme-dev-sso-3'],
      expected: {
        profile: 'acme-dev-sso-2',
        session: 'acme-sso',
        lines: [
          '[profile acme-dev-sso-2]',
          'sso_session = acme-sso',
          ...profileLines.slice(2),
          '',
          '[sso-session acme-sso]',
          ...sessionLines.slice(1),
        ],
      },
    },
    {
      name: 'needs nothing where all of it is there',
      text: [...profileLines, 'output = json', ...sessionLines].join('\n'),
      taken: ['acme-dev'],
      expected: { profile: 'acme-dev', session: 'acme', lines: [] },
    },
    {
      name: 'adds the session alone where a profile waits for it',
      text: profileLines.join('\n'),
      taken: ['acme-dev'],
      expected: { profile: 'acme-dev', session: 'acme', lines: sessionLines },
    },
    ...['a b', 'a]', 'a\nb', "a'", ''].map((profile) => ({
      name: `never as the profile ${JSON.stringify(profile)}`,
      text: '',
      change: { profile },
      expected: { unfit: `profile: ${JSON.stringify(profile)}` },
    })),
    ...(['role', 'startUrl', 'account', 'ssoRegion', 'region'] as const).map((key) => ({
      name: `never with a line end in ${key}`,
      text: '',
      change: { [key]: 'x\ncredential_process = evil' },
      expected: { unfit: `${key}: ${JSON.stringify('x\ncredential_process = evil')}` },
    })),
  ])('$name', ({ text, taken = [], change = {}, expected }) => {
    expect(signInSections({ ...wanted, ...change }, text, taken)).toEqual(expected)
  })
})

test('whatever is in the file stays at its head, byte for byte, and the sections are read back', () => {
  const line = fc.constantFrom(
    '[default]',
    'region = x',
    '',
    '# c',
    '[profile acme-dev]',
    '[sso-session acme]',
    '  a = b',
  )
  const texts = fc.tuple(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean())
  fc.assert(
    fc.property(texts, ([lines, end, isEnded]) => {
      const text = lines.join(end) + (isEnded ? end : '')
      const added = signInSections(wanted, text, [])
      if ('unfit' in added) throw new Error(added.unfit)
      const after = withLines(text, added.lines)
      expect(after.startsWith(text)).toBe(true)
      const sections = configSections(after)
      const profile = sections.findLast(({ header }) => header === `profile ${added.profile}`)
      expect(profile?.values).toMatchObject({ sso_session: added.session, sso_role_name: 'Dev' })
      const session = sections.findLast(({ header }) => header === `sso-session ${added.session}`)
      expect(session?.values).toMatchObject({ sso_start_url: wanted.startUrl })
      const { profile: name, session: by } = added
      const again = signInSections({ ...wanted, profile: name, session: by }, after, [name])
      expect(again).toEqual({ ...added, lines: [] })
    }),
  )
})
