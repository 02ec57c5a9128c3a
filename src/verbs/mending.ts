import type { RunResult } from '../engine/result.ts'

/** The command that brings about what a look has found missing. */
export function mending({ steps }: Pick<RunResult, 'steps'>): string {
  return steps.every(({ outcome }) => outcome === 'ready') ? 'devk8s up --recreate' : 'devk8s up'
}
