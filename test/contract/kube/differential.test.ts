import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addonObjects } from '../../../src/simulator/kube-api/addons.ts'
import { putObjects } from '../../../src/simulator/kube-api/store.ts'
import { scrub } from '../../fakes/kube-recording.ts'
import {
  contractNow,
  findKubectls,
  type KubeRun,
  minorOf,
  realKubectl,
  simulatedKubectl,
} from '../../fakes/kube-subject.ts'

const found = await findKubectls(process.env['PATH'] ?? '')
// The simulated kubectl stands in for 1.33, so only that one can be expected to print the same.
const twin = found.find(({ version }) => minorOf(version) === 33)

const list = (...objects: readonly object[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
const configMap = (name: string, more: object = { data: { a: '1' } }): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  ...more,
})
const apply = ['apply', '--server-side', '--field-manager=devk8s', '--force-conflicts=false', '-f', '-']
const manyKinds =
  'Namespace,ConfigMap,Secret,ServiceAccount,Service,Deployment.apps,DaemonSet.apps,Job.batch,Ingress.networking.k8s.io'
const badDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x', namespace: 'default' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: {} }, spec: { containers: [] } },
  },
}

/** What devk8s asks of kubectl, and what goes wrong with it, beyond the recordings; in this order. */
const cases: readonly (readonly [readonly string[], string])[] = [
  [['get', manyKinds, '-A', '-o', 'json', '--request-timeout=15s'], ''],
  [['get', manyKinds, '-A', '-l', 'no=such', '-o', 'json'], ''],
  [['get', 'Namespace/default', 'ConfigMap/nope', '-n', 'default', '--ignore-not-found', '-o', 'json'], ''],
  [['get', 'ConfigMap/nope', '-n', 'default', '--ignore-not-found', '-o', 'json'], ''],
  [['get', 'ConfigMap/nope', 'Secret/nope', '-n', 'default', '-o', 'json'], ''],
  [['get', 'Gadget.example.dev', '-A', '-o', 'json'], ''],
  [['get', 'pods,gadgets', '-A', '-o', 'json'], ''],
  [['get', 'gadget/x', '-o', 'json'], ''],
  [['get', 'deploy', '-A'], ''],
  [['get', 'pods', '-n', 'kube-system'], ''],
  [['get', 'deploy,svc,ds', '-n', 'kube-system'], ''],
  [['get', 'deploy', '-n', 'default', '-o', 'name'], ''],
  [['get', 'events', '-A', '-o', 'name'], ''],
  [['get', 'storageclass'], ''],
  [['get', 'pods', '-A', '--field-selector', 'status.phase=Running', '-o', 'name'], ''],
  [apply, list(configMap('one'), configMap('two'))],
  [apply, list(configMap('one', { data: { a: 1 } }), configMap('two'))],
  [apply, list(configMap('one', { nope: 1 }))],
  [apply, list(badDeployment)],
  [
    apply,
    list({ apiVersion: 'example.dev/v1', kind: 'Gadget', metadata: { name: 'x' } }, configMap('three')),
  ],
  [[...apply, '-o', 'json'], list(configMap('one'))],
  [[...apply, '-o', 'json'], list(configMap('one'), configMap('two'))],
  [[...apply, '--dry-run=server'], list(configMap('four'))],
  [apply, 'a: 1\n'],
  [apply, list({ kind: 'ConfigMap', metadata: { name: 'x' } }, configMap('three'))],
  [apply, list({ a: 1 })],
  [apply, list(configMap('one', { nope: 1 }), configMap('Not_Valid'), configMap('three'))],
  [
    apply,
    `apiVersion: example.dev/v1\nkind: Gadget\nmetadata:\n  name: x\n---\n${JSON.stringify(configMap('Not_Valid'))}\n---\na: [\n`,
  ],
  [apply, list({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })],
  [apply, '[]\n'],
  [apply, 'just text\n'],
  [
    ['apply', '--server-side', '--field-manager=third', '-f', '-'],
    list(configMap('one', { data: { a: '7' } }), configMap('three', { data: { a: '7' } })),
  ],
  [
    ['apply', '--server-side', '--field-manager=third', '-f', '-'],
    list(configMap('one', { data: { a: '7' } }), {
      apiVersion: 'example.dev/v1',
      kind: 'Gadget',
      metadata: { name: 'x' },
    }),
  ],
  [
    apply,
    list(
      { apiVersion: 'example.dev/v1', kind: 'Gadget', metadata: { name: 'x' } },
      { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'x' } },
    ),
  ],
  [
    apply,
    `apiVersion: example.dev/v1\nkind: Gadget\nmetadata:\n  name: x\n---\napiVersion: example.dev/v1\nkind: Widget\nmetadata:\n  name: z\n`,
  ],
  [
    apply,
    `${JSON.stringify(configMap('five'))}\n---\nkind: ConfigMap\nmetadata:\n  name: x\n---\n${JSON.stringify(configMap('six'))}`,
  ],
  [['delete', '-f', '-', '--wait=false'], 'a: 1\n'],
  [
    ['delete', '-f', '-', '--wait=false'],
    list({ apiVersion: 'example.dev/v1', kind: 'Gadget', metadata: { name: 'x' } }),
  ],
  [['delete', '-f', '-', '--wait=false'], ''],
  [['delete', 'cm'], ''],
  [['get'], ''],
  [['get', 'pods', '--fool'], ''],
  [['get', 'pods', '-o'], ''],
  [['frobnicate'], ''],
  [['get', 'pods', '-o', 'nope'], ''],
  [['get', 'pods/x', 'y'], ''],
  [['label', 'cm', 'one'], ''],
  [['patch', 'cm', 'one', '--type', 'x', '-p', '{}'], ''],
  [['rollout', 'restart', 'cm/one'], ''],
  [['create', 'ns'], ''],
  [apply, '# nothing\n---\n'],
  [apply, 'kind: ConfigMap\nmetadata:\n  name: x\n'],
  [
    ['apply', '--server-side', '--field-manager=other', '-f', '-'],
    list(configMap('one', { data: { a: '2' } })),
  ],
  [['patch', 'cm', 'one', '--type=merge', '-p', '{"data":{"b":"1"}}'], ''],
  [['patch', 'cm/one', '--type=json', '-p', '[{"op":"add","path":"/data/c","value":"1"}]'], ''],
  [['label', 'cm', 'one', 'x=y', 'z=1'], ''],
  [['label', 'cm', 'one', 'x-'], ''],
  [['annotate', 'cm', 'one', 'x/y=1'], ''],
  [['annotate', 'cm', 'one', 'x/y=2'], ''],
  [['annotate', 'cm', 'one', 'x/y=2', '--overwrite'], ''],
  [['rollout', 'restart', 'deploy/metrics-server', '-n', 'kube-system'], ''],
  [['rollout', 'restart', 'deploy/nope', '-n', 'kube-system'], ''],
  [['delete', 'cm', 'two', 'nope', '--wait=false'], ''],
  [['delete', 'cm', 'two', '--ignore-not-found'], ''],
  [['delete', '-f', '-', '--ignore-not-found', '--wait=false'], list(configMap('one'), configMap('nope'))],
  [['delete', 'deploy', 'metrics-server', '-n', 'kube-system', '--wait=false'], ''],
  [['create', 'ns', 'Bad_Name'], ''],
  [['get', '--raw', '/api/v1/namespaces/nope'], ''],
  [['get', '--raw', '/apis/apps/v1/namespaces/kube-system/deployments/nope'], ''],
  [['version', '--client'], ''],
  [['version'], ''],
]

