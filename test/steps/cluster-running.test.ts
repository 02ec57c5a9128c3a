import { readFile, stat, writeFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../../src/problems/problem.ts'
import { runner } from '../../src/steps/cluster-running.ts'
import {
  certificate,
  changing,
  exited,
  halfMadeConfig,
  machine,
  makeOwn,
  noteTexts,
  problemOf,
  profile,
  ranOf,
  recordedConfig,
  recording,
  replay,
  stepFor,
  testWorld,
  worldWithCluster,
  type TestWorld,
} from './cluster-world.ts'

describe('a healthy laptop', () => {
  test('nothing there, with Docker neither: absent', async () => {
    const world = await testWorld({})
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({
      state: 'absent',
      changes: [{ field: 'cluster', effect: 'create', to: expect.stringContaining('v1.35.1 on docker') }],
    })
    expect(world.calls().map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'docker ps',
      'docker volume',
    ])
    expect(world.commands.some(({ changes }) => changes)).toBe(false)
  })

  test('a new cluster of another driver costs no child', async () => {
    const world = await testWorld({})
    expect(await runner.check(stepFor(world, { driver: 'kvm2' }), world.context)).toMatchObject({
      state: 'absent',
    })
    expect(world.commands).toEqual([])
  })

  test('only what a dry run leaves behind (078) counts as nothing', async () => {
    const world = await testWorld({})
    await world.put('profiles/devk8s/events.json', '')
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({ state: 'absent' })
  })

  test('the recorded running cluster is ready, with one child that changes nothing', async () => {
    const world = await worldWithCluster('running-k8s-003')
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({ state: 'ready', notes: [], detail: { state: 'running', driver: 'docker' } })
    expect(world.commands.map(({ changes }) => changes)).toEqual([false])
  })

  test('a fresh start reports recorded progress, makes the private folder and keeps copies', async () => {
    const world: TestWorld = await testWorld({
      'minikube start': async () => {
        await world.put(profile, recordedConfig())
        await world.put(machine, '{"ConfigVersion":3}')
        return replay('running-k8s-001')
      },
    })
    await runner.apply(stepFor(world), await runner.check(stepFor(world), world.context), world.context)
    expect(world.progress.at(-1)).toMatchObject({ fraction: 1, message: expect.stringContaining('Done!') })
    const fractions = world.progress.map(({ fraction }) => fraction ?? 0)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    const folder = dirname(world.ref.kubeconfig)
    expect((await stat(folder)).isDirectory()).toBe(true)
    expect(await readFile(join(folder, 'devk8s.profile.json'), 'utf8')).toBe(recordedConfig())
    expect(world.notes).toEqual([])
  })

  test('stopped (running-k8s-036): started again in place, without asking', async () => {
    const world = await worldWithCluster('running-k8s-036')
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster', from: 'stopped', to: 'running', effect: 'in-place' }],
    })
    expect(found).not.toHaveProperty('consent')
  })

  test.each([
    ['paused by docker', 'running-107', 'paused'],
    ['paused by minikube, which status calls stopped', 'running-k8s-029', 'API server Stopped'],
    ['API server down', 'running-k8s-106', 'kubelet Stopped'],
    ['killed while booting', 'running-k8s-087', 'kubeconfig Misconfigured'],
  ])('%s (%s): started again', async (_name, status, from) => {
    const world = await worldWithCluster(status)
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster', from: expect.stringContaining(from) }],
    })
  })

  test('a start that did not reach its end is seen in events.json although status is all well', async () => {
    const world = await worldWithCluster('running-k8s-003')
    await world.put('profiles/devk8s/events.json', recording('running-k8s-141').stdout)
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({ state: 'drifted', detail: { state: 'degraded' } })
  })
})

