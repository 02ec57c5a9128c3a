import { describe, expect, test } from 'vitest'

import { agentConfig } from '../../../src/agent/config.ts'
import { parseKops } from '../../../src/agent/kops.ts'
import { parseMapping } from '../../../src/agent/mapping-in.ts'
import { followedBy, noSessions, type Sessions } from '../../../src/agent/sessions.ts'
import { mapping, session } from './samples.ts'

const nowMs = Date.parse('2026-05-05T12:00:00Z')
const good = session({ expiresAt: '2026-05-05T13:00:00Z' })
const renewed = session({ accessKeyId: 'ASIACANARYCANARY0002', expiresAt: '2026-05-05T14:00:00Z' })
const expired = session({ accessKeyId: 'ASIACANARYCANARY0003', expiresAt: '2026-05-05T11:00:00Z' })
const held: Sessions = {
  sessions: new Map([['developer', good]]),
  refused: new Map([['x', { reason: 'no' }]]),
}

const document = (developer: unknown, more: object = {}) =>
  JSON.stringify({ version: 1, sessions: developer === undefined ? {} : { developer }, refused: {}, ...more })
const after = (text: string | undefined, before = held, atMs = nowMs) => followedBy(before, text, atMs)

describe('sessions are followed', () => {
  test.each([
    ['by a renewed one', document(renewed), renewed],
    [
      'by a renewed one with words',
      document({ ...renewed, instead: 'the role is not there' }),
      { ...renewed, instead: 'the role is not there' },
    ],
    ['by nothing, when an intact document has none', document(undefined), undefined],
    [
      'by an earlier one that is still good',
      document({ ...good, expiresAt: '2026-05-05T12:01:00Z' }),
      { ...good, expiresAt: '2026-05-05T12:01:00Z' },
    ],
  ])('%s', (_what, text, next) => {
    const { sessions, faults } = after(text)
    expect(sessions.sessions.get('developer')).toEqual(next)
    expect(sessions.refused.size).toBe(0)
    expect(faults).toEqual([])
  })
})

describe('good sessions stay', () => {
  test.each([
    ['no key in the Secret', undefined],
    ['an empty text', ''],
    ['half a document', document(renewed).slice(0, 200)],
    ['a list', '[]'],
    ['another version', JSON.stringify({ version: 2, sessions: {}, refused: {} })],
    ['no sessions', JSON.stringify({ version: 1, refused: {} })],
    ['no refused', JSON.stringify({ version: 1, sessions: {} })],
  ])('after a document with %s', (_what, text) => {
    const { sessions, faults } = after(text)
    expect(sessions).toBe(held)
    expect(faults).toHaveLength(1)
  })

  test.each([
    ['that has expired', expired, 0],
    ['that is null', null, 1],
    ['without its key', { ...renewed, accessKeyId: undefined }, 1],
    ['with an empty secret', { ...renewed, secretAccessKey: '' }, 1],
    ['with a newline in its secret', { ...renewed, secretAccessKey: 'a\nb' }, 1],
    ['without its token', { ...renewed, sessionToken: undefined }, 1],
    ['of an account that is none', { ...renewed, account: '1234' }, 1],
    ['of an arn that is none', { ...renewed, arn: 'me' }, 1],
    ['of nobody', { ...renewed, userId: 7 }, 1],
    ['with an end that is no time', { ...renewed, expiresAt: '2026-99-99T00:00:00Z' }, 1],
    ['with an end in seconds', { ...renewed, expiresAt: 1_900_000_000 }, 1],
    ['with words that are none', { ...renewed, instead: {} }, 1],
  ])('after one %s', (_what, entry, count) => {
    const { sessions, faults } = after(document(entry))
    expect(sessions.sessions.get('developer')).toEqual(good)
    expect(faults).toHaveLength(count)
    expect(faults.join()).not.toContain(session().secretAccessKey)
    expect(faults.join()).not.toContain(session().sessionToken)
  })

  test('until they expire', () => {
    const later = Date.parse('2026-05-05T13:00:01Z')
    expect(after(document(expired), held, later).sessions.sessions.get('developer')).toEqual(expired)
    expect(after('{', held, later).sessions.sessions.get('developer')).toEqual(good)
  })

  test('and one that is damaged takes no other with it', () => {
    const text = JSON.stringify({
      version: 1,
      sessions: { developer: renewed, 'profile:a': { ...renewed, arn: '' }, __proto__x: renewed },
      refused: { 'profile:b': { reason: 'AccessDenied', next: 'devk8s aws login b' }, 'profile:c': {} },
    })
    const { sessions, faults } = after(text, noSessions)
    expect([...sessions.sessions.keys()]).toEqual(['developer', '__proto__x'])
    expect([...sessions.refused]).toEqual([
      ['profile:b', { reason: 'AccessDenied', next: 'devk8s aws login b' }],
    ])
    expect(faults).toEqual([
      'session "profile:a": arn is not what it should be',
      'refused "profile:c": lacks its reason',
    ])
  })
})

