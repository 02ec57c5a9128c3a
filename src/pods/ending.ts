import type { KubeObject } from '../kube/object.ts'
import type { KeysRecord } from './keys-secret.ts'
import { keysReadAtMs } from './pod.ts'

/** Until when the keys are good that a pod has in its environment; those do not change while it runs. */
export type KeysEnd =
  /** Those that its namespace has now. */
  | { readonly is: 'good'; readonly endsAtMs: number }
  /** Newer ones are there, and it started before them. `endsAtMs` is not known of keys before the last ones. */
  | { readonly is: 'replaced'; readonly endsAtMs?: number; readonly isSoon: boolean }
  | { readonly is: 'over'; readonly endsAtMs?: number }
  /** Its namespace has no keys of ours. */
  | { readonly is: 'none' }

/** Keys that end within this time, in ms, are ending: time enough to choose the moment of a restart. */
const soonMs = 3_600_000

/** @param record of the Secret in the pod's namespace. @param nowMs ms since 1970. */
export function endOfKeys(pod: KubeObject, record: KeysRecord | undefined, nowMs: number): KeysEnd {
  if (record === undefined) return { is: 'none' }
  const { issuedAtMs, expiresAtMs, previousExpiresAtMs } = record
  // Kubernetes counts in whole seconds.
  const hasPresent = keysReadAtMs(pod) + 999 >= issuedAtMs
  const endsAtMs = hasPresent ? expiresAtMs : previousExpiresAtMs
  const end = endsAtMs === undefined ? {} : { endsAtMs }
  if (endsAtMs !== undefined && endsAtMs <= nowMs) return { is: 'over', ...end }
  if (hasPresent) return { is: 'good', endsAtMs: expiresAtMs }
  return { is: 'replaced', ...end, isSoon: endsAtMs === undefined || endsAtMs - nowMs <= soonMs }
}
