import type { Programs } from '../ports/programs.ts'

/** A rehearsal starts no program: a sub-shell ends at once, and what would go on by itself is not there. */
export function simulatedPrograms(): Programs {
  return {
    attach: async () => ({
      outcome: 'exited',
      exitCode: 0,
      signal: null,
      stdout: '',
      stderr: '',
      durationMs: 0,
    }),
    detach: async () => undefined,
  }
}
