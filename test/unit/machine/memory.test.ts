import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkMemory, resolveMemoryMiB } from '../../../src/machine/memory.ts'
import { dockerFact, laptop, mac, windows } from './support.ts'

describe('resolveMemoryMiB', () => {
  test.each([
    ['a number stays', 2500, 16_000, undefined, undefined, 2500],
    ['a quarter, in hundreds [recorded 137]', 'auto', 24_105, 24_105, undefined, 6000],
    ['at least 3072', 'auto', 8_000, undefined, undefined, 3072],
    ['at most 8192', 'auto', 64_000, undefined, undefined, 8100],
    ['at most what Docker has', 'auto', 64_000, 3_900, undefined, 3800],
    ['also below the least', 'auto', 16_000, 1_970, undefined, 1900],
    ['as an existing cluster has it', 'auto', 64_000, 3_900, 5000, 5000],
    ['unless that is unknown', 'auto', 24_105, undefined, 0, 6000],
  ] as const)('%s', (_, spec, hostMiB, dockerMiB, existingMiB, expected) => {
    const docker = dockerMiB === undefined ? undefined : { memoryMiB: dockerMiB }
    const existing = existingMiB === undefined ? undefined : { memoryMiB: existingMiB }
    expect(resolveMemoryMiB(spec, { memoryMiB: hostMiB }, docker, existing)).toBe(expected)
  })

  test('a 10 GiB Docker Desktop reports less than 10240 and is not asked for more (minikube#16958)', () => {
    const docker = { memoryMiB: 9_900 }
    expect(resolveMemoryMiB('auto', { memoryMiB: 64_000 }, docker)).toBeLessThanOrEqual(9_852)
  })

  test('never more than there is, never less than it could be', () => {
    expect(() =>
      fc.assert(
        fc.property(fc.nat(300_000), fc.option(fc.nat(300_000), { nil: undefined }), (hostMiB, dockerMiB) => {
          const docker = dockerMiB === undefined ? undefined : { memoryMiB: dockerMiB }
          const memoryMiB = resolveMemoryMiB('auto', { memoryMiB: hostMiB }, docker)
          expect(Number.isInteger(memoryMiB)).toBe(true)
          expect(memoryMiB).toBeLessThanOrEqual(Math.max(0, Math.min(8192, (dockerMiB ?? 1e9) - 48)))
          expect(memoryMiB).toBeGreaterThanOrEqual((dockerMiB ?? 1e9) >= 3072 + 48 ? 3000 : 0)
        }),
      ),
    ).not.toThrow()
  })
})

describe('checkMemory', () => {
  test.each([
    ['ready', 4000, 1, 16_000, undefined],
    ['warning', 4000, 1, 5_000, undefined],
    ['warning', 6000, 3, 16_000, undefined],
    ['DK6012', 17_000, 1, 16_000, undefined],
    ['DK6012', 1799, 1, 16_000, undefined],
    ['ready', 9_800, 1, 64_000, 9_900],
    ['DK6012', 10_240, 1, 64_000, 9_900],
    ['DK6012', 1_900, 1, 64_000, 1_970],
  ])('%s for %i MiB x %i of %i, Docker %s', (expected, memoryMiB, nodes, hostMiB, dockerMiB) => {
    const docker =
      dockerMiB === undefined ? undefined : { ...dockerFact, memoryMiB: dockerMiB, desktop: true }
    for (const host of [laptop, mac, windows]) {
      const found = checkMemory({ memoryMiB, nodes }, { ...host, memoryMiB: hostMiB }, docker)
      const judged = found.state === 'blocked' ? found.problem.code : found.notes ? 'warning' : found.state
      expect(judged).toBe(expected)
      expect(found.state !== 'blocked' || found.problem.next.length > 0).toBe(true)
    }
  })
})
