import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../src/adapters/files.ts'
import { readKubeconfigs } from '../../src/kubeconfig/user-files.ts'
import { viewOf } from '../../src/kubeconfig/view.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { noCurrentContext } from '../../src/problems/switching.ts'
import { newLaptop } from '../fakes/session.ts'
import { eksCluster, teamLab } from '../fakes/team.ts'
import { realKubectl } from '../support/kubectl.ts'
import { type Home, kubeconfig, newHome } from './switch-lab.ts'

const live = kubeconfig([{ name: 'dev' }, { name: 'prod', protected: true }], 'prod')

const kubectl = await realKubectl()

/** A shell that has evaluated `devk8s env dev`, while all others are on the protected context. */
async function boundShell(home: Home, env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await home.run('env dev', { env, parentPid: process.pid })
  const [, KUBECONFIG = ''] = /^export KUBECONFIG='(.*)'$/m.exec(stdout) ?? []
  const [file = ''] = KUBECONFIG.split(':')
  return { file, paths: KUBECONFIG.split(':'), env: { ...env, KUBECONFIG } }
}

async function currentOf(paths: readonly string[]): Promise<string | undefined> {
  const read = await viewOf(await readKubeconfigs(realFiles(), paths))
  return 'view' in read ? read.view.current?.name : 'unreadable'
}

describe.skipIf(process.platform === 'win32')('a bound shell without a context', () => {
  const unset = async () => {
    const home = await newHome(live)
    const shell = await boundShell(home)
    const done = await home.run(['-u'], { env: shell.env, invokedAs: 'kubectx' })
    return { home, shell, done }
  }

  test('is on none, not on the one that all others use', async () => {
    const { home, shell, done } = await unset()
    expect(done).toEqual({ exit: 0, stdout: '', stderr: '✔ Active context unset for kubectl.\n' })
    expect(await home.text(shell.file)).toContain('current-context: "(none)"\n')
    expect(await home.text()).toBe(live)
    expect(await currentOf(shell.paths)).toBeUndefined()
  })

  test('all that reads says none', async () => {
    const { home, shell } = await unset()
    const inside = { env: shell.env }
    const kubectx = { ...inside, invokedAs: 'kubectx' }
    expect((await home.run(['-c'], kubectx)).stderr).toBe('error: current-context is not set\n')
    expect((await home.run(['.'], kubectx)).exit).toBe(1)
    expect((await home.run('namespaces ops --force', inside)).stderr).toContain(noCurrentContext.code)
    const list = JSON.parse((await home.run('contexts list --json', inside)).stdout) as {
      readonly result: { readonly contexts: readonly { readonly current: boolean }[] }
    }
    expect(list.result.contexts.map(({ current }) => current)).toEqual([false, false])
    expect((await home.run('contexts lint', inside)).stdout).not.toContain('(none)')
    expect((await home.run('switch -', inside)).exit).toBe(1)
    const back = await home.run('switch dev', inside)
    expect(back.stderr).toContain('Switched to context "dev".\n')
    expect(await currentOf(shell.paths)).toBe('dev')
  })

  test('kubectl refuses to work', async ({ skip }) => {
    if ('none' in kubectl) return skip(kubectl.none)
    const { shell } = await unset()
    const asked = promisify(execFile)(kubectl.path, ['get', 'pods'], { env: shell.env })
    await expect(asked).rejects.toThrow('context was not found for specified context: (none)')
  })

  test.each([
    ['contexts remove', 'contexts remove dev --yes', { env: {} }],
    ['kubectx -d', '-d dev', { invokedAs: 'kubectx' }],
  ])('stays away from the global one after %s', async (_, line, change) => {
    const home = await newHome(live)
    const shell = await boundShell(home)
    expect((await home.run(line, { ...change, env: shell.env })).exit).toBe(0)
    expect(await currentOf(shell.paths)).not.toBe('prod')
    expect(await home.text()).toContain('current-context: prod')
  })

  test('lint mends a copy of what is gone without falling through', async () => {
    const home = await newHome(live)
    const shell = await boundShell(home)
    await home.run('contexts remove dev --yes')
    await writeFile(shell.file, 'apiVersion: v1\nkind: Config\ncurrent-context: dev\ncontexts: []\n')
    await home.run('contexts lint --fix --yes', { env: shell.env })
    expect(await home.text(shell.file)).toContain('current-context: "(none)"')
  })
})

