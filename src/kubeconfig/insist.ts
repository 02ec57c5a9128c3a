import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'

const pauseMs = 100
/** kubectl needs a few milliseconds from its reading to its lock, and more when the machine is busy. */
const quietMs = 300
/** Programs that write without end are not waited for. */
const patienceMs = 5000

interface Insisting {
  /** Whether the file says what is wanted. */
  isAsWanted(): Promise<boolean>
  /** Changes it once more, under its lock. */
  again(): Promise<boolean>
}

/**
 * Looks at a file until nobody has changed it for a moment, and changes it again whenever another writer has undone
 * what was wanted: one that worked out its change before ours, and wrote it after.
 * @returns whether it was changed again.
 */
export async function insist(
  files: Files,
  clock: Clock,
  path: string,
  { isAsWanted, again }: Insisting,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = clock.monotonic() + patienceMs
  let quietSince = clock.monotonic()
  // Unlike any stamp: what happened since our write is looked at first.
  let seen = ''
  let written = false
  while (clock.monotonic() - quietSince < quietMs && clock.monotonic() < deadline) {
    await clock.sleep(pauseMs, signal)
    const stamp = await stampOf(files, path)
    if (stamp === seen) continue
    quietSince = clock.monotonic()
    if (!(await isAsWanted().catch(() => false)) && (await again())) written = true
    seen = await stampOf(files, path)
  }
  return written
}

async function stampOf(files: Files, path: string): Promise<string> {
  const [found, lock] = await Promise.all([files.stat(path), files.stat(`${path}.lock`)])
  return `${found?.mtimeMs} ${found?.sizeBytes} ${lock?.mtimeMs}`
}
