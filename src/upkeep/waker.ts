import type { Clock } from '../ports/clock.ts'

/** Lets what waits be woken before its time. */
export interface Waker {
  wake(): void
  /** Sleeps for so long, or until it is woken, or was since the last sleep. @throws the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export function createWaker(clock: Clock): Waker {
  let isWoken = false
  let current: AbortController | undefined
  return {
    wake() {
      isWoken = true
      current?.abort('woken')
    },
    async sleep(ms, signal) {
      signal.throwIfAborted()
      if (!isWoken) {
        current = new AbortController()
        await clock.sleep(ms, AbortSignal.any([signal, current.signal])).catch(() => undefined)
        current = undefined
      }
      isWoken = false
      signal.throwIfAborted()
    },
  }
}
