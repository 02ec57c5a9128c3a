import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/ports/event.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Question } from '../../src/ports/prompts.ts'
import { newLaptop, type Done, type Laptop } from '../fakes/session.ts'

const answers = { destroy: true }
const up = 'up --yes --no-input'

async function profileFile({ folder }: Laptop, name: string, text: string): Promise<string> {
  const path = join(folder, name)
  const head = 'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: p }\nextends: default\n'
  await writeFile(path, `${head}${text}\n`)
  return path
}

interface SavedPlan {
  readonly steps: readonly { readonly id: string; readonly want: Readonly<Record<string, unknown>> }[]
}
const withWant = (plan: SavedPlan, id: string, key: string, value: unknown): SavedPlan => ({
  ...plan,
  steps: plan.steps.map((step) =>
    step.id === id ? { ...step, want: { ...step.want, [key]: value } } : step,
  ),
})
const withoutWant = (plan: SavedPlan): SavedPlan => ({
  ...plan,
  steps: plan.steps.map((step) => ({ ...step, want: {} })),
})

const notesOf = ({ events }: Done) =>
  events.flatMap((event: Event) => (event.type === 'note' && event.step === undefined ? [event.text] : []))
const minikubes = ({ calls }: Done) => [
  ...new Set(calls.filter(({ tool }) => tool === 'minikube').map(({ program }) => program)),
]
const data = ({ home }: Laptop, ...parts: string[]) => join(home, '.local', 'share', 'devk8s', ...parts)

describe('ending a cluster whose profile pins another minikube', () => {
  test.each([
    ['down', 'stopped'],
    ['destroy', 'gone'],
  ])('%s takes the newest that is installed', async (command) => {
    const laptop = await newLaptop()
    expect((await laptop.run(up)).exit).toBe(0)
    const [installed] = await readdir(data(laptop, 'tools', 'minikube'))
    const other = await profileFile(laptop, 'other.yaml', 'tools: { minikube: { version: v1.37.0 } }')
    const done = await laptop.run(`${command} --profile ${other}`, { answers })
    expect(done.exit).toBe(0)
    expect(minikubes(done)).toEqual([data(laptop, 'tools', 'minikube', installed ?? '', 'minikube')])
    expect(done.steps).toMatchObject({ cluster: 'changed' })
  })

  test('none installed: destroy fetches one, deletes the cluster and then the context', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    await rm(data(laptop, 'tools'), { recursive: true })
    const done = await laptop.run('destroy', { answers })
    expect(done).toMatchObject({
      exit: 0,
      steps: { 'tool.minikube': 'changed', cluster: 'changed', context: 'changed', data: 'changed' },
    })
    const order = done.events.flatMap((event) =>
      event.type === 'step.finished' && event.outcome === 'changed' ? [event.id] : [],
    )
    expect(order.indexOf('context')).toBeGreaterThan(order.indexOf('cluster'))
  })

  test('none installed and no cluster: nothing is fetched', async () => {
    const laptop = await newLaptop()
    expect((await laptop.run('down')).steps).toEqual({ cluster: 'ready' })
  })

  test('a cluster that cannot be deleted keeps its context', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    const done = await laptop.run('destroy', {
      answers,
      through: (ports) => ({
        ...ports,
        exec: {
          ...ports.exec,
          run: async (command, how) =>
            command.args.includes('delete')
              ? { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: 'no', durationMs: 1 }
              : ports.exec.run(command, how),
        },
      }),
    })
    expect(done.exit).not.toBe(0)
    expect(done.steps).toMatchObject({ context: 'later' })
  })
})

