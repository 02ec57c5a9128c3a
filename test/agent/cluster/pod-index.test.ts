import { describe, expect, test } from 'vitest'

import { overlong, readAccount, readNamespace, readPod, type KnownPod } from '../../../src/agent/objects.ts'
import { PodIndex } from '../../../src/agent/pod-index.ts'
import { restrictedBy } from '../../../src/agent/restrictions.ts'

interface Of {
  readonly phase?: string
  readonly ending?: boolean
  readonly host?: boolean
  /** s since the test's zero. */
  readonly started?: number
}

const timeOf = (seconds: number) => new Date(seconds * 1000).toISOString()

function pod(uid: string, address?: string, of: Of = {}): KnownPod {
  const known = readPod({
    metadata: {
      uid,
      name: uid,
      namespace: 'shop',
      ...(of.ending ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: of.host ? { hostNetwork: true } : {},
    status: {
      phase: of.phase ?? 'Running',
      ...(address ? { podIPs: [{ ip: address }] } : {}),
      ...(of.started === undefined
        ? {}
        : { containerStatuses: [{ state: { running: { startedAt: timeOf(of.started) } } }] }),
    },
  })
  if (!known) throw new Error('no pod')
  return known
}

/** Outside of a pod: addresses are taken as they are told. */
const newIndex = () => new PodIndex({ uid: undefined, startedAtMs: 0 }, () => 0)
const nameAt = (index: PodIndex, address: string) => {
  const found = index.byAddress(address)
  return typeof found === 'object' ? found.uid : found
}

/** Puts them one after the other and says whose the address is then. */
function ownerAfter(...pods: readonly KnownPod[]): string | undefined {
  const index = newIndex()
  pods.forEach((each) => index.put(each))
  return nameAt(index, '10.0.0.1')
}

const ip = '10.0.0.1'

describe('an address is that of', () => {
  test.each([
    ['the one that took it last', [pod('a', ip), pod('b', ip)], 'b'],
    ['the one that is not over', [pod('b', ip), pod('a', ip), pod('a', ip, { phase: 'Succeeded' })], 'b'],
    ['the next after a failure', [pod('a', ip, { phase: 'Failed' }), pod('b', ip)], 'b'],
    ['the new one, though the old one is told of again', [pod('a', ip), pod('b', ip), pod('a', ip)], 'b'],
    ['the one that is not being deleted', [pod('b', ip), pod('a', ip, { ending: true })], 'b'],
    ['the one being deleted, as long as there is no other', [pod('a', ip, { ending: true })], 'a'],
    ['a pod of its own network before those of the node', [pod('a', ip), pod('h', ip, { host: true })], 'a'],
    ['a pod of the node where it is the only one', [pod('h', ip, { host: true })], 'h'],
    [
      'the node, where several could be meant',
      [pod('h', ip, { host: true }), pod('i', ip, { host: true })],
      'node',
    ],
    ['nobody while another may have it by now', [pod('a', ip, { ending: true }), pod('new')], undefined],
    [
      'the ending one, if the new one is another',
      [pod('a', ip, { ending: true }), pod('b', '10.0.0.2')],
      'a',
    ],
    [
      'the ending one, if the new one is on the network of the node',
      [pod('a', ip, { ending: true }), pod('h', undefined, { host: true })],
      'a',
    ],
    ['nobody when all are over', [pod('a', ip, { phase: 'Succeeded' })], undefined],
    ['nobody once it is another', [pod('a', ip), pod('a', '10.0.0.2')], undefined],
  ])('%s', (_what, pods, owner) => {
    expect(ownerAfter(...pods)).toBe(owner)
  })
})

describe('the index', () => {
  test('forgets what a list no longer has, and keeps who took an address first', () => {
    const index = newIndex()
    index.put(pod('a', ip))
    index.put(pod('b', ip))
    index.replace([pod('b', ip), pod('c', '10.0.0.3')])
    expect([index.byUid('a'), nameAt(index, ip), nameAt(index, '10.0.0.3')]).toEqual([undefined, 'b', 'c'])
    index.replace([])
    expect([index.byUid('b'), index.byAddress(ip)]).toEqual([undefined, undefined])
  })

  test('takes of two in one list the one that started later', () => {
    const [early, late] = [pod('a', ip, { started: 100 }), pod('b', ip, { started: 200 })]
    for (const list of [
      [early, late],
      [late, early],
    ]) {
      const index = newIndex()
      index.replace(list)
      expect(nameAt(index, ip)).toBe('b')
    }
  })
})

describe('after the node has started again', () => {
  /** The agent's process starts at 1,000 s; `own` is what the API server says of its pod. */
  function lab(own: { readonly started?: number; readonly initAgain?: number }, nowS: number) {
    const index = new PodIndex({ uid: 'agent', startedAtMs: 1_000_000 }, () => nowS * 1000)
    const agent = pod('agent', '192.168.49.2', { host: true, started: own.started ?? 1000 })
    const again = own.initAgain === undefined ? undefined : own.initAgain * 1000
    index.replace([
      { ...agent, sandboxAgainAtMs: again },
      pod('stale', '10.0.0.1', { started: 500 }),
      pod('fresh', '10.0.0.2', { started: 999 }),
    ])
    return index
  }

  test.each([
    ['nothing is taken before the kubelet has told of the agent itself', { started: 400 }, 1001, []],
    ['only what has started since', { initAgain: 998 }, 1001, ['fresh']],
    ['everything where the agent alone was started', {}, 1001, ['stale', 'fresh']],
    ['everything once two minutes have passed', { initAgain: 998 }, 1121, ['stale', 'fresh']],
    ['everything where the sandbox is older', { initAgain: 700 }, 1001, ['stale', 'fresh']],
  ])('%s', (_what, own, nowS, taken) => {
    const index = lab(own, nowS)
    const found = ['10.0.0.1', '10.0.0.2'].map((address) => nameAt(index, address))
    expect(found.filter((name) => name !== undefined)).toEqual(taken)
    const told = ['stale', 'fresh'].filter((uid) => index.byUid(uid)?.addresses.length !== 0)
    expect(told).toEqual(taken)
  })

  test('an address is known with the new start', () => {
    const index = lab({ initAgain: 998 }, 1001)
    index.put(pod('other', '10.0.0.1', { started: 1001 }))
    expect(nameAt(index, '10.0.0.1')).toBe('other')
    index.put(pod('stale', '10.0.0.3', { started: 1002 }))
    expect([nameAt(index, '10.0.0.1'), nameAt(index, '10.0.0.3')]).toEqual(['other', 'stale'])
  })
})

describe('a pod is cut down', () => {
  test('to the marks that can count, and its addresses once each', () => {
    const read = readPod({
      metadata: {
        uid: 'u',
        name: 'n',
        namespace: 's',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
          'iam.amazonaws.com/role': 'r',
          'iam.amazonaws.com/other': 'x',
        },
        labels: { app: 'x', 'devk8s.dev/aws': 'on', 'eks.amazonaws.com/skip-pod-identity-webhook': '' },
        managedFields: [{}],
      },
      spec: { serviceAccountName: 'sa', containers: [{ env: [{ name: 'PASSWORD', value: 'secret' }] }] },
      status: { phase: 'Pending', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
    })
    expect(read).toEqual({
      isEnding: false,
      startedAtMs: undefined,
      sandboxAgainAtMs: undefined,
      view: {
        uid: 'u',
        name: 'n',
        namespace: 's',
        serviceAccount: 'sa',
        annotations: { 'iam.amazonaws.com/role': 'r' },
        labels: { 'devk8s.dev/aws': 'on', 'eks.amazonaws.com/skip-pod-identity-webhook': '' },
        addresses: ['10.0.0.1', 'fd00::1'],
        hostNetwork: false,
        isOver: false,
      },
    })
  })

  test.each([
    [null],
    [{}],
    [{ metadata: { name: 'a' } }],
    ['x'],
    [{ metadata: { name: 'a', namespace: 'b', uid: 7 } }],
  ])('%j is none', (object) => {
    expect(readPod(object)).toBeUndefined()
  })

  test('a value that is too long is none that can be read, and is not kept', () => {
    const long = 'x'.repeat(250_000)
    const account = readAccount({
      metadata: { uid: 'u', name: 'n', namespace: 's', annotations: { 'eks.amazonaws.com/role-arn': long } },
    })
    const namespace = readNamespace({
      metadata: { name: 's', annotations: { 'iam.amazonaws.com/permitted': long, other: long } },
    })
    expect(account?.annotations).toEqual({ 'eks.amazonaws.com/role-arn': overlong })
    expect(namespace?.annotations).toEqual({ 'iam.amazonaws.com/permitted': overlong })
    const role = { arn: 'arn:aws:iam::1:role/x', namespace: 's', baseRoleArn: '' }
    const restricted = ['iam.amazonaws.com/permitted', 'iam.amazonaws.com/allowed-roles'].map((name) =>
      restrictedBy(role, { [name]: overlong }, 'glob'),
    )
    expect(restricted).toEqual([
      expect.stringContaining('cannot be read'),
      expect.stringContaining('no JSON list'),
    ])
  })
})
