import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { realHashing } from '../../src/adapters/hash.ts'
import { realNet } from '../../src/adapters/net.ts'
import { parseManifests } from '../../src/kube/manifests.ts'
import { stampObjects } from '../../src/kube/objects.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Step } from '../../src/plan/step.ts'
import type { Command, Ran } from '../../src/ports/exec.ts'
import type { HostFacts } from '../../src/ports/host.ts'
import type { Net } from '../../src/ports/net.ts'
import { NetError } from '../../src/ports/net.ts'
import { isDevK8sError } from '../../src/problems/problem.ts'
import { runner } from '../../src/steps/sample-served.ts'
import { ended, kubectl, lab, minikube, verbOf } from './objects-lab.ts'

const parsed = parseManifests(
  readFileSync(new URL('../../manifests/sample/sample.yaml', import.meta.url), 'utf8'),
  'sample.yaml',
)
const objects = 'objects' in parsed ? stampObjects(parsed.objects, realHashing()) : []

const step: Step<'sample.served'> = {
  id: 'sample',
  kind: 'sample.served',
  title: 'Sample',
  needs: [],
  want: { kubectl, minikube, driver: 'docker', objects, host: 'sample.devk8s.test', expect: 'devk8s sample' },
}

const node: KubeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'devk8s', labels: { 'minikube.k8s.io/primary': 'true' } },
  status: { addresses: [{ type: 'InternalIP', address: '192.168.49.2' }] },
}

/** Pods of the sample, from the moment it is applied; `stuck` never becomes ready. */
function cluster(options: { readonly stuck?: boolean; readonly readyAfter?: number } = {}) {
  let live: readonly KubeObject[] = []
  let looks = 0
  const withStatus = (object: KubeObject): KubeObject => {
    if (object.kind !== 'Deployment') return object
    const isReady = options.stuck !== true && looks > (options.readyAfter ?? 0)
    return { ...object, status: { updatedReplicas: 1, availableReplicas: isReady ? 1 : 0 } }
  }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'sample-1',
      namespace: 'devk8s-sample',
      labels: { 'app.kubernetes.io/name': 'sample' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'sample-x' }],
    },
    status: {
      phase: 'Pending',
      containerStatuses: [
        {
          name: 'web',
          image: 'docker.io/hashicorp/http-echo:1.0.0',
          state: { waiting: { reason: 'ImagePullBackOff' } },
        },
      ],
    },
  }
  return (command: Command): Ran => {
    if (verbOf(command)[0] === 'apply') {
      live = JSON.parse(String(command.stdin)).items
      return ended(0, '')
    }
    looks += live.length > 0 ? 1 : 0
    const items = [...live.map(withStatus), node, ...(options.stuck === true && live.length > 0 ? [pod] : [])]
    return ended(0, JSON.stringify({ kind: 'List', apiVersion: 'v1', items }))
  }
}

interface Asked {
  readonly url: string
  readonly host: string | undefined
}

/** A network in which only these addresses answer. */
function network(
  answers: Readonly<Record<string, { status: number; body: string }>>,
  asked: Asked[] = [],
): Partial<Net> {
  return {
    async get({ url, host }) {
      asked.push({ url, host })
      const found = answers[url]
      if (found === undefined) throw new NetError('refused', 'connection refused')
      async function* body() {
        yield new TextEncoder().encode(found!.body)
      }
      return { status: found.status, headers: {}, url, body: body() }
    },
  }
}

const page = { status: 200, body: 'devk8s sample\n' }
const mac: Partial<HostFacts> = { platform: 'darwin', wsl: false }

async function problemOf(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isDevK8sError(error)) throw error ?? new Error('nothing was thrown')
  return error.problems[0]
}

