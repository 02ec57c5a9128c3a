import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addonObjects } from '../../../src/simulator/kube-api/addons.ts'
import { putObjects } from '../../../src/simulator/kube-api/store.ts'
import {
  contractNow,
  findKubectls,
  type KubeSubject,
  realKubectl,
  simulatedKubectl,
} from '../../fakes/kube-subject.ts'

const found = await findKubectls(process.env['PATH'] ?? '')
const [oldest, newest] = [found[0], found.at(-1)]
const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const namespace = 'devk8s-contract'

/** A real kubectl on a real API server. What is checked lives in one namespace, deleted before and after. */
function realCluster(path: string, version: string, config: string): KubeSubject {
  const run = async (argv: readonly string[], stdin: string): ReturnType<KubeSubject['run']> => {
    const options = {
      reject: false,
      input: stdin,
      stripFinalNewline: false,
      env: { KUBECONFIG: config },
    } as const
    const ran = await execa(path, argv, options)
    return { stdout: ran.stdout, stderr: ran.stderr, exitCode: ran.exitCode ?? -1 }
  }
  return {
    name: 'a real cluster',
    version,
    run,
    change: () => undefined,
    close: async () => {
      await run(['delete', 'ns', namespace, '--ignore-not-found'], '')
    },
  }
}

interface SubjectMaker {
  readonly name: string
  make(): Promise<KubeSubject>
}

const several = oldest?.path === newest?.path ? [newest] : [oldest, newest]
const subjects: readonly SubjectMaker[] = [
  {
    name: 'the simulated kubectl on the simulated API',
    make: () => Promise.resolve(simulatedKubectl('v1.35.1')),
  },
  ...several
    .filter((each) => each !== undefined)
    .map((each) => ({
      name: `kubectl ${each.version} on the simulated API`,
      make: () => realKubectl(each, 'v1.35.1'),
    })),
  ...(kubeconfig === undefined || newest === undefined
    ? []
    : [
        {
          name: 'kubectl on the API of DEVK8S_TEST_KUBECONFIG',
          make: () => Promise.resolve(realCluster(newest.path, newest.version, kubeconfig)),
        },
      ]),
]

