import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { at, type KubeObject, listOf } from '../../src/simulator/kube-api/object.ts'
import { type Laptop, newLaptop } from '../fakes/session.ts'
import { objectsIn } from './cluster-objects.ts'

const minute = 60_000
const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/payments/api:1.42.0'

async function podsIn(laptop: Laptop, namespace: string): Promise<readonly KubeObject[]> {
  const all = await objectsIn(laptop)
  return all.filter(({ kind, metadata }) => kind === 'Pod' && metadata.namespace === namespace)
}

async function podOf(laptop: Laptop, namespace: string, app: string): Promise<KubeObject | undefined> {
  return (await podsIn(laptop, namespace)).find(({ metadata }) => metadata.labels?.['app'] === app)
}

/** `namespace/name` of the Secrets that devk8s or the add-on wrote. */
async function secretsIn(laptop: Laptop): Promise<readonly string[]> {
  return (await objectsIn(laptop))
    .filter(({ kind, metadata }) => kind === 'Secret' && /^(devk8s-)?aws/.test(metadata.name))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .toSorted((a, b) => a.localeCompare(b))
}

async function secretIn(laptop: Laptop, namespace: string, name: string): Promise<KubeObject | undefined> {
  return (await objectsIn(laptop)).find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.namespace === namespace && metadata.name === name,
  )
}

const dockerConfigOf = (secret: KubeObject | undefined): unknown =>
  JSON.parse(atob(String(at(secret, 'data', '.dockerconfigjson'))))

/** What a pod got on its way in, and what became of it. */
function shapeOf(pod: KubeObject | undefined) {
  const [container] = listOf(at(pod, 'spec', 'containers'))
  return {
    phase: at(pod, 'status', 'phase'),
    pullSecrets: listOf(at(pod, 'spec', 'imagePullSecrets')).map((each) => at(each, 'name')),
    from: listOf(at(container, 'envFrom')).map((each) => at(each, 'secretRef', 'name')),
    env: listOf(at(container, 'env')),
  }
}

/** What `aws whoami` tells of a pod. */
async function toldOf(laptop: Laptop, pod: KubeObject | undefined): Promise<unknown> {
  const { namespace = '', name = '' } = pod?.metadata ?? {}
  const { exit, problems, answer } = await laptop.run(`aws whoami ${namespace}/${name}`)
  expect({ name, exit, problems }).toEqual({ name, exit: 0, problems: [] })
  return answer
}

const ready = async (laptop: Laptop) => laptop.clock.sleep(2_000)

