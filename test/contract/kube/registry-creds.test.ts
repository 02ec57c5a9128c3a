import { describe, expect, test } from 'vitest'
import { addonObjects } from '../../../src/simulator/kube-api/addons.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import { at, type KubeObject, timestamp } from '../../../src/simulator/kube-api/object.ts'
import {
  emptyStore,
  getObject,
  type KubeStore,
  listObjects,
  putNamespace,
  putObject,
  putObjects,
} from '../../../src/simulator/kube-api/store.ts'
import { settleWorkloads } from '../../../src/simulator/kube-api/workloads.ts'
import { contractNow as t0 } from '../../fakes/kube-subject.ts'

const minute = 60_000

function keys(cloud: string, data: Readonly<Record<string, string>>, endsAtMs?: number): KubeObject {
  const annotations = endsAtMs === undefined ? {} : { 'devk8s.dev/expires-at': timestamp(endsAtMs) }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `registry-creds-${cloud}`, namespace: 'kube-system', annotations },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, btoa(value)])),
  }
}

const session = {
  AWS_ACCESS_KEY_ID: 'ASIA',
  'aws-account': '123456789012,210987654321',
  'aws-region': 'eu-west-1',
}
const others = ['gcr', 'dpr', 'acr'].map((cloud) => keys(cloud, { any: 'changeme' }))

/** The cluster at moments after the beginning, in minutes, settled at each. */
function after(store: KubeStore, ...minutes: readonly number[]): KubeStore {
  return minutes.reduce((made, at) => settleWorkloads(made, t0 + at * minute), store)
}

function running(ecr: KubeObject): KubeStore {
  const objects = [...addonObjects('registry-creds', 'amd64'), ecr, ...others]
  return after(putObjects(emptyStore(t0), objects, t0), 0, 1)
}

const secretIn = (store: KubeStore, namespace: string) =>
  getObject(store, { kind: kindNamed('Secret'), namespace, name: 'awsecr-cred' })

function configIn(store: KubeStore, namespace: string): unknown {
  const text = at(secretIn(store, namespace), 'data', '.dockerconfigjson')
  return typeof text === 'string' ? JSON.parse(atob(text)) : undefined
}

const hostsIn = (store: KubeStore, namespace: string) =>
  Object.keys(at(configIn(store, namespace), 'auths') ?? {})

describe('the add-on registry-creds', () => {
  test('kube-api 60: with keys it serves every namespace but kube-system, and the default service account', () => {
    const store = running(keys('ecr', session))
    expect(hostsIn(store, 'default')).toEqual([
      'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      'https://210987654321.dkr.ecr.eu-west-1.amazonaws.com',
    ])
    expect(secretIn(store, 'kube-system')).toBeUndefined()
    const account = { kind: kindNamed('ServiceAccount'), namespace: 'default', name: 'default' }
    expect(getObject(store, account)?.['imagePullSecrets']).toEqual([{ name: 'awsecr-cred' }])
    const pod = listObjects(store, kindNamed('Pod'), 'kube-system')[0]
    expect(JSON.stringify(pod)).not.toContain('ASIA')
  })

  test('kube-api 60: without keys, or with those that stand for none, it writes nothing', () => {
    const none = running(keys('ecr', { AWS_ACCESS_KEY_ID: 'changeme' }))
    expect(secretIn(none, 'default')).toBeUndefined()
  })

  test('kube-api 61: a new namespace at once, the others in an hour', () => {
    const store = after(putNamespace(running(keys('ecr', session)), 'shop', t0 + minute), 2)
    expect(hostsIn(store, 'shop')).toHaveLength(2)
    const emptied = putObject(
      store,
      { ...secretIn(store, 'default')!, data: { '.dockerconfigjson': btoa('{}') } },
      t0 + 3 * minute,
    )
    expect(hostsIn(after(emptied, 59), 'default')).toEqual([])
    expect(hostsIn(after(emptied, 62), 'default')).toHaveLength(2)
  })

  test('kube-api 61, 62: once its session has ended it empties what is good, and its keys stay those of its start', () => {
    const store = running(keys('ecr', session, t0 + 90 * minute))
    expect(hostsIn(after(store, 62), 'default')).toHaveLength(2)
    const rotated = putObject(store, keys('ecr', session, t0 + 999 * minute), t0 + 61 * minute)
    const over = after(rotated, 62, 122)
    expect(configIn(over, 'default')).toEqual({})
    const claims = secretIn(over, 'default')?.metadata.managedFields ?? []
    expect(claims.map((claim) => claim.manager)).toContain('registry-creds')
  })
})
