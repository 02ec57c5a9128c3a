import type { MinikubeRef } from './types.ts'

/**
 * A minikube command to paste into a shell. The pinned minikube is usually not on PATH, so its own path is named;
 * quoted where a shell would split it.
 */
export function pasteable(ref: Pick<MinikubeRef, 'program'>, ...args: readonly string[]): string {
  const program = /^[\w@%+=:,./\\-]+$/.test(ref.program) ? ref.program : `"${ref.program}"`
  return [program, ...args].join(' ')
}
