export interface Clock {
  /** Milliseconds since 1970, for people and files. */
  now(): number
  /** Milliseconds from an arbitrary start, never going back; for durations and deadlines. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
