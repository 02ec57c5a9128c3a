import { describe, expect, test } from 'vitest'
import { type ImagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { endOfKeys } from '../../../src/pods/ending.ts'
import { isKeyed, isLive, keysReadAtMs } from '../../../src/pods/pod.ts'
import { endingPods, olderPods, podsOf } from '../../../src/pods/pods.ts'
import { podsKeeper } from '../../../src/pods/pods-keeper.ts'
import { lineOf, restartEnding } from '../../../src/pods/restart.ts'
import type { Exec } from '../../../src/ports/exec.ts'
import type { Question } from '../../../src/ports/prompts.ts'
import { declined } from '../../../src/problems/state.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { podsLab } from './lab.ts'

const hourMs = 3_600_000
const start = Date.UTC(2026, 10, 24, 8)
const iso = (ms: number) => new Date(ms).toISOString()
const ours = { secretRef: { name: 'aws-credentials', optional: true } }

interface PodOf {
  readonly owner?: readonly [kind: string, name: string]
  readonly startedAtMs?: number
  readonly phase?: string
  readonly keyed?: boolean
}

function pod(name: string, { owner, startedAtMs = start, phase = 'Running', keyed = true }: PodOf) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      creationTimestamp: iso(startedAtMs),
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              { controller: true, kind: owner[0], name: owner[1], apiVersion: 'v1', uid: 'u' },
            ],
          }),
    },
    spec: { containers: [{ name: 'app', image: 'nginx', ...(keyed ? { envFrom: [ours] } : {}) }] },
    status: {
      phase,
      containerStatuses: [{ name: 'app', state: { running: { startedAt: iso(startedAtMs) } } }],
    },
  }
}

const replicaSet = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: 'api-77',
    namespace: 'shop',
    ownerReferences: [{ controller: true, kind: 'Deployment', name: 'api' }],
  },
}
const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'nightly-1',
    namespace: 'shop',
    ownerReferences: [{ controller: true, kind: 'CronJob', name: 'nightly' }],
  },
}

const record = { source: '', account: '', issuedAtMs: start, expiresAtMs: start + 12 * hourMs }

describe('until when a pod’s keys are good', () => {
  test.each([
    ['started after', start + 1, {}, start + 2, { is: 'good', endsAtMs: start + 12 * hourMs }],
    ['started in the same second', start - 900, {}, start, { is: 'good', endsAtMs: start + 12 * hourMs }],
    [
      'started after, and over',
      start,
      {},
      start + 12 * hourMs,
      { is: 'over', endsAtMs: start + 12 * hourMs },
    ],
    ['started before', start - hourMs, {}, start, { is: 'replaced', isSoon: true }],
    [
      'started before, good for long',
      start - hourMs,
      { past: [{ issuedAtMs: start - 2 * hourMs, expiresAtMs: start + 2 * hourMs }] },
      start,
      { is: 'replaced', isSoon: false, endsAtMs: start + 2 * hourMs },
    ],
    [
      'started before, ending',
      start - hourMs,
      { past: [{ issuedAtMs: start - 2 * hourMs, expiresAtMs: start + 2 * hourMs }] },
      start + hourMs,
      { is: 'replaced', isSoon: true, endsAtMs: start + 2 * hourMs },
    ],
    [
      'started before, over',
      start - hourMs,
      { past: [{ issuedAtMs: start - 2 * hourMs, expiresAtMs: start + 1 }] },
      start + 1,
      { is: 'over', endsAtMs: start + 1 },
    ],
    [
      'started before the last but one',
      start - 5 * hourMs,
      {
        past: [
          { issuedAtMs: start - 3 * hourMs, expiresAtMs: start + 9 * hourMs },
          { issuedAtMs: start - 6 * hourMs, expiresAtMs: start + 6 * hourMs },
        ],
      },
      start,
      { is: 'replaced', isSoon: false, endsAtMs: start + 6 * hourMs },
    ],
  ])('%s', (_which, startedAtMs, more, nowMs, end) => {
    expect(endOfKeys(pod('a', { startedAtMs }), { ...record, ...more }, nowMs)).toEqual(end)
  })

  test('without keys in the namespace there are none', () => {
    expect(endOfKeys(pod('a', {}), undefined, start)).toEqual({ is: 'none' })
  })

  test('a container that was restarted has read them anew; until one runs, the pod’s making counts', () => {
    const restarted = pod('a', { startedAtMs: start + hourMs })
    expect(keysReadAtMs(restarted)).toBe(start + hourMs)
    expect(keysReadAtMs({ ...restarted, status: { phase: 'Pending' } })).toBe(start + hourMs)
  })

  test('pods that are done or going do not count, nor those without keys', () => {
    expect([isLive(pod('a', {})), isLive(pod('a', { phase: 'Succeeded' }))]).toEqual([true, false])
    expect([isKeyed(pod('a', {})), isKeyed(pod('a', { keyed: false }))]).toEqual([true, false])
  })
})

/**
 * A cluster whose keys were replaced after an hour, as far as these pods are asked for; the rest is the simulated one.
 * @param firstMs how old the first keys, of twelve hours, are.
 */
