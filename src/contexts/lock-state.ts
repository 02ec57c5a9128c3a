import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { LockState } from './banner.ts'
import type { ContextPlaces } from './places.ts'
import { readUnlock } from './unlocks.ts'

/** Whether the protection with this key is lifted now. A file that cannot be read lifts nothing. */
export async function readLock(
  { files, clock }: { readonly files: Files; readonly clock: Clock },
  { unlocks }: ContextPlaces,
  key: string,
): Promise<LockState> {
  const unlock = await readUnlock(files, unlocks, key, clock.now())
  return unlock === undefined
    ? { kind: 'locked' }
    : { kind: 'unlocked', until: unlock.until, reason: unlock.reason }
}
