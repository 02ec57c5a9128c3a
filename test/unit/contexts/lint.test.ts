import { describe, expect, test } from 'vitest'
import type { Finding, LintOutside } from '../../../src/contexts/lint-finding.ts'
import { lintKubeconfigs } from '../../../src/contexts/lint.ts'
import { endKey } from '../../../src/contexts/lint-finding.ts'
import { fixedText } from '../../../src/contexts/lint-fix.ts'

const now = Date.UTC(2026, 10, 24)
const day = 86_400_000
const clear: LintOutside = { missingFiles: new Set(), missingCommands: new Set(), ends: new Map(), now }

/** What is wrong; that nothing names the one entry which most of these texts have is not. */
const lint = (text: string, outside: Partial<LintOutside> = {}): readonly Finding[] =>
  lintKubeconfigs([{ path: '/home/me/config', text }], { ...clear, ...outside }).filter(
    ({ severity }) => severity !== 'info',
  )

/** `rule:line` of each finding. */
const places = (findings: readonly Finding[]) => findings.map(({ rule, line }) => `${rule}:${line}`)

const cluster = (...lines: readonly string[]) =>
  ['clusters:', '- name: c', '  cluster:', ...lines.map((line) => `    ${line}`), ''].join('\n')
const user = (...lines: readonly string[]) =>
  ['users:', '- name: u', '  user:', ...lines.map((line) => `    ${line}`), ''].join('\n')
