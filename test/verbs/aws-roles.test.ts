import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { at, type KubeObject, listOf, textOf } from '../../src/simulator/kube-api/object.ts'
import type { Laptop as LaptopState } from '../../src/simulator/state.ts'
import { type Done, type Laptop, newLaptop } from '../fakes/session.ts'
import { objectsIn } from './cluster-objects.ts'

const minute = 60_000
const up = 'up --profile acme --no-input'
const nameOf = ({ kind, metadata: { namespace, name } }: KubeObject) =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

async function named(laptop: Laptop, wanted: string): Promise<KubeObject | undefined> {
  return (await objectsIn(laptop)).find((object) => nameOf(object) === wanted)
}

/** Rules and addresses inside the node that lead to the agent. */
async function inNode(laptop: Laptop) {
  const { nodes } = JSON.parse(await readFile(join(laptop.folder, 'laptop.json'), 'utf8')) as LaptopState
  const kernel = nodes['acme']?.kernel
  const rules = kernel?.prerouting ?? []
  const ours = rules.filter((rule) => rule.includes('devk8s-aws'))
  return {
    addresses: ours.map((rule) => /-d ([\d.]+)\/32/.exec(rule)?.[1]),
    areFirst: rules.slice(0, ours.length).every((rule) => ours.includes(rule)),
    loopback: kernel?.loopback ?? [],
  }
}

const led = {
  addresses: ['169.254.169.254', '169.254.170.2', '169.254.170.23'],
  areFirst: true,
  loopback: ['169.254.170.23/32'],
}
const clear = { addresses: [], areFirst: true, loopback: [] }

/** What the agent has in its memory, by the ids of sessions. */
async function sessionsIn(laptop: Laptop): Promise<Readonly<Record<string, unknown>>> {
  const secret = await named(laptop, 'Secret devk8s-system/devk8s-aws-sessions')
  const text = atob(textOf(at(secret, 'data', 'sessions.json')) ?? '')
  return text === '' ? {} : (at(JSON.parse(text), 'sessions') as Record<string, unknown>)
}

const changedBy = ({ steps }: Done) =>
  Object.entries(steps).flatMap(([id, outcome]) => (outcome === 'ready' ? [] : [id]))

async function wellUp(laptop: Laptop): Promise<void> {
  const { exit, problems } = await laptop.run(up)
  expect({ exit, problems }).toEqual({ exit: 0, problems: [] })
}

async function podOf(laptop: Laptop, namespace: string, app: string): Promise<KubeObject | undefined> {
  return (await objectsIn(laptop)).find(
    ({ kind, metadata }) =>
      kind === 'Pod' && metadata.namespace === namespace && metadata.labels?.['app'] === app,
  )
}

