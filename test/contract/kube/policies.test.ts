import { describe, expect, test } from 'vitest'
import { keysPolicyObjects, pullPolicyObjects } from '../../../src/pods/policies.ts'
import { handleApi } from '../../../src/simulator/kube-api/api.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import type { KubeObject } from '../../../src/simulator/kube-api/object.ts'
import { mutatedPod } from '../../../src/simulator/kube-api/pod-policies.ts'
import { emptyStore, type KubeStore, listObjects, putObjects } from '../../../src/simulator/kube-api/store.ts'
import { settleWorkloads } from '../../../src/simulator/kube-api/workloads.ts'
import { contractNow as t0 } from '../../fakes/kube-subject.ts'
import {
  corpusFacts,
  corpusNamespaces,
  corpusObject,
  expectedView,
  podCorpus,
  viewOf,
} from '../../support/pod-corpus.ts'

const version = 'admissionregistration.k8s.io/v1'
// The same objects that a real API server is given in test/contract/aws-policies.
const policies = [...keysPolicyObjects(version, corpusFacts), ...pullPolicyObjects(version)]

function clusterWith(objects: readonly KubeObject[]): KubeStore {
  const namespaces = Object.entries(corpusNamespaces).map(([name, labels]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
    status: { phase: 'Active' },
  }))
  return putObjects(emptyStore(t0, 'v1.36.2'), [...namespaces, ...objects], t0)
}

const cluster = clusterWith(policies)

type Admitted = Parameters<typeof viewOf>[0]

function created(pod: unknown, namespace: string, store = cluster): Admitted {
  const answer = handleApi(
    {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods`,
      query: { dryRun: 'All' },
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(pod),
    },
    store,
    t0,
  )
  expect(answer.status).toBe(201)
  return JSON.parse(answer.body) as Admitted
}

describe('the policies of devk8s on the simulated API', () => {
  test.each(podCorpus.map((pod) => [pod.name, pod] as const))(
    'kube-api 51: %s: as a real API server has it',
    (_, pod) => {
      const admitted = created(corpusObject(pod), pod.namespace ?? 'shop')
      expect(viewOf(admitted)).toEqual(expectedView(pod))
    },
  )

  test('kube-api 51: a pod that they have been over is not changed again', () => {
    const once = podCorpus.map((pod) => mutatedPod(corpusObject(pod) as unknown as KubeObject, cluster))
    expect(once.map((pod) => mutatedPod(pod, cluster))).toEqual(once)
  })

  test('kube-api 51: without a binding, or under another name, nothing happens', () => {
    const pod = podCorpus.find(({ name }) => name === 'image-of-ecr-and-keys')!
    const unbound = policies.filter(({ kind }) => kind === 'MutatingAdmissionPolicy')
    const renamed = JSON.parse(
      JSON.stringify(policies).replaceAll('"devk8s-', '"other-'),
    ) as readonly KubeObject[]
    for (const objects of [unbound, renamed]) {
      const admitted = created(corpusObject(pod), 'shop', clusterWith(objects))
      expect(viewOf(admitted)).toEqual(viewOf(corpusObject(pod)))
    }
  })

  test('kube-api 51: pods of owners as well', () => {
    const template = {
      metadata: { labels: { app: 'web' }, annotations: { 'iam.amazonaws.com/role': 'reader' } },
      spec: { containers: [{ name: 'app', image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/app:1' }] },
    }
    const kinds = ['Deployment', 'DaemonSet', 'StatefulSet'].map((kind): KubeObject => ({
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: kind.toLowerCase(), namespace: 'shop' },
      spec: { selector: { matchLabels: { app: 'web' } }, template },
    }))
    const store = settleWorkloads(putObjects(cluster, kinds, t0), t0)
    const pods = listObjects(store, kindNamed('Pod'), 'shop') as unknown as readonly Admitted[]
    expect(pods).toHaveLength(3)
    for (const pod of pods) {
      const { annotation, imagePullSecrets } = viewOf(pod)
      expect([annotation, imagePullSecrets]).toEqual(['env', [{ name: 'awsecr-cred' }]])
    }
  })
})
