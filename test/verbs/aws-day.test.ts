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

/** `namespace/name` of the Secrets that devk8s or the add-on wrote. */
async function secretsIn(laptop: Laptop): Promise<readonly string[]> {
  return (await objectsIn(laptop))
    .filter(({ kind, metadata }) => kind === 'Secret' && metadata.name.startsWith('aws'))
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

const ready = async (laptop: Laptop) => laptop.clock.sleep(2_000)

describe('a day with AWS on the laptop, profile acme', () => {
  test('pods of both kinds pull and have keys; who they are is told', async () => {
    const laptop = await newLaptop()
    const up = await laptop.run('up --profile acme --no-input')
    expect({ exit: up.exit, problems: up.problems }).toEqual({ exit: 0, problems: [] })
    await ready(laptop)
    // A role on the pod, as for kube2iam; and one on the service account, with a region of its own.
    const [api] = await podsIn(laptop, 'payments')
    expect(shapeOf(api)).toEqual({
      phase: 'Running',
      pullSecrets: ['awsecr-cred'],
      from: ['aws-credentials'],
      env: [],
    })
    const [shop] = await podsIn(laptop, 'shop')
    expect(shapeOf(shop)).toEqual({
      phase: 'Running',
      pullSecrets: ['awsecr-cred'],
      from: ['aws-credentials'],
      env: [
        { name: 'AWS_REGION', value: 'eu-central-1' },
        { name: 'AWS_DEFAULT_REGION', value: '$(AWS_REGION)' },
      ],
    })
    const status = await laptop.run('aws status')
    expect(status.exit).toBe(0)
    expect(at(status.answer, 'identity', 'account')).toBe('123456789012')
    expect(listOf(at(status.answer, 'parts')).map((part) => at(part, 'fresh'))).toEqual([true, true, true])
    for (const pod of [api, shop]) {
      const { namespace = '', name = '' } = pod?.metadata ?? {}
      const whoami = await laptop.run(`aws whoami ${namespace}/${name}`)
      expect({ name, exit: whoami.exit, problems: whoami.problems }).toEqual({ name, exit: 0, problems: [] })
    }
  })

  test('verify pulls from here and from the cluster; logout leaves no key; up brings them back; down leaves none', async () => {
    const laptop = await newLaptop()
    await laptop.run('up --profile acme --no-input')
    const proved = await laptop.run(`verify --image ${image} --profile acme`)
    expect({ exit: proved.exit, problems: proved.problems }).toEqual({ exit: 0, problems: [] })
    expect(at(proved.answer, 'pod')).toMatchObject({ pulled: true, hasSecret: true })
    expect((await podsIn(laptop, 'payments')).map(({ metadata }) => metadata.name)).toEqual([
      expect.stringMatching(/^payments-api-/),
    ])
    const all = await secretsIn(laptop)
    expect(all).toEqual(expect.arrayContaining(['payments/aws-credentials', 'shop/awsecr-cred']))

    expect((await laptop.run('aws logout --yes', { answers: { 'aws.logout': true } })).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual([])
    expect((await laptop.run('status --profile acme')).exit).toBe(3)
    expect((await laptop.run('up --profile acme --no-input')).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual(all)

    expect((await laptop.run('down --profile acme')).exit).toBe(0)
    expect(await secretsIn(laptop)).toEqual([])
  })

  test('without a broker, whoever looks renews what is due; restart is for what runs', async () => {
    const laptop = await newLaptop()
    await laptop.run('up --profile acme --no-input')
    const keysAt = async () => (await secretIn(laptop, 'payments', 'aws-credentials'))?.['data']
    const pullAt = async () => (await secretIn(laptop, 'payments', 'awsecr-cred'))?.['data']
    const [keys, pull] = [await keysAt(), await pullAt()]
    await laptop.clock.sleep(5 * minute)
    await laptop.run('status --profile acme')
    expect(await keysAt()).toEqual(keys)
    // Half of an hour's session is over; a pull secret lives for twelve.
    await laptop.clock.sleep(35 * minute)
    expect((await laptop.run('status --profile acme')).exit).toBe(0)
    expect(await keysAt()).not.toEqual(keys)
    expect(await pullAt()).toEqual(pull)
    const [before] = await podsIn(laptop, 'payments')
    const restarted = await laptop.run('aws refresh --restart', { answers: { 'aws.restart': true } })
    expect(restarted.exit).toBe(0)
    await ready(laptop)
    await laptop.run('status --profile acme')
    await ready(laptop)
    const [after] = await podsIn(laptop, 'payments')
    expect(after?.metadata.name).not.toBe(before?.metadata.name)
    expect(shapeOf(after)).toMatchObject({ phase: 'Running', from: ['aws-credentials'] })
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
      expect((await laptop.run(line)).exit).toBe(0)
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
