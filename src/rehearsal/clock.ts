import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'

export interface RehearsalClock extends Clock {
  /** Remembers the time, so that the next rehearsal does not begin before this one ended. */
  keep(): Promise<void>
}

/**
 * The clock of the simulated laptop: `haste` of its seconds pass in one. It goes on from where the last
 * rehearsal left it, since a laptop whose clock was set back finds its pods not begun yet.
 */
export async function rehearsalClock(
  real: Clock,
  haste: number,
  path: string,
  files: Files,
): Promise<RehearsalClock> {
  const [now, monotonic] = [real.now(), real.monotonic()]
  const last = Number((await files.readText(path)) ?? 0)
  const start = Math.max(now, Number.isFinite(last) ? last : 0)
  const passed = () => (real.monotonic() - monotonic) * haste
  return {
    now: () => start + passed(),
    monotonic: () => monotonic + passed(),
    sleep: async (ms, signal) => real.sleep(ms / haste, signal),
    keep: async () => {
      // Rehearsals of ordinary speed keep up with the real clock by themselves.
      if (start + passed() > real.now() + 1000) await files.write(path, `${Math.ceil(start + passed())}\n`)
    },
  }
}
