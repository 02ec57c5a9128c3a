import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keysPolicy, keysPolicyObjects, pullPolicy, pullPolicyObjects } from '../../../src/pods/policies.ts'
import {
  type CorpusPod,
  corpusFacts,
  corpusNamespaces,
  corpusObject,
  expectedView,
  podCorpus,
  viewOf,
} from '../../support/pod-corpus.ts'
import { type Cluster, imagesLab } from '../../fakes/images-lab.ts'
import { readOwnSources } from '../../../src/pods/own-sources.ts'
import { policiesKeeper } from '../../../src/pods/policies-keeper.ts'
import { realTime } from '../../support/real-time.ts'
import { realKubectl } from '../../support/kubectl.ts'

// Only an API server can say what a policy does: there is no other implementation of it (facts aws, 5, trap 4).
const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const kubectl = kubeconfig === undefined ? undefined : await realKubectl()
const program = kubectl !== undefined && 'path' in kubectl ? kubectl.path : undefined
const admission = 'admissionregistration.k8s.io'

/** The corpus in namespaces of this run alone: an API server without controllers never finishes deleting one. */
const suffix = `-${process.pid}`
const here = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value).replaceAll(/("(?:Secret |ConfigMap )?)(shop|quiet)(?=["/])/g, `$1$2${suffix}`),
  ) as T
const facts = here(corpusFacts)
const namespaceNamed = (name: string): string => here([name])[0] ?? name
const objectOf = (pod: CorpusPod): unknown => here(corpusObject(pod))

async function run(args: readonly string[], input = '') {
  return execa(program ?? 'kubectl', args, { input, reject: false, env: { KUBECONFIG: kubeconfig ?? '' } })
}

const list = (items: readonly unknown[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })

async function applied(items: readonly unknown[]): Promise<void> {
  const { exitCode, stderr } = await run(
    ['apply', '--server-side', '--force-conflicts', '-f', '-'],
    list(items),
  )
  if (exitCode !== 0) throw new Error(stderr)
}

/** The newest version of the API that serves the kind; a server may know it in several. */
async function servedVersion(): Promise<string | undefined> {
  const { stdout } = await run(['api-resources', `--api-group=${admission}`, '--no-headers'])
  const line = stdout.split('\n').find((each) => each.startsWith('mutatingadmissionpolicies '))
  return /admissionregistration\.k8s\.io\/\w+/.exec(line ?? '')?.[0]
}

type Admitted = Parameters<typeof viewOf>[0] & { readonly metadata: { readonly name: string } }

async function dryRun(items: readonly unknown[]): Promise<readonly Admitted[]> {
  const { stdout, stderr, exitCode } = await run(
    ['create', '--dry-run=server', '-o', 'json', '-f', '-'],
    list(items),
  )
  if (exitCode !== 0) throw new Error(stderr)
  // `create` prints one document behind the other, where `get` would print a List.
  return JSON.parse(`[${stdout.replaceAll(/^\}\n\{/gm, '},{')}]`) as readonly Admitted[]
}

async function deletePolicies(): Promise<void> {
  for (const kind of ['mutatingadmissionpolicybinding', 'mutatingadmissionpolicy']) {
    await run(['delete', `${kind}.${admission}`, keysPolicy, pullPolicy, '--ignore-not-found'])
  }
}

const runAll: Cluster['run'] = async (argv, stdin) => {
  // Whatever the context is called.
  const { stdout, stderr, exitCode } = await run(
    argv.filter((_, at) => argv[at] !== '--context' && argv[at - 1] !== '--context'),
    stdin,
  )
  return { outcome: 'exited', exitCode: exitCode ?? -1, signal: null, stdout, stderr, durationMs: 1 }
}

const named = (name: string) => podCorpus.find((pod) => pod.name === name)

