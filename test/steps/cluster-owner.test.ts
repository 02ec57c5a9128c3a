import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownershipPath } from '../../src/minikube/ownership.ts'
import { runner } from '../../src/steps/cluster-running.ts'
import {
  changing,
  exited,
  machine,
  makeOwn,
  noteTexts,
  profile,
  recordedConfig,
  replay,
  stepFor,
  testWorld,
  worldWithCluster,
  type TestWorld,
} from './cluster-world.ts'

const forget = (world: TestWorld) => rm(ownershipPath(world.ref))

describe('a cluster that devk8s has no record of making', () => {
  test('runs: it is taken over after a yes, once, and minikube is not called', async () => {
    const world = await worldWithCluster('running-k8s-003')
    await forget(world)
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster.owner', from: 'unknown', to: 'devk8s', effect: 'in-place' }],
      consent: { id: 'cluster.adopt', destructive: true, fallback: undefined, flag: '--yes' },
    })
    expect(JSON.stringify(found)).toContain('who made it is not known')
    await runner.apply(step, found, world.context)
    expect(changing(world)).toEqual([])
    world.forget()
    expect(await runner.check(step, world.context)).toMatchObject({ state: 'ready' })
  })

  test('is stopped: taken over and started', async () => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-001') })
    await forget(world)
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      changes: [{ field: 'cluster.owner' }, { field: 'cluster', to: 'running' }],
      consent: { id: 'cluster.adopt' },
    })
    await runner.apply(step, found, world.context)
    expect(changing(world)).toEqual(['start'])
    expect(JSON.parse(await readFile(ownershipPath(world.ref), 'utf8'))).toEqual({ driver: 'docker' })
  })

  test('a question that has to be asked anyway says so too', async () => {
    const world = await worldWithCluster('running-k8s-003')
    await forget(world)
    expect(await runner.check(stepFor(world, { cpus: 4 }, true), world.context)).toMatchObject({
      consent: {
        id: 'cluster.recreate',
        details: expect.arrayContaining([
          expect.stringContaining('no record'),
          expect.stringContaining('is lost'),
        ]),
      },
    })
  })

  test('a state that cannot be told stays a problem', async () => {
    const world = await worldWithCluster('running-117')
    await forget(world)
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({ problem: { code: 'DK3018' } })
  })

  test('whatever the record holds, it is devk8s own; the next start writes it anew', async () => {
    const world = await worldWithCluster('running-k8s-003')
    for (const text of ['', '[]', '{"driver":7}']) {
      await writeFile(ownershipPath(world.ref), text)
      world.forget()
      expect(await runner.check(stepFor(world), world.context)).toMatchObject({ state: 'ready' })
    }
  })
})

describe('a first start', () => {
  test('makes the cluster own before it begins, so that an interrupted one counts', async () => {
    const world: TestWorld = await testWorld({
      'minikube start': async () => {
        expect(JSON.parse(await readFile(ownershipPath(world.ref), 'utf8'))).toEqual({ driver: 'docker' })
        await world.put('machines/devk8s/id_rsa.pub', 'ssh-rsa key')
        return replay('running-k8s-001')
      },
    })
    const step = stepFor(world)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    expect(await readFile(ownershipPath(world.ref), 'utf8')).toContain('ssh-rsa key')
  })

  test('drops the copies of an earlier cluster of that name', async () => {
    const world = await testWorld({ 'minikube start': exited(80) })
    const copy = join(dirname(world.ref.kubeconfig), 'devk8s.profile.json')
    await mkdir(dirname(copy), { recursive: true })
    await writeFile(copy, recordedConfig())
    await makeOwn(world)
    const step = stepFor(world)
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({ state: 'absent' })
    await expect(runner.apply(step, found, world.context)).rejects.toThrow('DK3')
    expect(await world.context.ports.files.readText(copy)).toBeUndefined()
  })
})

