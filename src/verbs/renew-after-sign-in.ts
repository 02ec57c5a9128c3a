import type { Json } from '../ports/event.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import { ruleProfiles } from '../roles/rule-profiles.ts'
import { awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps, type Recorded } from '../upkeep/records.ts'
import { type HowToKeep, keepFresh } from '../upkeep/renewal.ts'
import { damagedProblem, foreignProblem, isNotThere } from '../upkeep/round.ts'
import { earliest, partStandingOf } from '../upkeep/standings.ts'
import { untilText } from '../upkeep/until.ts'
import { partsOf, type Upkeep, type UpkeepPart } from '../upkeep/upkeep.ts'
import { keepingContext } from './kept.ts'
import { say } from './say.ts'
import type { Session } from './session.ts'

/** What a sign-in has brought to one cluster. */
export interface Served {
  readonly cluster: string
  /** ms since 1970; undefined when nothing there ends. */
  readonly goodUntilMs?: number
  /** Why not all is new; what is there stays. */
  readonly problem?: Problem
}

/** Whoever renews meanwhile is waited for this long. */
const waitMs = 5_000

/**
 * After a sign-in, renews what clusters of this machine get by this AWS profile, due or not: all of it where it is the
 * person's own there, the sessions of pods where a rule names it. Keys of another account stay out (DK5047): that is for
 * `devk8s up` or `devk8s aws refresh`. A cluster that cannot be reached keeps what it has.
 * @param profile undefined for keys without a profile.
 */
export async function renewAfterSignIn(
  session: Session,
  profile: string | undefined,
): Promise<readonly Served[]> {
  const places = awsPlaces(session.layout, session.world.platform)
  const served: Served[] = []
  for (const each of await readUpkeeps(session.ports.files, places)) {
    const parts = 'fault' in each ? undefined : partsBy(profile, each.upkeep)
    if (parts?.length === 0) continue
    served.push(await serve(session, each, { places, parts: parts ?? [] }))
  }
  return served
}

/** What in this cluster begins with that sign-in. */
function partsBy(profile: string | undefined, upkeep: Upkeep): readonly UpkeepPart[] {
  if (upkeep.source.profile === profile) return partsOf(upkeep)
  const isOfRule = profile !== undefined && ruleProfiles(upkeep.agent?.roles ?? {}).has(profile)
  return isOfRule ? ['agent'] : []
}

async function serve(
  session: Session,
  recorded: Recorded,
  how: Pick<HowToKeep, 'places'> & { readonly parts: readonly UpkeepPart[] },
): Promise<Served> {
  const { cluster } = recorded
  if ('fault' in recorded) return { cluster, problem: damagedProblem(recorded) }
  const { upkeep, file } = recorded
  const { ports, layout } = session
  const foreign = await foreignProblem(upkeep, ports, layout.minikubeHome)
  if (foreign !== undefined) return { cluster, problem: foreign }
  try {
    const context = keepingContext(session)
    const kept = await keepFresh(upkeep, context, {
      ...how,
      all: true,
      isUnasked: true,
      waitMs,
      recordedIn: file,
    })
    const found = kept.flatMap(({ part, standing }) =>
      standing === undefined ? [] : [[part, partStandingOf(standing, ports.clock.now())] as const],
    )
    const { goodUntilMs } = earliest(Object.fromEntries(found))
    const problem = kept.find((each) => each.problem !== undefined)?.problem
    return {
      cluster,
      ...(goodUntilMs === undefined ? {} : { goodUntilMs }),
      ...(problem === undefined ? {} : { problem }),
    }
  } catch (error) {
    session.signal.throwIfAborted()
    if (!isDevK8sError(error)) throw error
    return { cluster, problem: error.problems[0] }
  }
}

/** For `--json`. */
export const servedValue = ({ cluster, goodUntilMs, problem }: Served): Json => ({
  cluster,
  renewed: problem === undefined,
  goodUntil: goodUntilMs === undefined ? null : new Date(goodUntilMs).toISOString(),
  problem:
    problem === undefined ? null : { code: problem.code, title: problem.title, detail: problem.detail },
})

/** Tells what became of each cluster; that one could not be renewed takes nothing from the sign-in. */
export function tellServed(session: Session, all: readonly Served[]): void {
  const nowMs = session.ports.clock.now()
  for (const { cluster, goodUntilMs, problem } of all) {
    if (problem === undefined) {
      const until = goodUntilMs === undefined ? '' : `, good until ${untilText(goodUntilMs, nowMs)}`
      say(session, 'faint', `Cluster ${cluster} has new AWS sessions${until}.`)
    } else {
      const text = isNotThere(problem)
        ? `Cluster ${cluster} does not run, and has what it had. New sessions come with devk8s up.`
        : `Cluster ${cluster} could not be renewed (${problem.code}): ${problem.detail}`
      session.emit({ type: 'note', level: 'warning', text })
    }
  }
}

/** What is left to do for these clusters. */
export const servedNext = (all: readonly Served[]): readonly string[] => [
  ...new Set(
    all.flatMap(({ cluster, problem }) =>
      problem === undefined
        ? []
        : isNotThere(problem)
          ? [`devk8s up --cluster-name ${cluster}`]
          : problem.next.slice(0, 2),
    ),
  ),
]
