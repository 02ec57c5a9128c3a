import { describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { Secret } from '../../../src/ports/secret.ts'
import type { RoleRules } from '../../../src/pods/roles.ts'
import { mappingOf } from '../../../src/roles/mapping.ts'
import { idleSessions, judged } from '../../../src/roles/session-due.ts'
import { renderRecords, type SessionRecord } from '../../../src/roles/session-records.ts'
import type { LiveSessions } from '../../../src/roles/sessions-secret.ts'
import {
  mostAssumed,
  wantedAgain,
  type WantedSession,
  wantedSessions,
} from '../../../src/roles/wanted-sessions.ts'
import { agentUpkeep } from './keeper-lab.ts'

const base = 'arn:aws:iam::123456789012:role/'
const nowMs = Date.UTC(2026, 10, 24, 8)
const how = { hashing: realHashing(), nowMs }

const pod = (namespace: string, name: string, role: string, sessionName?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace,
    annotations: {
      'iam.amazonaws.com/role': role,
      ...(sessionName === undefined ? {} : { 'iam.amazonaws.com/session-name': sessionName }),
    },
  },
})

function worldOf(roles: RoleRules, objects: readonly KubeObject[] = []) {
  const agent = { ...agentUpkeep, roles, baseRoleArn: base }
  const mapping = mappingOf(agent, {}, how.hashing)
  const { wanted, left } = wantedSessions(agent, mapping, { objects, kops: undefined })
  const again = (id: string, pattern: string) => wantedAgain(id, pattern, agent, mapping)
  return { wanted, left, again, assumed: wanted.filter(({ is }) => is === 'assume') }
}

const many = (count: number, namespace: string) =>
  Array.from({ length: count }, (_, at) =>
    pod(namespace, `p${at}`, 'payments', `j${String(at).padStart(3, '0')}`),
  )

describe('which sessions there are to be', () => {
  test('two rules that reach one role: each pod has the policy of its own spelling', () => {
    const policy = [{ Effect: 'Deny', Action: '*', Resource: '*' }]
    const { assumed } = worldOf(
      {
        'x-reports': { assume: 'self', policy },
        [`${base}team/*`]: { assume: 'self', fallback: 'developer' },
      },
      [pod('shop', 'one', `${base}team/x-reports`), pod('pay', 'two', `${base}team/other`)],
    )
    expect(new Set(assumed.map(({ id }) => id)).size).toBe(2)
  })

  test('one namespace that asks for a hundred takes nobody’s place', () => {
    const { assumed, left } = worldOf({ '*': 'assume' }, [
      ...many(100, 'greedy'),
      pod('pay', 'api', 'zz-role'),
    ])
    expect(assumed).toHaveLength(26)
    expect(assumed.map(({ id }) => id)).toContain(`assume:${base}zz-role`)
    expect(left).toEqual([{ askedArn: `${base}payments`, namespace: 'greedy' }])
  })

  test('of ten that ask for twenty each, all get some', () => {
    const objects = Array.from({ length: 10 }, (_, at) => many(20, `n${at}`)).flat()
    const own = objects.map((each) => ({
      ...each,
      metadata: {
        ...each.metadata,
        annotations: { 'iam.amazonaws.com/role': `${each.metadata.namespace ?? ''}-${each.metadata.name}` },
      },
    }))
    const { assumed, left } = worldOf({ '*': 'assume' }, own)
    const ofEach = Array.from(
      { length: 10 },
      (_, at) => assumed.filter(({ id }) => id.startsWith(`assume:${base}n${at}-`)).length,
    )
    expect(ofEach).toEqual(Array.from({ length: 10 }, () => 10))
    expect(left).toHaveLength(100)
    expect(left.every(({ namespace }) => namespace === undefined)).toBe(true)
  })
})

const upkeep = { source: { profile: 'dev' }, accounts: {} }
function recordOf(wanted: WantedSession, more: Partial<SessionRecord> = {}): SessionRecord {
  const { source } = judged(wanted, undefined, upkeep, how)
  return {
    source,
    account: '123456789012',
    arn: `arn:aws:sts::123456789012:assumed-role/payments/anna`,
    userId: 'AROA:anna',
    issuedAtMs: nowMs - 60_000,
    expiresAtMs: nowMs + 3_540_000,
    ...('pattern' in wanted ? { pattern: wanted.pattern } : {}),
    ...more,
  }
}

function liveOf(records: Readonly<Record<string, SessionRecord>>): LiveSessions {
  const keys = (id: string) => ({
    accessKeyId: id,
    secretAccessKey: Secret.of('x'),
    sessionToken: Secret.of('y'),
  })
  return {
    isOurs: true,
    isDamaged: false,
    records: { sessions: records, refused: {} },
    keys: new Map(Object.keys(records).map((id) => [id, keys(id)])),
  }
}

describe('sessions that nobody asks for', () => {
  const roles = { pay: 'assume', 'x-*': { assume: 'self', fallback: 'developer' } } as const
  const asked = worldOf(roles, [
    pod('shop', 'a', 'x-1', 'job'),
    pod('shop', 'b', 'pay'),
    pod('shop', 'c', 'x-2'),
  ]).assumed
  const live = liveOf(Object.fromEntries(asked.map((each) => [each.id, recordOf(each)])))

  test('stay while they are what the profile would ask for again', () => {
    const idle = (changed: RoleRules, source = upkeep.source) =>
      idleSessions([], live, worldOf(changed).again, { ...upkeep, source }, how)
    expect(asked).toHaveLength(3)
    expect(idle(roles).toSorted()).toEqual(asked.map(({ id }) => id).toSorted())
    // Another AWS profile of the person, another policy, a rule that is gone.
    expect(idle(roles, { profile: 'other' })).toEqual([])
    expect(idle({ ...roles, 'x-*': { assume: 'self', policy: [] } })).toEqual([`assume:${base}pay`])
    expect(idle({ pay: 'assume' })).toEqual([`assume:${base}pay`])
  })

  test('count among the hundred, and the oldest go first', () => {
    const rules = { '*': 'assume' } as const
    const old = Array.from({ length: 300 }, (_, at) => {
      const [session] = worldOf(rules, [pod('shop', 'p', `old-${at}`)]).assumed
      if (session === undefined) throw new Error('none is asked for')
      return [session.id, recordOf(session, { issuedAtMs: nowMs - 1_000 * at })] as const
    })
    const { wanted, again } = worldOf(rules, many(5, 'shop'))
    const idle = idleSessions(wanted, liveOf(Object.fromEntries(old)), again, upkeep, how)
    expect(idle).toEqual(old.slice(0, mostAssumed - 5).map(([id]) => id))
  })
})

test('the records fit into an annotation, whatever AWS said of each', () => {
  const objects = Array.from({ length: 4 }, (_, n) =>
    Array.from({ length: 25 }, (__, at) => pod(`n${n}`, `p${at}`, `${base}${'p'.repeat(400)}/${n}-${at}`)),
  ).flat()
  const { wanted } = worldOf({ '*': { assume: 'self', fallback: 'developer' } }, objects)
  const long = 'No, “never”. '.repeat(200)
  const sessions = Object.fromEntries(
    wanted.map((each) => [each.id, recordOf(each, { instead: long, statement: long })]),
  )
  expect(Object.keys(sessions).length).toBeGreaterThan(50)
  const text = renderRecords({ sessions, refused: {} })
  expect(new TextEncoder().encode(text).length).toBeLessThan(256_000)
})
