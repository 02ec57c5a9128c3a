import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { earlierRunPath } from '../../src/minikube/earlier-run.ts'
import { ownershipPath } from '../../src/minikube/ownership.ts'
import type { Step } from '../../src/plan/step.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { runner as absent } from '../../src/steps/cluster-absent.ts'
import { runner as running } from '../../src/steps/cluster-running.ts'
import { runner as stopped } from '../../src/steps/cluster-stopped.ts'
import {
  changing,
  exited,
  halfMadeConfig,
  makeOwn,
  problemOf,
  profile,
  recordedConfig,
  replay,
  stepFor,
  testWorld,
  worldWithCluster,
  type TestWorld,
} from './cluster-world.ts'

const pid = 4711

/** A clock that only moves when somebody sleeps. */
function movingClock(): Clock {
  let at = 1_000_000
  return {
    now: () => at,
    monotonic: () => at,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      at += ms
      // Whoever waits for the end of a command wakes up between its lines.
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
    },
  }
}

/** What a devk8s that was killed has left, `ageMs` ago. */
async function leave(world: TestWorld, ageMs = 5_000): Promise<void> {
  const startedAtMs = world.context.ports.clock.now() - ageMs
  const words = 'minikube start -p devk8s'
  await mkdir(dirname(earlierRunPath(world.ref)), { recursive: true })
  await writeFile(earlierRunPath(world.ref), JSON.stringify({ pid, startedAtMs, timeoutMs: 60_000, words }))
}

/** Alive for so many questions. */
function aliveFor(times: number): () => readonly number[] {
  let left = times
  return () => (left-- > 0 ? [pid] : [])
}

