import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRecord, recordAnnotation, recordAnnotations } from '../../../src/images/token-record.ts'
import { lifetimeOf } from '../../../src/upkeep/lifetime.ts'
import { sourceKey } from '../../../src/upkeep/source-key.ts'

const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
const age = fc
  .record({ issuedAtMs: time, expiresAtMs: time, triedAtMs: fc.option(time, { nil: undefined }) })
  .map(({ triedAtMs, ...rest }) => ({ ...rest, ...(triedAtMs === undefined ? {} : { triedAtMs }) }))
const record = fc.record({
  source: fc.string(),
  account: fc.stringMatching(/^\d{12}$/),
  regions: fc.dictionary(fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-\d$/), age),
})

test('what annotations say is read back as it was', () => {
  fc.assert(
    fc.property(record, (each) => {
      expect(parseRecord(recordAnnotations(each))).toEqual({ ...each, regions: { ...each.regions } })
    }),
  )
})

test('people are told of the token that ends first', () => {
  const regions = {
    'eu-west-1': lifetimeOf(Date.UTC(2026, 0, 1, 8), Date.UTC(2026, 0, 1, 20)),
    'us-east-1': lifetimeOf(Date.UTC(2026, 0, 1, 2), Date.UTC(2026, 0, 1, 14)),
  }
  expect(recordAnnotations({ source: 's', account: '1', regions })).toMatchObject({
    'devk8s.dev/issued-at': '2026-01-01T02:00:00.000Z',
    'devk8s.dev/expires-at': '2026-01-01T14:00:00.000Z',
  })
})

test.each([
  undefined,
  '',
  'no JSON',
  '{}',
  'null',
  '{"source":"s","account":"1","regions":{"eu-west-1":{"issuedAt":"never","expiresAt":"2026-01-01"}}}',
  '{"source":"s","account":"1","regions":{"eu-west-1":null}}',
])('%s is no record', (text) => {
  expect(parseRecord(text === undefined ? undefined : { [recordAnnotation]: text })).toBeUndefined()
})

test('an end before the beginning is put twelve hours after it', () => {
  const now = Date.UTC(2026, 0, 1)
  expect(lifetimeOf(now, Date.UTC(2015, 0, 1)).expiresAtMs).toBe(now + 12 * 3_600_000)
  expect(lifetimeOf(now, now + 1).expiresAtMs).toBe(now + 1)
})

test('identities are told apart by profile and role, and not by region', () => {
  const keys = [{}, { profile: 'a' }, { profile: 'b' }, { roleArn: 'a' }, { profile: 'a', roleArn: 'r' }].map(
    (source) => sourceKey(source),
  )
  expect(new Set(keys).size).toBe(5)
  expect(sourceKey({ profile: 'a', region: 'eu-west-1' })).toBe(sourceKey({ profile: 'a' }))
})
