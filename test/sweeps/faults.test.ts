import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { faultKinds } from '../../src/simulator/faults.ts'
import type { Laptop as LaptopState } from '../../src/simulator/state.ts'
import { newLaptop, type Laptop, type RunOptions } from '../fakes/session.ts'
import { withRoles } from './roles-profile.ts'

const faults = faultKinds.flatMap(({ name, values }) =>
  Object.keys(values).map((value) => `${name.replace('<name>', 'ingress')}=${value}`),
)
/** What a person agrees to: a volume without its node, which no new node takes. No cluster is deleted for a fault. */
const answers = { 'cluster.volume': true }
/** What is broken before the command is found, said and mended by it; the others get in its way. */
const mendedAtOnce = faults.filter((fault) => fault.startsWith('cluster='))

/** What the upkeep of roles for pods can meet. */
const faultsOfRoles = faults.filter((fault) => /^(?:cluster|node|agent|kube\.api|aws)=/.test(fault))

describe('every fault that a rehearsal can play', () => {
  test.for([
    ...faults.map((fault) => [fault, 'aws'] as const),
    ...faultsOfRoles.map((fault) => [fault, 'roles'] as const),
  ])(
    '%s, profile %s: said with a code and a way out, and the next up finishes the job',
    { timeout: 60_000 },
    async ([fault, profile]) => {
      const laptop = await newLaptop()
      const run = async (verb: string, options: RunOptions = {}) =>
        laptop.run(await withRoles(laptop, `${verb} --profile ${profile}`), options)
      const isDamage = mendedAtOnce.includes(fault)
      if (isDamage) await run('up --no-input')
      const struck = await run('up --no-input', { faults: [fault], answers })
      expect(struck.exit).not.toBe(70)
      const said = struck.problems.map(({ code, detail, next }) => ({ code, detail, next }))
      expect({ fault, failed: struck.exit !== 0 }).toEqual({ fault, failed: said.length > 0 })
      expect(said.filter(({ detail, next }) => detail.length < 10 || next.length === 0)).toEqual([])
      for (const look of ['status', 'doctor']) expect((await run(look)).exit).toBeLessThan(70)
      const mended = await run('up --no-input', { answers })
      expect({
        fault,
        said,
        exit: mended.exit,
        problems: mended.problems.map(({ code, detail }) => `${code} ${detail}`),
      }).toEqual({ fault, said, exit: 0, problems: [] })
    },
  )
})

/** The uid of a namespace that `up` made: another one means that what was in the cluster is gone. */
async function birthOf(laptop: Laptop): Promise<unknown> {
  const { nodes } = JSON.parse(await readFile(join(laptop.folder, 'laptop.json'), 'utf8')) as LaptopState
  return Object.values(nodes).flatMap(({ store }) =>
    Object.values(store?.objects ?? {}).flatMap(({ object: { kind, metadata } }) =>
      kind === 'Namespace' && metadata.name === 'dev' ? [metadata.uid] : [],
    ),
  )[0]
}

describe('what was done to a cluster', () => {
  const lost = ['container-gone', 'volume-gone', 'half-made']

  test.for(mendedAtOnce)(
    '%s: seen by status and doctor, mended by up',
    { timeout: 60_000 },
    async (fault) => {
      const laptop = await newLaptop()
      await laptop.run('up --profile aws --no-input')
      const before = await birthOf(laptop)
      const seen = await laptop.run('status --profile aws', { faults: [fault] })
      expect({ fault, exit: seen.exit, cluster: seen.steps['cluster'] }).toEqual({
        fault,
        exit: 3,
        cluster: 'would-change',
      })
      expect((await laptop.run('doctor --profile aws')).steps['cluster']).toBe('would-change')
      expect((await laptop.run('plan --profile aws --exit-code')).exit).toBe(3)
      const mended = await laptop.run('up --profile aws --no-input', { answers })
      expect({ exit: mended.exit, problems: mended.problems }).toEqual({ exit: 0, problems: [] })
      expect((await laptop.run('status --profile aws')).exit).toBe(0)
      const isLost = lost.some((each) => fault.endsWith(each))
      expect({ fault, isSame: (await birthOf(laptop)) === before }).toEqual({ fault, isSame: !isLost })
    },
  )

  test('without a cluster there is nothing to break, and that is said', async () => {
    const laptop = await newLaptop()
    const opened = laptop.run('up --profile aws --no-input', { faults: ['cluster=container-gone'] })
    await expect(opened).rejects.toMatchObject({
      problems: [{ code: 'DK2911', next: ['devk8s up --rehearse'] }],
    })
  })
})