describe('a minikube that an earlier devk8s left running (running-k8s-067)', () => {
  test('is waited for; when it has made the cluster, no second one is started', async () => {
    const world = await worldWithCluster('running-k8s-003', {}, { clock: movingClock(), alive: aliveFor(4) })
    await leave(world)
    const step = stepFor(world)
    const found = await running.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'cluster', from: 'being changed', to: 'running' }],
      notes: [{ text: expect.stringContaining(`process ${pid}`) }],
      detail: { process: pid },
    })
    expect(found).not.toHaveProperty('consent')
    expect(world.commands).toEqual([])
    await running.apply(step, found, world.context)
    expect(world.progress.map(({ message }) => message)).toContain(
      `minikube start -p devk8s of an earlier devk8s still runs (process ${pid}): waiting for its end (7 s)`,
    )
    expect(changing(world)).toEqual([])
    expect(await world.context.ports.files.readText(earlierRunPath(world.ref))).toBeUndefined()
  })

  test('is waited for; what it did not finish is finished', async () => {
    const options = { clock: movingClock(), alive: aliveFor(3) }
    const world = await worldWithCluster('running-k8s-036', { 'minikube start': exited(0) }, options)
    await leave(world)
    const step = stepFor(world)
    await running.apply(step, await running.check(step, world.context), world.context)
    expect(changing(world)).toEqual(['start'])
  })

  test('left something nobody has agreed to: DK3023, and nothing is done', async () => {
    const world = await worldWithCluster('running-k8s-003', {}, { clock: movingClock(), alive: aliveFor(3) })
    await leave(world)
    await rm(ownershipPath(world.ref))
    const step = stepFor(world)
    const found = await running.check(step, world.context)
    expect(await problemOf(running.apply(step, found, world.context))).toMatchObject({
      code: 'DK3023',
      detail: expect.stringContaining('Take over'),
      next: ['devk8s up'],
    })
    expect(changing(world)).toEqual([])
  })

  test('left an own half-made cluster: the question answers itself, and the start goes on', async () => {
    const world = await testWorld(
      {
        'minikube status': replay('138'),
        'docker ps': exited(0),
        'docker volume': exited(1),
        'minikube delete': replay('running-k8s-151'),
        'minikube start': replay('running-k8s-001'),
      },
      { clock: movingClock(), alive: aliveFor(3) },
    )
    await world.put(profile, halfMadeConfig())
    await makeOwn(world)
    await leave(world)
    // Begun with other settings, so its remains go first; no node and no volume is there to be lost.
    const step = stepFor(world, { cpus: 7 })
    await running.apply(step, await running.check(step, world.context), world.context)
    expect(changing(world)).toEqual(['delete', 'start'])
  })

  test('left what cannot be told: that problem', async () => {
    const world = await worldWithCluster('running-117', {}, { clock: movingClock(), alive: aliveFor(3) })
    await leave(world)
    const step = stepFor(world)
    const found = await running.check(step, world.context)
    expect(await problemOf(running.apply(step, found, world.context))).toMatchObject({ code: 'DK3018' })
  })

  test.each([
    ['has ended', 0, 5_000],
    ['is older than a start may be: the process is another', 1000, 60_001],
  ])('%s: nothing is waited for', async (_name, times, ageMs) => {
    const options = { clock: movingClock(), alive: aliveFor(times) }
    const world = await worldWithCluster('running-k8s-003', {}, options)
    await leave(world, ageMs)
    expect(await running.check(stepFor(world), world.context)).toMatchObject({ state: 'ready' })
  })

  test.each(['', '[]', '{"pid":"4711"}'])('a note that is none (%j) is passed over', async (text) => {
    const world = await worldWithCluster('running-k8s-003', {}, { alive: () => [pid] })
    await writeFile(earlierRunPath(world.ref), text)
    expect(await running.check(stepFor(world), world.context)).toMatchObject({ state: 'ready' })
  })

  test('stop and delete wait for it too', async () => {
    const head = { id: 'cluster', title: 'Cluster', needs: [] }
    const options = () => ({ clock: movingClock(), alive: aliveFor(3) })
    const first = await worldWithCluster('running-k8s-003', { 'minikube stop': exited(0) }, options())
    await leave(first)
    const stop: Step<'cluster.stopped'> = { ...head, kind: 'cluster.stopped', want: { minikube: first.ref } }
    const found = await stopped.check(stop, first.context)
    expect(found).toMatchObject({ changes: [{ from: 'being changed', to: 'stopped' }] })
    await stopped.apply(stop, found, first.context)
    expect([first.progress.length > 0, changing(first)]).toEqual([true, ['stop']])

    const second = await testWorld({ 'minikube delete': exited(0) }, options())
    await second.put(profile, recordedConfig())
    await makeOwn(second)
    await leave(second)
    const end: Step<'cluster.absent'> = { ...head, kind: 'cluster.absent', want: { minikube: second.ref } }
    await absent.apply(end, await absent.check(end, second.context), second.context)
    expect(second.progress[0]?.message).toContain('waiting for its end')
    expect(await second.context.ports.files.readText(earlierRunPath(second.ref))).toBeUndefined()
  })

  test('a stop finds the cluster stopped afterwards: nothing to do', async () => {
    const options = { clock: movingClock(), alive: aliveFor(3) }
    const world = await worldWithCluster('running-k8s-036', {}, options)
    await leave(world)
    const want = { minikube: world.ref }
    const step: Step<'cluster.stopped'> = { id: 'c', title: 'c', needs: [], kind: 'cluster.stopped', want }
    await stopped.apply(step, await stopped.check(step, world.context), world.context)
    expect(changing(world)).toEqual([])
  })
})

test('while minikube runs its process is noted, and not any more when it has ended', async () => {
  const world: TestWorld = await testWorld({
    'minikube start': async (_command, how) => {
      how.onStart?.(pid)
      const { files } = world.context.ports
      let text: string | undefined
      for (let turn = 0; turn < 1000 && text === undefined; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve))
        text = await files.readText(earlierRunPath(world.ref))
      }
      expect(JSON.parse(text ?? '')).toEqual({
        pid,
        startedAtMs: 0,
        timeoutMs: 600_000,
        words: 'minikube start -p devk8s',
      })
      return replay('running-k8s-001')
    },
  })
  const step = stepFor(world)
  await running.apply(step, await running.check(step, world.context), world.context)

  expect(await world.context.ports.files.readText(earlierRunPath(world.ref))).toBeUndefined()
})
