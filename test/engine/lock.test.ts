import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realFiles } from '../../src/adapters/files.ts'
import { parseHolder, withLock } from '../../src/engine/lock.ts'
import type { Holder, LockPorts } from '../../src/engine/lock.ts'
import type { DevK8sError } from '../../src/problems/problem.ts'
import { manualClock } from './manual-clock.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-lock-'))
  path = join(folder, 'state', 'devk8s.lock')
})
afterEach(() => rm(folder, { recursive: true }))

const now = Date.UTC(2026, 4, 6, 7, 8, 9)
const holder = (over: Partial<Holder> = {}): Holder => ({
  pid: 11,
  command: 'devk8s up',
  startedAt: now,
  host: 'laptop',
  ...over,
})
const ports = (alive: readonly number[] = []): LockPorts => ({
  files: realFiles(),
  clock: manualClock({ auto: true, startMs: Date.now() }),
  host: { read: () => Promise.reject(new Error('unused')), isAlive: (pid) => alive.includes(pid) },
})
const { signal } = new AbortController()
const left = () => readdir(join(folder, 'state'))

async function leave(content: string, ageMs = 0): Promise<void> {
  await realFiles().makeFolder(join(folder, 'state'))
  await writeFile(path, content)
  const time = new Date(Date.now() - ageMs)
  await utimes(path, time, time)
}

