import { describe, expect, test } from 'vitest'
import { type ImagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { podsKeeper } from '../../../src/pods/pods-keeper.ts'
import { batchSize } from '../../../src/upkeep/apply-in-batches.ts'
import { Secret } from '../../../src/ports/secret.ts'
import type { Command, Exec } from '../../../src/ports/exec.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import type { Standing } from '../../../src/upkeep/keeper.ts'
import type { Upkeep } from '../../../src/upkeep/upkeep.ts'
import { namespace, podsLab, podsUpkeep } from './lab.ts'

const hourMs = 3_600_000

async function look(lab: ImagesLab, upkeep: Upkeep = lab.upkeep): Promise<Standing> {
  lab.forget()
  const standing = await podsKeeper.look(upkeep, lab.context)
  if ('problem' in standing) throw new Error(standing.problem.detail)
  return standing
}

async function renew(lab: ImagesLab, upkeep: Upkeep = lab.upkeep, all = false): Promise<void> {
  const standing = await look(lab, upkeep)
  lab.forget()
  await podsKeeper.renew(upkeep, standing, lab.context, { all })
}

async function dataOf(lab: ImagesLab, name = 'shop'): Promise<Readonly<Record<string, string>>> {
  const secret = await lab.get('secret', 'aws-credentials', name)
  const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, atob(value)]))
}

