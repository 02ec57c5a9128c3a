import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changedLines, type Home, kubeconfig, newHome } from './switch-lab.ts'

// Texts, streams and exit codes are those of kubectx 0.11 (cmd/kubectx, cmd/kubens).

const three = kubeconfig(
  [{ name: 'node-10' }, { name: 'node-2' }, { name: 'prod', protected: true }],
  'node-2',
)
const as = (invokedAs: string) => ({ invokedAs })

async function programs(home: Home, scripts: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(home.folder, 'bin')
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`)
    await chmod(join(folder, name), 0o755)
  }
  return `${folder}:/usr/bin:/bin`
}

describe('kubectx', () => {
  test('lists in natural order on stdout', async () => {
    const home = await newHome(three)
    expect(await home.run([], as('kubectx'))).toEqual({
      exit: 0,
      stdout: 'node-2\nnode-10\nprod\n',
      stderr: '',
    })
  })

  test('switches by the whole name alone, says so on stderr, goes back', async () => {
    const home = await newHome(three)
    expect(await home.run(['node-10'], as('kubectx'))).toEqual({
      exit: 0,
      stdout: '',
      stderr: '✔ Switched to context "node-10".\n',
    })
    expect(changedLines(three, await home.text())).toEqual([
      '-current-context: node-2',
      '+current-context: node-10',
    ])
    expect((await home.run(['-'], as('kubectl-ctx'))).stderr).toBe('✔ Switched to context "node-2".\n')
  })

  test.for<readonly [readonly string[], string]>([
    [['node'], 'failed to switch context: no context exists with the name: "node"'],
    [['-'], 'failed to switch context: no previous context found'],
    [['--nope'], "unsupported option '--nope'"],
    [['a', 'b'], 'too many arguments'],
    [['-d'], "'-d' needs arguments"],
    [['-d', 'gone'], 'error deleting context "gone": context does not exist'],
    [['new=gone'], `context "gone" not found, can't rename it`],
    [['-s'], "'-s' requires a context name argument (or fzf for interactive mode)"],
    [['--shell', 'a', 'b'], "'--shell' accepts at most one context name argument"],
    [['-s', 'gone'], 'no context exists with the name: "gone"'],
    [['prod'], 'context "prod" is protected, and nobody can be asked: devk8s switch prod --yes-prod'],
    [
      ['-d', 'prod'],
      'context "prod" is protected, and nobody can be asked: devk8s contexts remove prod --yes-prod',
    ],
  ])('%o: exit 1', async ([words, text]) => {
    const home = await newHome(three)
    expect(await home.run(words, as('kubectx'))).toEqual({ exit: 1, stdout: '', stderr: `error: ${text}\n` })
    expect(await home.text()).toBe(three)
  })

  test('-c, -u', async () => {
    const home = await newHome(three)
    expect(await home.run(['-c'], as('kubectx'))).toEqual({ exit: 0, stdout: 'node-2\n', stderr: '' })
    expect((await home.run(['--unset'], as('kubectx'))).stderr).toBe('✔ Active context unset for kubectl.\n')
    expect(await home.run(['-c'], as('kubectx'))).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'error: current-context is not set\n',
    })
  })

  test('-u leaves none in force in any file, which kubectx forgets', async () => {
    const home = await newHome(three)
    const other = join(home.home, 'other')
    await writeFile(other, three)
    const env = { KUBECONFIG: `${home.config}:${other}` }
    expect((await home.run(['-u'], { ...as('kubectx'), env })).exit).toBe(0)
    expect((await home.run(['-c'], { ...as('kubectx'), env })).exit).toBe(1)
  })

  test('renames, also the current one, and overwrites with a warning', async () => {
    const home = await newHome(three)
    expect((await home.run(['two=.'], as('kubectx'))).stderr).toBe('✔ Context node-2 renamed to two.\n')
    expect((await home.run(['-c'], as('kubectx'))).stdout).toBe('two\n')
    expect((await home.run(['two=node-10'], as('kubectx'))).stderr).toBe(
      'warning: context "two" exists, overwriting it.\n✔ Context node-10 renamed to two.\n',
    )
    expect((await home.run([], as('kubectx'))).stdout).toBe('prod\ntwo\n')
    expect(await home.text()).toContain('cluster: c-node-10')
  })

  test.for(['live=prod', 'node-2=prod', 'prod=node-2'])(
    '%s: a protected context keeps its name',
    async (word) => {
      const home = await newHome(three)
      const { exit, stderr } = await home.run([word], as('kubectx'))
      expect([exit, /DK407[01]/.test(stderr)]).toEqual([1, true])
      expect(await home.text()).toBe(three)
    },
  )

  test('a renamed entry keeps its place and its comments, in all files or in none', async () => {
    const text = three.replace('  name: node-10', '  # the tenth\n  name: node-10 # of ten')
    const home = await newHome(text)
    expect((await home.run(['ten=node-10'], as('kubectx'))).exit).toBe(0)
    expect(changedLines(text, await home.text())).toEqual([
      '-  name: node-10 # of ten',
      '+  name: ten # of ten',
    ])
  })

  test('where one of the files cannot be written, nothing is overwritten in the others', async () => {
    const home = await newHome(three)
    const other = join(home.home, 'other')
    const mine = kubeconfig([{ name: 'keep' }], 'keep')
    await writeFile(other, mine)
    await chmod(home.config, 0o444)
    const env = { KUBECONFIG: `${other}:${home.config}` }
    const { exit, stderr } = await home.run(['keep=node-2'], { ...as('kubectx'), env })
    expect([exit, stderr.includes('DK4040')]).toEqual([1, true])
    expect(await readFile(other, 'utf8')).toBe(mine)
  })

  test('deletes one after the other and stops where one is missing', async () => {
    const home = await newHome(three)
    const said = await home.run(['-d', '.', 'gone', 'prod'], as('kubectx'))
    expect(said).toEqual({
      exit: 1,
      stdout: '',
      stderr: [
        'warning: You deleted the current context. Use "kubectx" to select a new context.',
        '✔ Deleted context node-2.',
        'error: error deleting context "gone": context does not exist',
        '',
      ].join('\n'),
    })
    expect((await home.run([], as('kubectx'))).stdout).toBe('node-10\nprod\n')
  })

  test('help under the name it was called by; version; the read-only proxy is not there', async () => {
    const home = await newHome(three)
    expect((await home.run(['-h'], as('kubectl-ctx'))).stdout).toContain('  kubectl ctx -d NAME')
    expect(await home.run(['-V'], as('kubectx'))).toMatchObject({ exit: 0, stdout: '0.0.0-test\n' })
    const said = await home.run(['-r', 'node-2'], as('kubectx'))
    expect([said.exit, said.stderr.includes('eval "$(devk8s env NAME)"')]).toEqual([1, true])
  })

  test.skipIf(process.platform === 'win32')('-s: a shell of its own', async () => {
    const home = await newHome(three)
    const PATH = await programs(home, { shell: 'exit 3' })
    const env = { PATH, SHELL: join(home.folder, 'bin/shell'), XDG_RUNTIME_DIR: join(home.folder, 'run') }
    expect((await home.run(['-s', 'node-10'], { ...as('kubectx'), env })).exit).toBe(3)
    expect(await home.text()).toBe(three)
  })

  test('colours on a terminal, and old variables', async () => {
    const home = await newHome(three)
    const env = { _KUBECTX_FORCE_COLOR: '1', KUBECTX_CURRENT_FGCOLOR: 'red' }
    const said = await home.run([], { ...as('kubectx'), env })
    expect(said.stdout).toContain('\u001B[32;1mnode-2\u001B[0m\n')
    expect(said.stderr).toContain('KUBECTX_CURRENT_FGCOLOR environment variable is now deprecated')
  })

  test('without a kubeconfig it warns; in a shell of kubectx -s it refuses', async () => {
    const home = await newHome(three)
    const env = { KUBECONFIG: join(home.home, 'none') }
    expect(await home.run([], { ...as('kubectx'), env })).toEqual({
      exit: 0,
      stdout: '',
      stderr: 'warning: kubeconfig file not found\n',
    })
    expect(
      (await home.run(['node-10'], { ...as('kubectx'), env: { KUBECTX_ISOLATED_SHELL: '1' } })).stderr,
    ).toBe(`error: you are in a locked single-context shell ("node-2"), use 'exit' to leave\n`)
  })

  test('a kubeconfig that is none ends with 1', async () => {
    const home = await newHome('contexts: {')
    const said = await home.run([], as('kubectx'))
    expect([said.exit, said.stderr.includes('DK4030')]).toEqual([1, true])
  })
})