const scrubTwin = (run: KubeRun): KubeRun => ({
  ...run,
  stdout: scrub(run.stdout).replace(/-[a-z0-9]{10}-[a-z0-9]{5}\b/g, '-POD'),
  // kubectl names itself by its file.
  stderr: scrub(run.stderr).replaceAll('kubectl.1.33 ', 'kubectl '),
})

describe.skipIf(twin === undefined)(
  'the simulated kubectl prints what kubectl 1.33 prints on the same cluster',
  () => {
    const runs: { readonly real: KubeRun; readonly simulated: KubeRun }[] = []
    const subjects: { close(): Promise<void> }[] = []

    beforeAll(async () => {
      const real = await realKubectl(twin!, 'v1.33.1')
      const simulated = simulatedKubectl('v1.33.1')
      subjects.push(real, simulated)
      for (const subject of [real, simulated]) {
        const objects = [
          ...addonObjects('metrics-server', 'amd64'),
          ...addonObjects('default-storageclass', 'amd64'),
        ]
        subject.change({
          store: (store) => putObjects(store, objects, contractNow - 60_000),
          faults: { readyAfterMs: 0 },
        })
      }
      for (const [argv, stdin] of cases) {
        const ran = await Promise.all([real.run(argv, stdin), simulated.run(argv, stdin)])
        runs.push({ real: scrubTwin(ran[0]), simulated: scrubTwin(ran[1]) })
      }
    }, 120_000)
    afterAll(() => Promise.all(subjects.map((subject) => subject.close())))

    test.each(cases.map(([argv], index) => ({ index, line: argv.join(' ') })))(
      'kubectl 31, 32: $index: $line',
      ({ index }) => {
        expect(runs[index]?.simulated).toEqual(runs[index]?.real)
      },
    )
  },
)
