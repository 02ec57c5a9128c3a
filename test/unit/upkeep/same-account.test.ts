import { describe, expect, test } from 'vitest'
import { imagesKeeper } from '../../../src/images/images-keeper.ts'
import { podsKeeper } from '../../../src/pods/pods-keeper.ts'
import { awsIdentityUnasked } from '../../../src/problems/aws-sign-in.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import type { Keeper } from '../../../src/upkeep/keeper.ts'
import { fileIn } from '../../../src/upkeep/places.ts'
import { keepCluster } from '../../../src/upkeep/round.ts'
import { insistOnAccount, type KeptIdentity } from '../../../src/upkeep/same-account.ts'
import { sourceKey } from '../../../src/upkeep/source-key.ts'
import type { ImagesUpkeep, Upkeep } from '../../../src/upkeep/upkeep.ts'
import { type ImagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { podsLab } from '../pods/lab.ts'
import { keepingLab } from './keeping-lab.ts'

const [first, other] = ['111122223333', '999999999999']
const hourMs = 3_600_000

async function codesOf(attempt: Promise<unknown>): Promise<readonly string[]> {
  try {
    await attempt
    return []
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return error.problems.map(({ code }) => code)
  }
}

const images = (mode: ImagesUpkeep['mode']): Partial<Upkeep> => ({
  images: {
    mode,
    why: 'the profile says so',
    registries: [{ account: '111122223333', regions: ['eu-west-1'] }],
  },
})

describe.each<readonly [string, Keeper, string, string, Partial<Upkeep>]>([
  ['keys for pods', podsKeeper, 'aws-credentials', 'shop', {}],
  ['pull secrets', imagesKeeper, 'awsecr-cred', 'shop', images('secret')],
  ['keys of registry-creds', imagesKeeper, 'registry-creds-ecr', 'kube-system', images('addon')],
])('%s', (_, keeper, name, namespace, parts) => {
  // Keys of the environment: the upkeep names no profile.
  const environment = { source: { region: 'eu-west-1' }, ...parts }

  async function renew(lab: ImagesLab, how: Parameters<Keeper['renew']>[3], upkeep = lab.upkeep) {
    lab.forget()
    const standing = await keeper.look(upkeep, lab.context)
    if ('problem' in standing) throw new Error(standing.problem.detail)
    lab.forget()
    return keeper.renew(upkeep, standing, lab.context, how)
  }
  const accountIn = async (lab: ImagesLab) =>
    /\b\d{12}\b/.exec(JSON.stringify((await lab.get('secret', name, namespace))?.metadata.annotations))?.[0]

  test('of another account take no one’s place unless a person asked', async () => {
    const lab = await podsLab(simulatedCluster(), environment)
    await renew(lab, {})
    await lab.clock.advance(6 * hourMs)
    lab.aws({ account: other })
    const before = await lab.get('secret', name, namespace)
    expect(await codesOf(renew(lab, { isUnasked: true }))).toEqual([awsIdentityUnasked.code])
    expect(await lab.get('secret', name, namespace)).toEqual(before)
    expect(await accountIn(lab)).toBe(first)

    lab.said.length = 0
    expect(await codesOf(renew(lab, { all: true }))).toEqual([])
    expect(await accountIn(lab)).toBe(other)
    expect(lab.said).toContain(
      `The cluster dev had AWS keys of the account ${first}; now they are of ${other}.`,
    )
  })

  test('of the same account are renewed by themselves', async () => {
    const lab = await podsLab(simulatedCluster(), environment)
    await renew(lab, {})
    await lab.clock.advance(6 * hourMs)
    expect(await codesOf(renew(lab, { isUnasked: true }))).toEqual([])
    lab.forget()
    expect(await keeper.look(lab.upkeep, lab.context)).toMatchObject({ changes: [] })
    expect(lab.said).toEqual([])
  })

  test('a profile that leads to another account since is told as well', async () => {
    const lab = await podsLab(simulatedCluster(), parts)
    await renew(lab, {})
    await lab.clock.advance(6 * hourMs)
    lab.aws({ account: other })
    expect(await codesOf(renew(lab, { isUnasked: true }))).toEqual([awsIdentityUnasked.code])
  })

  test('a record that leads to another account by now changes nothing of that', async () => {
    const lab = await podsLab(simulatedCluster(), parts)
    await renew(lab, {})
    lab.aws({ account: other })
    for (const source of [{ profile: 'prod' }, {}]) {
      const upkeep = { ...lab.upkeep, source }
      expect(await codesOf(renew(lab, { isUnasked: true }, upkeep))).toEqual([awsIdentityUnasked.code])
      expect(await accountIn(lab)).toBe(first)
    }
    const upkeep = { ...lab.upkeep, source: { profile: 'prod' } }
    expect(await codesOf(renew(lab, {}, upkeep))).toEqual([])
    expect(await accountIn(lab)).toBe(other)
  })

  test('of the same account under another profile are renewed by themselves', async () => {
    const lab = await podsLab(simulatedCluster(), parts)
    await renew(lab, {})
    await lab.clock.advance(6 * hourMs)
    const upkeep = { ...lab.upkeep, source: { profile: 'renamed' } }
    expect(await codesOf(renew(lab, { isUnasked: true }, upkeep))).toEqual([])
  })
})

describe('an upkeep without a profile, and nothing in the cluster yet', () => {
  const renewing = (signsInAs: string | undefined, kept: readonly KeptIdentity[] = []) => {
    const aws = { signInOf: async () => ({ kind: 'static', ...(signsInAs && { profile: signsInAs }) }) }
    const upkeep = { cluster: 'dev', source: {} }
    const context = { ports: { aws }, note: () => {} } as unknown as Parameters<typeof insistOnAccount>[1]
    return codesOf(insistOnAccount({ upkeep, account: first, kept, isUnasked: true }, context))
  }

  test('gets no keys of a profile that nobody wrote down', async () => {
    expect(await renewing('prod')).toEqual([awsIdentityUnasked.code])
    expect(await renewing(undefined)).toEqual([])
    expect(await renewing('prod', [{ source: sourceKey({}), account: first }])).toEqual([])
  })
})

test('the broker says that nobody asked', async () => {
  const lab = await keepingLab()
  const asked: Parameters<Keeper['renew']>[3][] = []
  const keeper = await lab.keepers.pods()
  const keepers = {
    ...lab.keepers,
    pods: async (): Promise<Keeper> => ({
      ...keeper,
      renew: async (upkeep, standing, context, how) => {
        asked.push(how)
        return keeper.renew(upkeep, standing, context, how)
      },
    }),
  }
  const recorded = { cluster: 'devk8s', file: fileIn(lab.places.upkeeps, 'devk8s'), upkeep: lab.upkeep }
  const minikubeHome = `${lab.folder}/minikube`
  const { kept } = await keepCluster(recorded, undefined, lab.context(), {
    places: lab.places,
    minikubeHome,
    keepers,
  })
  expect(kept.map(({ isRenewed }) => isRenewed)).toEqual([false, true])
  expect(asked).toEqual([{ all: false, isUnasked: true }])
})