describe.skipIf(process.platform === 'win32')('kubens', () => {
  const kubectl = `case "$*" in
*"get namespaces"*) printf 'namespace/default\\nnamespace/ops\\n' ;;
*"get namespace ops "*) echo namespace/ops ;;
esac`
  const ready = async (scripts: Readonly<Record<string, string>> = { kubectl }) => {
    const home = await newHome(kubeconfig([{ name: 'dev' }], 'dev'))
    const env = { PATH: await programs(home, scripts) }
    return { home, kubens: async (...words: readonly string[]) => home.run(words, { ...as('kubens'), env }) }
  }

  test('lists, switches, shows, unsets', async () => {
    const { kubens } = await ready()
    expect(await kubens()).toEqual({ exit: 0, stdout: 'default\nops\n', stderr: '' })
    expect(await kubens('-c')).toMatchObject({ stdout: 'default\n' })
    expect(await kubens('ops')).toEqual({ exit: 0, stdout: '', stderr: '✔ Active namespace is "ops"\n' })
    expect(await kubens('-c')).toMatchObject({ stdout: 'ops\n' })
    expect(await kubens('-u')).toMatchObject({ exit: 0, stderr: '✔ Active namespace is "default".\n' })
    expect(await kubens('-', '-f')).toMatchObject({ exit: 0, stderr: '✔ Active namespace is "ops"\n' })
  })

  test.for<readonly [readonly string[], string]>([
    [['nowhere'], 'no namespace exists with name "nowhere"'],
    [['-'], 'No previous namespace found for current context (dev)'],
    [['--nope'], 'unsupported option "--nope"'],
    [['a', 'b'], 'unsupported arguments ["a" "b"]'],
    [['a', 'b', 'c'], 'too many arguments'],
  ])('%o: exit 1', async ([words, text]) => {
    const { kubens } = await ready()
    expect(await kubens(...words)).toEqual({ exit: 1, stdout: '', stderr: `error: ${text}\n` })
  })

  test('a cluster that does not answer', async () => {
    const { kubens } = await ready({ kubectl: 'echo no route >&2; exit 1' })
    expect(await kubens()).toMatchObject({
      exit: 1,
      stderr: 'error: could not list namespaces (is the cluster accessible?): no route\n',
    })
    expect(await kubens('ops')).toMatchObject({
      exit: 1,
      stderr: 'error: failed to query if namespace exists (is cluster accessible?): no route\n',
    })
    expect(await kubens('-f', 'ops')).toMatchObject({ exit: 0 })
  })

  test('help', async () => {
    const { kubens } = await ready()
    expect((await kubens('--help')).stdout).toContain('kubens NAME -f, --force')
  })
})
