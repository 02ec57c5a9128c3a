/** Those who wait for a change of the cluster. How many may wait is for the server to say. */
export class Changes {
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  /** Something is not as it was: whoever waits looks again. */
  tell(): void {
    for (const look of this.#waiting) look()
  }

  /** What `look` finds, at once or after a change; undefined when the time is over, or after `close`. */
  soon<T>(look: () => T | undefined, withinMs: number): Promise<T | undefined> {
    const found = look()
    if (found !== undefined || this.#isClosed || withinMs <= 0) return Promise.resolve(found)
    return new Promise((resolve) => {
      const again = () => {
        const now = look()
        if (now !== undefined || this.#isClosed) done(now)
      }
      const done = (now: T | undefined) => {
        clearTimeout(timer)
        this.#waiting.delete(again)
        resolve(now)
      }
      const timer = setTimeout(() => done(look()), withinMs)
      this.#waiting.add(again)
    })
  }

  /** Whoever waits is let go. */
  close(): void {
    this.#isClosed = true
    this.tell()
  }
}