describe('the mapping', () => {
  const whole = mapping({
    baseRoleArn: 'arn:aws:iam::111122223333:role/',
    rules: [
      { pattern: 'a', expression: '^a$', gives: { is: 'deny' } },
      { pattern: 'b', expression: '^b$', gives: { is: 'assume', twin: true } },
      { pattern: 'c', expression: '^c$', gives: { is: 'profile', profile: 'x' } },
    ],
    associations: [{ namespace: 'a', serviceAccount: 'b', roleArn: 'arn', cluster: 'c', externalId: 'd' }],
  })

  test('is read whole', () => {
    expect(parseMapping(JSON.stringify(whole))).toEqual(whole)
    expect(parseMapping(JSON.stringify(mapping()))).toEqual(mapping())
  })

  test.each([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['another version', JSON.stringify({ ...whole, version: 2 })],
    ['no rules', JSON.stringify({ ...whole, rules: undefined })],
    [
      'an expression that is none',
      JSON.stringify({ ...whole, rules: [{ ...whole.rules[0], expression: '(' }] }),
    ],
    ['an unknown gift', JSON.stringify({ ...whole, rules: [{ ...whole.rules[0], gives: { is: 'all' } }] })],
    [
      'a twin that is not said',
      JSON.stringify({ ...whole, rules: [{ ...whole.rules[0], gives: { is: 'assume' } }] }),
    ],
    [
      'a profile without a name',
      JSON.stringify({ ...whole, rules: [{ ...whole.rules[0], gives: { is: 'profile' } }] }),
    ],
    ['half an association', JSON.stringify({ ...whole, associations: [{ namespace: 'a' }] })],
    ['another mode', JSON.stringify({ ...whole, restrictions: { mode: 'off', format: 'glob' } })],
    ['no word on IMDSv1', JSON.stringify({ ...whole, imdsV1: undefined })],
    ['a region that is none', JSON.stringify({ ...whole, region: 7 })],
  ])('is not read at all with %s', (_what, text) => {
    expect(parseMapping(text)).toBeUndefined()
  })
})

describe("kOps' mapping", () => {
  test.each([
    [
      'as kOps writes it',
      '{"a/b":{"RoleARN":"r","Audience":"x","UseRegionalSTS":true}}',
      { 'a/b': { roleArn: 'r' } },
    ],
    ['any namespace', '{"*/b":{"RoleARN":"r"}}', { '*/b': { roleArn: 'r' } }],
    ['in the case of Go', '{"a/b":{"rolearn":"r"}}', { 'a/b': { roleArn: 'r' } }],
    [
      'without a role, without a slash, without a name',
      '{"a/b":{},"c":{"RoleARN":"r"},"/d":{"RoleARN":"r"},"e/f":null}',
      {},
    ],
    ['no JSON', '{', undefined],
    ['nothing', undefined, undefined],
  ])('%s', (_what, text, read) => {
    expect(parseKops(text)).toEqual(read)
  })
})

describe('the environment', () => {
  test('has defaults inside a cluster', () => {
    expect(
      agentConfig({ KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }),
    ).toMatchObject({
      apiUrl: 'https://10.96.0.1:443',
      tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      address: '169.254.170.23',
      port: 8170,
      node: undefined,
    })
  })

  test('takes an IPv6 cluster and a plain API server', () => {
    expect(agentConfig({ KUBERNETES_SERVICE_HOST: 'fd00::1' }).apiUrl).toBe('https://[fd00::1]:443')
    expect(agentConfig({ DEVK8S_AGENT_API_URL: 'http://127.0.0.1:1/' })).toMatchObject({
      apiUrl: 'http://127.0.0.1:1',
      caFile: undefined,
    })
  })

  test.each([
    [{}, /KUBERNETES_SERVICE_HOST/],
    [{ DEVK8S_AGENT_API_URL: 'ftp://x' }, /ftp:\/\/x/],
    [{ DEVK8S_AGENT_API_URL: 'http://x', DEVK8S_AGENT_PORT: '70000' }, /70000/],
    [{ DEVK8S_AGENT_API_URL: 'http://x', DEVK8S_AGENT_PORT: '80a' }, /80a/],
  ])('%j is refused with the value', (env, words) => {
    expect(() => agentConfig(env)).toThrow(words)
  })
})
