import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { Secret } from '../../../src/ports/secret.ts'
import {
  parseRecords,
  renderRecords,
  type SessionRecord,
  sessionDueAt,
} from '../../../src/roles/session-records.ts'
import { liveSessions, renderSessions } from '../../../src/roles/sessions-secret.ts'

const minute = 60_000
const record: SessionRecord = {
  source: '["dev",""]',
  account: '111122223333',
  arn: 'arn:aws:sts::111122223333:assumed-role/dev/anna',
  userId: 'AROA:anna',
  issuedAtMs: Date.UTC(2026, 10, 24, 8),
  expiresAtMs: Date.UTC(2026, 10, 24, 9),
}

describe('what is said of sessions', () => {
  test.each<[string, Partial<SessionRecord>, number]>([
    ['half of its life', {}, 30],
    ['when AWS has another one', { renewAtMs: record.issuedAtMs + 45 * minute }, 45],
    ['when the right one is asked for again', { retryAtMs: record.issuedAtMs + 15 * minute }, 15],
  ])('due at %s', (_, more, minutes) => {
    expect(sessionDueAt({ ...record, ...more })).toBe(record.issuedAtMs + minutes * minute)
  })

  test.each([
    undefined,
    '',
    '[]',
    '{"version":2,"sessions":{},"refused":{}}',
    '{"version":1,"refused":{}}',
    '{"version":1,"sessions":{}}',
    JSON.stringify({ version: 1, sessions: { developer: { ...record, account: 1 } }, refused: {} }),
    JSON.stringify({ version: 1, sessions: { developer: { ...record, renewAtMs: '8' } }, refused: {} }),
    JSON.stringify({ version: 1, sessions: { developer: { ...record, expiresAtMs: 0 } }, refused: {} }),
    JSON.stringify({ version: 1, sessions: {}, refused: { developer: { reason: 'x' } } }),
  ])('not as devk8s writes it: %s', (text) => {
    expect(parseRecords(text)).toBeUndefined()
  })

  test('whatever is in the annotation, it is read or it is not', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const parsed = parseRecords(text)
        expect(parsed === undefined || 'sessions' in parsed).toBe(true)
      }),
    )
  })
})

const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const keysOf = (key: string) => ({
  accessKeyId: `ASIA${key}`,
  secretAccessKey: Secret.of(`canary-${key}`),
  sessionToken: Secret.of(`canary-token-${key}`),
})

/** What the API server would give back of it. */
const objectOf = (rendered: Secret): KubeObject => JSON.parse(Secret.reveal(rendered)) as KubeObject

describe('the Secret', () => {
  test('gives back what was put into it, in whatever letters, and shows no key outside its data', () => {
    const all = fc.dictionary(texts, fc.record({ instead: texts, key: texts }), { maxKeys: 4 })
    fc.assert(
      fc.property(all, texts, (wanted, reason) => {
        const sessions = Object.fromEntries(
          Object.entries(wanted).map(([id, { instead }]) => [id, { ...record, instead }]),
        )
        const refused = { 'profile:x': { reason, source: 's', retryAtMs: 1 } }
        const keys = new Map(Object.entries(wanted).map(([id, { key }]) => [id, keysOf(key)]))
        const object = objectOf(renderSessions({ sessions, refused }, keys, realHashing()))
        expect(JSON.stringify(object.metadata)).not.toContain('canary')
        const live = liveSessions([object], realHashing())
        expect(live).toMatchObject({ isOurs: true, isDamaged: false })
        expect(live?.records).toEqual({ sessions, refused })
        for (const [id, { secretAccessKey }] of live?.keys ?? []) {
          expect(Secret.reveal(secretAccessKey)).toBe(`canary-${wanted[id]?.key}`)
        }
        expect(live?.keys.size).toBe(Object.keys(wanted).length)
        const text = atob((object['data'] as Readonly<Record<string, string>>)['sessions.json'] ?? '')
        expect(JSON.parse(text)).toMatchObject({ version: 1, refused: { 'profile:x': { reason } } })
      }),
    )
  })

  test('one value of another session in it: none of it counts', () => {
    const keys = new Map([['developer', keysOf('one')]])
    const object = objectOf(
      renderSessions({ sessions: { developer: record }, refused: {} }, keys, realHashing()),
    )
    const { 'sessions.json': text = '' } = object['data'] as Readonly<Record<string, string>>
    const torn = {
      ...object,
      data: { 'sessions.json': btoa(atob(text).replace('canary-one', 'canary-two')) },
    }
    const live = liveSessions([torn], realHashing())
    expect(live?.isDamaged).toBe(true)
    expect(live?.keys.size).toBe(0)
    expect(liveSessions([{ ...object, data: undefined }], realHashing())?.isDamaged).toBe(true)
    expect(liveSessions([], realHashing())).toBeUndefined()
  })

  test('what it is made of is masked in output', () => {
    const keys = new Map([['developer', keysOf('one')]])
    const secret = renderSessions({ sessions: { developer: record }, refused: {} }, keys, realHashing())
    expect(Secret.revealOrigins(secret)).toEqual(expect.arrayContaining(['canary-one', 'canary-token-one']))
    expect(String(secret)).toBe('***')
  })

  test('sorted as they were said', () => {
    const records = { sessions: { developer: record }, refused: {} }
    expect(parseRecords(renderRecords(records))).toEqual(records)
  })
})