describe('roles for pods, profile acme', { timeout: 60_000 }, () => {
  test('up brings the agent, what it is told, and the way to it; a second up changes nothing', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    const names = (await objectsIn(laptop)).map(nameOf)
    expect(names).toEqual(
      expect.arrayContaining([
        'Namespace devk8s-system',
        'ServiceAccount devk8s-system/devk8s-aws',
        'ClusterRole devk8s-aws',
        'ConfigMap devk8s-system/devk8s-aws',
        'ConfigMap devk8s-system/devk8s-aws-program',
        'Secret devk8s-system/devk8s-aws-sessions',
      ]),
    )
    expect(names.filter((name) => name.endsWith('/aws-credentials'))).toEqual([])
    expect(await inNode(laptop)).toEqual(led)
    expect(Object.keys(await sessionsIn(laptop)).toSorted()).toEqual([
      'assume:arn:aws:iam::123456789012:role/shop',
      'developer',
      'profile:acme-billing',
    ])
    await laptop.clock.sleep(2_000)
    expect(at(await named(laptop, 'DaemonSet devk8s-system/devk8s-aws'), 'status')).toMatchObject({
      desiredNumberScheduled: 1,
      numberReady: 1,
    })
    const second = await laptop.run(up)
    expect({ exit: second.exit, changed: changedBy(second) }).toEqual({ exit: 0, changed: [] })
    expect(second.calls.filter(({ changes }) => changes)).toEqual([])
  })

  test('sessions are replaced before their half is over, and nothing restarts', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    await laptop.clock.sleep(2_000)
    const [before, pod] = [await sessionsIn(laptop), await podOf(laptop, 'payments', 'payments-api')]
    await laptop.clock.sleep(5 * minute)
    await laptop.run('status --profile acme')
    expect(await sessionsIn(laptop)).toEqual(before)
    await laptop.clock.sleep(35 * minute)
    expect((await laptop.run('status --profile acme')).exit).toBe(0)
    const after = await sessionsIn(laptop)
    expect(Object.keys(after)).toEqual(Object.keys(before))
    for (const id of Object.keys(before)) {
      expect({ id, key: at(after[id], 'accessKeyId') }).not.toEqual({
        id,
        key: at(before[id], 'accessKeyId'),
      })
    }
    expect((await podOf(laptop, 'payments', 'payments-api'))?.metadata.uid).toBe(pod?.metadata.uid)
    // Offline for the evening: the last good ones stay.
    await laptop.clock.sleep(40 * minute)
    const offline = await laptop.run('aws refresh', { faults: ['aws=offline'] })
    expect({ failed: offline.exit !== 0, said: offline.problems.length > 0 }).toEqual({
      failed: true,
      said: true,
    })
    expect(await sessionsIn(laptop)).toEqual(after)
  })

  test('what a stop of the cluster, or somebody, took from the node is seen and put back', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    for (const fault of ['node=routes-lost', 'node=hijacked']) {
      const seen = await laptop.run('doctor --profile acme', { faults: [fault] })
      expect({ fault, changed: changedBy(seen) }).toEqual({ fault, changed: ['upkeep.agent'] })
      expect(await inNode(laptop)).not.toEqual(led)
      await wellUp(laptop)
      expect(await inNode(laptop)).toEqual(led)
    }
    await laptop.run('down --profile acme')
    await wellUp(laptop)
    expect(await inNode(laptop)).toEqual(led)
  })

  // Rules that are gone or behind are failures: aws-agent-faults.test.ts.
  test('doctor says what is wrong with a node, and what it means', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    const said = {
      'node=clock-skew': '7 min ahead',
      'node=cilium': 'Cilium',
      'node=silent': 'could not be looked into',
    }
    for (const [fault, words] of Object.entries(said)) {
      const { exit, events } = await laptop.run('doctor --profile acme', { faults: [fault] })
      const notes = events.flatMap((event) => (event.type === 'step.finished' ? (event.notes ?? []) : []))
      expect({ fault, exit, notes: notes.map(({ text }) => text) }).toEqual({
        fault,
        exit: 0,
        notes: expect.arrayContaining([expect.stringContaining(words)]),
      })
    }
  })

  test('associations of the real cluster: imported, told to the agent, forgotten', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    const associations = async () => {
      const mapping = await named(laptop, 'ConfigMap devk8s-system/devk8s-aws')
      const document: unknown = JSON.parse(textOf(at(mapping, 'data', 'mapping.json')) ?? '{}')
      return listOf(at(document, 'associations')).map(
        (each) => `${textOf(at(each, 'namespace'))}/${textOf(at(each, 'serviceAccount'))}`,
      )
    }
    expect(await associations()).toEqual([])
    const agreed = { answers: { 'aws.import': true } }
    expect((await laptop.run('aws import --cluster acme-staging', agreed)).exit).toBe(0)
    await wellUp(laptop)
    expect(await associations()).toEqual([
      'ledger/ledger',
      'payments/exports',
      'payments/reports',
      'shop/default',
    ])
    // The twin of a role that pods ask for by now.
    expect(Object.keys(await sessionsIn(laptop))).toContainEqual(
      expect.stringMatching(/^twin:arn:aws:iam::123456789012:role\/payments-reports\?rule=\w+$/),
    )
    expect((await laptop.run('aws import --cluster acme-staging --remove', agreed)).exit).toBe(0)
    await wellUp(laptop)
    expect(await associations()).toEqual([])
  })

  test('each pod gets what its own role asks for: nothing, or what EKS injects', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    const given = async (namespace: string, app: string) => {
      const pod = await podOf(laptop, namespace, app)
      const [container] = listOf(at(pod, 'spec', 'containers'))
      return {
        env: listOf(at(container, 'env')).map((each) => textOf(at(each, 'name')) ?? ''),
        tokens: listOf(at(pod, 'spec', 'volumes')).map((each) => textOf(at(each, 'name')) ?? ''),
      }
    }
    const nothing = { env: [], tokens: [] }
    expect({
      kube2iam: await given('payments', 'payments-api'),
      denied: await given('payments', 'payments-backoffice'),
      notImported: await given('payments', 'payments-reports'),
      unmapped: await given('shop', 'search'),
    }).toEqual({ kube2iam: nothing, denied: nothing, notImported: nothing, unmapped: nothing })
    // With a region of its own a container gets no other, as on EKS.
    expect(await given('shop', 'shop')).toEqual({
      env: expect.arrayContaining([
        'AWS_REGION',
        'AWS_CONTAINER_CREDENTIALS_FULL_URI',
        'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
      ]),
      tokens: ['eks-pod-identity-token'],
    })
  })

  test('why: who gets a role, who is refused', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    const [given, denied] = [
      await laptop.run('aws why payments-api'),
      await laptop.run('aws why payments-admin'),
    ]
    expect([given.exit, given.text]).toEqual([0, expect.stringContaining('payments/payments-api-')])
    expect([denied.exit, denied.text]).toEqual([0, expect.stringContaining('deny')])
  })

  test('keys are in the one Secret and nowhere else', async () => {
    const laptop = await newLaptop()
    const done = [await laptop.run(up)]
    const keys = Object.values(await sessionsIn(laptop)).flatMap((session) =>
      ['accessKeyId', 'secretAccessKey', 'sessionToken'].map((field) => textOf(at(session, field)) ?? ''),
    )
    expect(keys.filter((key) => key.length >= 20)).toHaveLength(9)
    for (const line of ['aws status', 'status --profile acme', 'doctor --profile acme', 'aws why shop']) {
      done.push(await laptop.run(line))
    }
    const places = [
      ...(await objectsIn(laptop))
        .filter((object) => nameOf(object) !== 'Secret devk8s-system/devk8s-aws-sessions')
        .map((object) => JSON.stringify(object)),
      ...done.flatMap(({ text = '', answer, events, calls }) => [
        text,
        JSON.stringify([answer ?? null, events]),
        ...calls.map(({ args }) => args.join(' ')),
      ]),
    ]
    expect(keys.filter((key) => places.some((place) => place.includes(key)))).toEqual([])
  })

  test.for(['down --profile acme', 'aws logout'])(
    '%s leaves no Secret, rule, address or agent',
    async (line) => {
      const laptop = await newLaptop()
      await wellUp(laptop)
      const { exit } = await laptop.run(line, { answers: { 'aws.logout': true } })
      expect(exit).toBe(0)
      await laptop.clock.sleep(2_000)
      const left = (await objectsIn(laptop)).map(nameOf)
      expect(left.filter((name) => /devk8s|aws-/.test(name))).toEqual([])
      expect(await inNode(laptop)).toEqual(clear)
      await wellUp(laptop)
      expect(await inNode(laptop)).toEqual(led)
    },
  )

  test('destroy leaves nothing', async () => {
    const laptop = await newLaptop()
    await wellUp(laptop)
    expect((await laptop.run('destroy --profile acme', { answers: { destroy: true } })).exit).toBe(0)
    expect([await objectsIn(laptop), await inNode(laptop)]).toEqual([[], clear])
  })
})
