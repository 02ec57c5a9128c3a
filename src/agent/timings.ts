/** How long the agent waits for what. */
export interface Timings {
  /** Each watch is asked to end by itself after about this long, and is resumed where it was. */
  readonly watchSeconds: number
  /** A watch that has not ended this long after that is dead: a laptop slept, and the other end is gone. */
  readonly graceMs: number
  /** For every other request to the API server. */
  readonly requestMs: number
  readonly backoffFirstMs: number
  readonly backoffMostMs: number
  /** The cluster's signing keys are read again so often. */
  readonly keysEveryMs: number
  /** And at most so often because of a token whose key is not known. */
  readonly keysAtMostEveryMs: number
  /** How often a repeated Event is counted up. */
  readonly eventUpdateMs: number
}

/**
 * A dead connection is noticed within 29 s. Idle connections of a watch say nothing for a minute, so that their silence
 * tells nothing; short watches that end by themselves cost six small requests in 25 s, which no API server feels.
 */
export const usualTimings: Timings = {
  watchSeconds: 25,
  graceMs: 4000,
  requestMs: 10_000,
  backoffFirstMs: 200,
  backoffMostMs: 10_000,
  keysEveryMs: 300_000,
  keysAtMostEveryMs: 5000,
  eventUpdateMs: 60_000,
}
