import type { Finding } from '../plan/step.ts'
import type { Json, Note } from '../ports/event.ts'
import { type Occurrence, type ProblemKind, problem } from '../problems/problem.ts'

type Detail = Readonly<Record<string, Json>>

/** The machine fits; `warnings` are what the person should know all the same. */
export function fits(detail: Detail, warnings: readonly string[] = []): Finding {
  const notes = warnings.map((text): Note => ({ level: 'warning', text }))
  return { state: 'ready', detail, ...(notes.length > 0 && { notes }) }
}

/** The machine does not fit, and why. */
export function unfit(kind: ProblemKind, occurrence: Occurrence, detail: Detail = {}): Finding {
  return { state: 'blocked', problem: problem(kind, occurrence), detail }
}
