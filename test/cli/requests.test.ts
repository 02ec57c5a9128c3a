import { describe, expect, test } from 'vitest'
import { parseArgs } from '../../src/cli/parse.ts'
import type { CommonRequest, Request } from '../../src/cli/request.ts'
import { flagValues, layerOfTexts } from '../../src/profile/texts.ts'
import { renderShellWords } from '../../src/cli/shell-words.ts'

const defaults: Omit<CommonRequest, 'typed'> = {
  output: 'human',
  yes: false,
  input: true,
  verbose: false,
  quiet: false,
  color: 'auto',
  showCommands: false,
  rehearse: false,
  rehearseFaults: [],
  overrides: {},
}

async function requestOf(argv: readonly string[], env: Record<string, string> = {}): Promise<Request> {
  const parsed = await parseArgs(argv, env)
  if (parsed.kind !== 'request') throw new Error(`${argv.join(' ')}: ${JSON.stringify(parsed)}`)
  return parsed.request
}

const up = {
  command: 'up',
  look: false,
  exitCode: false,
  verify: false,
  recreate: false,
  use: false,
} as const

const commandTable: readonly (readonly [string, object])[] = [
  ['up', up],
  ['up --dry-run', { ...up, look: true }],
  ['up --dry-run --exit-code', { ...up, look: true, exitCode: true }],
  ['up --verify --recreate --use', { ...up, verify: true, recreate: true, use: true }],
  ['up -o p.json --dry-run', { ...up, look: true, savePlan: 'p.json' }],
  ['up --save-plan=p.json --dry-run', { ...up, look: true, savePlan: 'p.json' }],
  ['up --plan p.json', { ...up, plan: 'p.json' }],
  ['plan', { ...up, look: true }],
  ['plan --exit-code', { ...up, look: true, exitCode: true }],
  ['plan --verify', { ...up, look: true, verify: true }],
  ['status', { command: 'status', watch: false }],
  ['status --watch', { command: 'status', watch: true }],
  ['doctor', { command: 'doctor', fix: false }],
  ['doctor --fix', { command: 'doctor', fix: true }],
  ['down', { command: 'down' }],
  ['destroy', { command: 'destroy', keepTools: false }],
  ['destroy --keep-tools', { command: 'destroy', keepTools: true }],
  ['verify', { command: 'verify' }],
  ['profile list', { command: 'profile.list' }],
  ['profile show', { command: 'profile.show', explain: false }],
  ['profile show --explain', { command: 'profile.show', explain: true }],
  ['profile validate', { command: 'profile.validate' }],
  ['profile validate team.yaml', { command: 'profile.validate', path: 'team.yaml' }],
  ['profile validate -- -odd.yaml', { command: 'profile.validate', path: '-odd.yaml' }],
  ['profile validate -', { command: 'profile.validate', path: '-' }],
  ['profile init', { command: 'profile.init', force: false }],
  [
    'profile init team.yaml --from aws --force',
    { command: 'profile.init', path: 'team.yaml', from: 'aws', force: true },
  ],
  ['completion bash', { command: 'completion', shell: 'bash' }],
  ['completion zsh', { command: 'completion', shell: 'zsh' }],
  ['completion fish', { command: 'completion', shell: 'fish' }],
  ['completion powershell', { command: 'completion', shell: 'powershell' }],
  ['version', { command: 'version' }],
]

