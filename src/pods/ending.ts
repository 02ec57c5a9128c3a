import type { KubeObject } from '../kube/object.ts'
import type { KeysRecord } from './keys-secret.ts'
import { keysReadAtMs } from './pod.ts'

/** Until when the keys are good that a pod has in its environment; those do not change while it runs. */
export type KeysEnd =
  /** Those that its namespace has now. */
  | { readonly is: 'good'; readonly endsAtMs: number }
  /**
   * Newer ones are there, and it started before them. `isSoon`: less than a third of their life is left. The end is not
   * known of keys that were there before all that the Secret remembers.
   */
  | { readonly is: 'replaced'; readonly endsAtMs?: number; readonly isSoon: boolean }
  | { readonly is: 'over'; readonly endsAtMs: number }
  /** Its namespace has no keys of ours. */
  | { readonly is: 'none' }

/** @param record of the Secret in the pod's namespace. @param nowMs ms since 1970. */
export function endOfKeys(pod: KubeObject, record: KeysRecord | undefined, nowMs: number): KeysEnd {
  if (record === undefined) return { is: 'none' }
  // Kubernetes counts in whole seconds.
  const readAtMs = keysReadAtMs(pod) + 999
  const held = [record, ...(record.past ?? [])].find(({ issuedAtMs }) => readAtMs >= issuedAtMs)
  if (held === undefined) return { is: 'replaced', isSoon: true }
  const { issuedAtMs, expiresAtMs: endsAtMs } = held
  if (endsAtMs <= nowMs) return { is: 'over', endsAtMs }
  if (held === record) return { is: 'good', endsAtMs }
  return { is: 'replaced', endsAtMs, isSoon: (endsAtMs - nowMs) * 3 < endsAtMs - issuedAtMs }
}

/** Whether it is time for new keys, which only a restart brings. */
export const isEnding = (keys: KeysEnd): boolean =>
  keys.is === 'over' || (keys.is === 'replaced' && keys.isSoon)

/** Whether a restart would bring newer keys, though those that are held do for now. */
export const isOlder = (keys: KeysEnd): boolean => keys.is === 'replaced' && !keys.isSoon
