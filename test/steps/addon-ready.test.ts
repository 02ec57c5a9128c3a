import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Step } from '../../src/plan/step.ts'
import { runner } from '../../src/steps/addon-ready.ts'
import {
  exited,
  profile,
  recordedConfig,
  replay,
  testWorld,
  type Answer,
  type TestWorld,
} from './cluster-world.ts'

type Want = Partial<Step<'addon.ready'>['want']>

function stepFor(world: TestWorld, addon: string, want: Want = {}): Step<'addon.ready'> {
  const { ref: minikube, kubectl } = world
  return {
    id: `addon.${addon}`,
    kind: 'addon.ready',
    title: `Add-on ${addon}`,
    want: { addon, options: {}, minikube, kubectl, nodeArch: 'amd64', ...want },
    needs: [],
  }
}

/** The recorded cluster with these add-ons recorded as enabled. */
async function worldWith(
  addons: Readonly<Record<string, boolean>>,
  answers: Readonly<Record<string, Answer>> = {},
  images: Readonly<Record<string, string>> | null = null,
): Promise<TestWorld> {
  const world = await testWorld(answers)
  await world.put(
    profile,
    JSON.stringify({ ...JSON.parse(recordedConfig()), Addons: addons, CustomAddonImages: images }),
  )
  return world
}

const list = (...items: readonly KubeObject[]): Answer =>
  exited(0, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))

function deployment(namespace: string, name: string, available: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { replicas: 1, selector: { matchLabels: { app: name } } },
    status: { updatedReplicas: 1, availableReplicas: available },
  }
}

function pod(namespace: string, name: string, ready: boolean, extra: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...extra },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

