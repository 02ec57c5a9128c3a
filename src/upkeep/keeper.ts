import type { StepContext } from '../plan/step.ts'
import type { Change, Json, Note } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import type { Upkeep } from './upkeep.ts'

/** Until when a part is good. */
export interface Times {
  /** Until when all that is there is good, ms since 1970; undefined when nothing is there, or it does not end. */
  readonly goodUntilMs?: number
  /** When it is to be renewed next, ms since 1970; undefined when it never is. */
  readonly dueAtMs?: number
}

/** What there is now of one part, and what is due. Told by the cluster alone: nothing is remembered elsewhere. */
export interface Standing extends Times {
  /** What renewing would change, no secret in it; empty when nothing is due. */
  readonly changes: readonly Change[]
  readonly detail: Readonly<Record<string, Json>>
  readonly notes?: readonly Note[]
  /** What is broken meanwhile, where renewing mends more than what is due. */
  readonly trouble?: Problem
}

/** What came of a renewal. */
export interface Renewed extends Times {
  /** What went wrong beside that which could be renewed: told, and tried again. */
  readonly problem?: Problem
}

/** The earliest of these times. */
export function timesOf(
  goodUntilMs: readonly (number | undefined)[],
  dueAtMs: readonly (number | undefined)[],
): Times {
  const [good, due] = [goodUntilMs, dueAtMs].map(earliest)
  return {
    ...(good === undefined ? {} : { goodUntilMs: good }),
    ...(due === undefined ? {} : { dueAtMs: due }),
  }
}

const earliest = (times: readonly (number | undefined)[]): number | undefined =>
  times.reduce((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a), undefined)

/** How one part of an upkeep is looked at and renewed: by a step of `up`, by `aws refresh`, by the broker. */
export interface Keeper {
  /**
   * Reads the cluster; asks AWS nothing.
   * @param how.thorough also tries what cannot be read: whether policies are in effect.
   */
  look(
    upkeep: Upkeep,
    context: StepContext,
    how?: { readonly thorough?: boolean },
  ): Promise<Standing | { readonly problem: Problem }>
  /**
   * Brings about what `look` found due. What is still good is never replaced by nothing.
   * @param how.all `aws refresh`: all of it is renewed, due or not, though `standing.changes` may be empty.
   * @param how.isUnasked a command about something else, or the broker, found it due: the account stays the same.
   * @returns until when what is there now is good, by what was written.
   * @throws DevK8sError when it could not be renewed.
   */
  renew(
    upkeep: Upkeep,
    standing: Standing,
    context: StepContext,
    how?: { readonly all?: boolean; readonly isUnasked?: boolean },
  ): Promise<Renewed>
}
