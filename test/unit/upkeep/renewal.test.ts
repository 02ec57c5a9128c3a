import { mkdir, rm, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { locked } from '../../../src/problems/state.ts'
import { fileIn } from '../../../src/upkeep/places.ts'
import type { Keeper } from '../../../src/upkeep/keeper.ts'
import { writeUpkeep } from '../../../src/upkeep/records.ts'
import { keepFresh } from '../../../src/upkeep/renewal.ts'
import { readStandings } from '../../../src/upkeep/standings.ts'
import type { Upkeep } from '../../../src/upkeep/upkeep.ts'
import { hour, keepingLab, minute, networkDown } from './keeping-lab.ts'

const how = (lab: Awaited<ReturnType<typeof keepingLab>>) => ({ places: lab.places, keepers: lab.keepers })
const standingsOf = async (lab: Awaited<ReturnType<typeof keepingLab>>) =>
  readStandings(lab.context().ports.files, lab.places, 'devk8s')

describe('keepFresh', () => {
  test('renews what is due, tells until when, and leaves a copy of it', async () => {
    const lab = await keepingLab()
    const kept = await keepFresh(lab.upkeep, lab.context(), how(lab))
    expect(kept.map(({ part, isRenewed }) => [part, isRenewed])).toEqual([
      ['policies', false],
      ['pods', true],
    ])
    const now = lab.clock.now()
    expect((await standingsOf(lab)).pods).toEqual({ goodUntilMs: now + hour, dueAtMs: now + 30 * minute })
    await keepFresh(lab.upkeep, lab.context(), how(lab))
    expect(lab.cluster.issued).toHaveLength(1)
  })

  test('with `all` renews what is not due as well', async () => {
    const lab = await keepingLab()
    await keepFresh(lab.upkeep, lab.context(), how(lab))
    const kept = await keepFresh(lab.upkeep, lab.context(), { ...how(lab), all: true })
    expect(kept.every(({ isRenewed }) => isRenewed)).toBe(true)
    expect(lab.cluster.issued).toHaveLength(2)
  })

  test('what went wrong beside what was renewed is told, and kept with it', async () => {
    const lab = await keepingLab()
    const keeper = await lab.keepers.pods()
    const partly: Keeper = {
      look: keeper.look,
      renew: async (...given) => ({ ...(await keeper.renew(...given)), problem: networkDown }),
    }
    for (const isCheckedAfter of [true, false]) {
      lab.cluster.lacks = ['new']
      const [kept] = await keepFresh(lab.upkeep, lab.context(), {
        ...how(lab),
        keepers: { ...lab.keepers, pods: async () => partly },
        parts: ['pods'],
        isCheckedAfter,
      })
      expect(kept).toMatchObject({ isRenewed: true, problem: { code: networkDown.code } })
      expect(kept?.standing).toMatchObject({ changes: [], goodUntilMs: lab.clock.now() + hour })
      expect((await standingsOf(lab)).pods?.failure?.code).toBe(networkDown.code)
    }
  })

  test('two processes at once renew once; the other sees what came of it', async () => {
    const lab = await keepingLab()
    let open = () => {}
    lab.cluster.gate = new Promise((resolve) => {
      open = resolve
    })
    const both = [1, 2].map(async (pid) => keepFresh(lab.upkeep, lab.context(pid), how(lab)))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(lab.cluster.attempts).toHaveLength(1)
    open()
    for (let turn = 0; turn < 20; turn += 1) {
      await lab.clock.advance(250)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const kept = await Promise.all(both)
    expect(lab.cluster.issued).toHaveLength(1)
    expect(kept.flat().filter(({ isRenewed }) => isRenewed)).toHaveLength(1)
    expect(kept.flat().filter(({ standing }) => standing?.changes.length === 0)).toHaveLength(4)
  })

  test('looks once before and once after; not after, where the caller does; and again when somebody else renewed', async () => {
    const lab = await keepingLab()
    await keepFresh(lab.upkeep, lab.context(), how(lab))
    expect(lab.cluster.looks).toBe(2)
    await lab.clock.advance(31 * minute)
    const [kept] = await keepFresh(lab.upkeep, lab.context(), {
      ...how(lab),
      parts: ['pods'],
      isCheckedAfter: true,
    })
    expect(lab.cluster.looks).toBe(3)
    const now = lab.clock.now()
    expect(kept).toMatchObject({ isRenewed: true, standing: { goodUntilMs: now + hour } })
    expect((await standingsOf(lab)).pods).toEqual({ goodUntilMs: now + hour, dueAtMs: now + 30 * minute })
    await lab.clock.advance(31 * minute)
    const first = lab.context()
    const { files } = first.ports
    let isOthers = true
    // Another process looks and renews between this one's look and its lock.
    const slow = {
      ...files,
      makeFolder: async (path: string, mode?: number) => {
        if (isOthers) {
          isOthers = false
          await keepFresh(lab.upkeep, lab.context(2), how(lab))
        }
        return files.makeFolder(path, mode)
      },
    }
    const issued = lab.cluster.issued.length
    const late = await keepFresh(lab.upkeep, { ...first, ports: { ...first.ports, files: slow } }, how(lab))
    expect(isOthers).toBe(false)
    expect(lab.cluster.issued).toHaveLength(issued + 1)
    expect(late.every(({ isRenewed }) => !isRenewed)).toBe(true)
  })

  test('says who renews when that takes too long', async () => {
    const lab = await keepingLab()
    await mkdir(lab.places.renewals, { recursive: true })
    const holder = { pid: 4242, command: 'devk8s, renewing AWS keys', startedAt: 0, host: 'laptop' }
    await writeFile(fileIn(lab.places.renewals, 'devk8s', 'lock'), JSON.stringify(holder))
    const error = await keepFresh(lab.upkeep, lab.context(), { ...how(lab), waitMs: 0 }).catch(
      (thrown) => thrown,
    )
    expect(isDevK8sError(error) && error.problems[0]).toMatchObject({
      code: locked.code,
      detail: expect.stringContaining('4242'),
    })
  })

  test('a failure leaves what is there, and is remembered with its time', async () => {
    const lab = await keepingLab()
    await keepFresh(lab.upkeep, lab.context(), how(lab))
    const { keys } = lab.cluster
    await lab.clock.advance(31 * minute)
    lab.cluster.aws = networkDown
    const kept = await keepFresh(lab.upkeep, lab.context(), how(lab))
    expect(kept.find(({ part }) => part === 'pods')).toMatchObject({
      problem: { code: networkDown.code },
      standing: { goodUntilMs: keys?.expiresAtMs },
      isRenewed: false,
    })
    expect(lab.cluster.keys).toEqual(keys)
    expect((await standingsOf(lab)).pods?.failure).toEqual({
      atMs: lab.clock.now(),
      code: networkDown.code,
      detail: networkDown.detail,
    })
  })

  test('a cluster that cannot be asked is told, and asks nothing of AWS', async () => {
    const lab = await keepingLab()
    lab.cluster.isUp = false
    const kept = await keepFresh(lab.upkeep, lab.context(), { ...how(lab), all: true })
    expect(kept.find(({ part }) => part === 'pods')?.problem?.code).toBe('DK4001')
    expect(lab.cluster.attempts).toEqual([])
  })

  test('writes nothing once the record is gone: who took it away has taken the keys as well', async () => {
    const lab = await keepingLab()
    const file = fileIn(lab.places.upkeeps, 'devk8s')
    await rm(file)
    await keepFresh(lab.upkeep, lab.context(), { ...how(lab), recordedIn: file })
    expect(lab.cluster.attempts).toEqual([])
  })

  test('writes nothing of a part that the record has lost while the lock was waited for', async () => {
    const lab = await keepingLab()
    const file = fileIn(lab.places.upkeeps, 'devk8s')
    const { pods: _pods, ...rest } = lab.upkeep
    const context = lab.context()
    const { files } = context.ports
    const given: Upkeep[] = []
    const policies = await lab.keepers.policies()
    const keepers = {
      ...lab.keepers,
      policies: async (): Promise<Keeper> => ({
        ...policies,
        renew: async (upkeep) => {
          given.push(upkeep)
          return {}
        },
      }),
    }
    // Another process takes the keys for pods away between this one's look and its lock.
    const slow = {
      ...files,
      makeFolder: async (path: string, mode?: number) => {
        await files.makeFolder(path, mode)
        if (path === lab.places.renewals) await writeUpkeep(files, file, rest)
      },
    }
    await keepFresh(
      lab.upkeep,
      { ...context, ports: { ...context.ports, files: slow } },
      { ...how(lab), keepers, all: true, recordedIn: file },
    )
    expect(lab.cluster.attempts).toEqual([])
    // The policy that hands them out stays away as well.
    expect(given).toEqual([rest])
    expect(Object.keys(await standingsOf(lab))).toEqual(['policies'])
  })
})