async function labWith(
  objects: readonly object[],
  firstMs = 11 * hourMs + 1_800_000,
): Promise<ImagesLab & { readonly told: string[] }> {
  const lab = await podsLab(simulatedCluster())
  const empty = { changes: [], detail: {} }
  await podsKeeper.renew(lab.upkeep, empty, lab.context, { all: true })
  await lab.clock.advance(hourMs)
  lab.forget()
  await podsKeeper.renew(lab.upkeep, empty, lab.context, { all: true })
  await lab.clock.advance(firstMs - hourMs)
  lab.forget()
  const { ports } = lab.context
  const told: string[] = []
  const exec: Exec = {
    find: ports.exec.find,
    run: async (command, how) => {
      if (command.changes) told.push(command.args.slice(5).join(' '))
      if (command.args.includes('rollout'))
        return { outcome: 'exited', exitCode: 0, signal: null, stdout: '', stderr: '', durationMs: 1 }
      const ran = await ports.exec.run(command, how)
      const isPods = command.args.some((arg) => arg.includes('Pod,ReplicaSet.apps,Job.batch'))
      if (!isPods || ran.exitCode !== 0) return ran
      const { items } = JSON.parse(ran.stdout) as { readonly items: readonly object[] }
      const stdout = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...items, ...objects] })
      return { ...ran, stdout }
    },
  }
  return { ...lab, told, context: { ...lab.context, ports: { ...ports, exec } } }
}

const objects = [
  replicaSet,
  job,
  pod('api-77-a', { owner: ['ReplicaSet', 'api-77'] }),
  pod('api-77-b', { owner: ['ReplicaSet', 'api-77'] }),
  pod('db-0', { owner: ['StatefulSet', 'db'] }),
  pod('agent-x', { owner: ['DaemonSet', 'agent'], startedAtMs: start + 7 * hourMs }),
  pod('nightly-1-z', { owner: ['Job', 'nightly-1'] }),
  pod('bare', {}),
  pod('odd', { owner: ['Rollout', 'shop'] }),
  pod('without', { keyed: false }),
  pod('done', { phase: 'Succeeded' }),
]

function sessionOf(lab: ImagesLab, answer: boolean) {
  const notes: string[] = []
  const questions: Question[] = []
  const ask = async (question: Question) => {
    questions.push(question)
    return answer as never
  }
  const ports = { ...lab.context.ports, prompts: { ask } }
  const emit = (event: { readonly type: string; readonly text?: unknown }) =>
    void (event.type === 'note' && notes.push(String(event.text)))
  return { session: { ports, signal: lab.context.signal, emit }, notes, questions }
}

describe('what runs with keys that end', () => {
  test('is told by the owner that a person knows', async () => {
    const lab = await labWith(objects)
    const found = await podsOf(lab.upkeep, lab.context)
    const pods = 'problem' in found ? [] : found.pods
    expect(pods.map(({ name, owner, keys }) => `${name} ${owner?.kind ?? '-'} ${keys.is}`)).toEqual([
      'api-77-a Deployment replaced',
      'api-77-b Deployment replaced',
      'db-0 StatefulSet replaced',
      'agent-x DaemonSet good',
      'nightly-1-z CronJob replaced',
      'bare - replaced',
      'odd Rollout replaced',
    ])
    expect(endingPods(pods).map(({ name }) => name)).not.toContain('agent-x')
    expect([endingPods(pods).length, olderPods(pods)]).toEqual([6, []])
    const first = pods[0]
    expect(first && lineOf(first, lab.clock.now()).replaceAll(/\d\d:\d\d/g, 'HH:MM')).toBe(
      'Pod shop/api-77-a (Deployment api) has older keys, until HH:MM',
    )
  })

  test('owners are restarted once each after a yes; what nobody would make anew is told of and stays', async () => {
    const lab = await labWith(objects)
    const { session, notes, questions } = sessionOf(lab, true)
    const done = await restartEnding(session, lab.upkeep)
    expect(done).toEqual({
      restarted: ['deployment/api -n shop', 'statefulset/db -n shop'],
      byHand: ['shop/nightly-1-z', 'shop/bare', 'shop/odd'],
    })
    expect(lab.told).toEqual(['rollout restart deployment/api statefulset/db -n shop'])
    expect(questions).toMatchObject([
      {
        id: 'aws.restart',
        text: 'New keys are in the cluster. Restart these 2 to run with them?',
        flag: '--yes',
        fallback: undefined,
      },
    ])
    expect(notes.map((text) => text.replaceAll(/\d\d:\d\d/g, 'HH:MM'))).toEqual([
      'Pod shop/nightly-1-z (CronJob nightly) has older keys, until HH:MM; its next run has what it needs.',
      'Pod shop/bare has older keys, until HH:MM; nobody would make it anew, so delete and create it yourself.',
      'Pod shop/odd (Rollout shop) has older keys, until HH:MM; kubectl restarts no Rollout, so do it by its own means.',
    ])
  })

  test('older keys that are good for more than a third of their life are only told of', async () => {
    const lab = await labWith(objects, 2 * hourMs)
    const found = await podsOf(lab.upkeep, lab.context)
    const pods = 'problem' in found ? [] : found.pods
    expect(endingPods(pods)).toEqual([])
    expect(olderPods(pods).length).toBe(6)
    const { session, questions } = sessionOf(lab, true)
    expect(await restartEnding(session, lab.upkeep)).toEqual({ restarted: [], byHand: [] })
    expect([questions, lab.told]).toEqual([[], []])
  })

  test('a no restarts nothing', async () => {
    const lab = await labWith(objects)
    const { session } = sessionOf(lab, false)
    const error: unknown = await restartEnding(session, lab.upkeep).catch((caught: unknown) => caught)
    expect(isDevK8sError(error) && error.problems[0].code).toBe(declined.code)
    expect(lab.told).toEqual([])
  })

  test('nothing to restart asks nobody', async () => {
    const lab = await labWith([
      pod('fresh', { startedAtMs: start + 7 * hourMs, owner: ['DaemonSet', 'agent'] }),
    ])
    const { session, questions } = sessionOf(lab, true)
    expect(await restartEnding(session, lab.upkeep)).toEqual({ restarted: [], byHand: [] })
    expect([questions, lab.told]).toEqual([[], []])
  })
})
