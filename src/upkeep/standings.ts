import { isRecord } from '../kubeconfig/entries.ts'
import type { Files } from '../ports/files.ts'
import type { Problem } from '../problems/problem.ts'
import type { Standing } from './keeper.ts'
import { type AwsPlaces, fileIn } from './places.ts'
import { partsOf, type Upkeep, type UpkeepPart, upkeepParts } from './upkeep.ts'

/** The quick copy of how one part stands, so that `switch local` and `broker status` need not ask the cluster. */
export interface PartStanding {
  /** ms since 1970; undefined when it does not end, or nothing is there. */
  readonly goodUntilMs?: number
  /** ms since 1970; undefined when it never is. */
  readonly dueAtMs?: number
  /** The last attempt, when it failed. */
  readonly failure?: Failure
}

export interface Failure {
  readonly atMs: number
  readonly code: string
  readonly detail: string
}

export type Standings = { readonly [P in UpkeepPart]?: PartStanding }

/** The copy in a file's text. It is only a copy: whatever is unreadable in it is left out. */
export function parseStandings(text: string | undefined): Standings {
  let value: unknown
  try {
    value = JSON.parse(text ?? '{}')
  } catch {
    return {}
  }
  const parts = isRecord(value) ? value['parts'] : undefined
  if (!isRecord(parts)) return {}
  return Object.fromEntries(
    upkeepParts.flatMap((part) => {
      const found = parts[part]
      return isRecord(found) ? [[part, partOf(found)]] : []
    }),
  )
}

function partOf(found: Readonly<Record<string, unknown>>): PartStanding {
  const { goodUntilMs, dueAtMs, failure } = found
  return {
    ...(isTime(goodUntilMs) ? { goodUntilMs } : {}),
    ...(isTime(dueAtMs) ? { dueAtMs } : {}),
    ...(isRecord(failure) && isFailure(failure) ? { failure } : {}),
  }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function isFailure(
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & Failure {
  const { atMs, code, detail } = value
  return isTime(atMs) && typeof code === 'string' && typeof detail === 'string'
}

export async function readStandings(
  files: Files,
  { standings }: Pick<AwsPlaces, 'standings'>,
  cluster: string,
): Promise<Standings> {
  return parseStandings(await files.readText(fileIn(standings, cluster)))
}

/** Keeps how these parts stand; of the others those that the upkeep still has stay as they are. */
export async function keepStandings(
  files: Files,
  places: Pick<AwsPlaces, 'standings'>,
  upkeep: Upkeep,
  changed: Standings,
): Promise<void> {
  const { cluster } = upkeep
  const all = { ...(await readStandings(files, places, cluster)), ...changed }
  const parts = Object.fromEntries(partsOf(upkeep).map((part) => [part, all[part]]))
  await files.makeFolder(places.standings, 0o700)
  const text = `${JSON.stringify({ version: 1, parts })}\n`
  await files.write(fileIn(places.standings, cluster), text, { mode: 0o600, durable: false })
}

/** A part as it was found just now. What lacks anything is due at once. */
export function partStandingOf(standing: Standing, nowMs: number, problem?: Problem): PartStanding {
  const { goodUntilMs, dueAtMs, changes } = standing
  const due = changes.length === 0 ? dueAtMs : Math.min(dueAtMs ?? nowMs, nowMs)
  return {
    ...(goodUntilMs === undefined ? {} : { goodUntilMs }),
    ...(due === undefined ? {} : { dueAtMs: due }),
    ...(problem === undefined
      ? {}
      : { failure: { atMs: nowMs, code: problem.code, detail: problem.detail } }),
  }
}

/** The earliest of all parts: until when all is good, and when the first is due. */
export function earliest(standings: Standings): {
  readonly goodUntilMs?: number
  readonly dueAtMs?: number
} {
  const all = Object.values(standings)
  const least = (times: readonly (number | undefined)[]) => {
    const known = times.filter((time) => time !== undefined)
    return known.length === 0 ? undefined : Math.min(...known)
  }
  const goodUntilMs = least(all.map((each) => each.goodUntilMs))
  const dueAtMs = least(all.map((each) => each.dueAtMs))
  return {
    ...(goodUntilMs === undefined ? {} : { goodUntilMs }),
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
  }
}
