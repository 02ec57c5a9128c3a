import type { Clock } from '../../src/ports/clock.ts'

export interface ManualClock extends Clock {
  /** Moves time on, waking sleepers in the order of their wake-up times, each given room to act. */
  advance(ms: number): Promise<void>
  /** How many are asleep. */
  readonly sleepers: number
}

interface Sleeper {
  readonly wakeAt: number
  readonly wake: () => void
}

/**
 * A clock that moves only when told.
 *
 * @param options.auto each sleep is over at once, and time has moved by it.
 * @param options.startMs what `now()` says first; 2026-01-02T03:04:05Z unless told.
 */
export function manualClock(
  options: { readonly auto?: boolean; readonly startMs?: number } = {},
): ManualClock {
  const startMs = options.startMs ?? Date.UTC(2026, 0, 2, 3, 4, 5)
  let elapsedMs = 0
  const sleepers: Sleeper[] = []

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    if (options.auto) {
      elapsedMs += ms
      return turn()
    }
    return new Promise((resolve, reject) => {
      const leave = () => sleepers.splice(sleepers.indexOf(sleeper), 1)
      const giveUp = () => {
        leave()
        reject(signal?.reason as Error)
      }
      const sleeper: Sleeper = {
        wakeAt: elapsedMs + ms,
        wake: () => {
          leave()
          signal?.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      sleepers.push(sleeper)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  async function advance(ms: number): Promise<void> {
    const until = elapsedMs + ms
    await turn()
    for (;;) {
      const next = sleepers.filter(({ wakeAt }) => wakeAt <= until).toSorted((a, b) => a.wakeAt - b.wakeAt)[0]
      if (next === undefined) break
      elapsedMs = Math.max(elapsedMs, next.wakeAt)
      next.wake()
      await turn()
    }
    elapsedMs = until
    await turn()
  }

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    sleep,
    advance,
    get sleepers() {
      return sleepers.length
    },
  }
}

/** Lets everything that is ready to run do so: timers of 0 ms come after all pending promises. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