describe('a day with AWS on the laptop, profile acme', () => {
  test('pods of both kinds pull, and the agent answers them; who they are is told', async () => {
    const laptop = await newLaptop()
    const up = await laptop.run('up --profile acme --no-input')
    expect({ exit: up.exit, problems: up.problems }).toEqual({ exit: 0, problems: [] })
    await ready(laptop)
    // A role on the pod, as for kube2iam, gets nothing into it; and one on the service account gets what EKS injects.
    const api = await podOf(laptop, 'payments', 'payments-api')
    const running = { phase: 'Running', pullSecrets: ['awsecr-cred'], from: [] }
    expect(shapeOf(api)).toEqual({ ...running, env: [] })
    const shop = await podOf(laptop, 'shop', 'shop')
    expect(shapeOf(shop)).toMatchObject({
      ...running,
      env: expect.arrayContaining([
        { name: 'AWS_REGION', value: 'eu-central-1' },
        {
          name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
          value: 'http://169.254.170.23:8170/v1/credentials',
        },
      ]),
    })
    const status = await laptop.run('aws status')
    expect(status.exit).toBe(0)
    expect(at(status.answer, 'identity', 'account')).toBe('123456789012')
    expect(listOf(at(status.answer, 'parts')).map((part) => [at(part, 'part'), at(part, 'fresh')])).toEqual([
      ['policies', true],
      ['images', true],
      ['agent', true],
    ])
    expect(await toldOf(laptop, api)).toMatchObject({ given: true, lane: 'B', session: { id: 'developer' } })
    expect(await toldOf(laptop, shop)).toMatchObject({
      given: true,
      lane: 'A',
      session: { id: 'assume:arn:aws:iam::123456789012:role/shop' },
    })
    const backoffice = await podOf(laptop, 'payments', 'payments-backoffice')
    expect(await toldOf(laptop, backoffice)).toMatchObject({ given: false, refused: { why: 'role-denied' } })
  })

  test('verify pulls from here and from the cluster; logout leaves no key; up brings them back; down leaves none', async () => {
    const laptop = await newLaptop()
    await laptop.run('up --profile acme --no-input')
    const proved = await laptop.run(`verify --image ${image} --profile acme`)
    expect({ exit: proved.exit, problems: proved.problems }).toEqual({ exit: 0, problems: [] })
    expect(at(proved.answer, 'pod')).toMatchObject({ pulled: true, hasSecret: true })
    // Nothing of the proof stays.
    const apps = (await podsIn(laptop, 'payments')).map(({ metadata }) => metadata.labels?.['app'])
    expect(apps).toHaveLength(3)
    expect(new Set(apps)).toEqual(new Set(['payments-api', 'payments-backoffice', 'payments-reports']))
    const all = await secretsIn(laptop)
    expect(all).toEqual(
      expect.arrayContaining([
        'devk8s-system/devk8s-aws-sessions',
        'payments/awsecr-cred',
        'shop/awsecr-cred',
      ]),
    )
    expect(all.filter((name) => name.endsWith('/aws-credentials'))).toEqual([])

    expect((await laptop.run('aws logout --yes', { answers: { 'aws.logout': true } })).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual([])
    expect((await laptop.run('status --profile acme')).exit).toBe(3)
    expect((await laptop.run('up --profile acme --no-input')).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual(all)

    expect((await laptop.run('down --profile acme')).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual([])
  })

  test('without a broker, whoever looks renews what is due; no pod has to restart', async () => {
    const laptop = await newLaptop()
    await laptop.run('up --profile acme --no-input')
    await ready(laptop)
    const sessions = async () => (await secretIn(laptop, 'devk8s-system', 'devk8s-aws-sessions'))?.['data']
    const pullAt = async () => (await secretIn(laptop, 'payments', 'awsecr-cred'))?.['data']
    const [before, pull] = [await sessions(), await pullAt()]
    expect([before, pull]).toEqual([
      { 'sessions.json': expect.any(String) },
      { '.dockerconfigjson': expect.any(String) },
    ])
    const uids = async () => (await podsIn(laptop, 'payments')).map(({ metadata }) => metadata.uid)
    const pods = await uids()
    await laptop.clock.sleep(5 * minute)
    await laptop.run('status --profile acme')
    expect(await sessions()).toEqual(before)
    // Half of an hour's session is over; a pull secret lives for twelve.
    await laptop.clock.sleep(35 * minute)
    expect((await laptop.run('status --profile acme')).exit).toBe(0)
    expect(await sessions()).not.toEqual(before)
    expect(await pullAt()).toEqual(pull)
    const done = await laptop.run('aws refresh --restart')
    expect([done.exit, done.answer]).toMatchObject([0, { restart: { restarted: [], byHand: [] } }])
    expect(await uids()).toEqual(pods)
  })

  test('no network to AWS in the evening: the pull secrets stay as they are', async () => {
    const laptop = await newLaptop()
    await laptop.run('up --profile acme --no-input')
    const before = (await secretIn(laptop, 'shop', 'awsecr-cred'))?.['data']
    await laptop.clock.sleep(8 * 60 * minute)
    const struck = await laptop.run('aws refresh', { faults: ['aws=offline'] })
    expect(struck.exit).not.toBe(0)
    expect(struck.problems).not.toEqual([])
    expect((await secretIn(laptop, 'shop', 'awsecr-cred'))?.['data']).toEqual(before)
    const mended = await laptop.run('aws refresh')
    expect({ exit: mended.exit, problems: mended.problems }).toEqual({ exit: 0, problems: [] })
    expect((await secretIn(laptop, 'shop', 'awsecr-cred'))?.['data']).not.toEqual(before)
  })

  test.each(['aws=wrong-account', 'aws=not-signed-in'])('%s: nothing of AWS is written', async (fault) => {
    const laptop = await newLaptop()
    const up = await laptop.run('up --profile acme --no-input', { faults: [fault] })
    expect(up.exit).not.toBe(0)
    expect(up.problems).not.toEqual([])
    expect(await secretsIn(laptop)).toEqual([])
  })
})

const envProfile = `apiVersion: devk8s.dev/v1
kind: Profile
metadata: { name: acme-env }
extends: acme
aws: { lane: env }
`

describe('the same day with keys in the environment: lane env', () => {
  async function laptopWithKeys() {
    const laptop = await newLaptop()
    await writeFile(join(laptop.folder, 'devk8s.yaml'), envProfile)
    const up = await laptop.run('up --no-input')
    expect({ exit: up.exit, problems: up.problems }).toEqual({ exit: 0, problems: [] })
    await ready(laptop)
    return laptop
  }
  const keyed = { phase: 'Running', pullSecrets: ['awsecr-cred'], from: ['aws-credentials'] }

  test('pods of both kinds pull and have keys; who they are is told', async () => {
    const laptop = await laptopWithKeys()
    // A role on the pod, as for kube2iam; and one on the service account, with a region of its own.
    const api = await podOf(laptop, 'payments', 'payments-api')
    expect(shapeOf(api)).toEqual({ ...keyed, env: [] })
    const shop = await podOf(laptop, 'shop', 'shop')
    expect(shapeOf(shop)).toEqual({
      ...keyed,
      env: [
        { name: 'AWS_REGION', value: 'eu-central-1' },
        { name: 'AWS_DEFAULT_REGION', value: '$(AWS_REGION)' },
      ],
    })
    // Denied by the profile, and no role anywhere.
    for (const [namespace = '', app = ''] of [
      ['payments', 'payments-backoffice'],
      ['shop', 'search'],
    ]) {
      expect({ app, ...shapeOf(await podOf(laptop, namespace, app)) }).toMatchObject({
        app,
        from: [],
        env: [],
      })
    }
    const status = await laptop.run('aws status')
    expect(status.exit).toBe(0)
    expect(at(status.answer, 'identity', 'account')).toBe('123456789012')
    expect(listOf(at(status.answer, 'parts')).map((part) => [at(part, 'part'), at(part, 'fresh')])).toEqual([
      ['policies', true],
      ['images', true],
      ['pods', true],
    ])
    for (const pod of [api, shop])
      expect(await toldOf(laptop, pod)).toMatchObject({ account: '123456789012' })
  })

  test('logout leaves no key; up brings them back; down leaves none', async () => {
    const laptop = await laptopWithKeys()
    const all = await secretsIn(laptop)
    expect(all).toEqual(expect.arrayContaining(['payments/aws-credentials', 'shop/awsecr-cred']))
    expect((await laptop.run('aws logout --yes', { answers: { 'aws.logout': true } })).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual([])
    expect((await laptop.run('up --no-input')).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual(all)
    expect((await laptop.run('down')).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual([])
  })

  test('without a broker, whoever looks renews what is due; restart is for what runs', async () => {
    const laptop = await laptopWithKeys()
    const keysAt = async () => (await secretIn(laptop, 'payments', 'aws-credentials'))?.['data']
    const pullAt = async () => (await secretIn(laptop, 'payments', 'awsecr-cred'))?.['data']
    const [keys, pull] = [await keysAt(), await pullAt()]
    expect(keys).toBeDefined()
    await laptop.clock.sleep(5 * minute)
    await laptop.run('status')
    expect(await keysAt()).toEqual(keys)
    // Half of an hour's session is over; a pull secret lives for twelve.
    await laptop.clock.sleep(35 * minute)
    expect((await laptop.run('status')).exit).toBe(0)
    expect(await keysAt()).not.toEqual(keys)
    expect(await pullAt()).toEqual(pull)
    const before = await podOf(laptop, 'payments', 'payments-api')
    const restarted = await laptop.run('aws refresh --restart', { answers: { 'aws.restart': true } })
    expect(restarted.exit).toBe(0)
    await ready(laptop)
    await laptop.run('status')
    await ready(laptop)
    const after = await podOf(laptop, 'payments', 'payments-api')
    expect(after?.metadata.name).not.toBe(before?.metadata.name)
    expect(shapeOf(after)).toMatchObject({ phase: 'Running', from: ['aws-credentials'] })
  })
})

const addonProfile = `apiVersion: devk8s.dev/v1
kind: Profile
metadata: { name: addon-team }
extends: aws
aws:
  profile: acme-dev
  region: eu-west-1
  ecr: { mode: addon, registries: [{ account: '123456789012', regions: [eu-west-1] }] }
`

describe('mode addon: registry-creds writes the pull secrets', () => {
  test('what it empties when its session has ended is mended by the next look', async () => {
    const laptop = await newLaptop()
    await writeFile(join(laptop.folder, 'devk8s.yaml'), addonProfile)
    const up = await laptop.run('up --no-input')
    expect({ exit: up.exit, problems: up.problems }).toEqual({ exit: 0, problems: [] })
    await ready(laptop)
    const config = async () => dockerConfigOf(await secretIn(laptop, 'dev', 'awsecr-cred'))
    expect(Object.keys((await config()) as object)).toEqual(['auths'])
    // The laptop sleeps through the end of the session, and the add-on wakes first.
    await laptop.clock.sleep(125 * minute)
    expect(await config()).toEqual({})
    await laptop.run('status')
    await ready(laptop)
    expect(Object.keys((await config()) as object)).toEqual(['auths'])
  })

  test.each(['aws logout --yes', 'down'])(
    '%s ends with what it has written, and it writes no more',
    async (line) => {
      const laptop = await newLaptop()
      await writeFile(join(laptop.folder, 'devk8s.yaml'), addonProfile)
      await laptop.run('up --no-input')
      await ready(laptop)
      expect(await secretIn(laptop, 'dev', 'awsecr-cred')).toBeDefined()
      expect((await laptop.run(line, { answers: { 'aws.logout': true } })).exit).toBe(0)
      await laptop.clock.sleep(125 * minute)
      const left = (await objectsIn(laptop)).filter(
        ({ kind, metadata }) => kind === 'Secret' && /ecr/.test(metadata.name),
      )
      expect(left.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([])
    },
  )

  test('without aws.ecr its keys and pull secrets go with the next up, though the add-on is wanted', async () => {
    const laptop = await newLaptop()
    const profile = join(laptop.folder, 'devk8s.yaml')
    await writeFile(profile, addonProfile)
    await laptop.run('up --no-input')
    await ready(laptop)
    await writeFile(profile, addonProfile.replace(/ {2}ecr: .*\n/, ''))
    const done = await laptop.run('up --yes', { answers: { 'cluster.reconfigure': true } })
    expect({ exit: done.exit, keys: done.steps['aws-keys'] }).toEqual({ exit: 0, keys: 'changed' })
    expect(await secretIn(laptop, 'dev', 'awsecr-cred')).toBeUndefined()
    expect((await laptop.run('status')).result?.steps.filter(({ outcome }) => outcome !== 'ready')).toEqual(
      [],
    )
  })
})
