import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { simulatedCluster } from '../../fakes/images-lab.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { attachPatch, detachPatch, parseWorkload, templateOf } from '../../../src/pods/attach.ts'
import { keyedContainers } from '../../../src/pods/pod.ts'
import { namespace, podsLab } from './lab.ts'

interface ContainerOf {
  readonly name: string
  readonly image?: string
  readonly env?: readonly object[]
  readonly envFrom?: readonly object[]
}

const none = new Map<string, string>()
const ours = { secretRef: { name: 'aws-credentials', optional: true } }

function workload(
  kind: string,
  containers: readonly ContainerOf[],
  initContainers: readonly ContainerOf[] = [],
): KubeObject {
  const filled = (list: readonly ContainerOf[]) => list.map((each) => ({ image: 'nginx', ...each }))
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: {
      containers: filled(containers),
      ...(initContainers.length === 0 ? {} : { initContainers: filled(initContainers) }),
    },
  }
  const isCron = kind === 'CronJob'
  return {
    apiVersion: isCron ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'shop' },
    spec: isCron
      ? { schedule: '0 0 * * *', jobTemplate: { spec: { template } } }
      : { selector: { matchLabels: { app: 'web' } }, template },
  }
}

describe('which workload', () => {
  test.each([
    ['deploy/api', { kind: 'Deployment', name: 'api' }],
    ['Deployments/api', { kind: 'Deployment', name: 'api' }],
    ['deployment.apps/api', { kind: 'Deployment', name: 'api' }],
    ['sts/db', { kind: 'StatefulSet', name: 'db' }],
    ['ds/agent', { kind: 'DaemonSet', name: 'agent' }],
    ['cronjob/nightly', { kind: 'CronJob', name: 'nightly' }],
    ['job/once', undefined],
    ['pod/api-1', undefined],
    ['api', undefined],
    ['deploy/', undefined],
    ['shop/deploy/api', undefined],
  ])('%s', (typed, found) => {
    expect(parseWorkload(typed)).toEqual(found)
  })
})

describe('the patch', () => {
  test('is bound to the containers that it was made for', () => {
    expect(attachPatch(workload('Deployment', [{ name: 'app' }]), none)).toEqual({
      operations: [
        { op: 'test', path: '/spec/template/spec/containers/0/name', value: 'app' },
        { op: 'add', path: '/spec/template/spec/containers/0/envFrom', value: [ours] },
        { op: 'add', path: '/metadata/annotations', value: {} },
        { op: 'add', path: '/metadata/annotations/devk8s.dev~1aws-attached', value: 'app' },
      ],
      lines: ['container app: envFrom Secret aws-credentials, before all else it takes variables from'],
    })
  })

  test('leaves credentials of a container’s own alone, and is empty when nothing is left', () => {
    const own = { name: 'own', env: [{ name: 'AWS_PROFILE', value: 'x' }] }
    const has = { name: 'has', envFrom: [ours] }
    expect(attachPatch(workload('Deployment', [own, has]), none).operations).toEqual([])
    expect(attachPatch(workload('Deployment', [own, { name: 'app' }]), none).lines).toHaveLength(1)
    expect(detachPatch(workload('Deployment', [has])).operations).toEqual([])
  })

  test('leaves alone what takes keys from a Secret or ConfigMap of its own', () => {
    const containers = [
      { name: 'keys', envFrom: [{ secretRef: { name: 'mine' } }] },
      { name: 'choice', envFrom: [{ configMapRef: { name: 'choice' } }] },
      { name: 'app', envFrom: [{ configMapRef: { name: 'mine' } }] },
    ]
    const sources = new Map([
      ['Secret shop/mine', 'AWS_ACCESS_KEY_ID'],
      ['ConfigMap shop/choice', 'AWS_PROFILE'],
      ['ConfigMap other/mine', 'AWS_PROFILE'],
    ])
    expect(attachPatch(workload('Deployment', containers), sources).lines).toEqual([
      'container app: envFrom Secret aws-credentials, before all else it takes variables from',
    ])
  })
})

const variable = fc.constantFrom(
  { name: 'LOG_LEVEL', value: 'debug' },
  { name: 'AWS_REGION', value: 'eu-west-1' },
  { name: 'AWS_DEFAULT_REGION', value: 'eu-west-1' },
  { name: 'AWS_PROFILE', value: 'x' },
)
const source = fc.constantFrom({ configMapRef: { name: 'c' } }, { secretRef: { name: 's' } })
const container = (at: number) =>
  fc.record(
    {
      name: fc.constant(`c${at}`),
      env: fc.uniqueArray(variable, { minLength: 1, selector: ({ name }) => name }),
      envFrom: fc.array(source, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ['name'] },
  )
const kinds = fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet', 'CronJob')

describe('attached and taken back in a cluster', () => {
  test('the workload is as it was; attached twice it changes once', async () => {
    const lab = await podsLab(simulatedCluster())
    await lab.apply(namespace('shop'))
    let at = 0
    const live = async (kind: string, name: string): Promise<KubeObject> => {
      const found = await lab.get(kind.toLowerCase(), name, 'shop')
      if (found === undefined) throw new Error(`no ${kind}`)
      return found
    }
    const patch = async (kind: string, name: string, operations: unknown) => {
      const args = [
        'patch',
        kind.toLowerCase(),
        name,
        '-n',
        'shop',
        '--type',
        'json',
        '-p',
        JSON.stringify(operations),
      ]
      const ran = await lab.kubectl(...args)
      if (ran.exitCode !== 0) throw new Error(ran.stderr)
    }
    const wants = fc.tuple(
      kinds,
      fc.tuple(container(0), container(1)),
      fc.option(container(2), { nil: undefined }),
    )
    await fc.assert(
      fc.asyncProperty(wants, async ([kind, containers, first]) => {
        const object = workload(kind, containers, first === undefined ? [] : [first])
        const name = `web-${at++}`
        await lab.apply({ ...object, metadata: { name, namespace: 'shop' } })
        const before = await live(kind, name)
        const { operations } = attachPatch(before, none)
        if (operations.length === 0) return
        await patch(kind, name, operations)
        const attached = await live(kind, name)
        expect(keyedContainers(templateOf(attached)).length).toBeGreaterThan(0)
        expect(attachPatch(attached, none).operations).toEqual([])
        await patch(kind, name, detachPatch(attached).operations)
        const after = await live(kind, name)
        expect(after['spec']).toEqual(before['spec'])
        expect(detachPatch(after).operations).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})