describe.skipIf(process.platform === 'win32')('versions that undo goes by', () => {
  test('are none of the file that binds a shell', async () => {
    const home = await newHome(kubeconfig([{ name: 'dev' }, { name: 'two' }], 'two'))
    const shell = await boundShell(home)
    await home.run('contexts rename dev first', { env: shell.env })
    expect(await home.text(shell.file)).toContain('name: first')
    await home.run('namespaces ops --force', { env: shell.env })
    await home.run('contexts remove first --yes', { env: shell.env })
    const kept = await readdir(join(home.home, '.local/state/devk8s/kubeconfig'))
    expect(kept.filter((name) => name.includes('shells'))).toEqual([])
    expect(kept.length).toBeGreaterThan(0)
    const { stdout } = await home.run('contexts undo --list', { env: shell.env })
    expect(stdout).toContain(home.config)
    expect(stdout).not.toContain('shells')
  })
})

describe('a relative KUBECONFIG, as direnv sets one', () => {
  const project = async (home: Home, name: string, current: string) => {
    const cwd = join(home.folder, name)
    await mkdir(cwd)
    await writeFile(join(cwd, 'kc'), kubeconfig([{ name: 'dev' }, { name: 'stage' }], current))
    return { cwd, env: { KUBECONFIG: 'kc' } }
  }

  test('each project has its own history', async () => {
    const home = await newHome(live)
    const [a, b] = [await project(home, 'a', 'dev'), await project(home, 'b', 'dev')]
    expect((await home.run('switch stage', a)).exit).toBe(0)
    const said = await home.run('switch -', b)
    expect(said.stderr).toContain('devk8s has made no switch yet')
    expect((await home.run('switch -', a)).stderr).toContain('"dev" (was stage)')
  })

  test.skipIf(process.platform === 'win32')('what env exports means the same files anywhere', async () => {
    const home = await newHome(live)
    const a = await project(home, 'a', 'dev')
    const { stdout } = await home.run('env stage', a)
    expect(stdout).toContain(`:${join(home.folder, 'a', 'kc')}'`)
  })
})

describe('what is done for all', () => {
  const two = (name: string) => `- { name: ${name}, eks: { cluster: acme-dev, region: eu-west-1 } }\n`

  test.skipIf(process.platform === 'win32')('a prune takes the copy in this shell along', async () => {
    const kubeconfigs = ['../.local/state/devk8s/run/shells/env-5-dev', 'config']
    const lab = await teamLab([eksCluster('acme-dev')], { kubeconfigs })
    await lab.sync(two('dev') + two('prod'))
    const own = join(lab.folder, '.kube/config')
    const text = `${await readFile(own, 'utf8')}current-context: prod\n`
    await writeFile(own, text)
    const [, copy = ''] = /^(- context:\n(?: .*\n)*? {2}name: "?dev"?\n)/m.exec(text) ?? []
    expect(copy).toContain('devk8s.dev')
    await lab.write(`apiVersion: v1\nkind: Config\ncurrent-context: dev\ncontexts:\n${copy}`)
    const result = await lab.sync(two('prod'), { prune: true })
    expect(result.exit).toBe(0)
    expect(await lab.read()).toMatchObject({ contexts: [], 'current-context': '(none)' })
    expect(await readFile(own, 'utf8')).toContain('current-context: prod')
  })

  test('destroy leaves shells that live what binds them, and says so', async () => {
    const laptop = await newLaptop()
    const state = join(laptop.home, '.local/state/devk8s')
    const shells = join(state, 'run/shells')
    await mkdir(shells, { recursive: true })
    const names = [`${process.pid}-lab`, 'env-99999998-dev', '99999999-gone']
    for (const name of names) await writeFile(join(shells, name), 'current-context: lab\n')
    await mkdir(join(state, 'kubeconfig'))
    await writeFile(join(state, 'kubeconfig', 'old'), 'old')
    const asked: string[] = []
    const through = (ports: Ports): Ports => ({
      ...ports,
      host: { ...ports.host, isAlive: (pid) => pid === process.pid },
      prompts: {
        ask: async (question) => {
          asked.push(...('details' in question ? (question.details ?? []) : []))
          return true as never
        },
      },
    })
    expect((await laptop.run('destroy', { through })).exit).toBe(0)
    expect(asked.join('\n')).toContain(
      `Stays for shells that are open, which would be on the context of all others without it: ${join(shells, names[0] ?? '')}`,
    )
    expect(await readdir(shells)).toEqual(names.slice(0, 2).toSorted())
    expect((await readdir(state)).filter((name) => name !== 'devk8s.lock')).toEqual(['run'])
    expect((await laptop.run('destroy', { through })).exit).toBe(0)
    expect(await readdir(shells)).toHaveLength(2)
  })
})
