import { describe, expect, test } from 'vitest'
import { podsKeeper } from '../../../src/pods/pods-keeper.ts'
import { applyArgs } from '../../../src/kube/apply.ts'
import { kubectlCommand } from '../../../src/kube/kubectl.ts'
import type { Standing } from '../../../src/upkeep/keeper.ts'
import { type ImagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { namespace, podsLab, podsUpkeep } from './lab.ts'

const hourMs = 3_600_000

async function look(lab: ImagesLab): Promise<Standing> {
  lab.forget()
  const standing = await podsKeeper.look(lab.upkeep, lab.context)
  if ('problem' in standing) throw new Error(standing.problem.detail)
  return standing
}

async function renew(lab: ImagesLab, all = false): Promise<void> {
  const standing = await look(lab)
  await podsKeeper.renew(lab.upkeep, standing, lab.context, { all })
}

const secretIn = async (lab: ImagesLab, name: string) => lab.get('secret', 'aws-credentials', name)

async function plain(lab: ImagesLab, name: string): Promise<Readonly<Record<string, string>>> {
  const data = ((await secretIn(lab, name))?.['data'] ?? {}) as Readonly<Record<string, string>>
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, atob(value)]))
}

async function patch(lab: ImagesLab, data: Readonly<Record<string, string | null>>): Promise<void> {
  const args = ['patch', 'secret', 'aws-credentials', '-n', 'shop', '--type', 'merge']
  const ran = await lab.kubectl(...args, '-p', JSON.stringify({ data }))
  expect(ran.stderr).toBe('')
}

async function keptLab(): Promise<ImagesLab> {
  const pods = { ...podsUpkeep, namespaces: ['shop', 'later'] }
  const lab = await podsLab(simulatedCluster(), { pods })
  lab.aws({ kept: { accessKeyId: 'ASIAKEPT', expiresAtMs: lab.clock.now() + 12 * hourMs } })
  await renew(lab)
  await lab.clock.advance(hourMs)
  return lab
}

describe('keys that somebody has damaged, while AWS hands out the same session', () => {
  test.each(['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])('%s: a refresh mends it', async (name) => {
    const lab = await keptLab()
    const before = await plain(lab, 'shop')
    await patch(lab, { [name]: btoa('torn') })
    // Nobody but AWS can tell.
    expect((await look(lab)).changes.map(({ field }) => field)).toEqual([])
    await renew(lab, true)
    expect(await plain(lab, 'shop')).toEqual(before)
    // What runs there may have what was torn.
    expect((await secretIn(lab, 'shop'))?.metadata.annotations).toMatchObject({
      'devk8s.dev/issued-at': '2026-11-24T09:00:00.000Z',
      'devk8s.dev/past-sessions': '2026-11-24T08:00:00.000Z/2026-11-24T20:00:00.000Z',
    })
  })

  test.each([
    ['empty', { AWS_SESSION_TOKEN: '' }],
    ['gone', { AWS_SESSION_TOKEN: null }],
  ])('%s: due at once, mended, and given to no neighbour', async (_what, data) => {
    const lab = await keptLab()
    const before = await plain(lab, 'shop')
    await patch(lab, data)
    expect((await look(lab)).changes).toEqual([
      {
        field: 'Secret shop/aws-credentials',
        from: expect.stringContaining('a session until'),
        to: 'a new session: what is there is not a whole one',
        effect: 'in-place',
      },
    ])
    await lab.apply(namespace('later'))
    await renew(lab)
    expect([await plain(lab, 'shop'), await plain(lab, 'later')]).toEqual([before, before])
    expect((await look(lab)).changes).toEqual([])
  })
})

test('keys that a person put there are not written over, though they are no session', async () => {
  const lab = await keptLab()
  const own = { AWS_ACCESS_KEY_ID: btoa('AKIAOFAPERSON'), AWS_SESSION_TOKEN: '' }
  await patch(lab, own)
  await expect(renew(lab)).rejects.toThrow(/kubectl-patch/)
  expect((await plain(lab, 'shop'))['AWS_ACCESS_KEY_ID']).toBe('AKIAOFAPERSON')
})

describe('a clock that was ahead when the keys were written', () => {
  /** The clock of a lab goes forward only: the annotations are put where a clock that was ahead has them. */
  async function aheadLab(lab: ImagesLab, aheadMs: number): Promise<ImagesLab> {
    const at = (ms: number) => new Date(ms).toISOString()
    const nowMs = lab.clock.now()
    const secret = await secretIn(lab, 'shop')
    const annotations = {
      ...secret?.metadata.annotations,
      'devk8s.dev/issued-at': at(nowMs + aheadMs),
      'devk8s.dev/expires-at': at(nowMs + aheadMs + 12 * hourMs),
    }
    const { name = '', namespace: where = '', labels = {} } = secret?.metadata ?? {}
    const metadata = { name, namespace: where, labels, annotations }
    const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, data: secret?.['data'] })
    const command = kubectlCommand(lab.upkeep.kubectl, applyArgs(), { changes: true, stdin })
    const { ports, signal } = lab.context
    expect((await ports.exec.run(command, { timeoutMs: 1_000, signal })).stderr).toBe('')
    return lab
  }

  test.each([
    [60_000, []],
    [60_001, ['Secret shop/aws-credentials']],
    [24 * hourMs, ['Secret shop/aws-credentials']],
  ])('by %i ms', async (aheadMs, due) => {
    const lab = await aheadLab(await keptLab(), aheadMs)
    expect((await look(lab)).changes.map(({ field }) => field)).toEqual(due)
  })

  test('the same session again is not due at every look from then on', async () => {
    const lab = await keptLab()
    lab.aws({ kept: { accessKeyId: 'ASIAKEPT', expiresAtMs: lab.clock.now() + 12 * hourMs } })
    await aheadLab(lab, 24 * hourMs)
    await renew(lab)
    const standing = await look(lab)
    expect(standing.changes).toEqual([])
    expect(standing.goodUntilMs).toBe(lab.clock.now() + 12 * hourMs)
  })

  test('their made-up end is not given to a neighbour', async () => {
    const lab = await aheadLab(await keptLab(), 24 * hourMs)
    lab.aws({ sessionFails: true })
    await lab.apply(namespace('later'))
    await expect(renew(lab)).rejects.toThrow(/GetSessionToken/)
    expect(await secretIn(lab, 'later')).toBeUndefined()
  })
})