const context = (...lines: readonly string[]) =>
  [
    'clusters: [{name: c, cluster: {server: "https://c"}}]',
    'users: [{name: u, user: {token: t}}]',
    'contexts:',
    '- name: x',
    '  context:',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n')
const exec = (...lines: readonly string[]) => user('exec:', ...lines.map((line) => `  ${line}`))
const ours = 'extensions: [{name: devk8s.dev, extension: {provider: devk8s.dev, team: t, source: eks}}]'
const v1 = 'apiVersion: client.authentication.k8s.io/v1'

test.each<[string, string, readonly string[]]>([
  ['a cluster without a server', cluster('proxy-url: http://p'), ['cluster-server:2']],
  ['an empty server', cluster('server: ""'), ['cluster-server:2']],
  [
    'two certificate authorities',
    cluster('server: https://c', 'certificate-authority: ca.pem', 'certificate-authority-data: QQ=='),
    ['cluster-two-authorities:2'],
  ],
  [
    'an authority that is not asked',
    cluster('server: https://c', 'certificate-authority-data: QQ==', 'insecure-skip-tls-verify: true'),
    ['cluster-insecure-authority:2'],
  ],
  ['no check at all', cluster('server: https://c', 'insecure-skip-tls-verify: true'), ['cluster-insecure:2']],
  ['a certificate without its key', user('client-certificate-data: QQ=='), ['user-certificate-key:2']],
  ['a key without its certificate', user('client-key-data: QQ=='), ['user-key-certificate:2']],
  [
    'a certificate by file and by data',
    user('client-certificate: a.crt', 'client-certificate-data: QQ==', 'client-key-data: QQ=='),
    ['user-two-certificates:2'],
  ],
  ['a token and a password', user('token: t', 'username: a', 'password: b'), ['user-two-methods:2']],
  ['basic authentication', user('username: a', 'password: b'), ['user-basic:2']],
  ['groups of nobody', user('token: t', 'as-groups: [admins]'), ['user-impersonation:2']],
  ['an auth-provider that kubectl dropped', user('auth-provider: {name: gcp}'), ['user-provider-gone:2']],
  [
    'an exec plugin beside an auth-provider',
    user(
      'auth-provider: {name: oidc}',
      'exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1}',
    ),
    ['user-exec-provider:2'],
  ],
  ['an exec plugin without a version', exec('command: a'), ['exec-version:2']],
  ['one without a command', exec('apiVersion: client.authentication.k8s.io/v1beta1'), ['exec-command:2']],
  [
    'one of v1alpha1',
    exec('command: a', 'apiVersion: client.authentication.k8s.io/v1alpha1'),
    ['exec-version-gone:2'],
  ],
  ['one of a version nobody knows', exec('command: a', 'apiVersion: v9'), ['exec-version-unknown:2']],
  ['v1 without interactiveMode', exec('command: a', v1), ['exec-interactive:2']],
  ['a mode nobody knows', exec('command: a', v1, 'interactiveMode: Maybe'), ['exec-interactive:2']],
  ['v1 with interactiveMode', exec('command: a', v1, 'interactiveMode: Never'), []],
  ['a context without a cluster', context('user: u'), ['context-cluster:4']],
  ['a context without a user', context('cluster: c'), ['context-user:4']],
  ['a cluster that no file has', context('cluster: gone', 'user: u'), ['dangling-cluster:4']],
  ['a user that no file has', context('cluster: c', 'user: gone'), ['dangling-user:4']],
  ['a namespace that cannot be', context('cluster: c', 'user: u', 'namespace: A_b'), ['context-namespace:4']],
  ['a current context that no file has', 'kind: Config\ncurrent-context: gone\n', ['dangling-current:2']],
  ['no current context', 'current-context: ""\n', []],
  [
    'a name that is there twice',
    'clusters:\n- {name: c, cluster: {server: a}}\n- name: c\n  cluster: {server: b}\n',
    ['duplicate-name:3'],
  ],
  ['a second document', 'kind: Config\n---\nkind: Config\n', ['later-document:2']],
  ['no YAML at all', 'contexts: [\n', ['unreadable:2']],
  ['another kind', 'kind: Pod\n', ['unreadable:undefined']],
  ['nothing', '', []],
  ['JSON', '{"current-context": "gone"}', ['dangling-current:1']],
])('%s', (_, text, expected) => {
  expect(places(lint(text))).toEqual(expected)
})

test.each([
  'yes',
  'ON',
  'n',
  'null',
  '08',
  '010',
  '0o7',
  '0x10',
  '0b11',
  '1_000',
  '+1',
  '1.',
  '.5',
  '1e3',
  '433e40',
  '.inf',
  '.nan',
  '1234',
])('the name %s needs quotes for kubectl', (name) => {
  const text = `contexts:\n- context: {cluster: c, user: u}\n  name: ${name}\n`
  expect(lint(text).filter(({ rule }) => rule === 'misread-name')).toMatchObject([
    { line: 3, severity: 'error' },
  ])
  expect(fixedText({ path: '/config', text }, [])).toBe(text.replace(`name: ${name}`, `name: "${name}"`))
})

test.each(['local', '12:30', '2026-11-24', '=', 'yes-man', 'e40', '"yes"', "'08'", '1.2.3'])(
  'the name %s does not',
  (name) => {
    const text = `contexts:\n- context: {cluster: c, user: u}\n  name: ${name}\n`
    expect(lint(text).filter(({ rule }) => rule === 'misread-name')).toEqual([])
  },
)

test('names elsewhere and arguments are looked at as well', () => {
  const text = [
    'current-context: on',
    'contexts:',
    '- name: "on"',
    '  context: {cluster: 08, user: no, namespace: 1e3}',
    'users:',
    '- name: "no"',
    '  user: {exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1, args: [--id, 433e40]}}',
    '',
  ].join('\n')
  expect(places(lint(text).filter(({ rule }) => rule === 'misread-name'))).toEqual([
    'misread-name:1',
    'misread-name:4',
    'misread-name:4',
    'misread-name:4',
    'misread-name:7',
  ])
})

describe('over several files', () => {
  test('clusters, users and the current context may be in any of them', () => {
    const files = [
      { path: '/a', text: 'current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n' },
      {
        path: '/b',
        text: 'clusters: [{name: c, cluster: {server: s}}]\nusers: [{name: u, user: {token: t}}]\n',
      },
      { path: '/none', text: undefined },
    ]
    expect(lintKubeconfigs(files, clear)).toEqual([])
    expect(lintKubeconfigs(files.slice(0, 1), clear).map(({ rule }) => rule)).toEqual([
      'dangling-cluster',
      'dangling-user',
    ])
    expect(fixedText(files[0]!, files)).toBe(files[0]!.text)
  })

  test('only the first of two entries counts, which is said: a warning where they differ', () => {
    const one = 'contexts: [{name: x, context: {cluster: c, user: u}}]\n'
    const rest = 'clusters: [{name: c, cluster: {server: s}}]\nusers: [{name: u, user: {token: t}}]\n'
    const files = [
      { path: '/a', text: `${one}${rest}` },
      { path: '/b', text: `${one}${rest.replace('token: t', 'token: other')}` },
    ]
    expect(lintKubeconfigs(files, clear).map(({ rule, severity, file }) => [rule, severity, file])).toEqual([
      ['shadowed-cluster', 'info', '/b'],
      ['shadowed-user', 'warning', '/b'],
      ['shadowed-context', 'info', '/b'],
    ])
    expect(lintKubeconfigs(files, clear)[1]?.text).toBe('user "u" is in /a too, and only that one counts')
    // The file that binds a shell repeats its context on purpose.
    expect(
      lintKubeconfigs([{ path: '/bound', text: one }, files[0]!], { ...clear, boundFile: '/bound' }),
    ).toEqual([])
  })

  test('clusters and users that no context names are told of, and no more', () => {
    const text = 'clusters: [{name: c, cluster: {server: s}}]\nusers: [{name: a b, user: {token: t}}]\n'
    const used = { path: '/a', text: 'contexts: [{name: x, context: {cluster: c, user: a b}}]\n' }
    expect(lintKubeconfigs([used, { path: '/b', text }], clear)).toEqual([])
    expect(
      lintKubeconfigs([{ path: '/b', text }], clear).map(({ rule, severity, line, advice }) => [
        rule,
        severity,
        line,
        advice.split(': ')[1],
      ]),
    ).toEqual([
      ['unused-cluster', 'info', 1, 'kubectl config delete-cluster c'],
      ['unused-user', 'info', 2, 'kubectl config delete-user NAME'],
    ])
  })
})

describe('what lies outside', () => {
  test('files that are not there, from the folder of the kubeconfig', () => {
    const text =
      cluster('server: https://c', 'certificate-authority: ./ca.pem') +
      user('client-certificate: /abs/me.crt', 'client-key: me.key', 'tokenFile: tok')
    const missingFiles = new Set(['/home/me/ca.pem', '/abs/me.crt', '/home/me/tok'])
    const found = lint(text, { missingFiles })
    expect(places(found)).toEqual(['missing-file:2', 'missing-file:7', 'missing-file:7'])
    expect(found.map(({ text: said }) => said)).toEqual([
      'cluster "c" names certificate-authority /home/me/ca.pem, which is not there',
      'user "u" names client-certificate /abs/me.crt, which is not there',
      'user "u" names tokenFile /home/me/tok, which is not there',
    ])
  })

  test.each([
    ['aws', 'aws'],
    ['./bin/login', '/home/me/bin/login'],
  ])('the program %s that is not found', (command, looked) => {
    const text = exec(
      `command: ${command}`,
      'apiVersion: client.authentication.k8s.io/v1beta1',
      'installHint: get it',
    )
    expect(lint(text, { missingCommands: new Set([looked]) })).toMatchObject([
      { rule: 'exec-missing', advice: 'get it' },
    ])
  })

  test('the launcher that is not found is written again; a plugin behind an entry of ours is not', () => {
    const advice = (command: string, ...more: readonly string[]) => {
      const v = 'apiVersion: client.authentication.k8s.io/v1beta1'
      const text = exec(`command: ${command}`, v, ...more) + `    ${ours}\n`
      const outside = { missingCommands: new Set([command]), launcher: '/home/me/launcher' }
      return lint(text, outside).map((each) => each.advice)
    }
    expect(advice('/home/me/launcher')).toEqual(['Run devk8s contexts sync, which writes it again.'])
    expect(advice('kubelogin', 'installHint: brew install kubelogin')).toEqual(['brew install kubelogin'])
    expect(advice('kubelogin')).toEqual(['Install it, or write its whole path.'])
  })

  test.each([
    [-1, 'credential-expired', 'expired on 2026-11-23'],
    [3, 'credential-expires', 'expire on 2026-11-27'],
    [30, undefined, ''],
  ])('credentials that end in %i days', (days, rule, words) => {
    const ends = new Map([[endKey('/home/me/config', 'u'), now + days * day]])
    const found = lint(user('token: t'), { ends })
    expect(found.map((each) => each.rule)).toEqual(rule === undefined ? [] : [rule])
    expect(found[0]?.text ?? '').toContain(words)
  })
})

describe('kuberc', () => {
  const entry =
    exec('command: /opt/devk8s', 'apiVersion: client.authentication.k8s.io/v1beta1') + `    ${ours}\n`
  const withKuberc = (text: string) => lint(entry, { kuberc: { path: '/kuberc', text } })

  test.each([
    [
      'credentialPluginPolicy: DenyAll',
      ['Make the policy Allowlist. Add under credentialPluginAllowlist: - command: /opt/devk8s'],
    ],
    ['credentialPluginPolicy: Allowlist', ['Add under credentialPluginAllowlist: - command: /opt/devk8s']],
    [
      'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: aws}]',
      ['Add under credentialPluginAllowlist: - command: /opt/devk8s'],
    ],
    ['credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: /opt/devk8s}]', []],
    ['credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: /opt/devk8s}]', []],
    ['credentialPluginPolicy: AllowAll', []],
    ['kind: Preference', []],
    ['a: [', ['Mend or move it.']],
  ])('%j', (text, advice) => {
    expect(withKuberc(text).map((finding) => finding.advice)).toEqual(advice)
  })

  test('says nothing of plugins that are not ours', () => {
    const kuberc = { path: '/kuberc', text: 'credentialPluginPolicy: DenyAll' }
    expect(
      lint(exec('command: aws', 'apiVersion: client.authentication.k8s.io/v1beta1'), { kuberc }),
    ).toEqual([])
  })
})

describe('mending the text', () => {
  const alpha = exec('command: a', 'apiVersion: client.authentication.k8s.io/v1alpha1 # old')
  const fixed = (text: string) => fixedText({ path: '/c', text }, [{ path: '/c', text }])

  test('raises the exec version of our own entries, and of no others', () => {
    const mine = `${alpha}    ${ours}\n`
    expect(lint(mine)[0]?.fix).toMatchObject({ kind: 'text' })
    expect(fixed(mine)).toBe(mine.replace('v1alpha1', 'v1beta1'))
    expect(lint(alpha)[0]?.fix).toBeUndefined()
    expect(fixed(alpha)).toBe(alpha)
  })

  test('unsets a current context that no file has, and keeps every other byte', () => {
    const text = '\uFEFF# mine\r\ncurrent-context: gone # once\r\ncontexts: []\r\n'
    expect(fixed(text)).toBe(text.replace('gone', '""'))
  })

  test('a name in quotes is found by what refers to it', () => {
    const text = 'current-context: 08\ncontexts:\n- name: 08\n  context: {cluster: c, user: u}\n'
    expect(fixed(text)).toBe(text.replaceAll('08', '"08"'))
  })

  test('leaves alone what cannot be read, and what is right', () => {
    expect(fixed('contexts: [')).toBe('contexts: [')
    expect(fixed('kind: Config\n')).toBe('kind: Config\n')
  })

  test('is over after one time', () => {
    const text = `current-context: on\n${alpha}    ${ours}\ncontexts:\n- name: 1e3\n  context: {user: u}\n`
    expect(fixed(fixed(text))).toBe(fixed(text))
    expect(lint(fixed(text)).filter(({ fix }) => fix !== undefined)).toEqual([])
  })
})

describe('ways around a protection', () => {
  const isOurs = ({ rule }: Finding) => rule.startsWith('protection')
  const guarded = (more: string) => `clusters:
- {name: devk8s-prod, cluster: {server: "https://k.test"}}
- {name: theirs, cluster: {server: "https://K.test:443/"}}
- {name: else, cluster: {server: "https://else"}}
users:
- {name: devk8s-prod, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: /x, args: [token, --protect, t/prod]}}}
- {name: me, user: {token: t}}
contexts:
- {name: prod, context: {cluster: devk8s-prod, user: devk8s-prod, extensions: [{name: devk8s.dev, extension: {provider: devk8s.dev, team: t, source: eks, protected: true}}]}}
${more}
`
  test.each([
    [
      'by another entry of the cluster',
      '- {name: mine, context: {cluster: theirs, user: me}}',
      ['protection-bypassed:10'],
    ],
    [
      'with credentials of its own',
      '- {name: mine, context: {cluster: devk8s-prod, user: me}}',
      ['protection-bypassed:10'],
    ],
    ['with ours, which are withheld', '- {name: mine, context: {cluster: theirs, user: devk8s-prod}}', []],
    ['to another cluster', '- {name: mine, context: {cluster: else, user: me}}', []],
  ] as const)('%s', (_case, line, expected) => {
    expect(places(lint(guarded(line)).filter(isOurs))).toEqual(expected)
  })

  test('from another file', () => {
    const findings = lintKubeconfigs(
      [
        { path: '/a', text: guarded('') },
        { path: '/b', text: 'contexts:\n- {name: mine, context: {cluster: theirs, user: me}}\n' },
      ],
      clear,
    )
    expect(findings.filter(isOurs)).toMatchObject([
      { rule: 'protection-bypassed', severity: 'warning', file: '/b', line: 2 },
    ])
  })
})
