import { describe, expect, test } from 'vitest'
import { handleApi } from '../../../src/simulator/kube-api/api.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import { at, type KubeObject, listOf } from '../../../src/simulator/kube-api/object.ts'
import { covers, isPrivateImage } from '../../../src/simulator/kube-api/pull-secrets.ts'
import {
  emptyStore,
  getObject,
  type KubeStore,
  listObjects,
  putObject,
  putObjects,
} from '../../../src/simulator/kube-api/store.ts'
import { settleWorkloads } from '../../../src/simulator/kube-api/workloads.ts'
import { contractNow as t0 } from '../../fakes/kube-subject.ts'

const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:7'
const glob = '*.dkr.ecr.eu-west-1.amazonaws.com'
const hour = 3_600_000

/** ECR's passwords are JSON in base64 that says when they end. */
const passwordUntil = (ms: number) =>
  btoa(JSON.stringify({ payload: 'x', version: '2', type: 'DATA_KEY', expiration: ms / 1_000 }))

function pullSecret(password: string, server = glob, namespace = 'default'): KubeObject {
  const config = JSON.stringify({ auths: { [server]: { auth: btoa(`AWS:${password}`) } } })
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { name: 'awsecr-cred', namespace },
    data: { '.dockerconfigjson': btoa(config) },
  }
}

function account(name: string, secrets: readonly string[]): KubeObject {
  const imagePullSecrets = secrets.map((each) => ({ name: each }))
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'default' },
    imagePullSecrets,
  }
}

function deployment(spec: object = {}): KubeObject {
  const containers = [{ name: 'web', image }]
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers, ...spec } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template },
  }
}

const withSecret = { imagePullSecrets: [{ name: 'awsecr-cred' }] }
const settled = (store: KubeStore, afterMs: number): KubeStore => settleWorkloads(store, t0 + afterMs)
const put = (store: KubeStore, ...objects: readonly KubeObject[]): KubeStore => putObjects(store, objects, t0)

const podOf = (store: KubeStore) => listObjects(store, kindNamed('Pod'), 'default')[0]
const statusOf = (store: KubeStore) => at(listOf(at(podOf(store), 'status', 'containerStatuses'))[0], 'state')
const waitingFor = (store: KubeStore) => at(statusOf(store), 'waiting', 'reason')
const causeIn = (store: KubeStore) => String(at(statusOf(store), 'waiting', 'message'))
const phaseOf = (store: KubeStore) => at(podOf(store), 'status', 'phase')

