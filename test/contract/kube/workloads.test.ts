import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addonObjects } from '../../../src/simulator/kube-api/addons.ts'
import { type ApiFaults, handleApi } from '../../../src/simulator/kube-api/api.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import { at, type KubeObject, listOf } from '../../../src/simulator/kube-api/object.ts'
import { restartsAfter } from '../../../src/simulator/kube-api/pods.ts'
import {
  deleteObject,
  emptyStore,
  getObject,
  type KubeStore,
  listObjects,
  putNamespace,
  putObject,
  putObjects,
  refOf,
} from '../../../src/simulator/kube-api/store.ts'
import { settleWorkloads } from '../../../src/simulator/kube-api/workloads.ts'
import { contractNow as t0 } from '../../fakes/kube-subject.ts'

const addons = [
  'registry-creds ingress ingress-dns dashboard metrics-server storage-provisioner',
  'default-storageclass registry',
].flatMap((line) => line.split(' '))

function node(name: string, arch: string, isPrimary: boolean): KubeObject {
  const labels = {
    'kubernetes.io/arch': arch,
    'kubernetes.io/os': 'linux',
    'minikube.k8s.io/primary': String(isPrimary),
  }
  const status = {
    nodeInfo: { architecture: arch },
    addresses: [{ type: 'InternalIP', address: '192.168.58.2' }],
  }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status }
}

const cluster = putObject(emptyStore(t0), node('devk8s', 'amd64', true), t0)

function withAddon(addon: string, arch: 'amd64' | 'arm64' = 'amd64', base: KubeStore = cluster): KubeStore {
  return putObjects(base, addonObjects(addon, arch), t0)
}

function settled(store: KubeStore, afterMs: number, faults: ApiFaults = {}): KubeStore {
  return settleWorkloads(store, t0 + afterMs, faults)
}

/** Settled again and again up to a moment, as requests would. */
function settledUpTo(store: KubeStore, afterMs: number, faults: ApiFaults = {}): KubeStore {
  const moments = Array.from({ length: Math.floor(afterMs / 500) + 1 }, (_, i) => i * 500)
  return moments.reduce((made, moment) => settled(made, moment, faults), store)
}

function podsOf(store: KubeStore, namespace: string, prefix = ''): readonly KubeObject[] {
  return listObjects(store, kindNamed('Pod'), namespace).filter((pod) => pod.metadata.name.startsWith(prefix))
}

function stateOf(pod: KubeObject | undefined): unknown {
  const status = listOf(at(pod, 'status', 'containerStatuses'))[0]
  return at(status, 'state', 'waiting', 'reason') ?? at(pod, 'status', 'phase')
}

function workload(kind: string, spec: object, more: object = {}): KubeObject {
  const labels = { app: 'web' }
  const podSpec = { containers: [{ name: 'web', image: 'nginx:1' }], ...more }
  return {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec }, ...spec },
  }
}

function statusOf(store: KubeStore, object: KubeObject): unknown {
  return getObject(store, refOf(object))?.['status']
}