describe("minikube's file is missing", () => {
  test('with the machine folder there: restored from the copy', async () => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-001') })
    const step = stepFor(world)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    await rm(join(world.home, profile))
    world.forget()
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: join(world.home, profile), from: 'missing', effect: 'in-place' }],
    })
    expect(found).not.toHaveProperty('consent')
    await runner.apply(step, found, world.context)
    expect(await readFile(join(world.home, profile), 'utf8')).toBe(recordedConfig())
  })

  test('with the key of the node gone too, a copy would not help: asked, and data is not promised away', async () => {
    const world = await worldWithCluster('running-k8s-036', {
      'docker volume ls': exited(0, 'devk8s\n'),
      'minikube start': replay('running-k8s-001'),
    })
    const step = stepFor(world)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    await rm(world.home, { recursive: true })
    world.forget()
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster', from: 'missing', effect: 'recreate' }],
      consent: { id: 'cluster.recreate', destructive: true, fallback: undefined },
    })
    expect(noteTexts(found)).toContain('may hold data')
  })

  test('a volume on a machine without any record is not started upon without a yes', async () => {
    const world = await testWorld({ 'docker volume ls': exited(0, 'devk8s\n') })
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({
      state: 'drifted',
      consent: {
        id: 'cluster.recreate',
        details: expect.arrayContaining([expect.stringContaining('no record')]),
      },
    })
  })

  test('an own cluster and a Docker that does not answer: nothing is decided', async () => {
    const world = await testWorld({ 'docker ps': exited(1) })
    await makeOwn(world)
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({ problem: { code: 'DK3009' } })
  })
})

describe('a damaged file with a copy', () => {
  const damagedWorld = async () => {
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-001') })
    await world.put('machines/devk8s/id_rsa.pub', 'ssh-rsa ours')
    const step = stepFor(world)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    await world.put(profile, recordedConfig().slice(0, 700))
    world.forget()
    return world
  }

  test('a wish that reconfigures the control plane is asked about as without the damage', async () => {
    const world = await damagedWorld()
    expect(
      await runner.check(stepFor(world, { kubernetes: 'v1.36.0', cpus: 4 }), world.context),
    ).toMatchObject({
      state: 'drifted',
      changes: [
        { field: join(world.home, profile), effect: 'in-place' },
        { field: 'cluster.kubernetes', from: 'v1.35.1', to: 'v1.36.0', effect: 'restart' },
      ],
      consent: { id: 'cluster.reconfigure', destructive: true, fallback: undefined },
    })
  })

  test('--recreate asks for that, and does not restore', async () => {
    const world = await damagedWorld()
    const found = await runner.check(stepFor(world, {}, true), world.context)
    expect(found).toMatchObject({
      changes: [{ field: 'cluster', effect: 'recreate' }],
      consent: { id: 'cluster.recreate', destructive: true },
    })
    expect(noteTexts(found)).toContain('without --recreate')
  })

  test('of another cluster than the one that is there: not restored', async () => {
    const world = await damagedWorld()
    await world.put('machines/devk8s/id_rsa.pub', 'ssh-rsa theirs')
    expect(await runner.check(stepFor(world), world.context)).toMatchObject({
      changes: [{ field: 'cluster.owner' }, { field: 'cluster', effect: 'recreate' }],
      consent: {
        id: 'cluster.recreate',
        details: expect.arrayContaining([expect.stringContaining('no record')]),
      },
    })
  })
})

test('a damaged file is copied aside before it is overwritten: there is never none', async () => {
  const world = await worldWithCluster('running-k8s-036', { 'minikube start': replay('running-k8s-001') })
  const step = stepFor(world)
  await runner.apply(step, await runner.check(step, world.context), world.context)
  await world.put(machine, '{"Config')
  world.forget()
  const { files } = world.context.ports
  const atWrites: (string | undefined)[] = []
  const watched = {
    ...files,
    rename: () => Promise.reject(new Error('the file is not moved away')),
    write: async (...args: Parameters<typeof files.write>) => {
      if (args[0].startsWith(join(world.home, machine)))
        atWrites.push(await files.readText(join(world.home, machine)))
      await files.write(...args)
    },
  }
  const context = { ...world.context, ports: { ...world.context.ports, files: watched } }
  await runner.apply(step, await runner.check(step, context), context)
  expect(atWrites).toEqual(['{"Config', '{"Config'])
  expect(await readFile(join(world.home, `${machine}.damaged`), 'utf8')).toBe('{"Config')
  expect(await readFile(join(world.home, machine), 'utf8')).toBe('{"ConfigVersion":3}')
})
