import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import { fail } from '../problems/problem.ts'
import { kubeconfigLocked } from '../problems/kubernetes.ts'

/** A healthy `kubectl config use-context` on 10,000 contexts takes 6.1 s (facts sheet, 2.4 and 13). */
const patienceMs = 15_000
const firstPauseMs = 20
const longestPauseMs = 100

/**
 * Runs `work` while holding client-go's lock, `<file>.lock` created exclusively, on each of the paths, in
 * sorted order as client-go takes them, so that kubectl and devk8s exclude each other. kubectl never breaks a lock and never
 * waits; we wait a bounded time and then say which file it is, but do not break it either: its holder cannot be
 * told from a dead one.
 * @throws DevK8sError DK4032 when a lock stays taken; the signal's reason when aborted.
 */
export async function withLocks<T>(
  files: Files,
  clock: Clock,
  paths: readonly string[],
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const held: string[] = []
  try {
    for (const path of [...new Set(paths)].toSorted()) {
      await take(files, clock, `${path}.lock`, signal)
      held.push(`${path}.lock`)
    }
    return await work()
  } finally {
    for (const lock of held.toReversed()) await files.remove(lock)
  }
}

async function take(files: Files, clock: Clock, lock: string, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + patienceMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal.throwIfAborted()
    if (await files.createExclusive(lock, 'devk8s\n')) return
    if (clock.monotonic() >= deadline) await refuse(files, clock, lock)
    await clock.sleep(pauseMs, signal)
  }
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
