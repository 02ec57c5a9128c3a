import { describe, expect, test } from 'vitest'
import type { Step } from '../../src/plan/step.ts'
import { runner } from '../../src/steps/addon-absent.ts'
import {
  exited,
  profile,
  recordedConfig,
  replay,
  testWorld,
  type Answer,
  type TestWorld,
} from './cluster-world.ts'

function stepFor(world: TestWorld): Step<'addon.absent'> {
  const want = { addon: 'ingress', minikube: world.ref }
  return { id: 'addon-off.ingress', kind: 'addon.absent', title: 'Add-on ingress off', want, needs: [] }
}

async function worldWith(
  addons: Readonly<Record<string, boolean>> | null,
  answers: Record<string, Answer> = {},
) {
  const world = await testWorld(answers)
  await world.put(profile, JSON.stringify({ ...JSON.parse(recordedConfig()), Addons: addons }))
  return world
}

describe('an add-on that the profile switches off', () => {
  test.each([[null], [{}], [{ ingress: false }], [{ 'ingress-dns': true }]])(
    '%j: ready, without a child',
    async (addons) => {
      const world = await worldWith(addons)
      expect(await runner.check(stepFor(world), world.context)).toEqual({ state: 'ready' })
      expect(world.commands).toEqual([])
    },
  )

  test('no cluster, or one whose file is damaged: nothing to switch off', async () => {
    const none = await testWorld({})
    const damaged = await testWorld({})
    await damaged.put(profile, '{')
    for (const world of [none, damaged]) {
      expect(await runner.check(stepFor(world), world.context)).toEqual({ state: 'ready' })
    }
  })

  test('enabled: shown as removed, and disabled by one call (running-k8s-016)', async () => {
    const world = await worldWith({ ingress: true }, { 'addons disable': replay('running-k8s-016') })
    const found = await runner.check(stepFor(world), world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'addon.ingress', from: 'enabled', to: 'disabled', effect: 'remove' }],
    })
    await runner.apply(stepFor(world), found, world.context)
    expect(world.calls()).toEqual(['minikube addons disable ingress -p devk8s'])
  })

  test('a failure is told with minikube’s reason', async () => {
    const stderr = 'X Exiting due to MK_ADDON_DISABLE: disable failed: run callbacks: connection refused\n'
    const world = await worldWith({ ingress: true }, { 'addons disable': exited(11, '', stderr) })
    const found = await runner.check(stepFor(world), world.context)
    await expect(runner.apply(stepFor(world), found, world.context)).rejects.toMatchObject({
      problems: [{ code: 'DK3034', detail: expect.stringContaining('MK_ADDON_DISABLE: disable failed') }],
    })
  })
})
