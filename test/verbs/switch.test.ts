import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Command } from '../../src/ports/exec.ts'
import type { Ports } from '../../src/ports/ports.ts'
import {
  contextAmbiguous,
  contextNotGiven,
  contextOnlyByName,
  contextUnknown,
  nothingBefore,
  shellNotStarted,
} from '../../src/problems/switching.ts'
import { newLaptop } from '../fakes/session.ts'
import { changedLines, kubeconfig, newHome } from './switch-lab.ts'

const three = kubeconfig(
  [{ name: 'dev' }, { name: 'staging', namespace: 'payments' }, { name: 'dev-two' }],
  'dev',
)
const guarded = kubeconfig(
  [{ name: 'dev' }, { name: 'prod-eu', protected: true, aliases: ['prod'], namespace: 'shop' }],
  'dev',
)

describe('to a context', () => {
  test('one line of the file changes; from and to are told on stderr, nothing on stdout', async () => {
    const home = await newHome(three)
    const said = await home.run('switch staging')
    expect(said).toEqual({
      exit: 0,
      stdout: '',
      stderr: 'Switched to context "staging" (was dev).\ncluster c-staging, namespace payments\n',
    })
    expect(changedLines(three, await home.text())).toEqual([
      '-current-context: dev',
      '+current-context: staging',
    ])
  })

  test('by a part; an exact name wins over what begins with it', async () => {
    const home = await newHome(three)
    expect((await home.run('switch stag')).stderr).toContain('"staging"')
    expect((await home.run('switch dev')).stderr).toContain('"dev" (was staging)')
    expect((await home.run('switch TWO')).stderr).toContain('"dev-two"')
  })

  test('the one in force already is not written', async () => {
    const home = await newHome(three)
    const before = await stat(home.config)
    expect((await home.run('switch dev')).stderr).toContain('Already on context "dev".')
    const after = await stat(home.config)
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs])
  })

  test.for([
    ['switch e', contextAmbiguous.code, 2],
    ['switch nowhere', contextUnknown.code, 2],
    ['switch', contextNotGiven.code, 2],
    ['switch -', nothingBefore.code, 1],
  ] as const)('%s: %s', async ([line, code, exit]) => {
    const home = await newHome(three)
    const said = await home.run(line)
    expect(said.exit).toBe(exit)
    expect(said.stderr).toContain(code)
    expect(await home.text()).toBe(three)
  })

  test('where no name is near, those that there are are told, and a file that is not there', async () => {
    const home = await newHome(three)
    const missing = join(home.folder, 'missing')
    const said = await home.run('switch xyz', { env: { KUBECONFIG: `${home.config}:${missing}` } })
    expect(said.exit).toBe(2)
    expect(said.stderr).toContain('There are: dev, staging, ')
    expect(said.stderr.replaceAll(/\s+/g, ' ')).toContain(
      'missing, where contexts are looked for, is not there.',
    )
  })

  test('--json answers with the document', async () => {
    const home = await newHome(guarded)
    const { exit, stdout } = await home.run('switch prod --yes-prod --json')
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      result: {
        context: 'prod-eu',
        previous: 'dev',
        account: '123456789012',
        region: 'eu-west-1',
        protected: true,
      },
    })
  })

  test('-n writes the namespace where the context is, and current-context where kubectl does', async () => {
    const home = await newHome(kubeconfig([{ name: 'own' }], 'own'))
    const team = join(home.home, 'team.yaml')
    await writeFile(team, guarded)
    const env = { KUBECONFIG: `${home.config}:${team}` }
    expect((await home.run('switch prod-eu -n ops --yes-prod', { env })).exit).toBe(0)
    expect(changedLines(guarded, await home.text(team))).toEqual([
      '-    namespace: shop',
      '+    namespace: ops',
    ])
    expect(await home.text()).toContain('current-context: prod-eu')
  })

  test('a cluster or user that is missing is said, and does not stop the switch', async () => {
    const broken = three.replace('  name: c-staging', '  name: elsewhere')
    const home = await newHome(broken)
    const said = await home.run('switch staging')
    expect(said.exit).toBe(0)
    expect(said.stderr).toContain('! "staging" names cluster "c-staging", which no kubeconfig file has')
  })

  test.skipIf(process.getuid?.() === 0)('a read-only file: the way by env is offered', async () => {
    const home = await newHome(three)
    await chmod(home.config, 0o400)
    await chmod(join(home.home, '.kube'), 0o500)
    const said = await home.run('switch staging')
    expect(said.exit).toBe(4)
    expect(said.stderr).toContain('eval "$(devk8s env staging)"')
    await chmod(join(home.home, '.kube'), 0o700)
  })
})