const settings = (a: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: ${namespace}\ndata:\n  a: "${a}"\n`
const applyAs = (manager: string): readonly string[] => [
  'apply',
  '--server-side',
  `--field-manager=${manager}`,
  '-f',
  '-',
]
const inNamespace = ['-n', namespace] as const

// The same steps must end alike with every kubectl and every API server.
describe.each(subjects)('with $name', ({ make }) => {
  let subject: KubeSubject
  beforeAll(async () => {
    subject = await make()
    await subject.run(['create', 'ns', namespace], '')
  }, 60_000)
  afterAll(() => subject.close())

  test('kube-api 12, 13, 14, 15: apply, again, in conflict, by force', async () => {
    const steps: (readonly [readonly string[], string])[] = [
      [applyAs('devk8s'), settings('1')],
      [applyAs('devk8s'), settings('1')],
      [applyAs('other'), settings('2')],
      [[...applyAs('other'), '--force-conflicts'], settings('2')],
    ]
    const runs = []
    for (const [argv, stdin] of steps) runs.push(await subject.run(argv, stdin))
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 1, 0])
    expect(runs[2]?.stderr).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "devk8s": \.data\.a\n/,
    )
    const left = await subject.run(['get', 'cm', 'settings', ...inNamespace, '-o', 'json'], '')
    expect((JSON.parse(left.stdout) as { data: unknown }).data).toEqual({ a: '2' })
  })

  test('kube-api 9, 19, 21: what is missing and what is invalid', async () => {
    const missing = await subject.run(['get', 'cm', 'nope', ...inNamespace], '')
    expect(missing.stderr).toBe('Error from server (NotFound): configmaps "nope" not found\n')
    const ignored = await subject.run(
      ['get', 'cm', 'nope', ...inNamespace, '--ignore-not-found', '-o', 'json'],
      '',
    )
    expect([ignored.exitCode, ignored.stdout]).toEqual([0, ''])
    const invalid = await subject.run(applyAs('devk8s'), settings('1').replace('settings', 'Not_Valid'))
    expect(invalid.stderr).toMatch(/^The ConfigMap "Not_Valid" is invalid: metadata\.name: Invalid value/)
    const nowhere = await subject.run(applyAs('devk8s'), settings('1').replace(namespace, 'nothere-at-all'))
    expect(nowhere.stderr).toBe('Error from server (NotFound): namespaces "nothere-at-all" not found\n')
  })

  test('kubectl 16, 17, 18: label, annotate, patch', async () => {
    const label = (
      ...words: readonly string[]
    ): Promise<{ readonly stdout: string; readonly exitCode: number }> =>
      subject.run(['label', 'ns', namespace, ...words], '')
    const labels = [
      await label('team=a'),
      await label('team=a'),
      await label('team=b'),
      await label('team=b', '--overwrite'),
    ]
    expect(labels.map(({ exitCode }) => exitCode)).toEqual([0, 0, 1, 0])
    expect(labels.map(({ stdout }) => stdout)).toEqual(
      ['labeled', 'not labeled', '', 'labeled'].map((word) =>
        word === '' ? '' : `namespace/${namespace} ${word}\n`,
      ),
    )
    const annotated = await subject.run(['annotate', 'ns', namespace, 'devk8s.dev/x=1'], '')
    expect(annotated.stdout).toMatch(/ annotated?\n$/)
    const patch = [
      'patch',
      'serviceaccount',
      'default',
      ...inNamespace,
      '-p',
      '{"imagePullSecrets":[{"name":"regcred"}]}',
    ]
    expect((await subject.run(patch, '')).stdout).toBe('serviceaccount/default patched\n')
    expect((await subject.run(patch, '')).stdout).toBe('serviceaccount/default patched (no change)\n')
  })

  test('kubectl 33, 36, 37: create, tried and done, and scale', async () => {
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'probe', namespace } }
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'nginx' }] },
        },
      },
    }
    const tried = JSON.stringify({ ...pod, spec: { containers: [{ name: 'c', image: 'x' }] } })
    const dry = await subject.run(['create', '--dry-run=server', '-o', 'json', '-f', '-'], tried)
    expect((JSON.parse(dry.stdout) as typeof pod).metadata.name).toBe('probe')
    const gone = await subject.run(['get', 'pod', 'probe', ...inNamespace, '--ignore-not-found'], '')
    expect([gone.exitCode, gone.stdout]).toEqual([0, ''])
    const create = ['create', '-f', '-'] as const
    expect((await subject.run(create, JSON.stringify(deployment))).stdout).toBe(
      'deployment.apps/web created\n',
    )
    const again = await subject.run(create, JSON.stringify(deployment))
    expect(again.stderr).toBe(
      'Error from server (AlreadyExists): error when creating "STDIN": deployments.apps "web" already exists\n',
    )
    const scaled = await subject.run(['scale', 'deploy/web', '--replicas=0', ...inNamespace], '')
    expect(scaled.stdout).toBe('deployment.apps/web scaled\n')
    const left = await subject.run(['get', 'deploy', 'web', ...inNamespace, '-o', 'json'], '')
    expect((JSON.parse(left.stdout) as typeof deployment).spec.replicas).toBe(0)
  })

  test('kubectl 38, 40, 46: deleting by label, and patching what standard input names', async () => {
    const object = (kind: string, name: string): string =>
      JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, namespace, labels: { team: 'shop' } } })
    const items = ['one', 'two'].map((name) => object('Secret', name)).join(',')
    const secrets = `{"apiVersion":"v1","kind":"List","items":[${items}]}`
    await subject.run(applyAs('devk8s'), secrets)
    const byLabel = ['delete', 'secret', '-l', 'team=shop', ...inNamespace] as const
    // kubectl 1.34 and later add from where.
    expect((await subject.run(byLabel, '')).stdout).toMatch(
      /^secret "one" deleted.*\nsecret "two" deleted.*\n$/,
    )
    expect((await subject.run(byLabel, '')).stdout).toBe('No resources found\n')

    const own = `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"own","namespace":"${namespace}"},"imagePullSecrets":[{"name":"theirs"}]}`
    await subject.run(['create', '-f', '-'], own)
    const patch = ['patch', '-f', '-', '-p', '{"imagePullSecrets":[{"name":"ours"}]}'] as const
    const patched = await subject.run(patch, object('ServiceAccount', 'own'))
    expect([patched.exitCode, patched.stdout]).toEqual([0, 'serviceaccount/own patched\n'])
    const account = await subject.run(['get', 'sa', 'own', ...inNamespace, '-o', 'json'], '')
    expect((JSON.parse(account.stdout) as { imagePullSecrets: unknown }).imagePullSecrets).toEqual([
      { name: 'ours' },
    ])
    const missing = await subject.run(patch, object('ServiceAccount', 'nobody'))
    expect([missing.exitCode, missing.stderr]).toEqual([
      1,
      'Error from server (NotFound): serviceaccounts "nobody" not found\n',
    ])
    await subject.run(['delete', 'sa', 'own', ...inNamespace], '')
  })

  test('kubectl 6, 9: tables, names and JSON of one list', async () => {
    const list = (
      ...words: readonly string[]
    ): Promise<{ readonly stdout: string; readonly stderr: string }> =>
      subject.run(['get', 'sa', ...inNamespace, ...words], '')
    expect((await list()).stdout).toMatch(/^NAME +/)
    expect((await list('-o', 'name')).stdout).toBe('serviceaccount/default\n')
    expect((JSON.parse((await list('-o', 'json')).stdout) as { kind: unknown }).kind).toBe('List')
    expect((await list('-l', 'no=such')).stderr).toBe(`No resources found in ${namespace} namespace.\n`)
  })
})

describe('a real kubectl follows workloads on the simulated API', () => {
  test.skipIf(newest === undefined)(
    'kube-api 36, 37: rollout restart, and its status',
    { timeout: 60_000 },
    async () => {
      const subject = await realKubectl(newest!, 'v1.35.1')
      const objects = addonObjects('metrics-server', 'amd64')
      subject.change({
        store: (store) => putObjects(store, objects, contractNow),
        faults: { readyAfterMs: 300 },
      })
      const place = ['deploy/metrics-server', '-n', 'kube-system'] as const
      const first = await subject.run(['rollout', 'status', ...place, '--timeout=10s'], '')
      const restarted = await subject.run(['rollout', 'restart', ...place], '')
      const second = await subject.run(['rollout', 'status', ...place, '--timeout=10s'], '')
      await subject.close()
      expect([first.exitCode, restarted.exitCode, second.exitCode]).toEqual([0, 0, 0])
      expect(second.stdout).toContain('deployment "metrics-server" successfully rolled out\n')
    },
  )

  test('says which kubectls take part', () => {
    const names = found.map(({ version }) => version)
    const cluster = kubeconfig === undefined ? 'no real cluster (DEVK8S_TEST_KUBECONFIG)' : 'a real cluster'
    const line =
      names.length === 0
        ? 'no real kubectl on PATH: skipped'
        : `kubectl ${names.join(', ')}; oldest and newest used`
    process.stdout.write(`kube contract: ${line}; ${cluster}\n`)
    expect(subjects.length).toBeGreaterThan(0)
  })
})
