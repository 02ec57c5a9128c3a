import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  awsAccessDenied,
  awsClockDiffers,
  awsMfaNeeded,
  awsSsoSignInNeeded,
  awsThrottled,
  awsUnreachable,
} from '../../../src/problems/aws.ts'
import { awsAccountDenied } from '../../../src/problems/aws-sign-in.ts'
import {
  apiForbidden,
  apiSilent,
  apiUnreachable,
  kubectlConfigUnusable,
} from '../../../src/problems/kubernetes.ts'
import { problem, type ProblemKind } from '../../../src/problems/problem.ts'
import type { Kept } from '../../../src/upkeep/renewal.ts'
import { type Memory, memoryOf, retryMs } from '../../../src/upkeep/round.ts'

const now = Date.UTC(2026, 10, 24, 12)
const minute = 60_000
const good: Kept = {
  part: 'pods',
  standing: { changes: [], detail: {}, goodUntilMs: now + 60 * minute, dueAtMs: now + 30 * minute },
  isRenewed: false,
}
const failing = (kind: ProblemKind): Kept => ({
  ...good,
  part: 'images',
  problem: problem(kind, { detail: 'No.' }),
})

describe('when a cluster is looked at next', () => {
  test('when the first of its parts is due, but within a quarter of an hour, and not within a minute', () => {
    expect(memoryOf([good], undefined, now)).toMatchObject({ state: 'fresh', lookAtMs: now + 15 * minute })
    const soon = (dueAtMs: number): Kept => ({ ...good, standing: { changes: [], detail: {}, dueAtMs } })
    expect(memoryOf([good, soon(now + 5 * minute)], undefined, now).lookAtMs).toBe(now + 5 * minute)
    expect(memoryOf([soon(now - 5)], undefined, now).lookAtMs).toBe(now + minute)
    expect(memoryOf([], undefined, now).lookAtMs).toBe(now + 15 * minute)
  })

  test.each([
    [awsSsoSignInNeeded, 'waiting'],
    [awsMfaNeeded, 'waiting'],
    [awsAccountDenied, 'waiting'],
    [awsAccessDenied, 'waiting'],
    [awsUnreachable, 'failing'],
    [awsThrottled, 'failing'],
    [awsClockDiffers, 'failing'],
    [apiForbidden, 'failing'],
    [apiUnreachable, 'stopped'],
    [apiSilent, 'stopped'],
    [kubectlConfigUnusable, 'stopped'],
  ])('%o is %s', (kind, state) => {
    const memory = memoryOf([failing(kind), good], undefined, now)
    expect(memory).toMatchObject({ state, problem: { code: kind.code } })
    expect(memory.lookAtMs).toBeGreaterThanOrEqual(now + 15_000)
  })

  test('what a person must see to is told before what passes; a stopped cluster before all', () => {
    const both = [failing(awsUnreachable), failing(awsSsoSignInNeeded)]
    expect(memoryOf(both, undefined, now).problem?.code).toBe(awsSsoSignInNeeded.code)
    expect(memoryOf([...both, failing(apiUnreachable)], undefined, now).state).toBe('stopped')
  })

  test('a stopped cluster keeps what is known of its end, and has not failed', () => {
    const before: Memory = { state: 'failing', lookAtMs: now, failures: 7, goodUntilMs: now + minute }
    const { problem: told, ...memory } = memoryOf([{ ...failing(apiUnreachable) }], before, now)
    expect(told?.code).toBe(apiUnreachable.code)
    expect(memory).toEqual({
      state: 'stopped',
      lookAtMs: now + 45_000,
      failures: 0,
      goodUntilMs: now + minute,
    })
  })

  test('what could not be looked at stands as it stood', () => {
    const before: Memory = {
      state: 'fresh',
      lookAtMs: now,
      failures: 0,
      goodUntilMs: now + 7,
      dueAtMs: now + 5,
    }
    const unseen: Kept = {
      part: 'pods',
      isRenewed: false,
      problem: problem(apiForbidden, { detail: 'No.' }),
    }
    expect(memoryOf([unseen], before, now)).toMatchObject({ goodUntilMs: now + 7, dueAtMs: now + 5 })
    // Seen, and with no end: then there is none.
    const seen: Kept = { ...failing(apiForbidden), standing: { changes: [], detail: {} } }
    expect(memoryOf([seen], before, now)).not.toHaveProperty('goodUntilMs')
  })

  test('each failure waits longer than the one before, up to ten minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (failures) => {
        expect(retryMs(failures + 1)).toBeGreaterThanOrEqual(retryMs(failures))
        expect(retryMs(failures)).toBeLessThanOrEqual(10 * minute)
      }),
    )
    expect([1, 2, 3, 4, 5, 6, 7].map((failures) => retryMs(failures) / 1000)).toEqual([
      15, 30, 60, 120, 240, 480, 600,
    ])
  })
})