describe('destroy after something else went before', () => {
  const forget = async (laptop: Laptop, name = 'devk8s') => {
    for (const kind of ['profiles', 'machines']) {
      await rm(join(laptop.home, '.minikube', kind, name), { recursive: true, force: true })
    }
  }

  test('tools and minikube’s files are gone: the record alone has minikube fetched, and it ends', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    await rm(data(laptop, 'tools'), { recursive: true })
    await forget(laptop)
    const done = await laptop.run('destroy', { answers })
    expect(done).toMatchObject({ exit: 0, steps: { 'tool.minikube': 'changed', cluster: 'changed' } })
    const again = await laptop.run('destroy', { answers })
    expect(again.exit).toBe(0)
    expect(again.steps).not.toHaveProperty('tool.minikube')
  })

  test('a context that cannot be removed leaves tools and the last profile for the next attempt', async () => {
    const laptop = await newLaptop()
    const profile = await profileFile(laptop, 'last.yaml', 'cluster: { name: mine }')
    await laptop.run(`${up} --profile ${profile}`)
    const kubeconfig = join(laptop.home, '.kube', 'config')
    const text = await readFile(kubeconfig, 'utf8')
    await writeFile(kubeconfig, 'contexts: [\n')
    const stopped = await laptop.run('destroy', { answers })
    expect(stopped).toMatchObject({ exit: 4, steps: { cluster: 'changed', data: 'later', config: 'later' } })
    expect(await readdir(data(laptop, 'tools'))).toContain('minikube')
    await writeFile(kubeconfig, text)
    expect(await laptop.run('destroy', { answers })).toMatchObject({
      exit: 0,
      steps: { context: 'changed', data: 'changed', config: 'changed' },
    })
  })

  test('what an interrupted first start of another cluster left keeps its record', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    await writeFile(data(laptop, 'kubeconfig', 'second.made.json'), '{"driver":"docker"}\n')
    const done = await laptop.run('destroy', { answers })
    expect(notesOf(done)).toContain('Tools, overrides and journals stay: devk8s also made second.')
    expect(await readdir(data(laptop, 'kubeconfig'))).toEqual(['second.made.json'])
  })

  test.each([[''], [' --keep-tools']])(
    'a foreign cluster stays, all of devk8s’ goes: destroy%s',
    async (flag) => {
      const laptop = await newLaptop()
      await laptop.run(up)
      await rm(data(laptop, 'kubeconfig', 'devk8s.made.json'))
      const asked: Question[] = []
      const through = (ports: Ports): Ports => ({
        ...ports,
        prompts: {
          ...ports.prompts,
          ask: async (question, signal) => {
            asked.push(question)
            return ports.prompts.ask(question, signal)
          },
        },
      })
      const done = await laptop.run(`destroy${flag}`, { answers, through })
      expect(done).toMatchObject({ exit: 0, steps: { context: 'changed', kubeconfig: 'changed' } })
      expect(notesOf(done)).toContain('Cluster devk8s stays: devk8s did not make it.')
      expect(asked.map(({ text }) => text)).toEqual(['Delete all of this?'])
      expect(JSON.stringify(asked)).not.toContain('Cluster devk8s and all data')
      expect(await readdir(join(laptop.home, '.minikube', 'profiles'))).toContain('devk8s')
      expect(await readFile(join(laptop.home, '.kube', 'config'), 'utf8')).not.toContain('devk8s')
      expect(minikubes(done)).toEqual([])
      const again = await laptop.run(`destroy${flag}`)
      expect(again.exit).toBe(0)
      expect(again.problems.map(({ code }) => code)).toContain('DK3022')
    },
  )
})

describe('faults in what the team wrote', () => {
  test.each([
    ['a broken manifest', 'manifests: [./m.yaml]', 'DK4020'],
    ['a manifest that is not there', 'manifests: [./none.yaml]', 'DK2014'],
  ])('%s stops up and no command that does without it', async (_, text, code) => {
    const laptop = await newLaptop()
    expect((await laptop.run(up)).exit).toBe(0)
    await writeFile(join(laptop.folder, 'm.yaml'), 'apiVersion: v1\n')
    const profile = await profileFile(laptop, 'broken.yaml', text)
    for (const command of ['up --yes', 'plan']) {
      const refused = await laptop.run(`${command} --profile ${profile}`)
      expect([refused.exit, refused.problems.map((each) => each.code)]).toEqual([2, [code]])
    }
    const status = await laptop.run(`status --profile ${profile}`)
    expect(status).toMatchObject({ exit: 3, steps: { manifests: 'blocked', cluster: 'ready' } })
    const doctor = await laptop.run(`doctor --profile ${profile}`)
    expect(doctor).toMatchObject({ exit: 4, steps: { manifests: 'blocked', cluster: 'ready' } })
    expect(doctor.problems.map((each) => each.code)).toEqual([code])
    expect((await laptop.run(`down --profile ${profile}`)).exit).toBe(0)
    expect((await laptop.run(`destroy --profile ${profile}`, { answers })).exit).toBe(0)
  })

  test('a faulty profile says which command does without it', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    const profile = await profileFile(laptop, 'faulty.yaml', 'clutser: {}')
    const refused = await laptop.run(`down --profile ${profile}`)
    expect(refused.exit).toBe(2)
    const [first] = refused.problems
    expect(first?.next.at(-1)).toBe('devk8s down --profile default --cluster-name devk8s')
    const way = await laptop.run('down --profile default --cluster-name devk8s')
    expect(way).toMatchObject({ exit: 0, steps: { cluster: 'changed' } })
    const shown = await laptop.run(`profile validate ${profile}`)
    expect(shown.problems[0]?.next).not.toContain('devk8s down --profile default --cluster-name devk8s')
  })
})

