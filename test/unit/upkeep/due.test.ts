import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renewAt, shortestPauseMs } from '../../../src/upkeep/due.ts'

const minute = 60_000
const hour = 60 * minute
const issued = Date.parse('2026-11-24T12:00:00Z')
const year2015 = Date.parse('2015-01-01T00:00:00Z')

describe('renewAt', () => {
  test.each([
    ['a session of twelve hours', 12 * hour, 6 * hour],
    ['a role of an hour', hour, 30 * minute],
    ['forty minutes', 40 * minute, 20 * minute],
    ['aws login, a quarter of an hour', 15 * minute, 7.5 * minute],
    ['a life so short that its half is below the pause', 90_000, minute],
    ['a life of nothing', 1, minute],
  ])('%s', (_name, life, after) => {
    expect(renewAt(issued, issued + life) - issued).toBe(after)
  })

  test('an end in 2015 counts as not told: six hours', () => {
    expect(renewAt(issued, year2015) - issued).toBe(6 * hour)
    expect(renewAt(issued, issued) - issued).toBe(6 * hour)
  })

  test('never sooner than the pause, whatever the clocks say', () => {
    fc.assert(
      fc.property(fc.nat(4e12), fc.nat(4e12), (from, to) => {
        expect(renewAt(from, to) - from).toBeGreaterThanOrEqual(shortestPauseMs)
      }),
    )
  })

  test('before the end, and with twenty minutes left to all that live for forty', () => {
    fc.assert(
      fc.property(fc.nat(2e12), fc.integer({ min: 2 * minute, max: 36 * hour }), (from, life) => {
        const left = from + life - renewAt(from, from + life)
        expect(left).toBeGreaterThan(0)
        expect(life < 40 * minute || left >= 20 * minute).toBe(true)
      }),
    )
  })

  test('a longer life is never renewed sooner', () => {
    fc.assert(
      fc.property(fc.nat(2e12), fc.nat(36 * hour), fc.nat(hour), (from, life, more) => {
        const [shorter, longer] = [from + 1 + life, from + 1 + life + more]
        expect(renewAt(from, longer)).toBeGreaterThanOrEqual(renewAt(from, shorter))
      }),
    )
  })
})