describe('keys for pods', () => {
  test('each namespace of the profile gets one session, and nothing secret is said of it', async () => {
    const lab = await podsLab(simulatedCluster())
    expect((await look(lab)).changes.map(({ field, effect }) => `${effect} ${field}`)).toEqual([
      'create Secret shop/aws-credentials',
      'create Secret default/aws-credentials',
    ])
    await renew(lab)
    expect(await dataOf(lab)).toEqual({
      AWS_ACCESS_KEY_ID: 'ASIASESSION2',
      AWS_SECRET_ACCESS_KEY: 'canary-secret-key',
      AWS_SESSION_TOKEN: 'canary-session-token',
      AWS_REGION: 'eu-north-1',
      AWS_DEFAULT_REGION: 'eu-north-1',
    })
    expect(await dataOf(lab, 'default')).toEqual(await dataOf(lab))
    expect(await lab.get('secret', 'aws-credentials', 'other')).toBeUndefined()
    const { labels, annotations } = (await lab.get('secret', 'aws-credentials', 'shop'))?.metadata ?? {}
    expect(labels).toEqual({ 'devk8s.dev/managed': 'true', 'devk8s.dev/upkeep': 'true' })
    expect(annotations).toEqual({
      'devk8s.dev/issued-at': '2026-11-24T08:00:00.000Z',
      'devk8s.dev/expires-at': '2026-11-24T20:00:00.000Z',
      'devk8s.dev/aws-source': '["dev",""]',
      'devk8s.dev/aws-account': '111122223333',
      'devk8s.dev/aws-region': 'eu-north-1',
    })
    const standing = await look(lab)
    expect(standing).toMatchObject({
      changes: [],
      goodUntilMs: Date.UTC(2026, 10, 24, 20),
      dueAtMs: Date.UTC(2026, 10, 24, 14),
    })
    expect(lab.asked).toEqual(['identity', 'session'])
    const told = JSON.stringify([standing, lab.commands.map(({ args }) => args)])
    expect(told).not.toMatch(/canary|ASIASESSION/)
    const applied = lab.commands.filter(({ changes }) => changes).map(({ stdin }) => stdin)
    expect(applied).toEqual([expect.any(Secret)])
  })

  test('due at half of their life, and what was there before is remembered by its end', async () => {
    const lab = await podsLab(simulatedCluster())
    await renew(lab)
    await lab.clock.advance(6 * hourMs - 1)
    expect((await look(lab)).changes).toEqual([])
    await lab.clock.advance(1)
    const due = await look(lab)
    expect(due.changes.map(({ field, to }) => `${field}: ${to}`)).toEqual([
      'Secret shop/aws-credentials: a new session',
      'Secret default/aws-credentials: a new session',
    ])
    expect(lab.asked).toEqual(['identity', 'session'])
    await renew(lab)
    expect((await dataOf(lab))['AWS_ACCESS_KEY_ID']).toBe('ASIASESSION4')
    const { annotations } = (await lab.get('secret', 'aws-credentials', 'shop'))?.metadata ?? {}
    expect(annotations?.['devk8s.dev/past-sessions']).toBe(
      '2026-11-24T08:00:00.000Z/2026-11-24T20:00:00.000Z',
    )
    expect((await look(lab)).changes).toEqual([])
  })

  test('only what is due is renewed; with all, everything', async () => {
    const lab = await podsLab(simulatedCluster(), { pods: { ...podsUpkeep, namespaces: ['shop'] } })
    await renew(lab)
    await lab.clock.advance(hourMs)
    const more = { ...lab.upkeep, pods: podsUpkeep }
    expect((await look(lab, more)).changes.map(({ field }) => field)).toEqual([
      'Secret default/aws-credentials',
    ])
    await renew(lab, more)
    expect(lab.asked).toHaveLength(2)
    await renew(lab, more, true)
    expect((await dataOf(lab))['AWS_ACCESS_KEY_ID']).toBe('ASIASESSION4')
    expect(await dataOf(lab, 'default')).toEqual(await dataOf(lab))
  })

  test.each(['identityFails', 'sessionFails'] as const)('%s: the last good ones stay', async (failing) => {
    const lab = await podsLab(simulatedCluster())
    await renew(lab)
    await lab.clock.advance(7 * hourMs)
    lab.aws({ [failing]: true })
    const error: unknown = await renew(lab).catch((caught: unknown) => caught)
    expect(isDevK8sError(error)).toBe(true)
    expect((await dataOf(lab))['AWS_ACCESS_KEY_ID']).toBe('ASIASESSION2')
    expect(await look(lab)).toMatchObject({ goodUntilMs: Date.UTC(2026, 10, 24, 20) })
  })

  test('an account that the team denies writes nothing', async () => {
    const lab = await podsLab(simulatedCluster(), { accounts: { deny: ['111122223333'] } })
    await expect(renew(lab)).rejects.toThrow(/111122223333/)
    expect(await lab.get('secret', 'aws-credentials', 'shop')).toBeUndefined()
  })

  test('keys of another account than the one that was asked about write nothing', async () => {
    const lab = await podsLab(simulatedCluster(), { accounts: { allow: ['111122223333'] } })
    lab.aws({ keysAccount: '999988887777' })
    await expect(renew(lab)).rejects.toThrow(/999988887777/)
    expect(lab.asked).toEqual(['identity', 'session'])
    expect(await lab.get('secret', 'aws-credentials', 'shop')).toBeUndefined()
  })

  test('another identity or region in the profile is due at once', async () => {
    const lab = await podsLab(simulatedCluster())
    await renew(lab)
    const other = { ...lab.upkeep, source: { profile: 'other' } }
    expect((await look(lab, other)).changes[0]?.to).toBe('a session of the identity in the profile')
    const moved = { ...lab.upkeep, source: { profile: 'dev', region: 'us-east-1' } }
    expect((await look(lab, moved)).changes[0]?.to).toBe('the region in the profile')
    await renew(lab, moved)
    expect((await dataOf(lab))['AWS_REGION']).toBe('us-east-1')
    expect((await look(lab, moved)).changes).toEqual([])
  })

  test('an end in the past is no busy loop', async () => {
    const lab = await podsLab(simulatedCluster())
    lab.aws({ sessionMs: -11 * 365 * 24 * hourMs })
    await renew(lab)
    const standing = await look(lab)
    expect(standing.changes).toEqual([])
    expect(standing.dueAtMs).toBe(lab.clock.now() + 6 * hourMs)
  })

  test('annotations that cannot be read mean a new session', async () => {
    const lab = await podsLab(simulatedCluster())
    await renew(lab)
    await lab.kubectl(
      'annotate',
      'secret',
      'aws-credentials',
      '-n',
      'shop',
      '--overwrite',
      'devk8s.dev/expires-at=soon',
    )
    expect((await look(lab)).changes).toEqual([
      {
        field: 'Secret shop/aws-credentials',
        to: 'a new session: nothing says how long this one lasts',
        effect: 'in-place',
      },
    ])
  })
})