async function untilInEffect(
  pod: CorpusPod | undefined,
  isInEffect: (pod: Admitted) => boolean,
): Promise<void> {
  if (pod === undefined) throw new Error('the corpus lacks the pod to wait with')
  for (let attempt = 0; attempt < 40; attempt++) {
    const [admitted] = await dryRun([objectOf(pod)])
    if (admitted !== undefined && isInEffect(admitted)) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error('the policies were not picked up in 20 s')
}

const hasKeys = ({ metadata }: Admitted) => metadata.annotations?.['devk8s.dev/aws-keys'] === 'env'

describe.skipIf(program === undefined)('the policies on a real API server', () => {
  const admitted = new Map<string, Admitted>()
  let again: readonly Admitted[] = []
  let version = ''

  beforeAll(async () => {
    const served = await servedVersion()
    if (served === undefined)
      throw new Error('the server of DEVK8S_TEST_KUBECONFIG has no MutatingAdmissionPolicy')
    version = served
    const accounts = [
      ...['api', 'worker', 'root', 'other', 'default'].map((name) => ({
        name,
        namespace: namespaceNamed('shop'),
      })),
      ...['api', 'default'].map((name) => ({ name, namespace: namespaceNamed('quiet') })),
      { name: 'default', namespace: 'kube-system' },
    ]
    const namespaces = Object.entries(corpusNamespaces).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespaceNamed(name), labels },
    }))
    await applied(namespaces)
    await applied(accounts.map((metadata) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata })))
    await applied([...keysPolicyObjects(version, facts), ...pullPolicyObjects(version)])
    // A service account of this run: policies of a run before may be in effect for a moment yet.
    await untilInEffect(named('account-listed'), hasKeys)
    await untilInEffect(named('image-of-ecr'), (pod) => viewOf(pod).imagePullSecrets.length === 1)
    for (const pod of await dryRun(podCorpus.map(objectOf))) admitted.set(pod.metadata.name, pod)
    again = await dryRun([...admitted.values()].map((pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod' })))
  }, 120_000)

  afterAll(async () => {
    await deletePolicies()
    await run(['delete', 'namespace', namespaceNamed('shop'), namespaceNamed('quiet'), '--wait=false'])
  })

  test.each(podCorpus.map((pod) => [pod.name, pod] as const))('%s', (name, pod) => {
    const got = admitted.get(name)
    expect(got && viewOf(got)).toEqual(expectedView(pod))
  })

  test('a pod that the policies have been over is not changed again', () => {
    expect(again.map(viewOf)).toEqual([...admitted.values()].map(viewOf))
  })

  test('the keeper brings the policies about, sees them take effect, and sees what is missing', async () => {
    await deletePolicies()
    const kubernetes = version.endsWith('/v1') ? 'v1.36.2' : 'v1.35.1'
    const cluster = { name: 'real', kubeconfig: kubeconfig ?? '', context: 'real', kubernetes, run: runAll }
    const pods = { namespaces: [namespaceNamed('shop')], serviceAccounts: [], roles: { admin: 'deny' } }
    const lab = realTime(imagesLab(cluster, { pods }))
    const look = async () => {
      lab.forget()
      return policiesKeeper.look(lab.upkeep, lab.context, { thorough: true })
    }
    const first = await look()
    if ('problem' in first) throw new Error(first.problem.detail)
    expect(first.changes.map(({ effect }) => effect)).toEqual(['create', 'create', 'create', 'create'])
    await policiesKeeper.renew(lab.upkeep, first, lab.context)
    expect(await look()).toMatchObject({ changes: [], detail: { inEffect: true, missing: [] } })
    const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/reader' }
    const metadata = { name: 'worker', namespace: namespaceNamed('shop'), annotations: role }
    await applied([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }])
    const account = `${metadata.namespace}/worker`
    expect(await look()).toMatchObject({
      changes: [{ effect: 'in-place', to: `with service account ${account}` }],
      detail: { missing: [account] },
    })
  }, 60_000)

  test('the keeper finds Secrets and ConfigMaps with AWS keys by the names in them', async () => {
    const [place, elsewhere] = ['shop', 'quiet'].map(namespaceNamed)
    const object = (kind: string, name: string, namespace = '', data: object = {}) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace },
      data,
    })
    await applied([
      object('Secret', 'mine', place, { AWS_SECRET_ACCESS_KEY: btoa('canary') }),
      object('Secret', 'other', place, { TOKEN: btoa('canary') }),
      object('Secret', 'empty', place),
      object('ConfigMap', 'choice', place, { AWS_PROFILE: '' }),
      object('Secret', 'mine', elsewhere, { AWS_ACCESS_KEY_ID: btoa('canary') }),
    ])
    const cluster = { name: 'real', kubeconfig: kubeconfig ?? '', context: 'real', run: runAll }
    const { upkeep, context } = imagesLab(cluster)
    const read = await readOwnSources(upkeep, context)
    if ('problem' in read) throw new Error(read.problem.detail)
    const ofThisRun = [...read.sources].filter(([source]) => source.includes(suffix))
    expect(Object.fromEntries(ofThisRun)).toEqual({
      [`ConfigMap ${place}/choice`]: 'AWS_PROFILE',
      [`Secret ${elsewhere}/mine`]: 'AWS_ACCESS_KEY_ID',
      [`Secret ${place}/mine`]: 'AWS_SECRET_ACCESS_KEY',
    })
  })

  test('eight thousand service accounts with long names fit in a policy, and the last is found', async () => {
    const serviceAccounts = Array.from(
      { length: 8_000 },
      (_, at) => `shop/account-of-some-service-with-a-name-of-quite-some-length-${at}`,
    )
    // Last in order, so in the last of the variables that it takes.
    const all = here([...serviceAccounts, 'shop/other'])
    const last = {
      name: 'last',
      spec: { containers: [{ name: 'app', image: 'nginx' }], serviceAccountName: 'other' },
    }
    const objects = keysPolicyObjects(version, { ...facts, serviceAccounts: all })
    expect(JSON.stringify(objects)).toContain('variables.serviceAccounts6')
    await applied(objects)
    await untilInEffect(last, hasKeys)
    const [got] = await dryRun([objectOf(last)])
    expect(got && viewOf(got)).toEqual(expectedView({ ...last, keys: ['app'] }))
  }, 60_000)
})

test('says whether an API server takes part', () => {
  const words =
    kubeconfig === undefined
      ? 'SKIPPED: DEVK8S_TEST_KUBECONFIG names no server, so the policies were not evaluated by one'
      : `against ${kubeconfig}${program === undefined ? ': SKIPPED, no kubectl' : ''}`
  process.stdout.write(`admission policies: ${words}\n`)
  expect(podCorpus.length).toBeGreaterThan(60)
})
