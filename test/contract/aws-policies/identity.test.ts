import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityPolicyObjects } from '../../../src/roles/identity-policy.ts'
import { oldSdkExpressions } from '../../../src/roles/known-sdks.ts'
import { identityPolicy } from '../../../src/roles/names.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import type { KubeObject } from '../../../src/simulator/kube-api/object.ts'
import { mutatedPod } from '../../../src/simulator/kube-api/pod-policies.ts'
import { emptyStore, putObjects } from '../../../src/simulator/kube-api/store.ts'
import { contractNow } from '../../fakes/kube-subject.ts'
import { apiServer } from '../../support/api-server.ts'
import {
  corpusAccounts,
  identityCorpusFacts,
  identityObject,
  type IdentityPod,
  type IdentityView,
  identityView,
  maskedExpiry,
  podIdentityCorpus,
  webIdentityCorpus,
} from '../../support/identity-corpus.ts'
import { lanePods } from '../../support/lane-corpus.ts'
import { recordedWebhook } from '../../support/recorded-webhook.ts'

// Lanes A and S against EKS's own webhook, and which pod gets which lane: by the simulated API always, by a real API server
// where there is one, which alone can say what a policy does.
const server = await apiServer()
const recorded = {
  'pod-identity': await recordedWebhook('pod-identity'),
  'web-identity': await recordedWebhook('web-identity'),
}
const modes = [
  ['pod-identity', podIdentityCorpus],
  ['web-identity', webIdentityCorpus],
] as const
type Mode = (typeof modes)[number][0]

/** In a namespace of this run alone: an API server without controllers never finishes deleting one. */
const suffix = `-${process.pid}`
const here = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value).replaceAll(/("(?:Secret |ConfigMap )?)(shop|quiet)(?=["/])/g, `$1$2${suffix}`),
  ) as T

const facts = { ...identityCorpusFacts, oldImages: oldSdkExpressions() }

type Admitted = Parameters<typeof identityView>[0] & { readonly metadata: { readonly name: string } }
type Admit = (pods: readonly object[]) => Promise<readonly Admitted[]>

const oursAlone = ['AWS_ENDPOINT_URL_STS']

/** What the webhook makes of it, or the pod as it is where ours differs on purpose. */
function expected(pod: IdentityPod, mode: Mode): IdentityView {
  const view = pod.leftAlone === undefined ? recorded[mode][pod.name] : identityView(identityObject(pod))
  if (view === undefined) throw new Error(`nothing is recorded of ${pod.name}`)
  return maskedExpiry(view, pod)
}

/** Lane S tells where STS is, besides what the webhook tells. */
function withoutStsUrl(view: IdentityView): IdentityView {
  const containers = Object.entries(view.containers).map(([name, { env, volumeMounts }]) => [
    name,
    {
      volumeMounts,
      env: env.filter((each) => !oursAlone.includes((each as { readonly name: string }).name)),
    },
  ])
  return { ...view, containers: Object.fromEntries(containers) }
}

