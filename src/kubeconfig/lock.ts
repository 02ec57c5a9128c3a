import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import { fail } from '../problems/problem.ts'
import { kubeconfigLocked } from '../problems/kubernetes.ts'

/** The process that asks for locks, and how it tells whether another one lives. */
export interface LockOwner {
  readonly pid: number
  readonly machine: string
  isAlive(pid: number): boolean
}

/** A healthy `kubectl config use-context` on 10,000 contexts takes 6.1 s (facts sheet, 2.4 and 13). */
const patienceMs = 15_000
const firstPauseMs = 20
const longestPauseMs = 100

/**
 * Runs `work` while holding client-go's lock, `<file>.lock` created exclusively, on each of the paths, in
 * sorted order as client-go takes them, so that kubectl and devk8s exclude each other. kubectl never breaks a lock and
 * never waits; we wait a bounded time and then say which file it is. A lock of kubectl's is not broken: its holder
 * cannot be told from a dead one. One of devk8s names its process, and is taken over when that is dead.
 * @param owner who asks; without it, a lock that devk8s left is not known as such, and ours does not say whose it is.
 * @throws DevK8sError DK4032 when a lock stays taken; the signal's reason when aborted.
 */
export async function withLocks<T>(
  files: Files,
  clock: Clock,
  paths: readonly string[],
  signal: AbortSignal,
  work: () => Promise<T>,
  owner?: LockOwner,
): Promise<T> {
  const held: string[] = []
  try {
    for (const path of [...new Set(paths)].toSorted()) {
      await take(files, clock, `${path}.lock`, signal, owner)
      held.push(`${path}.lock`)
    }
    return await work()
  } finally {
    for (const lock of held.toReversed()) await files.remove(lock)
  }
}

async function take(
  files: Files,
  clock: Clock,
  lock: string,
  signal: AbortSignal,
  owner: LockOwner | undefined,
): Promise<void> {
  const content = owner === undefined ? 'devk8s\n' : `devk8s ${owner.pid} ${owner.machine}\n`
  const deadline = clock.monotonic() + patienceMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal.throwIfAborted()
    if (await files.createExclusive(lock, content)) return
    if (owner !== undefined && (await removeOfDead(files, lock, owner))) continue
    if (clock.monotonic() >= deadline) await refuse(files, clock, lock)
    await clock.sleep(pauseMs, signal)
  }
}

/** True when the lock was that of a devk8s on this machine that is dead, and is gone now. */
async function removeOfDead(files: Files, lock: string, owner: LockOwner): Promise<boolean> {
  if (!(await isOfDead(files, lock, owner))) return false
  // Runs of devk8s that change something exclude each other, so nobody else is at this one.
  await files.remove(lock)
  return true
}

async function isOfDead(files: Files, lock: string, owner: LockOwner): Promise<boolean> {
  const found = await files.stat(lock)
  // client-go's are empty and have mode 000 (facts sheet, 2.3): nothing to read, and not ours.
  if (found === undefined || found.sizeBytes === 0 || (found.mode & 0o400) === 0) return false
  const [, pid, machine] = /^devk8s (\d+) (.+)\n$/.exec((await files.readText(lock)) ?? '') ?? []
  if (pid === undefined || machine !== owner.machine) return false
  // Our own pid in it is that of an earlier process: containers number theirs from 1 each time.
  return Number(pid) === owner.pid || !owner.isAlive(Number(pid))
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
  const targets = await Promise.all(paths.map((path) => files.realPath(path)))
  const locked = [...paths, ...targets.filter((path) => path !== undefined)]
  const locks = [...new Set(locked)].map((path) => `${path}.lock`)
  const left = await Promise.all(locks.map((lock) => isOfDead(files, lock, owner)))
  return locks.filter((_, index) => left[index])
}

async function refuse(files: Files, clock: Clock, lock: string): Promise<never> {
  // Its content is not asked for: client-go creates it with mode 000 (facts sheet, 2.3).
  const found = await files.stat(lock)
  const ageS = found === undefined ? 0 : Math.max(0, Math.round((clock.now() - found.mtimeMs) / 1000))
  const age =
    ageS < 120 ? `${ageS} s` : ageS < 7200 ? `${Math.round(ageS / 60)} min` : `${Math.round(ageS / 3600)} h`
  return fail(kubeconfigLocked, {
    detail: `${lock} has been there for ${age}; waited ${patienceMs / 1000} s for it. ${
      ageS < 60 ? 'Another program may be writing.' : 'A program that was killed left it behind, most likely.'
    }`,
    next: [`rm -f ${/^[\w./:~-]+$/.test(lock) ? lock : `'${lock}'`}`],
    place: { file: lock },
  })
}