describe('a session that AWS gives again', () => {
  const endsAtMs = Date.UTC(2026, 10, 24, 20)

  async function repeatedLab(): Promise<ImagesLab> {
    const lab = await podsLab(simulatedCluster())
    lab.aws({ kept: { accessKeyId: 'ASIAKEPT', expiresAtMs: endsAtMs } })
    await renew(lab)
    return lab
  }
  const annotationsOf = async (lab: ImagesLab, name = 'shop') =>
    (await lab.get('secret', 'aws-credentials', name))?.metadata.annotations ?? {}

  test('keeps its age, and is asked for anew when it is nearly over, which is said', async () => {
    const lab = await repeatedLab()
    const before = { data: await dataOf(lab), annotations: await annotationsOf(lab) }
    await lab.clock.advance(6 * hourMs)
    expect((await look(lab)).changes).toHaveLength(2)
    await renew(lab)
    expect(await dataOf(lab)).toEqual(before.data)
    expect(await annotationsOf(lab)).toEqual({
      ...before.annotations,
      'devk8s.dev/renew-at': '2026-11-24T19:45:00.000Z',
    })
    const standing = await look(lab)
    expect(standing).toMatchObject({ changes: [], goodUntilMs: endsAtMs, dueAtMs: endsAtMs - 900_000 })
    expect(standing.notes?.map(({ text }) => text.replaceAll(/\d\d:\d\d/g, 'HH:MM'))).toEqual([
      'AWS hands out the session again that pods have already, good until HH:MM (6 h): new keys are asked for from HH:MM on.',
    ])
  })

  test('is never asked for more than once a minute, and seldom until it ends', async () => {
    const lab = await repeatedLab()
    let rounds = 0
    while (lab.clock.now() < endsAtMs - 60_000) {
      const { dueAtMs = NaN } = await look(lab)
      expect(dueAtMs - lab.clock.now()).toBeGreaterThanOrEqual(60_000)
      await lab.clock.advance(dueAtMs - lab.clock.now())
      await renew(lab)
      rounds += 1
    }
    expect(rounds).toBeLessThan(10)
    expect((await annotationsOf(lab))['devk8s.dev/issued-at']).toBe('2026-11-24T08:00:00.000Z')
  })

  test('asked for by a person, nothing is written, and nothing counts as replaced', async () => {
    const lab = await repeatedLab()
    const before = await annotationsOf(lab)
    await lab.clock.advance(hourMs)
    const written = lab.commands.filter(({ changes }) => changes).length
    await renew(lab, lab.upkeep, true)
    expect(await annotationsOf(lab)).toEqual(before)
    expect(lab.commands.filter(({ changes }) => changes)).toHaveLength(written)
  })

  test('the next one is new, with an age of its own', async () => {
    const lab = await repeatedLab()
    await lab.clock.advance(6 * hourMs)
    await renew(lab)
    await lab.clock.advance(6 * hourMs - 900_000)
    lab.aws({ kept: { accessKeyId: 'ASIANEXT', expiresAtMs: endsAtMs + 12 * hourMs } })
    await renew(lab)
    const annotations = await annotationsOf(lab)
    expect((await dataOf(lab))['AWS_ACCESS_KEY_ID']).toBe('ASIANEXT')
    expect(annotations).toMatchObject({
      'devk8s.dev/issued-at': '2026-11-24T19:45:00.000Z',
      'devk8s.dev/past-sessions': '2026-11-24T08:00:00.000Z/2026-11-24T20:00:00.000Z',
    })
    expect(annotations['devk8s.dev/renew-at']).toBeUndefined()
    expect((await look(lab)).notes).toEqual([])
  })

  test('another region of the profile is written all the same', async () => {
    const lab = await repeatedLab()
    await lab.clock.advance(hourMs)
    await renew(lab, { ...lab.upkeep, source: { profile: 'dev', region: 'us-east-1' } })
    expect((await dataOf(lab))['AWS_REGION']).toBe('us-east-1')
    expect((await annotationsOf(lab))['devk8s.dev/issued-at']).toBe('2026-11-24T08:00:00.000Z')
  })
})

describe('a namespace that is new', () => {
  async function withLater(): Promise<ImagesLab> {
    const pods = { ...podsUpkeep, namespaces: ['shop', 'later'] }
    const lab = await podsLab(simulatedCluster(), { pods })
    await renew(lab)
    return lab
  }

  test('gets what its neighbour has, and AWS is not asked', async () => {
    const lab = await withLater()
    await lab.clock.advance(hourMs)
    await lab.apply(namespace('later'))
    await renew(lab)
    expect(await dataOf(lab, 'later')).toEqual(await dataOf(lab))
    const { annotations } = (await lab.get('secret', 'aws-credentials', 'later'))?.metadata ?? {}
    expect(annotations).toMatchObject({
      'devk8s.dev/issued-at': '2026-11-24T09:00:00.000Z',
      'devk8s.dev/expires-at': '2026-11-24T20:00:00.000Z',
    })
    expect(lab.asked).toEqual(['identity', 'session'])
    const told = JSON.stringify(lab.commands.map(({ args, env }) => [args, env]))
    expect(told).not.toContain('canary')
    expect((await look(lab)).changes).toEqual([])
  })

  test('gets them past half of their life as well, though AWS gives no new ones', async () => {
    const lab = await withLater()
    await lab.clock.advance(7 * hourMs)
    await lab.apply(namespace('later'))
    lab.aws({ sessionFails: true })
    await expect(renew(lab)).rejects.toThrow(/GetSessionToken/)
    expect((await dataOf(lab, 'later'))['AWS_ACCESS_KEY_ID']).toBe('ASIASESSION2')
    lab.aws({ sessionFails: false })
    await lab.kubectl('delete', 'secret', 'aws-credentials', '-n', 'later')
    await renew(lab)
    expect(await dataOf(lab, 'later')).toEqual(await dataOf(lab))
    expect((await dataOf(lab, 'later'))['AWS_ACCESS_KEY_ID']).not.toBe('ASIASESSION2')
  })

  test.each([
    ['that are over', { hours: 13 }],
    ['of another identity', { hours: 1, source: { profile: 'other' } }],
    ['of an account that is denied since', { hours: 1, accounts: { deny: ['111122223333'] } }],
  ])('gets none %s', async (_which, { hours, ...now }) => {
    const lab = await withLater()
    await lab.clock.advance(hours * hourMs)
    await lab.apply(namespace('later'))
    lab.aws({ sessionFails: true })
    await expect(renew(lab, { ...lab.upkeep, ...now })).rejects.toThrow(/GetSessionToken|111122223333/)
    expect(await lab.get('secret', 'aws-credentials', 'later')).toBeUndefined()
  })
})

