import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownershipPath } from '../../src/minikube/ownership.ts'
import type { Step } from '../../src/plan/step.ts'
import { runner as absent } from '../../src/steps/cluster-absent.ts'
import { runner as stopped } from '../../src/steps/cluster-stopped.ts'
import {
  exited,
  halfMadeConfig,
  machine,
  makeOwn,
  profile,
  recordedConfig,
  replay,
  testWorld,
  worldWithCluster,
  type TestWorld,
} from './cluster-world.ts'

function stopStep(world: TestWorld): Step<'cluster.stopped'> {
  return { id: 'cluster', kind: 'cluster.stopped', title: 'Stop', want: { minikube: world.ref }, needs: [] }
}

function absentStep(world: TestWorld): Step<'cluster.absent'> {
  return { id: 'cluster', kind: 'cluster.absent', title: 'Delete', want: { minikube: world.ref }, needs: [] }
}

describe('stopped', () => {
  test('a running cluster is stopped, and its kubeconfig is minikube’s only', async () => {
    const world = await worldWithCluster('running-k8s-003', { 'minikube stop': replay('running-k8s-035') })
    const found = await stopped.check(stopStep(world), world.context)
    expect(found).toMatchObject({ state: 'drifted', changes: [{ from: 'running', to: 'stopped' }] })
    await stopped.apply(stopStep(world), found, world.context)
    expect(world.commands.at(-1)?.env).toMatchObject({ KUBECONFIG: world.ref.kubeconfig })
  })

  test.each([
    ['nothing there', undefined],
    ['already stopped', 'running-k8s-036'],
  ])('%s: ready', async (_name, status) => {
    const world = status === undefined ? await testWorld({}) : await worldWithCluster(status)
    expect(await stopped.check(stopStep(world), world.context)).toMatchObject({ state: 'ready' })
  })

  test('running-121: a removed container would make stop exit 82; there is nothing to stop', async () => {
    const world = await worldWithCluster('running-115', {
      'docker ps': exited(0, ''),
      'docker volume inspect': exited(0),
    })
    expect(await stopped.check(stopStep(world), world.context)).toMatchObject({
      state: 'ready',
      notes: [{ level: 'warning', text: expect.stringContaining('removed behind') }],
    })
  })

  test('running-135, running-k8s-148: a damaged profile cannot be stopped by minikube', async () => {
    const world = await testWorld({})
    await world.put(profile, '')
    expect(await stopped.check(stopStep(world), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3007', next: ['devk8s up', 'docker stop devk8s'] },
    })
  })

  test('a cluster that devk8s has no record of making is not stopped: DK3022', async () => {
    const world = await worldWithCluster('running-k8s-003')
    await rm(ownershipPath(world.ref))
    expect(await stopped.check(stopStep(world), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3022', next: ['minikube stop -p devk8s', 'devk8s up'] },
    })
  })

  test('running-k8s-126: a damaged private kubeconfig is moved aside first', async () => {
    const world: TestWorld = await worldWithCluster('running-k8s-123', {
      'minikube stop': async () => {
        expect(await world.context.ports.files.readText(world.ref.kubeconfig)).toBeUndefined()
        return replay('running-k8s-035')
      },
    })
    await mkdir(dirname(world.ref.kubeconfig), { recursive: true })
    await writeFile(world.ref.kubeconfig, '{')
    await stopped.apply(stopStep(world), await stopped.check(stopStep(world), world.context), world.context)
    expect(world.calls().at(-1)).toBe('minikube stop -p devk8s -o json')
  })

  test('running-k8s-104: a stop that fails names the reason', async () => {
    const world = await worldWithCluster('running-k8s-003', { 'minikube stop': replay('running-k8s-104') })
    const found = await stopped.check(stopStep(world), world.context)
    await expect(stopped.apply(stopStep(world), found, world.context)).rejects.toMatchObject({
      problems: [{ code: 'DK3019', detail: expect.stringContaining('GUEST_STOP_TIMEOUT (exit 82)') }],
    })
  })

  test('running-k8s-102, running-117: nothing is guessed when nobody answers', async () => {
    const silent = await worldWithCluster('running-k8s-102', { 'docker ps': exited(1) })
    expect(await stopped.check(stopStep(silent), silent.context)).toMatchObject({
      problem: { code: 'DK3009' },
    })
    const panic = await worldWithCluster('running-117')
    expect(await stopped.check(stopStep(panic), panic.context)).toMatchObject({ problem: { code: 'DK3018' } })
  })

  test('a half-made cluster is stopped when it has a node', async () => {
    const world = await testWorld({ 'minikube status': replay('running-k8s-139') })
    await world.put(profile, halfMadeConfig())
    await makeOwn(world)
    expect(await stopped.check(stopStep(world), world.context)).toMatchObject({ state: 'drifted' })
    const without = await testWorld({
      'minikube status': replay('138'),
      'docker ps': exited(0),
      volume: exited(1),
    })
    await without.put(profile, halfMadeConfig())
    expect(await stopped.check(stopStep(without), without.context)).toMatchObject({ state: 'ready' })
  })
})

