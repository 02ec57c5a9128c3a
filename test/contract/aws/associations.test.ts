import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import type { Aws } from '../../../src/ports/aws.ts'
import { awsProfileMissing } from '../../../src/problems/aws.ts'
import { simulatedAws } from '../../../src/simulator/aws/aws.ts'
import { awsNamesIn, namesNow, withNames } from '../../../src/simulator/aws/names.ts'
import { laptopStore } from '../../../src/simulator/laptop-store.ts'
import type { Machine } from '../../../src/simulator/machine.ts'
import { newLaptop } from '../../../src/simulator/state.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { jsonError, type LoopbackAws, loopbackAws } from '../../fakes/aws-server.ts'
import { adapterAt, simulatedWith } from '../../fakes/aws-subjects.ts'

const { signal } = new AbortController()
const profile = 'acme'
let server: LoopbackAws
let aws: Aws
beforeEach(async () => {
  server = await loopbackAws()
  aws = await adapterAt(server.url)
})
afterEach(async () => server.close())

const many = Array.from({ length: 21 }, (_, at) => ({
  namespace: 'shop',
  serviceAccount: `sa-${String(at).padStart(2, '0')}`,
  roleArn: `arn:aws:iam::123456789012:role/r-${at}`,
  targetRoleArn: null,
}))

describe('what there is on the laptop of a rehearsal', () => {
  const read = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'devk8s-aws-names-'))
    const files = realFiles()
    const clock = manualClock({ auto: true, startMs: Date.now() })
    const laptop = laptopStore(folder, files, clock, () => newLaptop())
    const machine = { clock, speed: 1, faults: [] } as unknown as Machine
    const simulated = simulatedAws(machine, { names: async () => namesNow(laptop, files, folder) })
    return { folder, laptop, simulated }
  }
  const team = {
    aws: { profile: 'mine', roles: { a: 'profile:ro', b: { assume: 'self', fallback: 'profile:rw' } } },
    contexts: [
      { name: 'p', eks: { cluster: 'platform', awsProfile: 'ops' } },
      { name: 'k', kops: { cluster: 'k.acme.io', stateStore: 's3://abc', awsProfile: 'kops' } },
    ],
  } as const

  test('clause 87: AWS profiles', async () => {
    const { folder, laptop, simulated } = await read()
    expect((await simulated.callerIdentity({ profile: 'nope' }, signal)).account).toMatch(/^\d{12}$/)
    await laptop.change((now) => ({ ...now, awsNames: awsNamesIn(team) }))
    await mkdir(join(folder, '.aws'))
    await writeFile(join(folder, '.aws/config'), '[profile set-up]\nregion = eu-west-1\n')
    for (const known of [undefined, 'acme-dev', 'mine', 'ro', 'rw', 'ops', 'kops', 'set-up']) {
      const source = known === undefined ? {} : { profile: known }
      expect((await simulated.signInOf(source)).kind).toBe('sso')
    }
    const missing = {
      problems: [
        {
          code: awsProfileMissing.code,
          detail: expect.stringMatching(
            /^There is no AWS profile acme-stag\. There are: .*did you mean acme-staging\?$/,
          ),
        },
      ],
    }
    await expect(simulated.signInOf({ profile: 'acme-stag' })).rejects.toMatchObject(missing)
    await expect(simulated.session({ profile: 'acme-stag' }, signal)).rejects.toMatchObject(missing)
    // A later rehearsal of another team's profile takes nothing away.
    const other = { profiles: ['theirs'], clusters: [] }
    await laptop.change((now) => ({ ...now, awsNames: withNames(now.awsNames, other) }))
    expect(await simulated.signInOf({ profile: 'mine' })).toMatchObject({ profile: 'mine' })
  })

  test('clause 88: EKS clusters', async () => {
    const { laptop, simulated } = await read()
    await laptop.change((now) => ({ ...now, awsNames: awsNamesIn(team) }))
    const isThere = async (cluster: string) => {
      const source = { profile: 'acme-dev', cluster }
      const [described, associations] = [
        await simulated.describeCluster(source, signal),
        await simulated.podIdentityAssociations(source, signal),
      ]
      expect(described === undefined).toBe(associations === undefined)
      return described !== undefined
    }
    const clusters = ['acme-staging', 'acme-dev', 'platform', 'acme-stag', 'local']
    expect(await Promise.all(clusters.map(isThere))).toEqual([true, true, true, false, false])
  })
})

describe('Pod Identity associations', () => {
  test('clause 82: all pages, and each description', async () => {
    server.clusters.set('many', {})
    server.associations.set('many', many.toReversed())
    const found = await aws.podIdentityAssociations({ profile, cluster: 'many' }, signal)
    expect(found).toEqual(
      many.map(({ namespace, serviceAccount, roleArn }) => ({ namespace, serviceAccount, roleArn })),
    )
    const lists = server.requests.filter(({ path }) => path.endsWith('/pod-identity-associations'))
    expect(lists.map(({ query }) => query['nextToken'])).toEqual([
      undefined,
      ...Array.from({ length: 10 }, (_, at) => String(2 * (at + 1))),
    ])
    expect(lists[0]?.query['maxResults']).toBe('100')
  })

  test('clause 83: never more than eight at a time, and what is gone by then is left out', async () => {
    let [open, most] = [0, 0]
    server.clusters.set('many', {})
    server.associations.set('many', many)
    server.instead.set('eks:DescribePodIdentityAssociation', ({ path }) => {
      open += 1
      most = Math.max(most, open)
      setImmediate(() => {
        open -= 1
      })
      return path.endsWith('/a-3') ? jsonError(404, 'ResourceNotFoundException', 'gone') : undefined
    })
    const found = await aws.podIdentityAssociations({ profile, cluster: 'many' }, signal)
    expect(found).toHaveLength(20)
    expect(most).toBeLessThanOrEqual(8)
    expect(server.requests.filter(({ path }) => path.includes('/a-'))).toHaveLength(21)
  })

  test('clause 82: a refusal names the action that is missing', async () => {
    server.clusters.set('many', {})
    server.associations.set('many', many)
    const refused = async () =>
      aws.podIdentityAssociations({ profile, cluster: 'many' }, signal).catch((error: unknown) => error)
    server.instead.set('eks:DescribePodIdentityAssociation', jsonError(403, 'AccessDeniedException', 'no'))
    expect(await refused()).toMatchObject({
      problems: [
        {
          code: 'DK5012',
          detail: expect.stringContaining(
            'may not do eks:DescribePodIdentityAssociation on the cluster many',
          ),
        },
      ],
    })
    server.instead.set('eks:ListPodIdentityAssociations', jsonError(403, 'AccessDeniedException', 'no'))
    expect(await refused()).toMatchObject({
      problems: [{ detail: expect.stringContaining('eks:ListPodIdentityAssociations') }],
    })
  })

  test('clause 84: the simulated staging has some, and nothing else', async () => {
    const simulated = simulatedWith()
    const count = async (cluster: string) =>
      (await simulated.podIdentityAssociations({ profile: 'acme-staging', cluster }, signal))?.length
    expect([await count('acme-staging'), await count('acme-dev')]).toEqual([4, 0])
  })
})
