import { mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { awsPlaces, fileIn } from '../../../src/upkeep/places.ts'
import {
  earliest,
  keepStandings,
  parseStandings,
  partStandingOf,
  readStandings,
} from '../../../src/upkeep/standings.ts'
import { clockText, leftText, untilText } from '../../../src/upkeep/until.ts'
import { networkDown, upkeepOf } from './keeping-lab.ts'

const now = Date.UTC(2026, 10, 24, 12)

describe('standings', () => {
  test('are kept by part, for the owner alone, and forgotten with the part', async () => {
    const files = realFiles()
    const places = awsPlaces({ state: await mkdtemp(join(tmpdir(), 'devk8s-standing-')) }, 'linux')
    const { pods: _pods, ...without } = upkeepOf()
    const upkeep = upkeepOf()
    await keepStandings(files, places, upkeep, { pods: { goodUntilMs: 20, dueAtMs: 10 } })
    await keepStandings(files, places, upkeep, { policies: {} })
    expect(await readStandings(files, places, 'devk8s')).toEqual({
      policies: {},
      pods: { goodUntilMs: 20, dueAtMs: 10 },
    })
    expect((await stat(fileIn(places.standings, 'devk8s'))).mode & 0o777).toBe(0o600)
    await keepStandings(files, places, without, { policies: {} })
    expect(await readStandings(files, places, 'devk8s')).toEqual({ policies: {} })
  })

  test('whatever is in the file, nothing crashes, and what is no time is left out', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(parseStandings(text)).toBeTypeOf('object')
      }),
    )
    expect(parseStandings(undefined)).toEqual({})
    const text = '{"parts":{"pods":{"goodUntilMs":"soon","dueAtMs":7,"failure":{"atMs":1}},"other":{}}}'
    expect(parseStandings(text)).toEqual({ pods: { dueAtMs: 7 } })
  })

  test('what lacks anything is due at once, and a failure is kept with its time', () => {
    const change = { field: 'Secret shop/aws-credentials', effect: 'create' } as const
    expect(
      partStandingOf({ changes: [change], dueAtMs: now + 5, goodUntilMs: now + 9, detail: {} }, now),
    ).toEqual({
      dueAtMs: now,
      goodUntilMs: now + 9,
    })
    expect(partStandingOf({ changes: [], detail: {} }, now, networkDown)).toEqual({
      failure: { atMs: now, code: networkDown.code, detail: networkDown.detail },
    })
  })

  test('all is good until the first ends, and due when the first is', () => {
    const images = { goodUntilMs: 12, dueAtMs: 6 }
    expect(earliest({ policies: {}, images, pods: { goodUntilMs: 9, dueAtMs: 7 } })).toEqual({
      goodUntilMs: 9,
      dueAtMs: 6,
    })
    expect(earliest({ policies: {} })).toEqual({})
  })
})

describe('times for people', () => {
  const at = new Date(2026, 10, 24, 14, 32).getTime()

  test.each([
    [at - 3 * 3_600_000, '14:32 (3 h)'],
    [at - 3_660_000, '14:32 (1 h 1 min)'],
    [at - 59_000, '14:32 (59 s)'],
    [at - 59_999, '14:32 (1 min)'],
    [at - 3_599_000, '14:32 (1 h)'],
    [at - (12 * 3_600_000 - 5_000), '14:32 (12 h)'],
    [at - 300_000, '14:32 (5 min)'],
    [at - 24 * 3_600_000, '2026-11-24 14:32 (24 h)'],
    [at - 72 * 3_600_000, '2026-11-24 14:32 (3 d)'],
    [at, 'over since 14:32'],
    [at + 26 * 3_600_000, 'over since 2026-11-24 14:32'],
  ])('at %d: %s', (nowMs, expected) => {
    expect(untilText(at, nowMs)).toBe(expected)
  })

  test('are right to half of the smallest unit that is told', () => {
    fc.assert(
      fc.property(fc.nat(90 * 24 * 3_600_000), (leftMs) => {
        const units = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
        const words = leftText(leftMs).split(' ')
        let told = 0
        let smallest = 0
        for (let index = 0; index < words.length; index += 2) {
          smallest = units[words[index + 1] as keyof typeof units]
          told += Number(words[index]) * smallest
        }
        expect(Math.abs(told - leftMs)).toBeLessThanOrEqual(smallest / 2)
        expect(clockText(at, at)).toBe('14:32')
      }),
    )
  })
})