describe('withLock', () => {
  test('names its holder while the body runs, and is gone afterwards', async () => {
    for (const own of [holder(), holder({ boot: 'b1' })]) {
      const seen = await withLock(path, own, ports(), signal, () => readFile(path, 'utf8'))
      expect(parseHolder(seen)).toEqual(own)
    }
    expect(await left()).toEqual([])
  })

  test('is released when the body fails, also by an interruption', async () => {
    const stop = new AbortController()
    const body = async () => {
      stop.abort('SIGINT')
      stop.signal.throwIfAborted()
    }
    await expect(withLock(path, holder(), ports(), stop.signal, body)).rejects.toBe('SIGINT')
    expect(await left()).toEqual([])
    await expect(withLock(path, holder(), ports(), stop.signal, body)).rejects.toBe('SIGINT')
  })

  test('held by a living process: DK8001 with pid, command and since when', async () => {
    const second = withLock(path, holder(), ports([11]), signal, () =>
      withLock(path, holder({ pid: 12, command: 'devk8s down' }), ports([11]), signal, async () => 'never'),
    )
    await expect(second).rejects.toMatchObject({
      problems: [
        {
          code: 'DK8001',
          exit: 6,
          detail: `Process 11 ("devk8s up") has held the lock since 2026-05-06 07:08:09 UTC. Lock file: ${path}`,
          // A number that another program has by now: only a person can tell, and then the file is in the way.
          next: ['ps -p 11', `rm ${path}`],
        },
      ],
    })
  })

  test('left by a dead process: taken over', async () => {
    await leave(JSON.stringify(holder({ pid: 99 })))
    expect(await withLock(path, holder(), ports(), signal, async () => 'mine')).toBe('mine')
    expect(await left()).toEqual([])
  })

  test.each([
    ['before the machine was started: another process has its number', now + 60_000, undefined, 'mine'],
    ['after it, or as near to it as clocks can tell', now + 2_000, undefined, 'held'],
    ['by a process that cannot be the holder', now - 60_000, false, 'mine'],
    ['by one that can, whatever the clock was set to since', now + 60_000, true, 'held'],
  ])('of a living process, left %s', async (_what, bootedAtMs, isHolder, expected) => {
    await leave(JSON.stringify(holder({ pid: 99 })))
    const own = holder()
    const alive = ports([99])
    const self = { pid: own.pid, machine: own.host, bootedAtMs }
    const booted = { ...alive, host: { ...alive.host, self } }
    const run = withLock(
      path,
      own,
      booted,
      signal,
      async () => 'mine',
      async () => isHolder,
    )
    expect(await run.catch(() => 'held')).toBe(expected)
    // Of another machine nothing is known.
    await leave(JSON.stringify(holder({ pid: 99, host: 'desk' })))
    const far = withLock(
      path,
      own,
      booted,
      signal,
      async () => 'mine',
      async () => isHolder,
    )
    await expect(far).rejects.toThrow('Process 99 on desk')
  })

  test.each([
    // WSL2 was paused: by its clock the machine was started after the lock.
    ['the same start of the machine', 'b1', 'b1', now + 60_000, 'held'],
    ['another one', 'b1', 'b2', now - 60_000, 'mine'],
    ['one that its lock does not name, after the start', undefined, 'b2', now - 60_000, 'held'],
    ['one that its lock does not name, before the start', undefined, 'b2', now + 60_000, 'mine'],
    ['one that is not told any more, after the start', 'b1', undefined, now - 60_000, 'held'],
    ['one that is not told any more, before the start', 'b1', undefined, now + 60_000, 'mine'],
  ])('of a living process, left in %s', async (_what, boot, bootId, bootedAtMs, expected) => {
    await leave(JSON.stringify(holder({ pid: 99, ...(boot === undefined ? {} : { boot }) })))
    const own = holder()
    const alive = ports([99])
    const self = { pid: own.pid, machine: own.host, bootedAtMs, bootId }
    const run = withLock(path, own, { ...alive, host: { ...alive.host, self } }, signal, async () => 'mine')
    expect(await run.catch(() => 'held')).toBe(expected)
  })

  test('left in another start of the machine: stale, whatever has its number by now', async () => {
    await leave(JSON.stringify(holder({ pid: 99, boot: 'b1' })))
    const alive = ports([99])
    const self = { pid: 11, machine: 'laptop', bootId: 'b2' }
    const booted = { ...alive, host: { ...alive.host, self } }
    const isHolder = async () => true
    expect(await withLock(path, holder(), booted, signal, async () => 'mine', isHolder)).toBe('mine')
  })

  test('left under our own pid: a run does not compete with itself, so the number was used again (containers)', async () => {
    await leave(JSON.stringify(holder({ startedAt: 1 })))
    expect(await withLock(path, holder(), ports([11]), signal, async () => 'mine')).toBe('mine')
  })

  test('of another machine: never taken over, since its pid cannot be looked at', async () => {
    await leave(JSON.stringify(holder({ pid: 99, host: 'desk' })), 9_999_999)
    await expect(withLock(path, holder(), ports(), signal, async () => 1)).rejects.toThrow(
      'Process 99 on desk',
    )
  })

  test.each(['', '{"pid":', 'null', '{"pid":"1"}'])(
    'unreadable (%s): wreckage when old, held when new',
    async (text) => {
      await leave(text, 60_000)
      expect(await withLock(path, holder(), ports(), signal, async () => 1)).toBe(1)
      await leave(text)
      await expect(withLock(path, holder(), ports(), signal, async () => 1)).rejects.toThrow(
        'does not say who',
      )
    },
  )

  test('a takeover whose maker died is cleared away', async () => {
    await leave(JSON.stringify(holder({ pid: 99 })))
    await writeFile(`${path}.takeover`, '')
    const old = new Date(Date.now() - 60_000)
    await utimes(`${path}.takeover`, old, old)
    expect(await withLock(path, holder(), ports(), signal, async () => 1)).toBe(1)
    expect(await left()).toEqual([])
  })

  test('of many that find it stale, one is in at a time', async () => {
    await leave(JSON.stringify(holder({ pid: 99 })))
    let inside = 0
    let most = 0
    const alive = Array.from({ length: 8 }, (_, at) => at + 1)
    const runs = alive.map((pid) =>
      withLock(path, holder({ pid }), ports(alive), signal, async () => {
        inside += 1
        most = Math.max(most, inside)
        await new Promise((resolve) => {
          setTimeout(resolve, 5)
        })
        inside -= 1
      }),
    )
    const ends = await Promise.allSettled(runs)
    expect(most).toBe(1)
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true)
    const refusals = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as DevK8sError] : []))
    expect(refusals.filter(({ problems }) => problems[0].code !== 'DK8001')).toEqual([])
    expect(await left()).toEqual([])
  })

  test('a lock that is no longer ours is left alone', async () => {
    const theirs = JSON.stringify(holder({ pid: 77 }))
    await withLock(path, holder(), ports(), signal, () => writeFile(path, theirs))
    expect(await readFile(path, 'utf8')).toBe(theirs)
  })
})