describe('on native Linux', () => {
  test('absent, applied, asked through the node’s address by its name, ready', async () => {
    const asked: Asked[] = []
    const { context, commands } = await lab({
      kubectl: cluster({ readyAfter: 2 }),
      net: network({ 'http://192.168.49.2/': page }, asked),
    })
    const found = await runner.check(step, context)
    expect(found).toMatchObject({ state: 'absent' })
    await runner.apply(step, found, context)
    expect(await runner.check(step, context)).toEqual({
      state: 'ready',
      detail: { url: 'http://192.168.49.2/', host: 'sample.devk8s.test' },
    })
    expect(asked.at(-1)).toEqual({ url: 'http://192.168.49.2/', host: 'sample.devk8s.test' })
    expect(commands.filter(({ changes }) => changes)).toHaveLength(1)
    expect(await runner.check(step, context)).toMatchObject({ state: 'ready' })
  })

  test('Docker Desktop on Linux: the loopback address serves too', async () => {
    const { context } = await lab({ kubectl: cluster(), net: network({ 'http://127.0.0.1/': page }) })
    await runner.apply(step, { state: 'absent', changes: [] }, context)
    expect(await runner.check(step, context)).toMatchObject({
      state: 'ready',
      detail: { url: 'http://127.0.0.1/' },
    })
  })

  test.each([
    ['nobody answers', {}, 'http://192.168.49.2/: connection refused'],
    [
      'the ingress has no such rule',
      { 'http://192.168.49.2/': { status: 404, body: 'nginx' } },
      'http://192.168.49.2/ answered 404',
    ],
    [
      'another page comes',
      { 'http://192.168.49.2/': { status: 200, body: 'hello' } },
      'answered 200 without the sample’s page',
    ],
  ])('%s: DK4014 after a minute', async (_, answers, words) => {
    const { context, ports } = await lab({ kubectl: cluster(), net: network(answers) })
    const found = await problemOf(runner.apply(step, { state: 'absent', changes: [] }, context))
    expect(found).toMatchObject({ code: 'DK4014', detail: expect.stringContaining(words) })
    expect(ports.clock.monotonic()).toBeGreaterThanOrEqual(60_000)
    expect(await runner.check(step, context)).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'http://sample.devk8s.test/' }],
    })
  })

  test('an image that cannot be pulled: DK4013 with the reason', async () => {
    const { context, messages } = await lab({ kubectl: cluster({ stuck: true }), net: network({}) })
    const reason =
      'sample-1, container web: image docker.io/hashicorp/http-echo:1.0.0 cannot be pulled (ImagePullBackOff)'
    expect(await problemOf(runner.apply(step, { state: 'absent', changes: [] }, context))).toMatchObject({
      code: 'DK4013',
      detail: `After 5 minutes: Deployment devk8s-sample/sample: ${reason}.`,
    })
    expect(messages[0]).toContain('ImagePullBackOff')
    expect(await runner.check(step, context)).toMatchObject({
      state: 'drifted',
      changes: [{ field: 'Deployment devk8s-sample/sample', from: reason, to: 'ready' }],
    })
  })

  test('a cluster that does not answer: blocked', async () => {
    const refused = ended(
      1,
      '',
      'The connection to the server 192.168.49.2:8443 was refused - did you specify the right host or port?\n',
    )
    const { context } = await lab({ kubectl: () => refused })
    expect(await runner.check(step, context)).toMatchObject({ state: 'blocked', problem: { code: 'DK4001' } })
    expect(await problemOf(runner.apply(step, { state: 'absent', changes: [] }, context))).toMatchObject({
      code: 'DK4001',
    })
  })
})

describe('where node addresses are hidden', () => {
  test('without a published port: DK4015 before anything is deployed', async () => {
    const { context, commands } = await lab({
      kubectl: cluster(),
      net: network({ 'http://192.168.49.2/': page }),
      host: mac,
    })
    expect(await runner.check(step, context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK4015', exit: 4, next: ['minikube tunnel --profile devk8s'] },
    })
    expect(await problemOf(runner.apply(step, { state: 'absent', changes: [] }, context))).toMatchObject({
      code: 'DK4015',
    })
    expect(commands.filter(({ changes }) => changes)).toHaveLength(1)
  })

  test('with one: served on the loopback address', async () => {
    const { context } = await lab({
      kubectl: cluster(),
      net: network({ 'http://127.0.0.1/': page }),
      host: mac,
    })
    await runner.apply(step, { state: 'absent', changes: [] }, context)
    expect(await runner.check(step, context)).toMatchObject({ state: 'ready' })
  })
})

test('the Host header reaches a real server', async () => {
  const server = createServer((request, response) =>
    response.end(request.headers.host === step.want.host ? page.body : 'no'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const real = realNet({ env: {} })
  const net: Partial<Net> = {
    get: (request) => real.get({ ...request, url: request.url.replace(/^.*$/, `http://127.0.0.1:${port}/`) }),
  }
  try {
    const { context } = await lab({ kubectl: cluster(), net })
    await runner.apply(step, { state: 'absent', changes: [] }, context)
    expect(await runner.check(step, context)).toMatchObject({ state: 'ready' })
  } finally {
    server.close()
  }
})
