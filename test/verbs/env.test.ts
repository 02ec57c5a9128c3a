import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { kubeconfig, newHome } from './switch-lab.ts'

const two = kubeconfig([{ name: 'dev' }, { name: 'prod', protected: true }], 'dev')

describe('devk8s env', () => {
  test.skipIf(process.platform === 'win32')('binds the shell that evaluates it, and no other', async () => {
    const home = await newHome(two)
    const env = { XDG_RUNTIME_DIR: join(home.folder, "it's a run") }
    const { exit, stdout, stderr } = await home.run('env dev -n ops', { env, parentPid: 4711 })
    expect([exit, stderr]).toEqual([0, ''])
    const seen = execFileSync('sh', ['-c', 'eval "$1"; printf %s "$KUBECONFIG"', 'sh', stdout], {
      encoding: 'utf8',
    })
    const [file = '', ...others] = seen.split(':')
    expect(file).toBe(join(home.folder, "it's a run", 'devk8s/shells/env-4711-dev'))
    expect(others).toEqual([home.config])
    expect(await home.text(file)).toContain('namespace: ops')
    expect(await home.text()).toBe(two)
  })

  test('a protected context is asked for', async () => {
    const home = await newHome(two)
    const env = { XDG_RUNTIME_DIR: join(home.folder, 'run') }
    const refused = await home.run('env prod', { env })
    expect([refused.exit, refused.stdout]).toEqual([4, ''])
    expect(refused.stderr).toContain('DK8010')
    const agreed = await home.run('env prod --yes-prod --syntax fish', { env })
    expect(agreed.stdout).toMatch(/^set -gx KUBECONFIG '.*'\n$/)
    expect(agreed.stderr).toContain('PROTECTED  prod')
  })

  test.skipIf(process.platform === 'win32')('--unset gives back what was there before', async () => {
    const home = await newHome(two)
    const runtime = { XDG_RUNTIME_DIR: join(home.folder, 'run') }
    const bound = join(home.folder, 'run/devk8s/shells/env-4711-dev')
    const other = join(home.folder, "it's mine")
    const unset = async (kubeconfig: string, ...more: readonly string[]) =>
      home.run(['env', '--unset', ...more], { env: { ...runtime, KUBECONFIG: kubeconfig } })
    expect(await unset(`${bound}:${home.config}`)).toMatchObject({ exit: 0, stdout: 'unset KUBECONFIG\n' })
    expect((await unset(`${bound}:${home.config}`, '--syntax', 'fish')).stdout).toBe('set -e KUBECONFIG\n')
    expect((await unset(bound, '--syntax', 'powershell')).stdout).toMatch(/^Remove-Item Env:KUBECONFIG /)
    const back = await unset(`${bound}:${home.config}:${other}`)
    const seen = execFileSync('sh', ['-c', 'eval "$1"; printf %s "$KUBECONFIG"', 'sh', back.stdout])
    expect(seen.toString()).toBe(`${home.config}:${other}`)
    const free = await unset(other)
    expect([free.exit, free.stdout, free.stderr.includes('not bound')]).toEqual([0, '', true])
  })

  test('without a name it says what is missing', async () => {
    const home = await newHome(two)
    const said = await home.run('env')
    expect([said.exit, said.stdout]).toEqual([2, ''])
    expect(said.stderr).toContain('DK2907')
    expect(said.stderr).toContain('devk8s env --unset')
  })

  test('a name that does not fit binds nothing', async () => {
    const home = await newHome(two)
    expect(await home.run('env nowhere')).toMatchObject({ exit: 2, stdout: '' })
  })
})
