import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'

/** The machine's clock. `sleep` keeps the process alive while it waits. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    async sleep(ms, signal) {
      try {
        await wait(ms, undefined, signal === undefined ? {} : { signal })
      } catch (error) {
        // Node rejects with an AbortError of its own; the port promises the signal's reason.
        throw signal?.aborted === true ? signal.reason : error
      }
    },
  }
}
