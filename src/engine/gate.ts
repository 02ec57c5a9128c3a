/** Lets at most so many bodies run at a time; the others wait in the order they came. */
export interface Gate {
  /** Whether whoever comes now has to wait. */
  isFull(): boolean
  /**
   * Runs `body` when there is room.
   * @throws the signal's reason when it is aborted while waiting; `body` has then not begun.
   */
  through<T>(signal: AbortSignal, body: () => Promise<T>): Promise<T>
}

/** Written here and not taken from p-limit, which cannot drop a waiter on abort without running it. */
export function createGate(width: number): Gate {
  let running = 0
  const waiting: (() => void)[] = []

  function enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    if (running < width) {
      running += 1
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal.removeEventListener('abort', giveUp)
        running += 1
        resolve()
      }
      const giveUp = () => {
        waiting.splice(waiting.indexOf(admit), 1)
        reject(signal.reason as Error)
      }
      waiting.push(admit)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  return {
    isFull: () => running >= width,
    async through(signal, body) {
      await enter(signal)
      try {
        return await body()
      } finally {
        running -= 1
        waiting.shift()?.()
      }
    },
  }
}
