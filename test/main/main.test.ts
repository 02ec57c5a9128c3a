import { mkdir, mkdtemp, readFile, readdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realClock } from '../../src/adapters/clock.ts'
import { main } from '../../src/main.ts'
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
  test('an unknown fault: DK2910, exit 2, the nearest one named', async () => {
    const said = await devk8s('up --rehearse --rehearse-fault docker=dwon --json')
    expect(said.exit).toBe(2)
    expect(errorOf(said)).toMatchObject({ code: 'DK2910' })
    expect(errorOf(said)?.detail).toContain('docker=down')
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
    const said = await devk8s('plan --rehearse --json --save-plan /nowhere/plan.json')
    expect(said.exit).toBe(70)
    expect(errorOf(said)).toMatchObject({ code: 'DK8041', detail: '/nowhere/plan.json' })
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
      stdout: expect.stringMatching(/acme .*\n +aws .*\n\* +default /),
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
    expect(shown.stdout).toMatch(/cluster\.driver +auto +bundled/)
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