describe('check', () => {
  test('not recorded as enabled: absent, without a child', async () => {
    const world = await worldWith({ ingress: false })
    expect(await runner.check(stepFor(world, 'ingress'), world.context)).toMatchObject({
      state: 'absent',
      changes: [{ field: 'addon.ingress', to: 'enabled' }],
    })
    expect(world.commands).toEqual([])
  })

  test.each([
    ['a Deployment', 'ingress', deployment('ingress-nginx', 'ingress-nginx-controller', 1)],
    ['a bare pod', 'ingress-dns', pod('kube-system', 'kube-ingress-dns-minikube', true)],
    ['a storage class and nothing else', 'default-storageclass', undefined],
  ])('enabled and %s: ready', async (_name, addon, object) => {
    const world = await worldWith({ [addon]: true }, { 'kubectl ': list(...(object ? [object] : [])) })
    expect(await runner.check(stepFor(world, addon), world.context)).toMatchObject({ state: 'ready' })
  })

  test('two checks share one kubectl call', async () => {
    const world = await worldWith(
      { 'metrics-server': true, 'registry-creds': true },
      {
        'kubectl ': list(
          deployment('kube-system', 'metrics-server', 1),
          deployment('kube-system', 'registry-creds', 1),
        ),
      },
    )
    const found = await Promise.all(
      ['metrics-server', 'registry-creds'].map((addon) => runner.check(stepFor(world, addon), world.context)),
    )
    expect(found.map(({ state }) => state)).toEqual(['ready', 'ready'])
    expect(world.commands.length).toBe(1)
  })

  test('enabled but nothing runs: drifted, with the workload named', async () => {
    const world = await worldWith({ dashboard: true }, { 'kubectl ': list() })
    expect(await runner.check(stepFor(world, 'dashboard'), world.context)).toMatchObject({
      state: 'drifted',
      changes: [
        { field: 'kubernetes-dashboard/kubernetes-dashboard', to: 'ready (now: not there yet)' },
        { field: 'kubernetes-dashboard/dashboard-metrics-scraper' },
      ],
    })
  })

  test('enabled but its image cannot be pulled: the reason is told', async () => {
    const failing = {
      ...pod('kube-system', 'registry-creds-x', false, { labels: { app: 'registry-creds' } }),
      status: {
        phase: 'Pending',
        containerStatuses: [{ name: 'c', image: 'x', state: { waiting: { reason: 'ImagePullBackOff' } } }],
      },
    }
    const world = await worldWith(
      { 'registry-creds': true },
      { 'kubectl ': list(deployment('kube-system', 'registry-creds', 0), failing) },
    )
    const found = await runner.check(stepFor(world, 'registry-creds'), world.context)
    expect(JSON.stringify(found)).toContain('ImagePullBackOff')
  })

  test('pods of a controller that is not among the usual kinds count by their owner', async () => {
    const owned = pod('kube-system', 'registry-abcde', true, {
      ownerReferences: [{ kind: 'ReplicationController', name: 'registry' }],
    })
    const proxy = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'registry-proxy', namespace: 'kube-system' },
      status: { desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 },
    }
    const world = await worldWith({ registry: true }, { 'kubectl ': list(owned, proxy) })
    expect(await runner.check(stepFor(world, 'registry'), world.context)).toMatchObject({ state: 'ready' })
  })

  test('an add-on devk8s does not know is looked for by label, or said to be unwatched', async () => {
    const labelled = deployment('yakd-dashboard', 'yakd', 0)
    const withLabel = {
      ...labelled,
      metadata: { ...labelled.metadata, labels: { 'kubernetes.io/minikube-addons': 'yakd' } },
    }
    const world = await worldWith({ yakd: true, gvisor: true }, { 'kubectl ': list(withLabel) })
    expect(await runner.check(stepFor(world, 'yakd'), world.context)).toMatchObject({ state: 'drifted' })
    expect(await runner.check(stepFor(world, 'gvisor'), world.context)).toMatchObject({
      state: 'ready',
      notes: [{ level: 'info' }],
    })
  })

  test('registry-creds on arm64 (minikube#21211): said, not enabled', async () => {
    const world = await worldWith({})
    const step = stepFor(world, 'registry-creds', { nodeArch: 'arm64' })
    expect(await runner.check(step, world.context)).toMatchObject({
      state: 'ready',
      notes: [{ level: 'warning', text: expect.stringContaining('minikube#21211') }],
      detail: { enabled: false },
    })
    const enabled = await worldWith({ 'registry-creds': true })
    const again = stepFor(enabled, 'registry-creds', { nodeArch: 'arm64' })
    expect(await runner.check(again, enabled.context)).toMatchObject({
      state: 'ready',
      notes: [{ text: expect.stringContaining('minikube addons disable registry-creds -p devk8s') }],
    })
    expect(enabled.commands).toEqual([])
  })

  test.each([
    ['ingress', 'traefik'],
    ['traefik', 'ingress'],
  ])('%s while %s is enabled: refused', async (addon, other) => {
    const world = await worldWith({ [other]: true })
    expect(await runner.check(stepFor(world, addon), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK3033', next: [`minikube addons disable ${other} -p devk8s`, 'devk8s up'] },
    })
  })

  test('an API server that does not answer is its own problem', async () => {
    const world = await worldWith(
      { ingress: true },
      {
        'kubectl ': exited(
          1,
          '',
          'The connection to the server x was refused - did you specify the right host?',
        ),
      },
    )
    expect(await runner.check(stepFor(world, 'ingress'), world.context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK4001' },
    })
  })
})

