import { describe, expect, test } from 'vitest'
import { clusterState, startFinished, type Evidence } from '../../../src/minikube/cluster-state.ts'
import { parseAddonsList, parseProfileList } from '../../../src/minikube/lists.ts'
import { isReadableMachineConfig, parseProfileConfig } from '../../../src/minikube/profile-config.ts'
import { parseStatus } from '../../../src/minikube/status.ts'
import { halfMadeConfig, recordedConfig, recording } from '../../steps/cluster-world.ts'

describe('status', () => {
  test.each([
    ['running-k8s-003', 'nodes'],
    ['running-k8s-036', 'nodes'],
    ['138', 'no-node'],
    ['running-k8s-049', 'no-node'],
    ['running-k8s-102', 'no-node'],
    ['running-k8s-143', 'no-node'],
    ['007', 'no-profile'],
    ['running-k8s-148', 'refused'],
    ['running-133', 'refused'],
    ['running-117', 'unreadable'],
  ])('%s: %s', (number, kind) => {
    const { stdout, exitCode } = recording(number)
    expect(parseStatus(stdout, exitCode).kind).toBe(kind)
  })

  test('several nodes come as an array', () => {
    const node = (name: string, worker: boolean): object => ({
      Name: name,
      Host: 'Running',
      Kubelet: 'Running',
      APIServer: worker ? 'Irrelevant' : 'Running',
      Kubeconfig: worker ? 'Irrelevant' : 'Configured',
      Worker: worker,
    })
    const status = parseStatus(JSON.stringify([node('devk8s', false), node('devk8s-m02', true)]), 0)
    expect(status).toMatchObject({ kind: 'nodes', nodes: [{ worker: false }, { worker: true }] })
    expect(clusterState({ ...whole, status })).toEqual({ kind: 'running' })
  })
})

const config = parseProfileConfig(recordedConfig())
const whole: Evidence = {
  config,
  machine: 'present',
  hasMachineFolder: true,
  isOwn: true,
  hasCertificates: true,
  startFinished: true,
}

function stateOf(number: string, evidence: Partial<Evidence> = {}): unknown {
  const { stdout, exitCode } = recording(number)
  return clusterState({ ...whole, status: parseStatus(stdout, exitCode), ...evidence })
}

describe('state', () => {
  const halfMade = parseProfileConfig(halfMadeConfig())
  const early = { config: halfMade, hasCertificates: false } as const
  test.each<[string, Partial<Evidence>, object]>([
    ['running-k8s-003', {}, { kind: 'running' }],
    ['running-k8s-003', { hasCertificates: false }, { kind: 'running' }],
    ['running-k8s-003', { startFinished: false }, { kind: 'degraded' }],
    ['running-k8s-036', {}, { kind: 'stopped' }],
    ['running-107', {}, { kind: 'paused' }],
    ['running-k8s-115', {}, { kind: 'degraded' }],
    ['running-k8s-139', early, { kind: 'half-made', stuck: true }],
    ['running-k8s-068', early, { kind: 'half-made', stuck: true }],
    // A node with an address is not half-made, whatever runs in it.
    ['running-k8s-068', { hasCertificates: false }, { kind: 'degraded' }],
    ['running-003', { hasCertificates: false }, { kind: 'degraded' }],
    [
      'running-k8s-049',
      { hasCertificates: false, container: 'gone', hasVolume: true },
      { kind: 'container-gone', hasVolume: true },
    ],
    ['running-k8s-134', early, { kind: 'half-made', stuck: false }],
    ['running-k8s-049', { container: 'gone', hasVolume: true }, { kind: 'container-gone', hasVolume: true }],
    [
      'running-k8s-049',
      { container: 'gone', hasVolume: false },
      { kind: 'container-gone', hasVolume: false },
    ],
    ['running-k8s-049', { container: 'present' }, { kind: 'degraded' }],
    ['running-k8s-102', { container: 'unreachable' }, { kind: 'driver-silent' }],
    ['running-k8s-102', { ...early, container: 'unreachable' }, { kind: 'driver-silent' }],
    ['running-k8s-143', { machine: 'damaged' }, { kind: 'damaged', part: 'machine', missing: false }],
    ['running-k8s-003', { machine: 'absent' }, { kind: 'damaged', part: 'machine', missing: true }],
    ['running-k8s-148', { config: 'damaged' }, { kind: 'damaged', part: 'profile' }],
    ['running-k8s-148', {}, { kind: 'damaged', part: 'profile' }],
    ['007', {}, { kind: 'absent' }],
    ['running-117', {}, { kind: 'unreadable' }],
  ])('%s with %o', (number, evidence, expected) => {
    expect(stateOf(number, evidence)).toMatchObject(expected)
  })

  test('a virtual machine that is not there any more', () => {
    const gone = '{"Name":"devk8s","Host":"Nonexistent","Kubelet":"Nonexistent","APIServer":"Nonexistent"}'
    const status = parseStatus(gone, 7)
    expect(clusterState({ ...whole, status })).toEqual({ kind: 'container-gone', hasVolume: false })
    expect(clusterState({ ...whole, ...early, status })).toMatchObject({ kind: 'half-made' })
  })

  test('another refusal is passed on with its name', () => {
    const status = {
      kind: 'refused',
      error: { name: 'GUEST_STATUS', message: 'm', advice: '', exitCode: 80 },
    } as const
    expect(clusterState({ ...whole, status })).toEqual({ kind: 'unreadable', text: 'GUEST_STATUS: m' })
    expect(clusterState(whole)).toMatchObject({ kind: 'unreadable' })
  })

  const nothing = { ...whole, config: undefined, machine: 'absent', hasMachineFolder: false } as const
  const lost = { kind: 'damaged', part: 'profile', missing: true }
  test.each<[string, Partial<Evidence>, object]>([
    ['nothing at all', {}, { kind: 'absent' }],
    ['nothing in Docker', { container: 'gone', hasVolume: false }, { kind: 'absent' }],
    ['a machine folder', { hasMachineFolder: true }, lost],
    ['a container', { container: 'present' }, lost],
    ['a volume', { container: 'gone', hasVolume: true }, lost],
    ['an own cluster and no Docker', { container: 'unreachable' }, { kind: 'driver-silent' }],
    ['no cluster and no Docker', { container: 'unreachable', isOwn: false }, { kind: 'absent' }],
  ])('no profile, but %s', (_name, evidence, expected) => {
    expect(clusterState({ ...nothing, ...evidence })).toEqual(expected)
  })
})