describe('back', () => {
  test('to and fro, and the list of where one was', async () => {
    const home = await newHome(three)
    await home.run('switch staging')
    await home.run('switch dev-two')
    expect((await home.run('switch -')).stderr).toContain('"staging" (was dev-two)')
    expect((await home.run('switch -')).stderr).toContain('"dev-two" (was staging)')
    const { stdout } = await home.run('switch --history')
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['CONTEXT', 'staging', 'dev', ''])
  })

  test('each list of kubeconfig files has its own', async () => {
    const home = await newHome(three)
    const other = join(home.home, 'other')
    await writeFile(other, three)
    await home.run('switch staging')
    expect((await home.run('switch -', { env: { KUBECONFIG: other } })).stderr).toContain(nothingBefore.code)
  })

  test('a history that cannot be read or written stops nothing', async () => {
    const home = await newHome(three)
    const state = join(home.home, '.local/state/devk8s/contexts')
    await mkdir(join(state, 'history.json'), { recursive: true })
    expect((await home.run('switch staging')).exit).toBe(0)
    expect((await home.run('switch -')).stderr).toContain(nothingBefore.code)
  })
})

describe('protected', () => {
  test.for([
    ['switch eu', 2, contextOnlyByName.code],
    ['switch PROD', 2, contextOnlyByName.code],
    ['switch prod', 4, 'DK8010'],
    ['switch prod-eu --yes', 4, 'DK8010'],
  ] as const)('%s stops', async ([line, exit, code]) => {
    const home = await newHome(guarded)
    const said = await home.run(line)
    expect([said.exit, said.stderr.includes(code)]).toEqual([exit, true])
    expect(await home.text()).toBe(guarded)
  })

  test('the refusal shows what is at stake and how to agree', async () => {
    const home = await newHome(guarded)
    const { stderr } = await home.run('switch prod')
    expect(stderr).toContain('PROTECTED  prod-eu')
    expect(stderr).toContain('account    123456789012')
    expect(stderr).toContain('devk8s switch prod --yes-prod')
  })

  test('--yes-prod agrees and shows the banner', async () => {
    const home = await newHome(guarded)
    const { exit, stderr } = await home.run('switch prod --yes-prod')
    expect(exit).toBe(0)
    expect(stderr).toContain('PROTECTED  prod-eu\n  cluster    c-prod-eu\n')
    // Its user entry holds a token: nothing of devk8s stands between.
    expect(stderr).toContain('access     at any time: its credentials do not come through devk8s')
  })

  test('where devk8s hands the credentials out, the banner says that they are withheld', async () => {
    const plugin = '    exec:\n      command: devk8s\n      args: [token, --protect, acme/prod-eu]'
    const home = await newHome(guarded.replace(/(- name: u-prod-eu\n {2}user:\n) {4}token: t/, `$1${plugin}`))
    const { stderr } = await home.run('switch prod --yes-prod')
    expect(stderr).toContain('access     locked: no credentials until devk8s unlock prod-eu')
  })

  test('by typing its name, or not', async () => {
    const laptop = await newLaptop()
    const config = join(laptop.home, '.kube', 'config')
    await mkdir(join(laptop.home, '.kube'), { recursive: true })
    await writeFile(config, guarded)
    const no = await laptop.run('switch prod-eu', { answers: { 'context.protected': false } })
    expect([no.exit, no.problems[0]?.code]).toEqual([5, 'DK8050'])
    expect(await readFile(config, 'utf8')).toBe(guarded)
    expect((await laptop.run('switch prod-eu', { answers: { 'context.protected': true } })).exit).toBe(0)
    expect(await readFile(config, 'utf8')).toContain('current-context: prod-eu')
  })
})

describe('for a while', () => {
  const started = async (text = three) => {
    const laptop = await newLaptop()
    const config = join(laptop.home, '.kube', 'config')
    await mkdir(join(laptop.home, '.kube'), { recursive: true })
    await writeFile(config, text)
    const commands: Command[] = []
    const detach = async (command: Command) => {
      commands.push(command)
      return 4711
    }
    const through = (ports: Ports): Ports => ({ ...ports, programs: { ...ports.programs, detach } })
    const returns = join(laptop.home, '.local/state/devk8s/contexts/returns')
    return {
      laptop,
      through,
      commands,
      returns,
      current: async () => /current-context: (\S+)/.exec(await readFile(config, 'utf8'))?.[1],
    }
  }

  test('the process left behind waits, goes back, and forgets', async () => {
    const { laptop, through, commands, returns, current } = await started()
    expect((await laptop.run('switch staging --for 15m', { through })).exit).toBe(0)
    const [command] = commands
    expect(command?.args[1]).toBe('__return')
    const before = laptop.clock.now()
    expect((await laptop.run(`__return ${command?.args[2]}`)).exit).toBe(0)
    expect(laptop.clock.now() - before).toBeGreaterThanOrEqual(14.9 * 60_000)
    expect(await current()).toBe('dev')
    expect(await readdir(returns)).toEqual([])
  })

  test('somebody who has gone elsewhere meanwhile stays there', async () => {
    const { laptop, through, commands, current } = await started()
    await laptop.run('switch staging --for 1m', { through })
    await laptop.run('switch dev-two')
    expect((await laptop.run(`__return ${commands[0]?.args[2]}`)).exit).toBe(0)
    expect(await current()).toBe('dev-two')
  })

  test('a switch ends what was agreed, and a due return comes first', async () => {
    const { laptop, through, current } = await started()
    await laptop.run('switch staging --for 1m', { through })
    await laptop.clock.sleep(61_000)
    const done = await laptop.run('switch -')
    expect(done.answer).toMatchObject({ previous: 'dev', context: 'staging' })
    expect(await current()).toBe('staging')
  })

  test('lent twice: back to what was before both', async () => {
    const { laptop, through, commands, current } = await started()
    await laptop.run('switch staging --for 5m', { through })
    await laptop.run('switch dev-two --for 5m', { through })
    await laptop.run(`__return ${commands[1]?.args[2]}`)
    expect(await current()).toBe('dev')
  })

  test('where no process can be started, it says so', async () => {
    const { laptop, through, current } = await started()
    const deaf = (ports: Ports): Ports => ({
      ...through(ports),
      programs: { ...ports.programs, detach: async () => undefined },
    })
    const done = await laptop.run('switch staging --for 1m', { through: deaf })
    const notes = done.events.flatMap((event) => (event.type === 'note' ? [event.text] : []))
    expect(notes.join()).toContain('No process could be started')
    expect(await current()).toBe('staging')
  })
})