describe('absent', () => {
  test('nothing there: ready without a child', async () => {
    const world = await testWorld({})
    expect(await absent.check(absentStep(world), world.context)).toEqual({ state: 'ready' })
    expect(world.commands).toEqual([])
  })

  test.each([
    ['a whole one', recordedConfig()],
    ['running-k8s-151, running-137: a damaged one', ''],
  ])('%s is shown, deleted by its name only, and its copies go too', async (_name, config) => {
    const world: TestWorld = await testWorld({
      'minikube delete': async () => {
        await world.context.ports.files.remove(join(world.home, 'machines', 'devk8s'))
        await world.context.ports.files.remove(join(world.home, profile))
        return replay('running-k8s-151')
      },
    })
    await world.put(profile, config)
    await world.put(machine, '{}')
    await world.put('profiles/other/config.json', '{}')
    await makeOwn(world)
    const certs = ['devk8s-devk8s-0123456789abcdef.pem', 'devk8s-devk8s-b-0123456789abcdef.pem', 'ca.pem']
    for (const name of certs) await world.put(`certs/${name}`, 'x')
    const copy = join(dirname(world.ref.kubeconfig), 'devk8s.profile.json')
    await mkdir(dirname(copy), { recursive: true })
    await writeFile(copy, '{}')
    const found = await absent.check(absentStep(world), world.context)
    expect(found.state === 'drifted' && found.changes.map(({ field }) => field)).toEqual([
      'cluster',
      join(world.home, 'profiles', 'devk8s'),
      join(world.home, 'machines', 'devk8s'),
      copy,
      join(world.home, 'certs', 'devk8s-devk8s-0123456789abcdef.pem'),
      join(dirname(world.ref.kubeconfig), 'devk8s.made.json'),
    ])
    await absent.apply(absentStep(world), found, world.context)
    expect(await world.context.ports.files.list(join(world.home, 'certs'))).toEqual(certs.slice(1).toSorted())
    expect(world.calls().slice(0, 1)).toEqual(['minikube delete -p devk8s -o json'])
    expect(await absent.check(absentStep(world), world.context)).toEqual({ state: 'ready' })
    expect(await world.context.ports.files.list(join(world.home, 'profiles'))).toEqual(['other'])
  })

  test('a delete that fails says so', async () => {
    const world = await testWorld({
      'minikube delete': exited(80, '', 'X Exiting due to GUEST_DELETE: no\n'),
    })
    await world.put(profile, recordedConfig())
    await makeOwn(world)
    const found = await absent.check(absentStep(world), world.context)
    await expect(absent.apply(absentStep(world), found, world.context)).rejects.toMatchObject({
      problems: [{ code: 'DK3020', detail: expect.stringContaining('GUEST_DELETE') }],
    })
  })

  test('a cluster that devk8s has no record of making is left alone: DK3022', async () => {
    const world = await testWorld({})
    await world.put(profile, recordedConfig())
    expect(await absent.check(absentStep(world), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3022', exit: 4, next: ['minikube delete -p devk8s', 'devk8s up'] },
    })
    expect(world.commands).toEqual([])
  })

  test('a cluster that somebody deleted and made again has another key, and is not ours', async () => {
    const world = await testWorld({})
    await world.put(profile, recordedConfig())
    await world.put('machines/devk8s/id_rsa.pub', 'ssh-rsa ours')
    await makeOwn(world)
    expect(await absent.check(absentStep(world), world.context)).toMatchObject({ state: 'drifted' })
    await world.put('machines/devk8s/id_rsa.pub', 'ssh-rsa theirs')
    expect(await absent.check(absentStep(world), world.context)).toMatchObject({
      problem: { code: 'DK3022' },
    })
  })

  test("with minikube's home removed by hand, what Docker still holds is named and removed", async () => {
    const left = new Set(['volume', 'network'])
    const list = (kind: string) => () => exited(0, left.has(kind) ? 'devk8s\nother\n' : 'other\n')
    const remove = (kind: string) => () => {
      left.delete(kind)
      return exited(0)
    }
    const world = await testWorld({
      'docker volume ls': list('volume'),
      'docker network ls': list('network'),
      // minikube took nothing along.
      'minikube delete': replay('running-k8s-151'),
      'docker volume rm devk8s': remove('volume'),
      'docker network rm devk8s': remove('network'),
    })
    await makeOwn(world)
    const found = await absent.check(absentStep(world), world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [
        { field: 'docker volume', from: 'devk8s', effect: 'remove' },
        { field: 'docker network', from: 'devk8s', effect: 'remove' },
        { field: expect.stringContaining('made.json') },
      ],
    })
    await absent.apply(absentStep(world), found, world.context)
    expect(await absent.check(absentStep(world), world.context)).toEqual({ state: 'ready' })
    expect(world.commands.every(({ args }) => !args.includes('other'))).toBe(true)
  })

  test('a volume that Docker keeps is named with its command, and the record stays', async () => {
    const world = await testWorld({
      'docker volume ls': exited(0, 'devk8s\n'),
      'minikube delete': replay('running-k8s-151'),
      'docker volume rm': exited(1, '', 'volume is in use'),
    })
    await makeOwn(world)
    const found = await absent.check(absentStep(world), world.context)
    await expect(absent.apply(absentStep(world), found, world.context)).rejects.toMatchObject({
      problems: [
        {
          code: 'DK3020',
          detail: expect.stringContaining('volume'),
          next: ['docker volume rm devk8s', 'devk8s destroy'],
          evidence: ['volume is in use'],
        },
      ],
    })
    expect(await world.context.ports.files.stat(ownershipPath(world.ref))).toBeDefined()
  })

  test('a Docker that does not answer is not an empty one: blocked, and the record stays', async () => {
    const world: TestWorld = await testWorld({
      'docker ps': exited(1),
      'minikube delete': async () => {
        await rm(join(world.home, profile))
        return replay('running-k8s-151')
      },
    })
    await world.put(profile, recordedConfig())
    await makeOwn(world)
    const found = await absent.check(absentStep(world), world.context)
    await expect(absent.apply(absentStep(world), found, world.context)).rejects.toMatchObject({
      problems: [{ code: 'DK3009', detail: expect.stringContaining('Start Docker') }],
    })
    expect(await absent.check(absentStep(world), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3009', next: ['docker version', 'devk8s destroy'] },
    })
    expect(await world.context.ports.files.stat(ownershipPath(world.ref))).toBeDefined()
  })

  test('without a record of an own cluster Docker is not looked at, and a folder with events (078) stays', async () => {
    const world = await testWorld({ 'docker volume ls': exited(0, 'devk8s\n') })
    await world.put('profiles/devk8s/events.json', '')
    expect(await absent.check(absentStep(world), world.context)).toEqual({ state: 'ready' })
    expect(world.commands).toEqual([])
  })
})