describe('options', () => {
  const options = { images: 'RegistryCreds=acme/creds:2', registries: 'RegistryCreds=registry.acme.test' }
  const answers = {
    'kubectl ': list(deployment('kube-system', 'registry-creds', 1)),
    'addons enable': replay('running-k8s-012'),
  }

  test('what minikube has recorded is ready, also beside the images of other add-ons', async () => {
    const world = await worldWith({ 'registry-creds': true }, answers, {
      RegistryCreds: 'acme/creds:2',
      Registry: 'acme/registry:3',
    })
    const step = stepFor(world, 'registry-creds', { options: { images: options.images } })
    expect(await runner.check(step, world.context)).toMatchObject({ state: 'ready' })
  })

  test('what has changed is named, and the add-on enabled again', async () => {
    const world = await worldWith({ 'registry-creds': true }, answers, { RegistryCreds: 'acme/creds:1' })
    const step = stepFor(world, 'registry-creds', { options })
    const found = await runner.check(step, world.context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [
        { field: 'addon.registry-creds.images.RegistryCreds', from: 'acme/creds:1', to: 'acme/creds:2' },
        { field: 'addon.registry-creds.registries.RegistryCreds', to: 'registry.acme.test' },
      ],
    })
    await expect(runner.apply(step, found, world.context)).rejects.toMatchObject({
      // The replayed minikube records nothing, as for a name that the add-on does not have.
      problems: [
        {
          code: 'DK3031',
          detail: expect.stringContaining('no notice of images.RegistryCreds=acme/creds:2, registries.'),
          next: ['minikube addons images registry-creds', 'devk8s profile validate'],
        },
      ],
    })
    expect(world.calls()).toEqual([
      `minikube addons enable registry-creds -p devk8s --images=${options.images} --registries=${options.registries}`,
    ])
  })
})

describe('apply', () => {
  test('what is there and not ready yet is waited for, what is missing is enabled again', async () => {
    const answers = { 'addons enable': replay('running-k8s-010') }
    const starting = await worldWith(
      { ingress: true },
      { ...answers, 'kubectl ': list(deployment('ingress-nginx', 'ingress-nginx-controller', 0)) },
    )
    const gone = await worldWith({ ingress: true }, { ...answers, 'kubectl ': list() })
    for (const world of [starting, gone]) {
      const step = stepFor(world, 'ingress')
      await runner.apply(step, await runner.check(step, world.context), world.context)
    }
    expect(starting.commands.some(({ changes }) => changes)).toBe(false)
    expect(gone.commands.some(({ changes }) => changes)).toBe(true)
  })

  test.each([
    ['ingress', 'running-k8s-010', 0],
    // Recorded: two disclaimers, marked like warnings.
    ['registry-creds', 'running-k8s-012', 2],
  ])('%s is enabled by one call', async (addon, number, notes) => {
    const world = await worldWith({}, { 'addons enable': replay(number) })
    const step = stepFor(world, addon)
    await runner.apply(step, await runner.check(step, world.context), world.context)
    expect(world.calls()).toEqual([`minikube addons enable ${addon} -p devk8s`])
    expect(world.notes.length).toBe(notes)
  })

  test.each([
    ['nosuch', 'running-k8s-014', 'DK3030', 'is not a valid addon'],
    ['ingress', 'running-k8s-039', 'DK3031', 'MK_ADDON_ENABLE'],
    ['ingress', 'running-014', 'DK3031', 'MK_USAGE'],
  ])('%s (%s): %s', async (addon, number, code, words) => {
    const world = await worldWith(
      {},
      { 'addons enable': replay(number), 'addons list': replay('running-k8s-018') },
    )
    const step = stepFor(world, addon)
    const found = await runner.check(step, world.context)
    await expect(runner.apply(step, found, world.context)).rejects.toMatchObject({
      problems: [{ code, detail: expect.stringContaining(words) }],
    })
  })

  test('exit 11: paused, or the node is lost', async () => {
    const stderr = 'X Exiting due to MK_ADDON_ENABLE_PAUSED: enabled failed: get-state\n'
    const world = await worldWith({}, { 'addons enable': exited(11, '\n\n', stderr) })
    const step = stepFor(world, 'ingress')
    const found = await runner.check(step, world.context)
    await expect(runner.apply(step, found, world.context)).rejects.toMatchObject({
      problems: [{ code: 'DK3032', next: ['devk8s up'] }],
    })
  })
})
