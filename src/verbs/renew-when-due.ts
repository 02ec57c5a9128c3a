import type { Note } from '../ports/event.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { locked } from '../problems/state.ts'
import { shortestPauseMs } from '../upkeep/due.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { type Kept, keepFresh } from '../upkeep/renewal.ts'
import { foreignProblem, isNotThere } from '../upkeep/round.ts'
import { earliest, type Failure, readStandings, type Standings } from '../upkeep/standings.ts'
import { untilText } from '../upkeep/until.ts'
import { keepingContext } from './kept.ts'
import type { Session } from './session.ts'

/** How long somebody else who renews is waited for: what they do need not be done again. */
const waitMs = 5_000

/** How the keys of a cluster stand after they were renewed where that was due. */
export interface AwsUntil {
  /** ms since 1970; undefined when nothing there ends. */
  readonly goodUntilMs?: number
  /** Why not all is as it should be; `next` is empty where that was found by an attempt of a moment ago. */
  readonly problem?: Pick<Failure, 'code' | 'detail'> & Pick<Problem, 'next'>
}

/**
 * Without a broker, what is due is renewed by the commands that people give anyway. Asks the cluster only when the copy
 * of the last look says that something is due, or there is none.
 * @returns undefined for a cluster that gets nothing from AWS, does not run, or is not devk8s' own.
 */
export async function renewWhenDue(session: Session, cluster: string): Promise<AwsUntil | undefined> {
  const { ports, layout, world } = session
  const places = awsPlaces(layout, world.platform)
  const found = (await readUpkeeps(ports.files, places)).find((each) => each.cluster === cluster)
  // A damaged record is the affair of the commands about AWS.
  if (found === undefined || 'fault' in found) return undefined
  const known = await readStandings(ports.files, places, cluster)
  const now = ports.clock.now()
  if (!isDue(known, now)) return earliest(known)
  const failure = latestFailure(known)
  if (failure !== undefined && now - failure.atMs < shortestPauseMs) {
    return { ...earliest(known), problem: { ...failure, next: [] } }
  }
  const { upkeep, file } = found
  if ((await foreignProblem(upkeep, ports, layout.minikubeHome)) !== undefined) return undefined
  try {
    const how = { places, recordedIn: file, waitMs, isUnasked: true }
    const kept = await keepFresh(upkeep, keepingContext(session), how)
    return untilOf(kept, await readStandings(ports.files, places, cluster))
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    const [problem] = error.problems
    // Somebody else is at it, a broker most often: what comes of it is theirs to tell.
    return problem.code === locked.code ? earliest(known) : { ...earliest(known), problem }
  }
}

function isDue(known: Standings, nowMs: number): boolean {
  if (Object.keys(known).length === 0) return true
  const { dueAtMs } = earliest(known)
  return dueAtMs !== undefined && dueAtMs <= nowMs
}

/** Whoever looks every two seconds does not ask AWS as often. */
function latestFailure(known: Standings): Failure | undefined {
  const all = Object.values(known).flatMap(({ failure }) => failure ?? [])
  return all.toSorted((a, b) => b.atMs - a.atMs)[0]
}

function untilOf(kept: readonly Kept[], standings: Standings): AwsUntil | undefined {
  const [problem] = kept.flatMap((each) => each.problem ?? [])
  if (problem !== undefined && isNotThere(problem)) return undefined
  return { ...earliest(standings), ...(problem === undefined ? {} : { problem }) }
}

/** Until when the keys of the local cluster are good, and what keeps them from being renewed; undefined without either. */
export function untilNote(
  context: string,
  { goodUntilMs, problem }: AwsUntil,
  nowMs: number,
): Note | undefined {
  const until = goodUntilMs === undefined ? undefined : `good until ${untilText(goodUntilMs, nowMs)}`
  if (problem === undefined) {
    return until === undefined ? undefined : { level: 'info', text: `AWS keys in ${context}: ${until}` }
  }
  const [command] = problem.next
  const rest = until === undefined ? '' : ` What is there: ${until}.`
  const way = command === undefined ? '' : ` Next: ${command}`
  return {
    level: 'warning',
    text: `AWS keys in ${context} could not be renewed (${problem.code}): ${problem.detail}${rest}${way}`,
  }
}

/** Renews what is due in a cluster of this laptop. @returns what to tell about it. */
export async function renewalNote(
  session: Session,
  context: string,
  cluster: string,
): Promise<Note | undefined> {
  const until = await renewWhenDue(session, cluster)
  return until === undefined ? undefined : untilNote(context, until, session.ports.clock.now())
}

/** For `switch`: renews where that is due and says until when. Nothing of it keeps anybody from switching. */
export async function renewAfterSwitch(session: Session, context: string, cluster: string): Promise<void> {
  try {
    const note = await renewalNote(session, context, cluster)
    if (note !== undefined) session.emit({ type: 'note', ...note })
  } catch (error) {
    if (session.signal.aborted) throw error
    const why = isDevK8sError(error) ? error.problems[0].detail : String(error)
    session.emit({
      type: 'note',
      level: 'warning',
      text: `AWS keys in ${context} could not be looked at: ${why}`,
    })
  }
}