describe('workloads in time', () => {
  test.each([
    ['Deployment', { replicas: 2 }, { readyReplicas: 2, availableReplicas: 2, updatedReplicas: 2 }],
    ['DaemonSet', {}, { numberReady: 1, desiredNumberScheduled: 1 }],
    ['StatefulSet', { replicas: 1 }, { readyReplicas: 1 }],
    ['Job', {}, { succeeded: 1 }],
  ])('kube-api 36: a %s is ready 1.5 s after it was created', (kind, spec, ready) => {
    const object = workload(kind, spec, kind === 'Job' ? { restartPolicy: 'Never' } : {})
    const made = settled(putObject(cluster, object, t0), 0)
    expect(statusOf(settled(made, 1400), object)).not.toMatchObject(ready)
    expect(statusOf(settled(made, 1500), object)).toMatchObject(ready)
    expect(statusOf(settled(made, 300, { readyAfterMs: 300 }), object)).toMatchObject(ready)
    expect(statusOf(settled(made, 9000, { neverReady: ['web'] }), object)).not.toMatchObject(ready)
  })

  test('kube-api 36: the pods of a StatefulSet come one after the other', () => {
    const store = putObject(cluster, workload('StatefulSet', { replicas: 3 }), t0)
    const names = (afterMs: number): readonly string[] =>
      podsOf(settledUpTo(store, afterMs), 'default').map((pod) => pod.metadata.name)
    expect([names(0), names(1500), names(3000)]).toEqual([
      ['web-0'],
      ['web-0', 'web-1'],
      ['web-0', 'web-1', 'web-2'],
    ])
  })

  test('kube-api 36: a Deployment that never gets ready fails its deadline', () => {
    const object = workload('Deployment', { progressDeadlineSeconds: 60 })
    const store = settledUpTo(putObject(cluster, object, t0), 1000, { missingImages: ['nginx'] })
    expect(podsOf(store, 'default').map(stateOf)).toEqual(['ImagePullBackOff'])
    const late = settled(store, 61_000, { missingImages: ['nginx'] })
    const conditions = listOf(at(statusOf(late, object), 'conditions'))
    expect(conditions.map((each) => at(each, 'reason'))).toEqual([
      'MinimumReplicasUnavailable',
      'ProgressDeadlineExceeded',
    ])
  })

  test('kube-api 37: a new template brings a new ReplicaSet; the old pods stay until the new are ready', () => {
    const object = workload('Deployment', { replicas: 1 })
    const first = settledUpTo(putObject(cluster, object, t0), 2000)
    const next = workload('Deployment', { replicas: 1 }, { containers: [{ name: 'web', image: 'nginx:2' }] })
    const changed = settleWorkloads(putObject(first, next, t0 + 2000), t0 + 2000)
    const images = (store: KubeStore): readonly unknown[] =>
      podsOf(store, 'default')
        .map((pod) => at(listOf(at(pod, 'spec', 'containers'))[0], 'image'))
        .toSorted((a, b) => String(a).localeCompare(String(b)))
    expect(images(changed)).toEqual(['nginx:1', 'nginx:2'])
    expect(at(statusOf(changed, object), 'observedGeneration')).toBe(2)
    expect(images(settled(changed, 3500))).toEqual(['nginx:2'])
    expect(statusOf(settled(changed, 3500), object)).toMatchObject({
      replicas: 1,
      readyReplicas: 1,
      updatedReplicas: 1,
    })
  })

  test('kube-api 41: a deleted Deployment takes its ReplicaSets and pods along', () => {
    const object = workload('Deployment', { replicas: 2 })
    const store = settledUpTo(putObject(cluster, object, t0), 2000)
    const gone = settled(deleteObject(store, refOf(object)), 2000)
    expect([podsOf(gone, 'default'), listObjects(gone, kindNamed('ReplicaSet'), 'default')]).toEqual([[], []])
  })

  test('kube-api 42: endpoints follow the pods', () => {
    const service: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    }
    const store = settled(putObjects(cluster, [workload('Deployment', { replicas: 2 }), service], t0), 0)
    const ready = (made: KubeStore): number =>
      listObjects(made, kindNamed('EndpointSlice'), 'default')
        .flatMap((slice) => listOf(slice['endpoints']))
        .filter((endpoint) => at(endpoint, 'conditions', 'ready') === true).length
    expect([ready(store), ready(settled(store, 2000))]).toEqual([0, 2])
  })

  test('kube-api 44, 45: nodeSelectors, with a node, without one, with two', () => {
    const object = workload('Deployment', {}, { nodeSelector: { 'minikube.k8s.io/primary': 'true' } })
    const unfit = putObject(putObject(emptyStore(t0), node('n', 'amd64', false), t0), object, t0)
    const [pending] = podsOf(settledUpTo(unfit, 5000), 'default')
    expect(at(listOf(at(pending, 'status', 'conditions'))[0], 'reason')).toBe('Unschedulable')
    const nodeless = settledUpTo(putObject(emptyStore(t0), object, t0), 5000)
    expect(podsOf(nodeless, 'default').map(stateOf)).toEqual(['Running'])
    const two = putObjects(cluster, [node('devk8s-m02', 'amd64', false), workload('DaemonSet', {})], t0)
    expect(
      podsOf(settled(two, 0), 'default')
        .map((pod) => at(pod, 'spec', 'nodeName'))
        .toSorted((a, b) => String(a).localeCompare(String(b))),
    ).toEqual(['devk8s', 'devk8s-m02'])
  })

  test('kube-api 36: a DaemonSet counts its pods, and waits for what they refer to', () => {
    const volumes = [{ name: 'program', configMap: { name: 'program' } }]
    const object = workload('DaemonSet', {}, { hostNetwork: true, volumes })
    const two = putObjects(cluster, [node('devk8s-m02', 'amd64', false), object], t0)
    const waiting = settledUpTo(two, 3000)
    expect(statusOf(waiting, object)).toMatchObject({
      desiredNumberScheduled: 2,
      currentNumberScheduled: 2,
      updatedNumberScheduled: 2,
      numberReady: 0,
      numberUnavailable: 2,
    })
    const program = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'program', namespace: 'default' },
    }
    const there = settled(putObject(waiting, program, t0 + 3000), 4500)
    expect(statusOf(there, object)).toMatchObject({ numberReady: 2, numberAvailable: 2 })
    expect(podsOf(there, 'default').map((pod) => at(pod, 'status', 'podIP'))).toEqual([
      '192.168.58.2',
      '192.168.58.2',
    ])
    const other = { ...object, spec: { ...Object(object['spec']), template: { spec: { containers: [] } } } }
    const names = (store: KubeStore) => podsOf(store, 'default').map(({ metadata }) => metadata.name)
    expect(names(settled(putObject(there, other, t0 + 5000), 5000))).not.toEqual(names(there))
  })

  test('kube-api 40, 46: a namespace is filled when it comes and emptied when it goes', () => {
    const made = putNamespace(cluster, 'demo', t0)
    const bare = deleteObject(made, { kind: kindNamed('ServiceAccount'), namespace: 'demo', name: 'default' })
    const filled = settled(bare, 0)
    expect(
      listObjects(filled, kindNamed('ServiceAccount'), 'demo').map((each) => each.metadata.name),
    ).toEqual(['default'])
    const deletion = { method: 'DELETE', path: '/api/v1/namespaces/demo', query: {}, headers: {}, body: '' }
    const going = handleApi(deletion, filled, t0).store
    expect(listObjects(settled(going, 500), kindNamed('ConfigMap'), 'demo')).toHaveLength(1)
    const gone = settled(going, 1000)
    expect(Object.keys(gone.objects).filter((key) => key.includes('demo'))).toEqual([])
  })

  test('settling twice at one moment changes nothing, whatever the moment', () => {
    const store = addons.reduce((made, addon) => withAddon(addon, 'amd64', made), cluster)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 5 }), (steps) => {
        const moments = steps.toSorted((a, b) => a - b)
        const after = moments.reduce((made, moment) => settled(made, moment), store)
        expect(settled(after, moments.at(-1) ?? 0)).toEqual(moments.length === 0 ? settled(store, 0) : after)
      }),
      { numRuns: 15 },
    )
  })
})

