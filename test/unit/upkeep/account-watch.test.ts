import { describe, expect, test } from 'vitest'
import type { HowToRun, Ran } from '../../../src/ports/exec.ts'
import { fail } from '../../../src/problems/problem.ts'
import { programNotStartable } from '../../../src/problems/tools.ts'
import {
  asksToAssume,
  podsCommand,
  watchAccounts,
  watchCommand,
  watchPods,
} from '../../../src/upkeep/account-watch.ts'
import { createWaker } from '../../../src/upkeep/waker.ts'
import { manualClock } from '../../engine/manual-clock.ts'

const target = { program: '/opt/kubectl', kubeconfig: '/data/kubeconfig/devk8s', context: 'devk8s' }
const ran: Ran = { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: '', durationMs: 1 }
const hour = 3_600_000
const turn = async () => new Promise((resolve) => setImmediate(resolve))

describe('watching service accounts', () => {
  test('asks for one kind, for ten minutes, and for no more than names, ids and roles', () => {
    const { args, changes } = watchCommand(target)
    expect(changes).toBe(false)
    expect(args.slice(-8)).toEqual([
      '--request-timeout=15s',
      'get',
      'serviceaccounts',
      '-A',
      '--watch',
      '-o',
      'jsonpath={.metadata.namespace}/{.metadata.name} {.metadata.uid} {.metadata.annotations.eks\\.amazonaws\\.com/role-arn}{"\\n"}',
      // kubectl takes the last one. The child of a broker that was killed ends with it.
      '--request-timeout=10m',
    ])
  })

  test('tells of what is new and of a new role, not of what it has told', async () => {
    const clock = manualClock()
    const stop = new AbortController()
    let news = 0
    const told: number[] = []
    const run = async (_command: unknown, { onLine, signal, keepsOutput }: HowToRun) => {
      expect(keepsOutput).toBe(false)
      for (const line of ['a/default 1 ', 'a/default 1 ', 'b/default 2 ', 'a/default 1 arn:x']) {
        onLine?.(1, line)
        told.push(news)
      }
      onLine?.(2, 'a warning')
      told.push(news)
      return new Promise<Ran>((resolve) => {
        signal.addEventListener('abort', () => resolve({ ...ran, outcome: 'aborted' }))
      })
    }
    const done = watchAccounts(
      target,
      { exec: { run, find: async () => undefined }, clock },
      stop.signal,
      () => {
        news += 1
      },
    )
    await turn()
    expect(told).toEqual([1, 1, 2, 3, 3])
    stop.abort()
    await done
    expect(news).toBe(3)
  })

  test('begins again after an end, ever later while none lasts, at once after one that did', async () => {
    const clock = manualClock()
    const stop = new AbortController()
    const begun: number[] = []
    let lastsMs = 0
    const run = async (_command: unknown, { signal }: HowToRun) => {
      begun.push(clock.monotonic())
      if (lastsMs > 0) await clock.sleep(lastsMs, signal).catch(() => undefined)
      return ran
    }
    const done = watchAccounts(
      target,
      { exec: { run, find: async () => undefined }, clock },
      stop.signal,
      () => {},
    )
    await clock.advance(310_000)
    const pauses = begun.slice(1).map((at, index) => at - (begun[index] ?? 0))
    expect(pauses).toEqual([4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
    lastsMs = 45 * 60_000
    await clock.advance(60_000)
    const before = begun.length
    await clock.advance(46 * 60_000)
    expect(begun.length).toBe(before + 1)
    stop.abort()
    await clock.advance(1)
    await done.catch(() => undefined)
  })

  test.each([
    ['kubectl is not there', async () => ({ ...ran, outcome: 'not-found' as const })],
    [
      'the system refuses to start kubectl',
      async () => fail(programNotStartable, { detail: 'kubectl could not be started (EACCES).' }),
    ],
  ])('goes on, with no news, while %s, as it may be back soon', async (_why, refused) => {
    const clock = manualClock()
    const stop = new AbortController()
    let begun = 0
    let news = 0
    const run = async (_command: unknown, { onLine, signal }: HowToRun): Promise<Ran> => {
      begun += 1
      if (begun < 4) return refused()
      onLine?.(1, 'a/default 1 ')
      await clock.sleep(hour, signal).catch(() => undefined)
      return ran
    }
    const done = watchAccounts(
      target,
      { exec: { run, find: async () => undefined }, clock },
      stop.signal,
      () => {
        news += 1
      },
    )
    await clock.advance(4_000 + 8_000 - 1)
    expect({ begun, news }).toEqual({ begun: 2, news: 0 })
    await clock.advance(1 + 16_000)
    expect({ begun, news }).toEqual({ begun: 4, news: 1 })
    stop.abort()
    await clock.advance(1)
    await expect(done).resolves.toBeUndefined()
  })

  test('ends with what nobody foresaw', async () => {
    const exec = { run: () => Promise.reject(new TypeError('a bug')), find: async () => undefined }
    const { signal } = new AbortController()
    await expect(watchAccounts(target, { exec, clock: manualClock() }, signal, () => {})).rejects.toThrow(
      'a bug',
    )
  })
})

describe('a waker', () => {
  test('ends a sleep, and one that has not begun yet', async () => {
    const clock = manualClock()
    const waker = createWaker(clock)
    const { signal } = new AbortController()
    const slept = waker.sleep(10_000, signal)
    waker.wake()
    await expect(slept).resolves.toBeUndefined()
    waker.wake()
    await waker.sleep(10_000, signal)
    expect(clock.now()).toBe(manualClock().now())
    const whole = waker.sleep(10_000, signal)
    await clock.advance(10_000)
    await expect(whole).resolves.toBeUndefined()
  })

  test('throws when it is all over', async () => {
    const stop = new AbortController()
    const slept = createWaker(manualClock()).sleep(10_000, stop.signal)
    stop.abort('SIGTERM')
    await expect(slept).rejects.toBe('SIGTERM')
  })
})

describe('watching pods', () => {
  const roles = { 'shop-*': 'assume', 'own-*': { assume: 'twin' }, 'shop-closed': 'deny' } as const

  test('asks for no more than places and what AWS would be asked for', () => {
    expect(podsCommand(target).args.slice(-7)).toEqual([
      'get',
      'pods',
      '-A',
      '--watch',
      '-o',
      'jsonpath={.metadata.namespace} {.metadata.annotations.iam\\.amazonaws\\.com/role} {.metadata.annotations.iam\\.amazonaws\\.com/external-id} {.metadata.annotations.iam\\.amazonaws\\.com/session-name}{"\\n"}',
      '--request-timeout=10m',
    ])
  })

  test.each([
    ['shop shop-web  ', true],
    ['shop arn:aws:iam::111122223333:role/shop-web  ', true],
    ['shop own-web acme me', true],
    ['shop shop-closed  ', false],
    ['shop billing  ', false],
    ['shop   ', false],
    ['', false],
  ])('“%s”: %s', (line, asks) => {
    expect(asksToAssume(line, roles)).toBe(asks)
  })

  test('tells once of all pods that ask for the same, and not of the end', async () => {
    const clock = manualClock()
    const stop = new AbortController()
    let news = 0
    const run = async (_command: unknown, { onLine }: HowToRun) => {
      for (const line of ['shop shop-web  ', 'shop shop-web  ', 'shop billing  ', 'other shop-web  ']) {
        onLine?.(1, line)
      }
      return ran
    }
    const exec = { run, find: async () => undefined }
    const done = watchPods(target, roles, { exec, clock }, stop.signal, () => void (news += 1))
    await turn()
    expect(news).toBe(2)
    stop.abort()
    await clock.advance(1)
    await done
    expect(news).toBe(2)
  })
})