describe('a command line becomes a request', () => {
  test.each(commandTable)('%s', async (line, wanted) => {
    const argv = line.split(' ')
    expect(await requestOf(argv)).toEqual({ common: { ...defaults, typed: `devk8s ${line}` }, ...wanted })
  })

  test.each<readonly [string, Partial<CommonRequest>]>([
    ['--profile aws', { profile: 'aws' }],
    ['--profile=./x.yaml', { profile: './x.yaml' }],
    ['--json', { output: 'json' }],
    ['--output json', { output: 'json' }],
    ['--output ndjson', { output: 'ndjson' }],
    ['--output human', { output: 'human' }],
    ['--json --output json', { output: 'json' }],
    ['--yes', { yes: true }],
    ['-y', { yes: true }],
    ['--yes=false', { yes: false }],
    ['--no-input', { input: false }],
    ['--yes --no-input', { yes: true, input: false }],
    ['--verbose', { verbose: true }],
    ['-v', { verbose: true }],
    ['-yv', { yes: true, verbose: true }],
    ['-q', { quiet: true }],
    ['--color always', { color: 'always' }],
    ['--no-color', { color: 'never' }],
    ['--no-color --color never', { color: 'never' }],
    ['--show-commands', { showCommands: true }],
    ['--rehearse', { rehearse: true }],
    [
      '--rehearse-fault cluster.start=timeout --rehearse-fault docker=down',
      { rehearse: true, rehearseFaults: ['cluster.start=timeout', 'docker=down'] },
    ],
  ])('down %s', async (line, wanted) => {
    const argv = ['down', ...line.split(' ')]
    expect((await requestOf(argv)).common).toEqual({
      ...defaults,
      typed: renderShellWords(['devk8s', ...argv]),
      ...wanted,
    })
  })

  test.each([
    ['--driver kvm2', { 'cluster.driver': 'kvm2' }],
    ['--driver auto', { 'cluster.driver': 'auto' }],
    ['--memory 6g', { 'cluster.memory': '6g' }],
    ['--memory 6144', { 'cluster.memory': '6144Mi' }],
    ['--memory auto', { 'cluster.memory': 'auto' }],
    ['--cpus 4', { 'cluster.cpus': '4' }],
    ['--disk 30g', { 'cluster.disk': '30g' }],
    ['--kubernetes v1.35.1', { 'cluster.kubernetes': 'v1.35.1' }],
    ['--cluster-name team-a', { 'cluster.name': 'team-a' }],
    ['--context-name local-a', { 'context.name': 'local-a' }],
    [
      '--tools-mirror file:///srv/tools',
      { 'tools.minikube.mirror': 'file:///srv/tools', 'tools.kubectl.mirror': 'file:///srv/tools' },
    ],
    [
      '--addon dashboard --addon metrics-server',
      { 'addons.dashboard.enabled': 'true', 'addons.metrics-server.enabled': 'true' },
    ],
  ])('up %s lays values over the profile', async (line, overrides) => {
    const request = await requestOf(['up', ...line.split(' ')])
    expect(request).toMatchObject({ command: 'up', common: { overrides } })
    expect(layerOfTexts(flagValues(overrides, {}), 'flag').problems).toEqual([])
  })

  test.each(['status', 'doctor', 'down', 'destroy', 'verify', 'profile show', 'plan'])(
    '%s can be told which cluster is meant',
    async (command) => {
      const request = await requestOf([...command.split(' '), '--cluster-name', 'team-b'])
      expect(request.common.overrides).toEqual({ 'cluster.name': 'team-b' })
    },
  )

  test.each([
    [['--quiet', 'status', '--watch'], 'devk8s status --quiet --watch'],
    [['--profile', 'aws', 'up', '--use'], 'devk8s up --profile aws --use'],
    [['profile', '--json', 'show', '--explain'], 'devk8s profile show --json --explain'],
    [['up', '--profile', "it's.yaml"], String.raw`devk8s up --profile 'it'\''s.yaml'`],
  ])('%j: flags may stand before the command', async (argv, typed) => {
    expect((await requestOf(argv)).common.typed).toBe(typed)
  })

  test.each([
    [
      ['__complete', '--', 'up', ''],
      ['up', ''],
    ],
    [
      ['__complete', 'up', ' '],
      ['up', ''],
    ],
    [
      ['__complete', '--', 'up', '--help'],
      ['up', '--help'],
    ],
    [['__complete', '--'], []],
  ])('%j asks for completions and for nothing else', async (argv, words) => {
    const env = { DEVK8S_OUTPUT: 'nonsense', DEVK8S_JSON: '1' }
    expect(await requestOf(argv, env)).toEqual({
      common: { ...defaults, typed: 'devk8s __complete' },
      command: 'complete',
      words,
    })
  })

  test.each([[['--version']], [['-V']], [['up', '--version']], [['--json', '--version']]])(
    '%j asks for the version',
    async (argv) => {
      expect(await requestOf(argv)).toMatchObject({ command: 'version' })
    },
  )
})

