import type { Clock } from '../ports/clock.ts'

/** The machine's clock. `sleep` keeps the process alive while it waits. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    // Not performance.now(): touching it loads node:perf_hooks, a tenth of what an everyday command takes.
    monotonic() {
      const [seconds, nanoseconds] = process.hrtime()
      return seconds * 1e3 + nanoseconds / 1e6
    },
    async sleep(ms, signal) {
      const { setTimeout: wait } = process.getBuiltinModule('node:timers/promises')
      try {
        await wait(ms, undefined, signal === undefined ? {} : { signal })
      } catch (error) {
        // Node rejects with an AbortError of its own; the port promises the signal's reason.
        throw signal?.aborted === true ? signal.reason : error
      }
    },
  }
}