describe('add-ons', () => {
  const secret = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'kube-system' },
    data: {},
  })
  const four = ['ecr', 'gcr', 'dpr', 'acr'].map((cloud) => secret(`registry-creds-${cloud}`))
  const creds = (store: KubeStore): KubeObject | undefined =>
    podsOf(store, 'kube-system', 'registry-creds-')[0]

  test('kube-api 38: registry-creds waits for its four Secrets, then runs', () => {
    const none = settledUpTo(withAddon('registry-creds'), 3000)
    expect(stateOf(creds(none))).toBe('ContainerCreating')
    const volumeOnly = settled(putObject(none, secret('registry-creds-gcr'), t0 + 3000), 6000)
    expect(stateOf(creds(volumeOnly))).toBe('CreateContainerConfigError')
    const all = putObjects(none, four, t0 + 6000)
    expect(stateOf(creds(settled(all, 7000)))).toBe('ContainerCreating')
    expect(stateOf(creds(settled(all, 7500)))).toBe('Running')
  })

  test('kube-api 48: events say why a pod does not start', () => {
    const reasons = (store: KubeStore): readonly unknown[] =>
      listObjects(store, kindNamed('Event')).map((event) => event['reason'])
    const none = settledUpTo(withAddon('registry-creds'), 1000)
    expect(reasons(none)).toEqual(['FailedMount'])
    expect(listObjects(none, kindNamed('Event'))[0]?.['message']).toBe(
      'MountVolume.SetUp failed for volume "gcr-creds" : secret "registry-creds-gcr" not found',
    )
    const volumeOnly = settled(putObject(none, secret('registry-creds-gcr'), t0 + 1000), 1000)
    expect(reasons(volumeOnly)).toEqual(['Failed', 'FailedMount'])
    expect(reasons(settledUpTo(withAddon('metrics-server'), 500, { crashingImages: ['metrics'] }))).toEqual([
      'BackOff',
    ])
    expect(reasons(settledUpTo(withAddon('metrics-server'), 500, { missingImages: ['metrics'] }))).toEqual([
      'Failed',
    ])
    const unfit = putObject(emptyStore(t0), node('n', 'amd64', false), t0)
    expect(reasons(settledUpTo(withAddon('ingress', 'amd64', unfit), 500))).toEqual(['FailedScheduling'])
    expect(reasons(settledUpTo(withAddon('metrics-server'), 500))).toEqual([])
  })

  test('kube-api 39: on arm64 it ends in CrashLoopBackOff, by the add-on or by the node', () => {
    const marked = settledUpTo(putObjects(withAddon('registry-creds', 'arm64'), four, t0), 3000)
    expect(stateOf(creds(marked))).toBe('CrashLoopBackOff')
    const arm = putObject(emptyStore(t0), node('devk8s', 'arm64', true), t0)
    const byNode = settledUpTo(putObjects(withAddon('registry-creds', 'amd64', arm), four, t0), 3000)
    expect(stateOf(creds(byNode))).toBe('CrashLoopBackOff')
    expect([0, 10_000, 30_000, 310_000, 1_000_000].map(restartsAfter)).toEqual([1, 2, 3, 6, 8])
  })

  test('kube-api 43: Ingresses wait for the controller, then get the address', () => {
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace: 'default' },
      spec: { ingressClassName: 'nginx', rules: [{ host: 'web.test' }] },
    }
    const store = settled(withAddon('ingress'), 0)
    const put = (made: KubeStore, now: number): ReturnType<typeof handleApi> =>
      handleApi(
        {
          method: 'PATCH',
          path: '/apis/networking.k8s.io/v1/namespaces/default/ingresses/web',
          query: { fieldManager: 'devk8s' },
          headers: { 'content-type': 'application/apply-patch+yaml' },
          body: JSON.stringify(ingress),
        },
        made,
        now,
      )
    const early = put(store, t0 + 500)
    expect(early.status).toBe(500)
    expect(early.body).toContain('failed calling webhook \\"validate.nginx.ingress.kubernetes.io\\"')
    const late = put(store, t0 + 2000)
    expect(late.status).toBe(201)
    const status = statusOf(settled(late.store, 2000), ingress)
    expect(status).toEqual({ loadBalancer: { ingress: [{ ip: '192.168.58.2' }] } })
  })

  test.each(addons)('kube-api 49: %s is made and gets ready', (addon) => {
    const store = settledUpTo(putObjects(withAddon(addon), four, t0), 4000)
    const wrong = listObjects(store, kindNamed('Pod')).filter(
      (pod) => !['Running', 'Succeeded'].includes(String(stateOf(pod))),
    )
    expect(addonObjects(addon, 'amd64').length).toBeGreaterThan(0)
    expect(wrong.map((pod) => pod.metadata.name)).toEqual([])
  })

  test('kube-api 49: names, namespaces and images of the sheet', () => {
    const images = addons
      .flatMap((addon) => addonObjects(addon, 'amd64'))
      .flatMap((object) => [
        ...listOf(at(object, 'spec', 'containers')),
        ...listOf(at(object, 'spec', 'template', 'spec', 'containers')),
      ])
      .map((container) => String(at(container, 'image')).split('@')[0])
    expect(new Set(images)).toEqual(
      new Set([
        'docker.io/upmcenterprises/registry-creds:1.10',
        'registry.k8s.io/ingress-nginx/controller:v1.14.3',
        'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.7',
        'docker.io/kicbase/minikube-ingress-dns:0.0.4',
        'docker.io/kubernetesui/dashboard:v2.7.0',
        'docker.io/kubernetesui/metrics-scraper:v1.0.8',
        'registry.k8s.io/metrics-server/metrics-server:v0.8.1',
        'gcr.io/k8s-minikube/storage-provisioner:v5',
        'docker.io/registry:3.1.1',
        'gcr.io/k8s-minikube/kube-registry-proxy:0.0.11',
      ]),
    )
    expect(addonObjects('nonsense', 'amd64')).toEqual([])
  })
})