describe('differences from the profile', () => {
  test('what only a new cluster could take is named, and nothing is done', async () => {
    const world = await worldWithCluster('running-k8s-003')
    const found = await runner.check(stepFor(world, { memoryMiB: 8000, cpus: 4 }), world.context)
    expect(found).toMatchObject({
      state: 'ready',
      changes: [
        { field: 'cluster.cpus', from: '2', to: '4', effect: 'recreate' },
        { field: 'cluster.memoryMiB', from: '6000', to: '8000', effect: 'recreate' },
      ],
    })
    expect(noteTexts(found)).toContain('cluster.memoryMiB: 6000, wanted 8000')
    expect(noteTexts(found)).toContain('cluster.cpus: 2, wanted 4')
    expect(noteTexts(found)).toContain('devk8s up --recreate')
  })

  test('with --recreate it is asked for, and then deleted and started anew', async () => {
    const world = await worldWithCluster('running-k8s-003', {
      'minikube delete': async () => {
        await world.context.ports.files.remove(join(world.home, 'profiles', 'devk8s'))
        return replay('running-k8s-046')
      },
      'minikube start': replay('running-k8s-001'),
    })
    const step = stepFor(world, { memoryMiB: 8000 }, true)
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      consent: { id: 'cluster.recreate', kind: 'confirm', destructive: true, flag: '--yes' },
    })
    await runner.apply(step, found, world.context)
    expect(world.calls().slice(-2)).toEqual([
      'minikube delete -p devk8s -o json',
      expect.stringContaining('--memory=8000mb'),
    ])
    expect(world.calls().at(-1)).toContain('--nodes=1')
  })

  test('a control plane change asks first, since it may cost the data (running-k8s-112, -113)', async () => {
    const world = await worldWithCluster('running-k8s-003', { 'minikube start': replay('running-k8s-112') })
    const step = stepFor(world, { extraConfig: [{ component: 'apiserver', key: 'v', value: '2' }] })
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster.extraConfig', to: 'apiserver.v=2', effect: 'restart' }],
      consent: { id: 'cluster.reconfigure', destructive: true, fallback: undefined, flag: '--yes' },
    })
    expect(JSON.stringify(found)).toContain(
      'once cluster.extraConfig of the profile say what the cluster has',
    )
    await runner.apply(step, found, world.context)
    expect(world.calls().at(-1)).toContain('--extra-config=apiserver.v=2')
    expect(world.calls().at(-1)).not.toContain('--nodes')
    expect(world.notes).toEqual([])
  })

  test('ports of an existing cluster are not passed: minikube would record them without effect (running-086)', async () => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-001') })
    const step = stepFor(world, { ports: [{ address: '127.0.0.1', host: 18080, node: 80 }], memoryMiB: 8000 })
    const found = await runner.check(step, world.context)
    expect(noteTexts(found)).toContain('cluster.ports: not set, wanted 127.0.0.1:18080:80')
    await runner.apply(step, found, world.context)
    expect(world.calls().at(-1)).not.toContain('--ports')
    expect(world.calls().at(-1)).toContain('--memory=6000mb')
  })

  test('CA certificates are copied one by one into minikube home, and then are no difference', async () => {
    const world = await worldWithCluster('running-k8s-003', { 'minikube start': replay('running-k8s-001') })
    const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`
    const source = join(world.home, '..', 'corp.crt')
    await writeFile(source, `# roots\n${pem('one')}${pem('two')}`)
    const step = stepFor(world, { caCertificates: [source] })
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ effect: 'in-place' }, { effect: 'in-place' }],
    })
    await runner.apply(step, found, world.context)
    const names = await world.context.ports.files.list(join(world.home, 'certs'))
    const texts = await Promise.all(names.map((name) => readFile(join(world.home, 'certs', name), 'utf8')))
    expect(texts.toSorted()).toEqual([pem('one'), pem('two')])
    world.forget()
    expect(await runner.check(step, world.context)).toMatchObject({ state: 'ready' })
  })

  test('wishes without effect are said and left out', async () => {
    const world = await worldWithCluster('running-k8s-003')
    const step = stepFor(world, { runtime: 'containerd', insecureRegistries: ['10.0.0.0/8'] })
    expect(noteTexts(await runner.check(step, world.context))).toContain('10.0.0.0/8')
  })
})