describe('a cluster under a name of before', () => {
  test('is mentioned by up, plan and status, and keeps what it shares', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    const second = await laptop.run(`${up} --cluster-name second --context-name second`)
    const text = 'devk8s also made cluster devk8s; destroy it with: devk8s destroy --cluster-name devk8s'
    for (const done of [
      second,
      await laptop.run('plan --cluster-name second'),
      await laptop.run('status --cluster-name second'),
    ]) {
      expect(notesOf(done)).toContain(text)
    }
    const gone = await laptop.run('destroy --cluster-name second', { answers })
    expect(notesOf(gone)).toContain('Tools, overrides and journals stay: devk8s also made devk8s.')
    expect(Object.keys(gone.steps).toSorted()).toEqual(['cluster', 'context', 'kubeconfig'])
    expect(notesOf(await laptop.run('status'))).toEqual([])
  })
})

describe('what would keep the context out', () => {
  test.each([
    ['a foreign context of that name', 'contexts: [{name: local, context: {cluster: kind}}]\n', 'DK4033'],
    ['a kubeconfig that cannot be read', 'contexts: [\n', 'DK4030'],
  ])('%s is found before anything is downloaded', async (_, text, code) => {
    const laptop = await newLaptop()
    await mkdir(join(laptop.home, '.kube'), { recursive: true })
    await writeFile(join(laptop.home, '.kube', 'config'), text)
    const done = await laptop.run(up)
    expect(done).toMatchObject({ exit: 4, steps: { 'context.possible': 'blocked', cluster: 'later' } })
    expect(done.problems.map((each) => each.code)).toEqual([code])
    expect(await readdir(data(laptop, 'tools')).catch(() => [])).toEqual([])
  })

  test('another name is kept by the plain up after it', async () => {
    const laptop = await newLaptop()
    const foreign = 'contexts: [{name: local, context: {cluster: kind}}]\n'
    await mkdir(join(laptop.home, '.kube'), { recursive: true })
    await writeFile(join(laptop.home, '.kube', 'config'), foreign)
    expect((await laptop.run(`${up} --context-name mine`)).exit).toBe(0)
    const plain = await laptop.run(up)
    expect(plain).toMatchObject({ exit: 0, steps: { context: 'ready' } })
    expect(plain.events).toContainEqual(
      expect.objectContaining({ id: 'context', detail: expect.objectContaining({ name: 'mine' }) }),
    )
    await laptop.run('destroy', { answers })
    expect(await readFile(join(laptop.home, '.kube', 'config'), 'utf8')).not.toContain('mine')
  })
})