describe('the environment fills what was not given', () => {
  test('but nothing that agrees to something, moves or lends', async () => {
    const env = {
      DEVK8S_YES_PROD: '1',
      DEVK8S_FOR: '1h',
      DEVK8S_NAMESPACE: 'kube-system',
      DEVK8S_SHELL: '1',
      DEVK8S_PRUNE: '1',
      DEVK8S_REASON: 'x',
    }
    for (const line of ['switch prod', 'unlock prod', 'contexts sync', 'env prod', 'contexts remove prod']) {
      const argv = line.split(' ')
      expect(await requestOf(argv, env)).toEqual(await requestOf(argv))
    }
  })

  test.each<readonly [string, Record<string, string>, object]>([
    ['down', { DEVK8S_PROFILE: 'aws' }, { common: { profile: 'aws' } }],
    ['down --profile x', { DEVK8S_PROFILE: 'aws' }, { common: { profile: 'x' } }],
    ['down', { DEVK8S_JSON: '1' }, { common: { output: 'json' } }],
    ['down', { DEVK8S_JSON: '' }, { common: { output: 'human' } }],
    ['down', { DEVK8S_JSON: '0' }, { common: { output: 'human' } }],
    ['down --output human', { DEVK8S_JSON: 'true' }, { common: { output: 'human' } }],
    ['down --output ndjson', { DEVK8S_JSON: 'yes' }, { common: { output: 'ndjson' } }],
    ['down --json', { DEVK8S_OUTPUT: 'ndjson' }, { common: { output: 'json' } }],
    ['down --verbose', { DEVK8S_QUIET: 'on' }, { common: { verbose: true, quiet: false } }],
    ['down', { DEVK8S_NO_INPUT: 'TRUE' }, { common: { input: false } }],
    ['down --no-input=false', { DEVK8S_NO_INPUT: '1' }, { common: { input: true } }],
    ['up', { DEVK8S_DRY_RUN: '1', DEVK8S_EXIT_CODE: '1' }, { look: true, exitCode: true }],
    ['up', { DEVK8S_EXIT_CODE: '1' }, { look: false }],
    ['up', { DEVK8S_ADDON: 'dashboard' }, { common: { overrides: { 'addons.dashboard.enabled': 'true' } } }],
    // The profile's loader reads this one itself, to be able to say where the value comes from.
    ['up', { DEVK8S_MEMORY: '8g' }, { common: { overrides: {} } }],
    ['down', { DEVK8S_MEMORY: 'two' }, { command: 'down' }],
    [
      'up',
      { DEVK8S_REHEARSE_FAULT: 'docker=down, cluster.start=timeout' },
      { common: { rehearse: true, rehearseFaults: ['docker=down', 'cluster.start=timeout'] } },
    ],
    ['up', { NO_COLOR: '1' }, { common: { color: 'never' } }],
    ['up', { NO_COLOR: '' }, { common: { color: 'auto' } }],
    ['up', { FORCE_COLOR: '1' }, { common: { color: 'always' } }],
    ['up', { FORCE_COLOR: '0' }, { common: { color: 'never' } }],
    ['up', { FORCE_COLOR: '3', NO_COLOR: '1' }, { common: { color: 'always' } }],
    ['up --color auto', { NO_COLOR: '1' }, { common: { color: 'auto' } }],
    ['up --color always', { DEVK8S_NO_COLOR: '1' }, { common: { color: 'always' } }],
  ])('%s with %j', async (line, env, wanted) => {
    expect(await requestOf(line.split(' '), env)).toMatchObject(wanted)
  })
})
