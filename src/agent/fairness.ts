import type { View } from './view.ts'
import { podAt } from './who-asks.ts'

// That nobody's requests take the agent from others: who is counted as one, and how much each may ask.

/** Who is counted as one: a pod by its uid, all of the node together, all addresses that are not known together. */
export type Asker = `pod ${string}` | 'node' | 'unknown'

export function askerAt(address: string, own: string, view: View): Asker {
  const pod = podAt(address, own, view)
  if (pod === undefined) return 'unknown'
  return pod === 'node' || pod.hostNetwork ? 'node' : `pod ${pod.uid}`
}

export interface Quota {
  /** Connections at a time. */
  readonly connections: number
  /** Requests at once, after a while without any. */
  readonly burst: number
  /** And then so many a second. */
  readonly perSecond: number
}

/**
 * A pod with twenty containers that all start at once stays below; what passes by such a pod is a loop without a pause.
 * The node has the kubelet’s probe, and pods with hostNetwork, which get nothing. Unknown are pods for their first moments.
 */
const quotas: Readonly<Record<'pod' | 'node' | 'unknown', Quota>> = {
  pod: { connections: 256, burst: 200, perSecond: 100 },
  node: { connections: 64, burst: 50, perSecond: 25 },
  unknown: { connections: 256, burst: 200, perSecond: 100 },
}

export function quotaOf(asker: Asker): Quota {
  return asker === 'node' || asker === 'unknown' ? quotas[asker] : quotas.pod
}

/** A request that comes a little early waits for its turn. */
export const longestTurnMs = 250
/**
 * How long one that comes much too early waits for being told so: who asks in a loop does it no faster. Not all the same,
 * since those of a loop would come back together, and others would wait behind them.
 * @param chance from 0 to 1.
 */
export const tooFastMs = (chance: number): number => 250 + 500 * chance

export interface Pace {
  /** ms until the request’s turn, 0 for now; undefined for one that is too fast. */
  turnMs(asker: Asker, nowMs: number): number | undefined
}

/** Beyond so many, those that are full again are forgotten, which changes nothing. */
const mostKept = 512

/** A bucket of tokens for each asker. */
export function createPace(): Pace {
  const buckets = new Map<Asker, { tokens: number; atMs: number }>()
  const level = (asker: Asker, nowMs: number) => {
    const { burst, perSecond } = quotaOf(asker)
    const bucket = buckets.get(asker)
    // A clock that was set back gives nothing.
    const passedMs = bucket === undefined ? 0 : Math.max(0, nowMs - bucket.atMs)
    return Math.min(burst, (bucket?.tokens ?? burst) + (passedMs * perSecond) / 1000)
  }
  const forget = (nowMs: number) => {
    for (const asker of buckets.keys()) if (level(asker, nowMs) >= quotaOf(asker).burst) buckets.delete(asker)
  }
  return {
    turnMs(asker, nowMs) {
      if (!buckets.has(asker) && buckets.size >= mostKept) forget(nowMs)
      const { perSecond } = quotaOf(asker)
      const left = level(asker, nowMs) - 1
      const turnMs = left >= 0 ? 0 : Math.ceil((-left * 1000) / perSecond)
      const isTooFast = turnMs > longestTurnMs
      buckets.set(asker, { tokens: isTooFast ? left + 1 : left, atMs: nowMs })
      return isTooFast ? undefined : turnMs
    },
  }
}

/** How many may do something at a time, over all and for one asker. */
export interface Slots {
  /** False when there are too many; otherwise `leave` has to follow. */
  enter(of: string): boolean
  leave(of: string): void
}

export function createSlots(limits: { readonly all: number; readonly each: number }): Slots {
  const taken = new Map<string, number>()
  let all = 0
  return {
    enter(of) {
      const here = taken.get(of) ?? 0
      if (all >= limits.all || here >= limits.each) return false
      all += 1
      taken.set(of, here + 1)
      return true
    },
    leave(of) {
      const here = taken.get(of) ?? 0
      all -= 1
      if (here <= 1) taken.delete(of)
      else taken.set(of, here - 1)
    },
  }
}