function equalsTheWebhook(admit: Admit): void {
  describe.each(modes)('%s', (mode, corpus) => {
    let admitted: readonly Admitted[] = []
    let again: readonly Admitted[] = []

    beforeAll(async () => {
      admitted = await admit(corpus.map(identityObject))
      again = await admit(admitted.map((pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod' })))
    }, 60_000)

    const got = (name: string): Admitted => {
      const found = admitted.find((pod) => pod.metadata.name === name)
      if (found === undefined) throw new Error(`${name} was not admitted`)
      return found
    }

    test.each(corpus.map((pod) => [pod.name, pod] as const))('%s', (name, pod) => {
      const view = maskedExpiry(identityView(got(name)), pod)
      expect(mode === 'web-identity' ? withoutStsUrl(view) : view).toEqual(expected(pod, mode))
    })

    test('lane S says where STS is in each container that it serves, and lane A nowhere', () => {
      const urls = admitted
        .flatMap((pod) => Object.values(identityView(pod).containers))
        .flatMap(({ env }) => env as readonly { readonly name: string; readonly value?: string }[])
        .filter(({ name }) => name === 'AWS_ENDPOINT_URL_STS')
      expect(urls.length > 20).toBe(mode === 'web-identity')
      expect(urls.every(({ value }) => value === 'http://169.254.170.23:8170/sts')).toBe(true)
    })

    test('a pod that the policy has been over is not changed again', () => {
      expect(again.map(identityView)).toEqual(admitted.map(identityView))
    })
  })
}

function givesLanes(admit: Admit): void {
  let admitted: readonly Admitted[] = []

  beforeAll(async () => {
    admitted = await admit(lanePods.map(identityObject))
  }, 60_000)

  test.each(lanePods.map((pod) => [pod.name, pod] as const))('%s', (name, pod) => {
    const found = admitted.find(({ metadata }) => metadata.name === name)
    const first = found === undefined ? undefined : identityView(found).containers[pod.container ?? 'app']
    const env = (first?.env ?? []) as readonly { readonly name: string; readonly value?: string }[]
    expect(Object.fromEntries(env.map(({ name: variable, value }) => [variable, value]))).toEqual(pod.env)
    expect((first?.volumeMounts ?? []).map((mount) => (mount as { readonly name: string }).name)).toEqual(
      pod.token === undefined ? [] : [pod.token],
    )
  })
}

const simulated = putObjects(
  emptyStore(contractNow, 'v1.36.2'),
  [
    ...['shop', 'quiet', 'kube-system', 'devk8s-system'].map((name): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: {
          'kubernetes.io/metadata.name': name,
          ...(name === 'quiet' ? { 'devk8s.dev/aws': 'off' } : {}),
        },
      },
    })),
    ...(identityPolicyObjects('admissionregistration.k8s.io/v1', facts) as readonly KubeObject[]),
  ],
  contractNow,
)
const bySimulator: Admit = async (pods) =>
  pods.map((pod) => mutatedPod(pod as KubeObject, simulated) as unknown as Admitted)

describe('the simulated API', () => {
  test('has the policy', () => {
    expect(kindNamed('MutatingAdmissionPolicy').plural).toBe('mutatingadmissionpolicies')
    expect(JSON.stringify(simulated)).toContain(identityPolicy)
  })
  describe('injects what EKS’s webhook injects', () => {
    equalsTheWebhook(bySimulator)
  })
  describe('gives each pod its lane', () => {
    givesLanes(bySimulator)
  })
})

describe.skipIf(server === undefined)('a real API server', () => {
  const byServer: Admit = async (pods) => here(await server?.dryRun<Admitted>(pods.map(here))) ?? []

  beforeAll(async () => {
    const version = await server?.policyVersion()
    if (server === undefined || version === undefined) {
      throw new Error('the server of DEVK8S_TEST_KUBECONFIG has no MutatingAdmissionPolicy')
    }
    const namespaces = [{ name: 'shop' }, { name: 'quiet', labels: { 'devk8s.dev/aws': 'off' } }]
    const accounts = [...Object.keys(corpusAccounts), 'of-kops'].flatMap((name) =>
      namespaces.map((each) => ({ name, namespace: each.name })),
    )
    await server.apply([
      ...namespaces.map((metadata) => here({ apiVersion: 'v1', kind: 'Namespace', metadata })),
      ...accounts.map((metadata) => here({ apiVersion: 'v1', kind: 'ServiceAccount', metadata })),
      ...identityPolicyObjects(version, here(facts)),
    ])
    // A service account of this run: a policy of a run before may be in effect for a moment yet.
    const [first] = podIdentityCorpus
    if (first === undefined) throw new Error('the corpus is empty')
    for (let attempt = 0; attempt < 40; attempt++) {
      const [pod] = await byServer([identityObject(first)])
      if (pod !== undefined && JSON.stringify(pod).includes('8170')) return
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    throw new Error('the policy was not picked up in 20 s')
  }, 60_000)

  afterAll(async () => {
    for (const kind of ['mutatingadmissionpolicybinding', 'mutatingadmissionpolicy']) {
      await server?.run(['delete', kind, identityPolicy, '--ignore-not-found'])
    }
    await server?.run(['delete', 'namespace', ...here(['shop', 'quiet']), '--wait=false'])
  })

  describe('injects what EKS’s webhook injects', () => {
    equalsTheWebhook(byServer)
  })
  describe('gives each pod its lane', () => {
    givesLanes(byServer)
  })
})

test('says whether an API server takes part', () => {
  const words =
    server === undefined ? 'SKIPPED: DEVK8S_TEST_KUBECONFIG names no server' : 'by a real API server'
  process.stdout.write(`policy for roles: ${words}\n`)
  expect(podIdentityCorpus.length).toBeGreaterThan(40)
})
