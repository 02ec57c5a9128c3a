import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realClock } from '../../src/adapters/clock.ts'
import { realFiles } from '../../src/adapters/files.ts'
import { main } from '../../src/main.ts'
import { onlyBelow } from '../../src/rehearsal/open.ts'
import type { World } from '../../src/world.ts'
import { worldAt } from '../fakes/session.ts'

interface Said {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly folder: string
}

/** The whole program in this process: a temp home and temp folder, captured streams, the real clock. */
async function devk8s(
  line: string,
  change: (folder: string, world: World) => Promise<Partial<World> | void> = async () => {},
): Promise<Said> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-main-')))
  await mkdir(join(folder, 'home'))
  const out = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      out[name] += text
    },
    isTTY: false,
    columns: 80,
  })
  const base = {
    ...worldAt(folder, join(folder, 'home'), realClock()),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  }
  const world = { ...base, ...(await change(folder, base)) }
  return { exit: await main(line.split(' '), world), ...out, folder }
}

const errorOf = ({ stdout }: Said) =>
  (JSON.parse(stdout) as { error: { problems: { code: string; detail: string; next: string[] }[] } }).error
    .problems[0]

describe('one report of whatever happened', () => {
  test('a usage fault is a document too where one was asked for', async () => {
    for (const line of [
      'up --json --memroy 3',
      'up --output json --memroy 3',
      'up --output=json --memroy 3',
    ]) {
      const said = await devk8s(line)
      expect([said.exit, said.stderr, errorOf(said)?.code]).toEqual([2, '', 'DK2901'])
    }
    expect(await devk8s('up --memroy 3')).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringContaining('--memory'),
    })
  })

  test('an unknown fault: DK2910, exit 2, the nearest one named', async () => {
    const said = await devk8s('up --rehearse --rehearse-fault docker=dwon --json')
    expect(said.exit).toBe(2)
    expect(errorOf(said)).toMatchObject({ code: 'DK2910' })
    expect(errorOf(said)?.detail).toContain('docker=down')
  })

  test('what a rehearsal advises is rehearsed, and it claims no shell and no alias on PATH', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-room-')))
    const there = async () => ({ tempFolder: folder, home: join(folder, 'home') })
    expect((await devk8s('contexts sync --rehearse --profile acme', there)).exit).toBe(0)
    const unnamed = await devk8s('switch --rehearse', there)
    expect(unnamed.stderr).toMatch(/\$ devk8s switch \S+ --rehearse\n/)
    expect((await devk8s('switch dve --rehearse', there)).stderr).toContain(
      '$ devk8s contexts list --rehearse',
    )
    const shell = await devk8s('switch staging --shell --rehearse', there)
    expect([shell.exit, shell.stderr.includes('a rehearsal starts none')]).toEqual([0, true])
    expect(shell.stderr).not.toContain('Left the shell')
    const lent = await devk8s('switch staging --for 1h --rehearse', there)
    expect(lent.stderr).not.toContain('No process could be started')
    const alias = await devk8s('alias install --rehearse --yes', there)
    expect([alias.exit, alias.stderr.includes('not on your PATH')]).toEqual([0, false])
    const destroyed = await devk8s('destroy --rehearse --yes --profile acme', there)
    expect([destroyed.exit, destroyed.stdout]).toEqual([
      0,
      expect.stringContaining('kubectx and kubens by devk8s'),
    ])
    expect(destroyed.stdout).toMatch(/config: context staging\s+\(removed\)/)
    expect(destroyed.stdout).not.toContain('cluster devk8s-staging')
  })

  test('a rehearsal folder that leads elsewhere: DK8040, nothing written there', async () => {
    const said = await devk8s('up --rehearse --json', async (folder, world) => {
      const { createHash } = await import('node:crypto')
      const name = `devk8s-rehearsal-${createHash('sha256').update(world.home).digest('hex').slice(0, 8)}`
      await mkdir(join(folder, 'elsewhere'))
      await symlink(join(folder, 'elsewhere'), join(folder, name))
    })
    expect(said.exit).toBe(4)
    expect(errorOf(said)).toMatchObject({ code: 'DK8040' })
    expect(await readdir(join(said.folder, 'elsewhere'))).toEqual([])
  })

  test('a rehearsal that would write outside its folder is stopped: DK8041', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-below-')))
    const files = onlyBelow(realFiles(), join(folder, 'rehearsal'), [join(folder, 'plan.json')])
    await files.write(join(folder, 'plan.json'), 'named by the person')
    await expect(files.write(join(folder, 'other'), 'x')).rejects.toMatchObject({
      problems: [{ code: 'DK8041', exit: 70, detail: join(folder, 'other') }],
    })
    expect(await readdir(folder)).toEqual(['plan.json'])
  })

  test('a rehearsed plan is saved where the person says, for them alone, and not carried out elsewhere', async () => {
    const out = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-saved-')))
    const plan = join(out, 'q.json')
    await writeFile(plan, 'an older one')
    await chmod(plan, 0o644)
    expect((await devk8s(`plan --rehearse --save-plan ${plan}`)).exit).toBe(0)
    expect((await stat(plan)).mode & 0o777).toBe(0o600)
    const elsewhere = await devk8s(`up --rehearse --plan ${plan} --json`)
    expect([elsewhere.exit, errorOf(elsewhere)?.code]).toEqual([2, 'DK8062'])
    expect(errorOf(elsewhere)?.detail).toContain('in the plan')
  })

  test('a relative path is one of the working directory', async () => {
    const said = await devk8s('plan --rehearse --save-plan q.json')
    expect(said.exit).toBe(0)
    expect(await readdir(said.folder)).toContain('q.json')
  })

  test('profile init in a rehearsal writes into its folder and says where', async () => {
    const said = await devk8s('profile init --rehearse --json')
    expect(said.exit).toBe(0)
    expect(await readdir(said.folder)).not.toContain('devk8s.yaml')
    const { result, next } = JSON.parse(said.stdout) as { result: { path: string }; next: string[] }
    expect(result.path).toMatch(/devk8s-rehearsal-\w+\/devk8s\.yaml$/)
    expect(next[0]).toBe(`devk8s profile validate ${result.path} --rehearse`)
    expect(await readFile(result.path, 'utf8')).toContain('kind: Profile')
  })

  test('a saved plan is carried out while the profile is as it was, and refused when it is not', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-plan-')))
    const profile = join(folder, 'devk8s.yaml')
    const plan = join(folder, 'plan.json')
    const text = (cpus: number) =>
      `apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: p }\nextends: default\ncluster: { cpus: ${cpus}, driver: docker }\n`
    await writeFile(profile, text(2))
    await devk8s(`plan --profile ${profile} --save-plan ${plan}`)
    const saved = JSON.parse(await readFile(plan, 'utf8')) as { schema: string; steps: unknown[] }
    expect(saved.schema).toBe('devk8s.dev/plan/v1')
    expect(saved.steps.length).toBeGreaterThan(10)
    const yaml = 'apiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { password: '
    await writeFile(join(folder, 's.yaml'), `${yaml} canary }\n`)
    await writeFile(profile, `${text(2)}manifests: [./s.yaml]\n`)
    await devk8s(`plan --profile ${profile} --save-plan ${plan}`)
    expect(await readFile(plan, 'utf8')).not.toContain('canary')
    await writeFile(join(folder, 's.yaml'), `${yaml} other }\n`)
    // The home is another one in each run, and is looked at first.
    const moved = await devk8s(`up --profile ${profile} --plan ${plan} --json`)
    expect([moved.exit, errorOf(moved)?.code]).toEqual([2, 'DK8062'])
    await writeFile(profile, text(3))
    const outdated = await devk8s(`up --profile ${profile} --plan ${plan} --json`)
    expect([outdated.exit, errorOf(outdated)?.code]).toEqual([2, 'DK8061'])
    await writeFile(plan, '{"schema":"devk8s.dev/plan/v9"}')
    const unreadable = await devk8s(`up --profile ${profile} --plan ${plan} --json`)
    expect([unreadable.exit, errorOf(unreadable)?.code]).toEqual([2, 'DK8060'])
    expect(errorOf(unreadable)?.detail).toContain('devk8s.dev/plan/v9')
  })

  test('a program that fails inside: DK9001, exit 70, no secret of the environment', async () => {
    const env = new Proxy<Record<string, string>>(
      { AWS_SECRET_ACCESS_KEY: 'canary' },
      {
        get: (target, name) => {
          if (name === 'KUBECONFIG') throw new TypeError('planted')
          return Reflect.get(target, name) as unknown
        },
      },
    )
    const said = await devk8s('profile list --json', async () => ({ env }))
    expect(said.stdout + said.stderr).not.toContain('canary')
    expect(said.exit).toBe(70)
    expect(errorOf(said)).toMatchObject({ code: 'DK9001' })
  })

  test('commands that answer say nothing but their answer', async () => {
    expect(await devk8s('profile list')).toMatchObject({
      exit: 0,
      stderr: '',
      stdout: expect.stringMatching(/acme [^*]*\n +aws [^*]*\n\* +default /),
    })
    expect(await devk8s('completion bash')).toMatchObject({
      exit: 0,
      stderr: '',
      stdout: expect.stringContaining('__complete'),
    })
    const words = await devk8s('__complete -- up --pro')
    expect(words).toMatchObject({ exit: 0, stderr: '' })
    expect(words.stdout).toContain('--profile')
    expect(await devk8s('version --rehearse')).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^devk8s .*\nminikube .*\nkubectl .*\n$/),
    })
  })

  test('verify does not bring up a cluster: DK3040', async () => {
    const said = await devk8s('verify --rehearse --json')
    expect([said.exit, errorOf(said)?.code]).toEqual([4, 'DK3040'])
  })

  test('profile show --explain and validate', async () => {
    const shown = await devk8s('profile show --profile acme --explain')
    expect(shown).toMatchObject({ exit: 0, stderr: '' })
    expect(shown.stdout).toMatch(/cluster\.driver +\S*acme\.yaml:\d+ +auto/)
    expect(await devk8s('profile validate --profile acme')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('valid'),
    })
  })

  test('profile init writes a profile that is valid, once', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-init-')))
    const path = join(folder, 'devk8s.yaml')
    expect(await devk8s(`profile init ${path}`)).toMatchObject({ exit: 0 })
    expect(await devk8s(`profile validate ${path}`)).toMatchObject({ exit: 0 })
    expect((await devk8s(`profile init ${path}`)).exit).toBe(2)
  })
})