describe('namespaces', () => {
  test('one that is not there yet is served when it is', async () => {
    const pods = { ...podsUpkeep, namespaces: ['shop', 'later'] }
    const lab = await podsLab(simulatedCluster(), { pods })
    await renew(lab)
    expect((await look(lab)).detail['missing']).toEqual(['later'])
    await lab.apply(namespace('later'))
    expect((await look(lab)).changes).toEqual([{ field: 'Secret later/aws-credentials', effect: 'create' }])
  })

  test('one that a person closes loses its keys, and one that leaves the profile', async () => {
    const lab = await podsLab(simulatedCluster())
    await renew(lab)
    await lab.kubectl('label', 'namespace', 'shop', 'devk8s.dev/aws=off')
    const standing = await look(lab)
    expect(standing.changes).toEqual([{ field: 'Secret shop/aws-credentials', effect: 'remove' }])
    expect(standing.notes?.[0]?.text).toContain('Namespace shop gets no AWS keys')
    const fewer = { ...lab.upkeep, pods: { ...podsUpkeep, namespaces: [] } }
    expect((await look(lab, fewer)).changes.map(({ effect }) => effect)).toEqual(['remove', 'remove'])
    await renew(lab, fewer)
    expect(await lab.get('secret', 'aws-credentials', 'shop')).toBeUndefined()
    expect(await lab.get('secret', 'aws-credentials', 'default')).toBeUndefined()
  })

  test('a Secret of that name that somebody else made stays as it is', async () => {
    const lab = await podsLab(simulatedCluster())
    const theirs = { name: 'aws-credentials', namespace: 'shop' }
    await lab.apply({ apiVersion: 'v1', kind: 'Secret', metadata: theirs, data: { AWS_PROFILE: btoa('x') } })
    const standing = await look(lab)
    expect(standing.changes).toEqual([{ field: 'Secret default/aws-credentials', effect: 'create' }])
    expect(standing.notes?.[0]).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('that devk8s did not make'),
    })
    await renew(lab)
    expect(await dataOf(lab)).toEqual({ AWS_PROFILE: 'x' })
  })

  test('a thousand are served by one session, one look and one apply for each batch', async () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `ns-${at}`)
    const lab = await podsLab(simulatedCluster(), { pods: { ...podsUpkeep, namespaces: names } })
    const commands: Command[] = []
    const answered = withObjects(
      lab,
      commands,
      names.map((name) => namespace(name)),
    )
    await renew(answered)
    expect(commands.map(({ args }) => args[5])).toEqual([
      // Twice: the objects, the Secrets of ours, and those of that name, as none is of ours.
      ...Array.from({ length: 6 }, () => 'get'),
      ...Array.from({ length: Math.ceil(names.length / batchSize) }, () => 'apply'),
    ])
    expect(lab.asked).toEqual(['identity', 'session'])
  })
})

/** kubectl that tells of these objects and takes whatever is applied: the simulated API takes its time for a thousand. */
function withObjects(lab: ImagesLab, commands: Command[], objects: readonly object[]): ImagesLab {
  const exec: Exec = {
    find: async () => undefined,
    run: async (command) => {
      commands.push(command)
      const items = command.args.some((arg) => arg.startsWith('Namespace')) ? objects : []
      const stdout = command.changes ? '' : JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      return { outcome: 'exited', exitCode: 0, signal: null, stdout, stderr: '', durationMs: 1 }
    },
  }
  return { ...lab, context: { ...lab.context, ports: { ...lab.context.ports, exec } } }
}

test('roles that are to be assumed are told of: here they are the developer’s session', async () => {
  const roles = { 'arn:aws:iam::111122223333:role/reader': 'assume', writer: 'profile:other', admin: 'deny' }
  const lab = await podsLab(simulatedCluster(), { pods: { ...podsUpkeep, roles } })
  const notes = (await look(lab)).notes ?? []
  expect(notes.map(({ text }) => text)).toEqual([
    'Pods with the role reader or writer get your own session for now, whatever aws.roles says of it: keys in environment variables are the same for all pods of a namespace.',
  ])
})