describe('a saved plan', () => {
  test('is carried out with the Secrets of the manifests, and refused once these have changed', async () => {
    const laptop = await newLaptop()
    const secret = (password: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { password: ${password} }\n`
    await writeFile(join(laptop.folder, 'm.yaml'), secret('canary'))
    const profile = await profileFile(laptop, 'p.yaml', 'manifests: [./m.yaml]')
    const plan = join(laptop.folder, 'plan.json')
    expect((await laptop.run(`plan --profile ${profile} --save-plan ${plan}`)).exit).toBe(0)
    expect(await readFile(plan, 'utf8')).not.toContain('canary')
    expect((await laptop.run(`up --yes --profile ${profile} --plan ${plan}`)).exit).toBe(0)
    expect((await laptop.run(`status --profile ${profile}`)).exit).toBe(0)
    await writeFile(join(laptop.folder, 'm.yaml'), secret('another'))
    const refused = await laptop.run(`up --yes --profile ${profile} --plan ${plan}`)
    expect(refused.exit).toBe(2)
    expect(refused.problems[0]).toMatchObject({ code: 'DK8061', detail: expect.stringContaining('m.yaml') })
  })
})

describe('a saved plan that is not the plan of now', () => {
  test.each([
    ['a new manifest file in the folder', (plan: SavedPlan) => plan, 'b.yaml'],
    [
      'another profile of minikube',
      (plan: SavedPlan) => withWant(plan, 'cluster', 'minikube', 'x'),
      'minikube',
    ],
    ['a want with nothing in it', (plan: SavedPlan) => withoutWant(plan), 'want.'],
    [
      'no machine steps',
      (plan: SavedPlan) => ({ ...plan, steps: plan.steps.slice(5) }),
      'it is not in the plan',
    ],
  ])('%s: DK8061, and nothing is done', async (what, change, says) => {
    const laptop = await newLaptop()
    const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`
    await mkdir(join(laptop.folder, 'm'))
    await writeFile(join(laptop.folder, 'm', 'a.yaml'), map('a'))
    const profile = await profileFile(laptop, 'p.yaml', 'manifests: [./m]')
    const plan = join(laptop.folder, 'plan.json')
    await laptop.run(`plan --profile ${profile} --save-plan ${plan}`)
    await writeFile(plan, JSON.stringify(change(JSON.parse(await readFile(plan, 'utf8')) as SavedPlan)))
    if (what.includes('manifest')) await writeFile(join(laptop.folder, 'm', 'b.yaml'), map('b'))
    const refused = await laptop.run(`up --yes --profile ${profile} --plan ${plan}`)
    expect([refused.exit, refused.problems[0]?.code]).toEqual([2, 'DK8061'])
    expect(refused.problems[0]?.detail).toContain(says)
    expect(refused.steps).toEqual({})
  })

  test('the flags of the run and those it was made with both count', async () => {
    const laptop = await newLaptop()
    const plan = join(laptop.folder, 'plan.json')
    await laptop.run(`plan --use --save-plan ${plan}`)
    const done = await laptop.run(`up --yes --verify --plan ${plan}`)
    expect(done).toMatchObject({ exit: 0, steps: { context: 'changed', sample: 'changed' } })
  })
})

describe('doctor --fix', () => {
  test('restores a damaged file of minikube’s from the copy, which asks nobody', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    const config = join(laptop.home, '.minikube', 'profiles', 'devk8s', 'config.json')
    await writeFile(config, '{')
    expect((await laptop.run('doctor')).steps).toMatchObject({ cluster: 'would-change' })
    expect((await laptop.run('doctor --fix')).steps).toMatchObject({ cluster: 'ready' })
    expect(await readFile(config, 'utf8')).toContain('devk8s')
  })

  test('does not start a cluster that is stopped', async () => {
    const laptop = await newLaptop()
    await laptop.run(up)
    await laptop.run('down')
    expect((await laptop.run('doctor --fix')).steps).toMatchObject({ cluster: 'would-change' })
  })
})

test('version names the program on PATH where the profile lets it serve', async () => {
  const laptop = await newLaptop()
  const profile = await profileFile(laptop, 'path.yaml', 'tools: { kubectl: { usePath: true } }')
  const done = await laptop.run(`version --profile ${profile}`, {
    through: (ports) => ({
      ...ports,
      exec: {
        find: async (program) => (program === 'kubectl' ? join(laptop.folder, 'kubectl') : undefined),
        run: async () => ({
          outcome: 'exited',
          exitCode: 0,
          signal: null,
          stdout: '{"clientVersion":{"gitVersion":"v1.35.1"}}',
          stderr: '',
          durationMs: 1,
        }),
      },
      files: {
        ...ports.files,
        stat: async (path) =>
          path === join(laptop.folder, 'kubectl')
            ? { kind: 'file', sizeBytes: 1, mtimeMs: 0, mode: 0o755 }
            : ports.files.stat(path),
      },
    }),
  })
  expect(done.answer).toMatchObject({
    kubectl: { path: join(laptop.folder, 'kubectl'), version: 'v1.35.1' },
    minikube: { version: null },
  })
})
