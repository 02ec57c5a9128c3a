import { expect, test } from 'vitest'
import { selfOf } from '../../src/outside.ts'
import { ownerOf } from '../../src/kubeconfig/user-files.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { worldAt } from '../fakes/session.ts'

test('when the machine was started is asked for only by whoever needs it: most commands do not', () => {
  let asked = 0
  const world = {
    ...worldAt('/w', '/h', manualClock()),
    get bootedAtMs() {
      asked += 1
      return 7
    },
    get bootId() {
      asked += 1
      return 'b1'
    },
  }
  const self = selfOf(world)
  const host = { read: () => Promise.reject(new Error('no host')), isAlive: () => true, self }
  expect(ownerOf(host)).toMatchObject({ pid: world.pid, machine: 'laptop', run: self.run })
  expect(asked).toBe(0)
  expect(self.bootedAtMs).toBe(7)
  expect(self.bootId).toBe('b1')
})