describe('hazards', () => {
  test('running-k8s-113: a control plane reset that exits 0 is reported as data loss', async () => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-113') })
    const step = stepFor(world)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    expect(world.notes).toMatchObject([{ level: 'warning', text: expect.stringMatching(/^DATA LOSS: /) }])
  })

  test('running-k8s-113: status and doctor still say so afterwards, and up says it once', async () => {
    const world: TestWorld = await worldWithCluster('running-k8s-003', {
      'minikube start': async () => {
        await world.put('profiles/devk8s/events.json', recording('running-k8s-113').stdout)
        return replay('running-k8s-113')
      },
    })
    const step = stepFor(world, { featureGates: { A: true } })
    await runner.apply(step, await runner.check(step, world.context), world.context)
    expect(world.notes).toEqual([])
    world.forget()
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({ state: 'ready' })
    expect(noteTexts(found)).toMatch(/^DATA LOSS: the last start of devk8s \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)/)
  })

  test('running-k8s-114: a reset that then fails is its own problem, and data loss too', async () => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-114') })
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    const problem = await problemOf(runner.apply(step, found, world.context))
    expect(problem).toMatchObject({ code: 'DK3006', detail: expect.stringContaining('are lost') })
    expect(world.notes).toMatchObject([{ level: 'warning' }])
  })

  test('running-k8s-125: a private kubeconfig that is no YAML is moved aside before minikube sees it', async () => {
    const world: TestWorld = await worldWithCluster('running-k8s-123', {
      'minikube start': async () => {
        expect(await world.context.ports.files.readText(world.ref.kubeconfig)).toBeUndefined()
        return replay('running-k8s-001')
      },
    })
    await mkdir(dirname(world.ref.kubeconfig), { recursive: true })
    await writeFile(world.ref.kubeconfig, 'apiVersion: v1\nclusters:\n- cluster: {: :\n')
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(noteTexts(found)).toContain('not valid YAML')
    await runner.apply(step, found, world.context)
    expect(await readFile(`${world.ref.kubeconfig}.damaged`, 'utf8')).toContain('{: :')
  })

  test('running-k8s-049, -118 to -122: a removed container whose volume stayed: asked, then the volume goes first', async () => {
    const world = await worldWithCluster('running-k8s-049', {
      'docker ps': exited(0, ''),
      'docker volume inspect': exited(0, '[{"Name":"devk8s"}]'),
      'docker volume rm': exited(0, 'devk8s\n'),
      'minikube start': replay('running-k8s-122'),
    })
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster.volume', effect: 'remove' }, { field: 'cluster.node' }],
      consent: { id: 'cluster.volume', destructive: true, fallback: undefined, flag: '--yes' },
    })
    expect((found.state === 'drifted' && found.consent?.details?.join('\n')) || '').toContain(
      'docker run --rm',
    )
    expect(noteTexts(found)).toContain("removed behind minikube's back")
    await runner.apply(step, found, world.context)
    expect(world.calls().slice(-2)).toEqual([
      'docker volume rm devk8s',
      expect.stringContaining('minikube start'),
    ])
  })

  test('the volume is still in use: DK3021, and minikube is not started', async () => {
    const world = await worldWithCluster('running-k8s-049', {
      'docker ps': exited(0, ''),
      'docker volume inspect': exited(0),
      'docker volume rm': exited(1, '', 'Error response from daemon: remove devk8s: volume is in use'),
    })
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(await problemOf(runner.apply(step, found, world.context))).toMatchObject({ code: 'DK3021' })
  })

  test('running-115: a removed container without its volume is made again without asking', async () => {
    const world = await worldWithCluster('running-115', {
      'docker ps': exited(0, 'kdev\n'),
      'docker volume inspect': exited(1, '[]'),
    })
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({ state: 'drifted', changes: [{ field: 'cluster.node', effect: 'create' }] })
    expect(found).not.toHaveProperty('consent')
  })

  test('running-k8s-118: a start that ends 105 names the way out', async () => {
    const world = await worldWithCluster('running-k8s-119', { 'minikube start': replay('running-k8s-120') })
    const step = stepFor(world)
    const problem = await problemOf(
      runner.apply(step, await runner.check(step, world.context), world.context),
    )
    expect(problem).toMatchObject({ code: 'DK3005', exit: 4 })
    expect(problem.next).toContain('devk8s up --recreate')
    const again = stepFor(world, {}, true)
    expect(await runner.check(again, world.context)).toMatchObject({
      consent: { id: 'cluster.recreate' },
    })
  })

  test('running-k8s-102: a daemon that does not answer is no removed container', async () => {
    const world = await worldWithCluster('running-k8s-102', { 'docker ps': exited(1, '', 'Cannot connect') })
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({ state: 'blocked', problem: { code: 'DK3009', exit: 4 } })
  })

  test('running-k8s-139 to -141: a start killed early, after which every start exits 50', async () => {
    const world: TestWorld = await testWorld({
      'minikube status': replay('running-k8s-139'),
      'minikube delete': async () => {
        await world.context.ports.files.remove(join(world.home, 'profiles', 'devk8s'))
        return replay('running-k8s-142')
      },
      'minikube start': replay('running-k8s-001'),
    })
    await world.put(profile, halfMadeConfig())
    await makeOwn(world)
    await world.put(machine, '{}')
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster', from: 'half-made', effect: 'recreate' }],
      // Without anybody to ask, an interrupted `up` finishes by itself: nothing can be lost.
      consent: { id: 'cluster.half-made', fallback: true },
    })
    await runner.apply(step, found, world.context)
    expect(changing(world)).toEqual(['delete', 'start'])
  })

  test('running-k8s-141: the exit 50 itself', async () => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-141') })
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    const problem = await problemOf(runner.apply(step, found, world.context))
    expect(problem).toMatchObject({ code: 'DK3004', detail: expect.stringContaining('DRV_CP_ENDPOINT') })
    expect(problem.detail).not.toContain('{{')
  })

  test.each(['running-k8s-073', 'running-k8s-134', '138'])(
    '%s: SIGINT or a failed first start leaves a profile listed as valid; minikube finishes it',
    async (status) => {
      const world = await testWorld({
        'minikube status': replay(status),
        'docker ps': exited(0, ''),
        'docker volume inspect': exited(1, '[]'),
        'minikube start': replay('running-k8s-075'),
      })
      await world.put(profile, halfMadeConfig())
      await makeOwn(world)
      const step = stepFor(world)
      const found = await runner.check(step, world.context)
      expect(found).toMatchObject({ state: 'absent', changes: [{ from: 'half-made', effect: 'create' }] })
      expect(noteTexts(found)).toContain('cut short')
      await runner.apply(step, found, world.context)
      expect(world.commands.some(({ args }) => args[0] === 'delete')).toBe(false)
    },
  )

  test('a half-made cluster begun with other settings is removed before it is started', async () => {
    const world = await testWorld({
      'minikube status': replay('running-k8s-134'),
      'docker ps': exited(0, ''),
      'docker volume inspect': exited(1, '[]'),
    })
    await world.put(profile, halfMadeConfig())
    await makeOwn(world)
    const found = await runner.check(stepFor(world, { memoryMiB: 9000 }), world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      consent: { id: 'cluster.half-made', fallback: true },
    })
  })

  test('a half-made cluster whose volume is there is removed only after an explicit yes', async () => {
    const world = await testWorld({
      'minikube status': replay('running-k8s-134'),
      'docker ps': exited(0, ''),
      'docker volume inspect': exited(0, '[]'),
    })
    await world.put(profile, halfMadeConfig())
    await makeOwn(world)
    const found = await runner.check(stepFor(world, { memoryMiB: 9000 }), world.context)
    expect(found).toMatchObject({
      consent: { id: 'cluster.half-made', fallback: undefined, destructive: true },
    })
  })

  test('running-003, running-008: a node without Kubernetes is no half-made one, and is never deleted for it', async () => {
    const world = await testWorld({ 'minikube status': replay('running-003'), 'minikube start': exited(0) })
    const listed = JSON.parse(recording('running-008').stdout) as { valid: readonly { Config: object }[] }
    await world.put(profile, JSON.stringify(listed.valid[0]?.Config))
    await world.put(machine, '{}')
    await makeOwn(world)
    const step = stepFor(world, { cpus: 4 })
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      detail: { state: 'degraded' },
      consent: { id: 'cluster.reconfigure', fallback: undefined },
    })
    expect(JSON.stringify(found)).not.toContain('starts it unchanged')
    await runner.apply(step, found, world.context)
    expect(changing(world)).toEqual(['start'])
  })

  test('a new Kubernetes is asked about, and how to start without it is said', async () => {
    const world = await worldWithCluster('running-k8s-036')
    expect(await runner.check(stepFor(world, { kubernetes: 'v1.35.2' }), world.context)).toMatchObject({
      consent: {
        id: 'cluster.reconfigure',
        details: expect.arrayContaining([
          expect.stringContaining('devk8s up --kubernetes v1.35.1 starts it unchanged.'),
        ]),
      },
    })
  })

  test('nothing is deleted for a node that this machine cannot make', async () => {
    const world = await worldWithCluster('running-k8s-003')
    const step = stepFor(world, { memoryMiB: 200_000 }, true)
    expect(await runner.check(step, world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK6012' },
    })
  })

  test('running-k8s-067: two starts at once; both ends have a name and a way out', async () => {
    const both = recording('running-k8s-067')
    const second = both.second
    const problems: Problem[] = []
    for (const ran of [ranOf(both), ...(second === undefined ? [] : [ranOf(second)])]) {
      const world = await worldWithCluster('running-k8s-068', { 'minikube start': ran })
      const step = stepFor(world)
      const found = await runner.check(step, world.context)
      problems.push(await problemOf(runner.apply(step, found, world.context)))
    }
    expect(problems.map(({ code }) => code)).toEqual(['DK3017', 'DK3004'])
    expect(problems.every(({ next }) => next.includes('devk8s up'))).toBe(true)
  })

  test('running-k8s-072: SIGINT ends minikube by the signal', async () => {
    const world = await testWorld({ 'minikube start': replay('running-k8s-072') })
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    const problem = await problemOf(runner.apply(step, found, world.context))
    expect(problem).toMatchObject({ code: 'DK3003', detail: expect.stringContaining('SIGINT') })
  })

  test('an interruption of devk8s itself is passed on, not turned into a problem', async () => {
    const stop = new AbortController()
    const world = await testWorld(
      {
        'minikube start': () => {
          stop.abort(new Error('SIGINT'))
          return { ...replay('148'), outcome: 'aborted' }
        },
      },
      { signal: stop.signal },
    )
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    await expect(runner.apply(step, found, world.context)).rejects.toThrow('SIGINT')
  })

  test('a start that takes too long is ended and named, with its last words and log', async () => {
    const world = await testWorld({
      'minikube start': { ...replay('running-k8s-138'), outcome: 'timed-out', signal: 'SIGTERM' },
    })
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    const problem = await problemOf(runner.apply(step, found, world.context))
    expect(problem).toMatchObject({ code: 'DK3002', detail: expect.stringContaining('lastStart.txt') })
    expect(problem.evidence?.join('\n')).toContain('Creating docker container')
  })

  test.each([
    ['profile', 'running-k8s-148', profile],
    ['profile', 'running-133', profile],
    ['machine', 'running-k8s-143', machine],
  ] as const)('%s damaged (%s): restored from the copy, nothing lost', async (part, _status, path) => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-001') })
    const step = stepFor(world)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    await world.put(path, part === 'profile' ? recordedConfig().slice(0, 700) : '')
    world.forget()
    const before = world.commands.length
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: join(world.home, path), from: 'damaged', effect: 'in-place' }],
    })
    expect(found).not.toHaveProperty('consent')
    expect(world.commands.length).toBe(before)
    await runner.apply(step, found, world.context)
    const now = await readFile(join(world.home, path), 'utf8')
    expect(now).toBe(part === 'profile' ? recordedConfig() : '{"ConfigVersion":3}')
    expect(world.commands.some(({ args }) => args[0] === 'delete')).toBe(false)
  })

  test('running-k8s-148 to -151: a damaged profile without a copy is deleted only when agreed to', async () => {
    const world: TestWorld = await testWorld({
      'minikube delete': async () => {
        await world.context.ports.files.remove(join(world.home, 'profiles', 'devk8s'))
        return replay('running-k8s-151')
      },
      'minikube start': replay('running-k8s-001'),
    })
    await world.put(profile, recordedConfig().slice(0, 700))
    await makeOwn(world)
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      consent: { id: 'cluster.recreate', destructive: true, fallback: undefined },
    })
    expect(noteTexts(found)).toContain('is damaged')
    await runner.apply(step, found, world.context)
    expect(changing(world)).toEqual(['delete', 'start'])
  })

  test('029, running-138: whatever happens, delete never reaches other homes', async () => {
    const world = await worldWithCluster('running-k8s-003', {
      'minikube delete': replay('running-k8s-046'),
      'minikube start': replay('running-k8s-001'),
    })
    const step = stepFor(world, { cpus: 4 }, true)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    const deletes = world.commands.filter(({ args }) => args[0] === 'delete')
    expect(deletes.map(({ args }) => args)).toEqual([['delete', '-p', 'devk8s', '-o', 'json']])
  })

  test('129: plain text in JSON mode is understood', async () => {
    const world = await testWorld({ 'minikube start': replay('129') })
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    const problem = await problemOf(runner.apply(step, found, world.context))
    expect(problem).toMatchObject({ code: 'DK3016', detail: expect.stringContaining('HOST_HOME_MKDIR') })
  })

  test('running-117: a panic of minikube is no state', async () => {
    const world = await worldWithCluster('running-117')
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3018' },
    })
  })

  test.each([
    ['timed-out', 'nothing within 30 s'],
    ['not-found', 'minikube is not there'],
  ] as const)('no answer at all (%s) is no state either', async (outcome, words) => {
    const world = await testWorld({ 'minikube status': { ...exited(0), outcome, exitCode: null } })
    await world.put(profile, recordedConfig())
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3018', detail: expect.stringContaining(words) },
    })
  })

  test('a full node disk is not started again', async () => {
    const node = { Name: 'devk8s', Host: 'InsufficientStorage', Kubelet: 'Running', APIServer: 'Running' }
    const world = await testWorld({
      'minikube status': exited(1, JSON.stringify({ ...node, Kubeconfig: 'Configured', Worker: false })),
    })
    await world.put(profile, recordedConfig())
    await world.put(certificate, 'certificate')
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3011' },
    })
  })
})
