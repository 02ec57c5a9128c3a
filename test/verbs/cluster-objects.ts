import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeObject } from '../../src/simulator/kube-api/object.ts'
import { settleWorkloads } from '../../src/simulator/kube-api/workloads.ts'
import type { Laptop as LaptopState } from '../../src/simulator/state.ts'
import type { Laptop } from '../fakes/session.ts'

/** What is in the clusters of a simulated laptop now, whoever has looked at them last. */
export async function objectsIn(laptop: Laptop): Promise<readonly KubeObject[]> {
  const { nodes } = JSON.parse(await readFile(join(laptop.folder, 'laptop.json'), 'utf8')) as LaptopState
  return Object.values(nodes).flatMap(({ store }) =>
    store === undefined
      ? []
      : Object.values(settleWorkloads(store, laptop.clock.now()).objects).map(({ object }) => object),
  )
}