describe('events.json', () => {
  test.each([
    ['running-k8s-001', true],
    ['running-k8s-113', true],
    ['running-k8s-141', false],
    ['running-k8s-072', false],
    // Stop writes the same file.
    ['running-k8s-035', true],
  ])('%s: finished %s', (number, finished) => {
    expect(startFinished(recording(number).stdout)).toBe(finished)
  })

  test('no file, or an empty one, says nothing', () => {
    expect([startFinished(undefined), startFinished('')]).toEqual([true, true])
  })
})

describe('config.json', () => {
  test('the recorded one', () => {
    expect(config).toMatchObject({
      name: 'devk8s',
      driver: 'docker',
      cpus: 2,
      memoryMiB: 6000,
      diskMiB: 20000,
      kubernetes: 'v1.35.1',
      runtime: 'docker',
      serviceCidr: '10.96.0.0/12',
      ports: [],
      nodes: [{ name: '', ip: '192.168.58.2' }],
      addons: { 'default-storageclass': true, 'storage-provisioner': true },
    })
  })

  test('options and lists, and null where minikube has none', () => {
    const text = JSON.stringify({
      Name: 'x',
      Driver: 'docker',
      ExposedPorts: ['127.0.0.1:80:80', 7],
      KubernetesConfig: {
        ExtraOptions: [{ Component: 'apiserver', Key: 'v', Value: '2' }],
        FeatureGates: 'A=true',
      },
      Nodes: null,
      Addons: null,
    })
    expect(parseProfileConfig(text)).toMatchObject({
      ports: ['127.0.0.1:80:80'],
      extraOptions: [{ component: 'apiserver', key: 'v', value: '2' }],
      featureGates: 'A=true',
      nodes: [],
      addons: {},
    })
  })

  test.each(['', '{', '[]', 'null', '{}', '{"Name":"x"}', recordedConfig().slice(0, 900)])(
    'damaged: %j',
    (text) => {
      expect(parseProfileConfig(text)).toBe('damaged')
    },
  )

  test('machine config', () => {
    expect([isReadableMachineConfig('{}'), isReadableMachineConfig('{"a":')]).toEqual([true, false])
  })
})

describe('lists', () => {
  test('profile list: valid, invalid, broken', () => {
    expect(parseProfileList(recording('139').stdout)).toMatchObject([
      { name: 'minikube', status: '', isValid: true },
    ])
    expect(parseProfileList(recording('078').stdout)).toMatchObject([{ isValid: false }])
    expect(parseProfileList(recording('running-k8s-149').stdout)).toMatchObject([
      { name: 'devk8s', isValid: false },
    ])
    expect(parseProfileList('{"error":{}}')).toBeUndefined()
    expect(parseProfileList('panic: runtime error')).toBeUndefined()
  })

  test('addons list: with and without a profile', () => {
    const none = parseAddonsList(recording('016').stdout) ?? {}
    expect(Object.keys(none).length).toBe(39)
    expect(Object.values(none).every((on) => !on)).toBe(true)
    expect(parseAddonsList(recording('running-k8s-018').stdout)).toMatchObject({ 'metrics-server': true })
    expect(parseAddonsList('nothing')).toBeUndefined()
  })
})
