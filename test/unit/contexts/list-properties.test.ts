import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseKubeconfig } from '../../../src/kubeconfig/config.ts'
import { scanEntries } from '../../../src/kubeconfig/scan.ts'
import { kubeconfig } from '../kubeconfig/generated.ts'

test('what the scanner says of any kubeconfig, the parser says too', () => {
  let sure = 0
  fc.assert(
    fc.property(kubeconfig, ({ text }) => {
      const scanned = scanEntries(text)
      if (scanned === undefined) return
      sure += 1
      expect({ config: scanned }).toEqual(parseKubeconfig(text, '/f'))
    }),
    { numRuns: 1000, seed: 4 },
  )
  // It would agree about nothing at all as well.
  expect(sure).toBeGreaterThan(200)
})