describe.skipIf(process.platform === 'win32')('in a shell of its own', () => {
  test('the shell sees the context, the file stays, the exit code comes back, nothing is left', async () => {
    const home = await newHome(three)
    const shell = join(home.folder, 'shell')
    const seen = join(home.folder, 'seen')
    await writeFile(
      shell,
      `#!/bin/sh\nprintf '%s\\n' "$KUBECONFIG" "$DEVK8S_BOUND_CONTEXT" "$DEVK8S_BOUND_DEPTH" > ${seen}\ncat "\${KUBECONFIG%%:*}" >> ${seen}\nexit 7\n`,
    )
    await chmod(shell, 0o755)
    const env = { SHELL: shell, XDG_RUNTIME_DIR: join(home.folder, 'run'), PATH: process.env['PATH'] }
    const said = await home.run('switch staging --shell -n ops', { env })
    expect(said.exit).toBe(7)
    const [kubeconfigSeen = '', context, depth, ...bound] = (await home.text(seen)).split('\n')
    expect([context, depth]).toEqual(['staging', '1'])
    const [file = '', ...files] = kubeconfigSeen.split(':')
    expect(files).toEqual([home.config])
    expect(bound.join('\n')).toContain('namespace: ops')
    expect(bound.join('\n')).not.toContain('token')
    expect(await home.text()).toBe(three)
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  test('when its time is over, no context is current there, whatever others are on', async () => {
    const home = await newHome(three)
    const shell = join(home.folder, 'shell')
    const seen = join(home.folder, 'seen')
    await writeFile(shell, `#!/bin/sh\ncat ${home.home}/.local/state/devk8s/contexts/returns/* > ${seen}\n`)
    await chmod(shell, 0o755)
    await home.run('switch prod --yes-prod')
    const env = { SHELL: shell, XDG_RUNTIME_DIR: join(home.folder, 'run'), PATH: process.env['PATH'] }
    const { stderr } = await home.run('switch staging --shell --for 1h', { env })
    expect(stderr).toContain('For 1 hour, then back to no context.')
    expect(JSON.parse(await home.text(seen))).toMatchObject({ context: 'staging', back: null })
  })

  test('no such shell', async () => {
    const home = await newHome(three)
    const env = { SHELL: join(home.folder, 'none'), XDG_RUNTIME_DIR: join(home.folder, 'run') }
    const said = await home.run('switch staging --shell', { env })
    expect(said.exit).toBe(shellNotStarted.exit)
    expect(said.stderr).toContain(shellNotStarted.code)
    expect(await readdir(join(home.folder, 'run/devk8s/shells'))).toEqual([])
  })

  test('within a bound shell, switch, namespaces and - are that shell’s own', async () => {
    const home = await newHome(three)
    const env = { XDG_RUNTIME_DIR: join(home.folder, 'run') }
    const { stdout } = await home.run('env dev', { env, parentPid: process.pid })
    const [, KUBECONFIG = ''] = /^export KUBECONFIG='(.*)'$/m.exec(stdout) ?? []
    const inside = { env: { ...env, KUBECONFIG } }
    expect((await home.run('switch -', inside)).stderr).toContain(nothingBefore.code)
    expect((await home.run('switch staging', inside)).stderr).toContain('(was dev)')
    expect((await home.run('namespaces ops --force', inside)).exit).toBe(0)
    expect((await home.run('switch -', inside)).stderr).toContain('"dev" (was staging)')
    expect((await home.run('switch staging', inside)).stderr).toContain('namespace ops')
    expect(await home.text()).toBe(three)
  })
})
