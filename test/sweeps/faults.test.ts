import { describe, expect, test } from 'vitest'
import { faultKinds } from '../../src/simulator/faults.ts'
import { newLaptop } from '../fakes/session.ts'

const faults = faultKinds.flatMap(({ name, values }) =>
  Object.keys(values).map((value) => `${name.replace('<name>', 'ingress')}=${value}`),
)
const answers = { 'cluster.recreate': true, 'cluster.reconfigure': true, 'cluster.repair': true }

describe('every fault that a rehearsal can play', () => {
  test.for(faults)(
    '%s: said with a code and a way out, and the next up finishes the job',
    { timeout: 60_000 },
    async (fault) => {
      const laptop = await newLaptop()
      const struck = await laptop.run('up --profile aws --no-input', { faults: [fault], answers })
      expect(struck.exit).not.toBe(70)
      const said = struck.problems.map(({ code, detail, next }) => ({ code, detail, next }))
      expect({ fault, failed: struck.exit !== 0 }).toEqual({ fault, failed: said.length > 0 })
      expect(said.filter(({ detail, next }) => detail.length < 10 || next.length === 0)).toEqual([])
      for (const look of ['status --profile aws', 'doctor --profile aws']) {
        expect((await laptop.run(look)).exit).toBeLessThan(70)
      }
      const mended = await laptop.run('up --profile aws --no-input', { answers })
      expect({
        fault,
        said,
        exit: mended.exit,
        problems: mended.problems.map(({ code, detail }) => `${code} ${detail}`),
      }).toEqual({ fault, said, exit: 0, problems: [] })
    },
  )
})
