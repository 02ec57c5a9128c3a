import { describe, expect, test } from 'vitest'
import type { HowToRun, Ran } from '../../../src/ports/exec.ts'
import { watchAccounts, watchCommand } from '../../../src/upkeep/account-watch.ts'
import { createWaker } from '../../../src/upkeep/waker.ts'
import { manualClock } from '../../engine/manual-clock.ts'

const target = { program: '/opt/kubectl', kubeconfig: '/data/kubeconfig/devk8s', context: 'devk8s' }
const ran: Ran = { outcome: 'exited', exitCode: 1, signal: null, stdout: '', stderr: '', durationMs: 1 }
const turn = async () => new Promise((resolve) => setImmediate(resolve))

describe('watching service accounts', () => {
  test('asks for one kind, with no end, and for no more than names, ids and roles', () => {
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
      // kubectl takes the last one.
      '--request-timeout=0',
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

  test('gives up where there is no kubectl', async () => {
    const exec = { run: async () => ({ ...ran, outcome: 'not-found' as const }), find: async () => undefined }
    const signal = new AbortController().signal
    await expect(
      watchAccounts(target, { exec, clock: manualClock() }, signal, () => {}),
    ).resolves.toBeUndefined()
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
