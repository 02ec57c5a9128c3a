import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import { applyArgs } from '../../../src/kube/apply.ts'
import { ingressAddresses, nodeAddress } from '../../../src/kube/ingress.ts'
import { getArgs, kubectlCommand } from '../../../src/kube/kubectl.ts'
import { resourcesFor } from '../../../src/kube/live.ts'
import { keyOf, resourceOf, titleOf } from '../../../src/kube/object.ts'
import { hashAnnotation, managedLabel, objectChanges, stampObjects } from '../../../src/kube/objects.ts'

const object = (name: string, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...extra,
})
const stamp = (...objects: ReturnType<typeof object>[]) => stampObjects(objects, realHashing())
const hashOf = (one: ReturnType<typeof object>) => stamp(one)[0]?.metadata.annotations?.[hashAnnotation]

describe('commands', () => {
  const target = { program: '/opt/kubectl', kubeconfig: '/data/kubeconfig/devk8s', context: 'devk8s' }

  test("always name kubeconfig, context and a time limit, and keep the user's kuberc out", () => {
    expect(
      kubectlCommand(target, getArgs(['Namespace', 'Deployment.apps'], { selector: 'a=b' }), {
        changes: false,
      }),
    ).toEqual({
      tool: 'kubectl',
      program: '/opt/kubectl',
      args: [
        '--kubeconfig',
        '/data/kubeconfig/devk8s',
        '--context',
        'devk8s',
        '--request-timeout=15s',
        'get',
        'Namespace,Deployment.apps',
        '-A',
        '-l',
        'a=b',
        '-o',
        'json',
      ],
      env: { KUBERC: 'off' },
      changes: false,
    })
  })

  test('get in one namespace; apply on the server without force', () => {
    expect(getArgs(['Pod'], { namespace: 'shop' })).toEqual(['get', 'Pod', '-n', 'shop', '-o', 'json'])
    expect(applyArgs()).toEqual([
      'apply',
      '--server-side',
      '--field-manager=devk8s',
      '--force-conflicts=false',
      '-f',
      '-',
    ])
  })

  test('steps with the usual kinds ask for the same, others add theirs', () => {
    const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'a' } }
    const gadget = { apiVersion: 'example.dev/v1', kind: 'Gadget', metadata: { name: 'a' } }
    expect(resourcesFor([object('a'), ingress])).toEqual(resourcesFor([]))
    expect(resourcesFor([gadget, gadget, object('a')])).toEqual([...resourcesFor([]), 'Gadget.example.dev'])
  })
})

describe('stamps', () => {
  test('leave what is there, the managed-by label of somebody else included', () => {
    const helm = object('a', {
      metadata: { name: 'a', labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { x: 'y' } },
    })
    const [stamped] = stamp(helm)
    expect(stamped?.metadata.labels).toEqual({
      'app.kubernetes.io/managed-by': 'Helm',
      [managedLabel]: 'true',
    })
    expect(stamped?.metadata.annotations).toEqual({
      x: 'y',
      [hashAnnotation]: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(helm.metadata).not.toHaveProperty('labels.devk8s')
  })

  test('do not depend on the order of keys, and depend on every value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (data, other) => {
        const reversed = Object.fromEntries(Object.entries(data).toReversed())
        expect(hashOf(object('a', { data: reversed }))).toBe(hashOf(object('a', { data })))
        expect(hashOf(object('a', { data, more: other }))).not.toBe(hashOf(object('a', { data })))
      }),
    )
  })

  test('of something stamped are the same', () => {
    const once = stamp(object('a'))
    expect(stampObjects(once, realHashing())).toEqual(once)
  })

  test('say what the cluster lacks', () => {
    const wanted = stamp(object('same'), object('other', { data: { a: '2' } }), object('new'))
    const live = stamp(object('same'), object('other', { data: { a: '1' } })).map((one) => ({
      ...one,
      metadata: { ...one.metadata, namespace: 'default', uid: 'u' },
    }))
    expect(objectChanges(wanted, live)).toEqual([
      { field: 'ConfigMap other', effect: 'in-place' },
      { field: 'ConfigMap new', effect: 'create' },
    ])
  })
})

test('names of objects', () => {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
  }
  expect([resourceOf(deployment), keyOf(deployment), titleOf(deployment)]).toEqual([
    'Deployment.apps',
    'Deployment.apps shop/web',
    'Deployment shop/web',
  ])
  expect([resourceOf(object('a')), keyOf(object('a')), titleOf(object('a'))]).toEqual([
    'ConfigMap',
    'ConfigMap default/a',
    'ConfigMap a',
  ])
})

describe('where the ingress is', () => {
  test.each([
    ['linux', false, 'docker', ['192.168.49.2', '127.0.0.1']],
    ['linux', true, 'docker', ['127.0.0.1']],
    ['darwin', false, 'docker', ['127.0.0.1']],
    ['darwin', false, 'podman', ['127.0.0.1']],
    ['darwin', false, 'vfkit', ['192.168.49.2', '127.0.0.1']],
    ['win32', false, 'hyperv', ['192.168.49.2', '127.0.0.1']],
    ['win32', false, 'docker', ['127.0.0.1']],
  ])('%s, WSL %s, %s: %j', (platform, wsl, driver, addresses) => {
    expect(ingressAddresses({ platform, wsl }, driver, '192.168.49.2')).toEqual(addresses)
    expect(ingressAddresses({ platform, wsl }, driver, undefined)).toEqual(['127.0.0.1'])
  })

  const node = (name: string, labels: Record<string, string>, addresses: unknown) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { addresses },
  })

  test('the first node’s internal address', () => {
    const addresses = (ip: string) => [
      { type: 'Hostname', address: 'x' },
      { type: 'InternalIP', address: ip },
    ]
    const second = node('m02', {}, addresses('192.168.49.3'))
    const first = node('m01', { 'minikube.k8s.io/primary': 'true' }, addresses('192.168.49.2'))
    expect(nodeAddress([second, first])).toBe('192.168.49.2')
    expect(nodeAddress([second])).toBe('192.168.49.3')
    expect(nodeAddress([])).toBeUndefined()
    expect(nodeAddress([node('odd', {}, 'none')])).toBeUndefined()
  })
})