describe('images of a private registry', () => {
  test('kube-api 52, 54, 55: without a pull secret: the kubelet’s words, and its events', () => {
    const first = settled(put(emptyStore(t0), deployment()), 0)
    expect(waitingFor(first)).toBe('ErrImagePull')
    const later = settled(first, 5_000)
    expect(waitingFor(later)).toBe('ImagePullBackOff')
    expect(causeIn(later)).toBe(
      `Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image "${image}": failed to resolve reference "${image}": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
    )
    const events = listObjects(later, kindNamed('Event')).map(
      (event) =>
        `${String(event['type'])} ${String(event['reason'])} ${String(event['message']).slice(0, 40)}`,
    )
    expect(events.toSorted((a, b) => a.localeCompare(b))).toEqual([
      `Normal BackOff Back-off pulling image "123456789012.dkr`,
      `Normal Pulling Pulling image "123456789012.dkr.ecr.eu-w`,
      'Warning Failed Error: ErrImagePull',
      'Warning Failed Error: ImagePullBackOff',
      'Warning Failed Failed to pull image "123456789012.dkr.e',
    ])
  })

  test.each([
    ['its own', {}, withSecret],
    ['that of its service account', { accounts: ['awsecr-cred'] }, {}],
  ] as const)(
    'kube-api 50, 52: with %s it runs',
    (_, { accounts = [] }: { accounts?: readonly string[] }, spec) => {
      const store = put(
        emptyStore(t0),
        account('default', accounts),
        pullSecret(passwordUntil(t0 + hour)),
        deployment(spec),
      )
      expect(phaseOf(settled(settled(store, 0), 2_000))).toBe('Running')
    },
  )

  test('kube-api 50: a service account gives its secrets when the pod is made, and none to a pod with its own', () => {
    const made = settled(put(emptyStore(t0), deployment()), 0)
    const late = settled(put(made, account('default', ['awsecr-cred']), pullSecret('any')), 5_000)
    expect(waitingFor(late)).toBe('ImagePullBackOff')
    expect(at(podOf(made), 'spec', 'serviceAccountName')).toBe('default')
    const own = put(
      emptyStore(t0),
      account('default', ['awsecr-cred']),
      deployment({ imagePullSecrets: [{ name: 'other' }] }),
    )
    expect(at(podOf(settled(own, 0)), 'spec', 'imagePullSecrets')).toEqual([{ name: 'other' }])
  })

  test('kube-api 53: a secret that comes later mends it; one that goes later harms no container that runs', () => {
    const stuck = settled(settled(put(emptyStore(t0), deployment(withSecret)), 0), 5_000)
    expect(waitingFor(stuck)).toBe('ImagePullBackOff')
    const come = putObject(stuck, pullSecret(passwordUntil(t0 + hour)), t0 + 6_000)
    const runs = settled(settled(come, 6_000), 8_000)
    expect(phaseOf(runs)).toBe('Running')
    expect(phaseOf(settled(putObject(runs, pullSecret('', glob), t0 + 9_000), 2 * hour))).toBe('Running')
  })

  test('kube-api 56: a password that has ended is refused; of others no end is known', () => {
    const ended = put(emptyStore(t0), pullSecret(passwordUntil(t0 - 1_000)), deployment(withSecret))
    const refused = settled(settled(ended, 0), 5_000)
    expect(causeIn(refused)).toMatch(
      /: unexpected status from HEAD request to https:\/\/123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com\/v2\/shop\/web\/manifests\/7: 403 Forbidden$/,
    )
    const other = put(emptyStore(t0), pullSecret('made up'), deployment(withSecret))
    expect(phaseOf(settled(settled(other, 0), 2_000))).toBe('Running')
  })

  test('kube-api 52: only secrets of that type, only images of ECR', () => {
    const opaque = { ...pullSecret('x'), type: 'Opaque' }
    const broken = { ...pullSecret('x'), data: { '.dockerconfigjson': btoa('{') } }
    for (const secret of [opaque, broken]) {
      const store = put(emptyStore(t0), secret, deployment(withSecret))
      expect(waitingFor(settled(settled(store, 0), 5_000))).toBe('ImagePullBackOff')
    }
    expect(['nginx', 'public.ecr.aws/x/y', image].map(isPrivateImage)).toEqual([false, false, true])
  })

  const repository = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web'
  // The first four are the examples of keyring_test.go, TestURLsMatch.
  test.each([
    ['*.docker.io', 'blah.docker.io', true],
    ['*.docker.io', 'not.right.io', false],
    ['*.kubernetes.io:8888', 'prefix.kubernetes.io:8888', true],
    ['*.kubernetes.io', 'prefix.kubernetes.io:8888', false],
    [glob, repository, true],
    ['*.dkr.ecr*.eu-west-1.amazonaws.com', repository, true],
    ['*.dkr.ecr*.eu-west-1.amazonaws.com', repository.replace('ecr.', 'ecr-fips.'), true],
    ['https://123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository, true],
    ['https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v1/', repository, true],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop', repository, true],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/pay', repository, false],
    ['*.dkr.ecr.eu-central-1.amazonaws.com', repository, false],
    ['*.amazonaws.com', repository, false],
  ])('kube-api 52: an entry for %s is for %s: %s', (server, target, expected) => {
    expect(covers(server, target)).toBe(expected)
  })
})

describe('a container that is only pulled', () => {
  const probe = (policy: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'default' },
    spec: {
      restartPolicy: policy,
      containers: [{ name: 'pull', image: 'nginx', command: ['/devk8s-pulls-only'] }],
    },
  })

  test('kube-api 57: it does not start, with containerd’s words', () => {
    const store = settled(settled(put(emptyStore(t0), probe('Never')), 0), 2_000)
    expect(phaseOf(store)).toBe('Failed')
    expect(at(statusOf(store), 'terminated')).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: expect.stringMatching(
        /^failed to create containerd task: .*: exec: "\/devk8s-pulls-only": stat \/devk8s-pulls-only: no such file or directory: unknown$/,
      ),
    })
    const again = settled(settled(put(emptyStore(t0), probe('Always')), 0), 2_000)
    expect([phaseOf(again), waitingFor(again)]).toEqual(['Running', 'RunContainerError'])
  })
})

describe('who owns a pull secret', () => {
  test('kube-api 59: another manager’s apply conflicts', () => {
    const apply = (store: KubeStore, manager: string, password: string) =>
      handleApi(
        {
          method: 'PATCH',
          path: '/api/v1/namespaces/default/secrets/awsecr-cred',
          query: { fieldManager: manager },
          headers: { 'content-type': 'application/apply-patch+yaml' },
          body: JSON.stringify(pullSecret(password)),
        },
        store,
        t0,
      )
    const mine = apply(emptyStore(t0), 'devk8s', 'one')
    const theirs = apply(mine.store, 'another', 'two')
    expect([mine.status, theirs.status]).toEqual([201, 409])
    const kept = getObject(theirs.store, {
      kind: kindNamed('Secret'),
      namespace: 'default',
      name: 'awsecr-cred',
    })
    expect(kept?.['data']).toEqual(pullSecret('one')['data'])
  })
})
