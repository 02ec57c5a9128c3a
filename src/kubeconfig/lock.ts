import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { targetOf } from './target.ts'

/** The process that asks for locks, and how it tells whether another one lives. */
export interface LockOwner {
  readonly pid: number
  readonly machine: string
  /** One run of the program, unlike any other; a process id comes again. */
  readonly run?: string
  isAlive(pid: number): boolean
}

/** A healthy `kubectl config use-context` on 10,000 contexts takes 6.1 s (facts sheet, 2.4 and 13). */
const patienceMs = 15_000
const firstPauseMs = 20
const longestPauseMs = 100
/** Who takes a dead lock over needs three file operations for it; a guard older than this was left by a kill. */
const guardAgeMs = 10_000

/** What `withLocks` hands to the work. */
interface Held {
  /** Whether another process held one of the locks when they were asked for: more may be waiting. */
  readonly contended: boolean
}

/**
 * Runs `work` while holding client-go's lock, `<file>.lock` created exclusively, on each of the paths, in
 * sorted order as client-go takes them, so that kubectl and devk8s exclude each other. kubectl never breaks a lock and
 * never waits; we wait a bounded time and then say which file it is. A lock of kubectl's is not broken: its holder
 * cannot be told from a dead one. One of devk8s names its process, and is taken over when that is dead.
 *
 * It is between processes: two calls with one pid do not exclude each other.
 * @param owner who asks; without it, a lock that devk8s left is not known as such, and ours does not say whose it is.
 * @throws DevK8sError DK4032 when a lock stays taken; the signal's reason when aborted.
 */
export async function withLocks<T>(
  files: Files,
  clock: Clock,
  paths: readonly string[],
  signal: AbortSignal,
  work: (held: Held) => Promise<T>,
  owner?: LockOwner,
): Promise<T> {
  const content = contentOf(owner)
  const held: string[] = []
  let contended = false
  try {
    for (const path of [...new Set(paths)].toSorted()) {
      if (await take(files, clock, `${path}.lock`, signal, owner)) contended = true
      held.push(`${path}.lock`)
    }
    return await work({ contended })
  } finally {
    for (const lock of held.toReversed()) await release(files, lock, content)
  }
}

function contentOf(owner: LockOwner | undefined): string {
  return owner === undefined ? 'devk8s\n' : `devk8s ${owner.pid} ${owner.machine}\n`
}

/** @returns whether somebody else had it first. */
async function take(
  files: Files,
  clock: Clock,
  lock: string,
  signal: AbortSignal,
  owner: LockOwner | undefined,
): Promise<boolean> {
  const content = contentOf(owner)
  const deadline = clock.monotonic() + patienceMs
  let contended = false
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal.throwIfAborted()
    if (await files.createExclusive(lock, content)) return contended
    if (owner !== undefined && (await removeOfDead(files, clock, lock, owner))) continue
    contended = true
    if (clock.monotonic() >= deadline) {
      const { refuseLocked } = await import('./lock-refusal.ts')
      await refuseLocked(files, clock, lock, patienceMs, owner)
    }
    await clock.sleep(withJitter(pauseMs, clock), signal)
  }
}

/** Writers that were woken by one event must not meet again: from half to all of the pause. */
function withJitter(pauseMs: number, clock: Clock): number {
  // The digits behind the milliseconds are as good as any dice.
  const fraction = (clock.monotonic() * 997) % 1
  return Math.ceil(pauseMs * (0.5 + fraction / 2))
}

/** Only our own: should anybody have removed ours by hand, the file is another program's now. */
async function release(files: Files, lock: string, content: string): Promise<void> {
  if ((await contentOfLock(files, lock)) === content) await files.remove(lock)
}

/** client-go's have mode 000 and cannot be read (facts sheet, 2.3): as empty as they are. */
async function contentOfLock(files: Files, lock: string): Promise<string | undefined> {
  try {
    return await files.readText(lock)
  } catch (error) {
    if (isDevK8sError(error)) return ''
    throw error
  }
}

/**
 * True when the lock was that of a devk8s on this machine that is dead, and is gone now. Two runs may find the same one
 * dead, and the slower must not remove the faster one's new lock: so removing has a lock of its own.
 */
async function removeOfDead(files: Files, clock: Clock, lock: string, owner: LockOwner): Promise<boolean> {
  if (!(await isOfDead(files, lock, owner))) return false
  const guard = `${lock}.takeover`
  if (!(await files.createExclusive(guard, contentOf(owner)))) {
    const found = await files.stat(guard)
    if (found !== undefined && clock.now() - found.mtimeMs > guardAgeMs) await files.remove(guard)
    return false
  }
  try {
    if (!(await isOfDead(files, lock, owner))) return false
    await files.remove(lock)
    return true
  } finally {
    await files.remove(guard)
  }
}

async function isOfDead(files: Files, lock: string, owner: LockOwner): Promise<boolean> {
  const holder = await holderOf(files, lock)
  if (holder === undefined || holder.machine !== owner.machine) return false
  // Our own pid in it is that of an earlier process: containers number theirs from 1 each time.
  return holder.pid === owner.pid || !owner.isAlive(holder.pid)
}

/** The devk8s that a lock names; undefined when it names none. */
export async function holderOf(
  files: Files,
  lock: string,
): Promise<{ readonly pid: number; readonly machine: string } | undefined> {
  const [, pid, machine] = /^devk8s (\d+) (.+)\n$/.exec((await contentOfLock(files, lock)) ?? '') ?? []
  return pid === undefined || machine === undefined ? undefined : { pid: Number(pid), machine }
}

/**
 * The locks on these files that a devk8s which was killed left behind. kubectl would refuse to change the file as long
 * as they are there, also when devk8s has nothing to change any more. Of a symlink its target was locked too.
 */
export async function leftLocks(
  files: Files,
  paths: readonly string[],
  owner: LockOwner | undefined,
): Promise<readonly string[]> {
  if (owner === undefined) return []
  const locks = await lockPaths(files, paths)
  const left = await Promise.all(locks.map((lock) => isOfDead(files, lock, owner)))
  return locks.filter((_, index) => left[index])
}

/** Where the locks of these files are, if there are any: beside each, and beside the target of a symlink. */
export async function lockPaths(files: Files, paths: readonly string[]): Promise<readonly string[]> {
  const targets = await Promise.all(paths.map((path) => targetOf(files, path)))
  const locked = [...paths, ...targets]
  return [...new Set(locked)].map((path) => `${path}.lock`)
}

/** Removes the locks that `leftLocks` finds, each unless somebody has taken it over meanwhile. */
export async function removeLeftLocks(
  files: Files,
  clock: Clock,
  paths: readonly string[],
  owner: LockOwner | undefined,
): Promise<void> {
  if (owner === undefined) return
  for (const lock of await lockPaths(files, paths)) await removeOfDead(files, clock, lock, owner)
}
