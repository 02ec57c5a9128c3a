import type { KnownPod } from './objects.ts'

// After a node has started again the API server still tells the addresses of before, until the kubelet has told the new
// ones, and the new ones are handed out from the first one on: an address may be another pod's. Uptime is no help, since
// a node may be a container. The agent's own pod is: it is on the node's network and starts with the first.

/** What is known of the agent's own pod. */
export interface OwnPod {
  /** Undefined outside of a pod: then every address is taken as it is told. */
  readonly uid: string | undefined
  /** When this process started. */
  readonly startedAtMs: number
}

/** The kubelet tells whole seconds, somewhat before or after the process itself starts. */
const toldWithinMs = 5000
/** Pods that were made anew so long before the agent's own are not held. */
const earlierMs = 10_000
/** By then the kubelet has told of all that runs, and an agent whose sandbox alone was made anew holds nobody any more. */
const settledMs = 120_000

/**
 * Addresses of pods of which no container has started since this time (ms since 1970) are of before; Infinity as long as
 * the kubelet has not told of this very agent, 0 when all can be taken.
 */
export function addressesSince(own: OwnPod, pod: KnownPod | undefined, nowMs: number): number {
  if (own.uid === undefined || nowMs - own.startedAtMs > settledMs) return 0
  if ((pod?.startedAtMs ?? 0) < own.startedAtMs - toldWithinMs) return Infinity
  const againAtMs = pod?.sandboxAgainAtMs ?? 0
  return nowMs - againAtMs > settledMs ? 0 : againAtMs - earlierMs
}
