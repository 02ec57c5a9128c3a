import { createMemory } from '../engine/memory.ts'
import type { StepContext } from '../plan/step.ts'
import { isDevK8sError, type Problem } from '../problems/problem.ts'
import type { Keeper, Standing } from './keeper.ts'
import { keepers as ownKeepers } from './keepers.ts'
import { type AwsPlaces, fileIn } from './places.ts'
import { upkeepAt } from './records.ts'
import { withRenewalLock } from './renewal-lock.ts'
import { keepStandings, partStandingOf, type PartStanding } from './standings.ts'
import { renderUpkeep } from './upkeep-file.ts'
import { partsOf, type Upkeep, type UpkeepPart } from './upkeep.ts'

/** How one part stands after it was looked at, and renewed where that was due. */
export interface Kept {
  readonly part: UpkeepPart
  /** Undefined when the cluster could not be asked. */
  readonly standing?: Standing
  /** Why it could not be looked at, or not be renewed; what is there stays. */
  readonly problem?: Problem
  readonly isRenewed: boolean
}

export interface HowToKeep {
  readonly places: AwsPlaces
  /** Those of the upkeep unless told. */
  readonly parts?: readonly UpkeepPart[]
  /** Renews what is not due as well. */
  readonly all?: boolean
  /** No person asked for it: keys of another account are refused (DK5047). */
  readonly isUnasked?: boolean
  /** How long somebody else who renews is waited for. */
  readonly waitMs?: number
  /**
   * The upkeep file. What it says once the lock is held is renewed, and nothing else: whoever took it away, or a part out
   * of it, has taken the keys away as well.
   */
  readonly recordedIn?: string
  /** The caller looks by itself at what was renewed: until then it stands as the keeper says. */
  readonly isCheckedAfter?: boolean
  /** Other keepers than devk8s' own. */
  readonly keepers?: { readonly [P in UpkeepPart]: () => Promise<Keeper> }
}

/**
 * Looks at the parts of an upkeep and renews those that are due, one process at a time for each cluster. A part that
 * fails keeps no other from being renewed, and what it has stays as it is.
 * @throws DevK8sError DK8001 when somebody else renews for longer than `waitMs`.
 */
export async function keepFresh(
  upkeep: Upkeep,
  context: StepContext,
  how: HowToKeep,
): Promise<readonly Kept[]> {
  if (upkeep.isEnding === true) return []
  const { parts = partsOf(upkeep), all = false, places, waitMs } = how
  const trace = await renewalTrace(upkeep, context, places)
  const first = await Promise.all(parts.map(async (part) => lookAt(part, upkeep, context, how)))
  const due = all ? parts : first.filter(isDue).map(({ part }) => part)
  if (due.length === 0) {
    await remember(upkeep, context, places, first)
    return first
  }
  const body = async () => {
    const now = await upkeepNow(upkeep, how, context)
    if (now === undefined) return []
    const stillDue = due.filter((part) => partsOf(now).includes(part))
    // Whoever had the lock since the look may have done it all, or changed what there is to do.
    const isNews =
      (await readTrace(upkeep, context, places)) !== trace || renderUpkeep(now) !== renderUpkeep(upkeep)
    const found = isNews ? await looksAnew(stillDue, now, context, how) : first
    const kept = await renewParts(
      found.filter(({ part }) => stillDue.includes(part)),
      now,
      isNews ? lookingAnew(context) : context,
      how,
    )
    await remember(now, context, places, [...first.filter(({ part }) => !due.includes(part)), ...kept])
    return kept
  }
  const renewed = await withRenewalLock(places, upkeep.cluster, context, body, waitMs)
  return first.map((each) => renewed.find(({ part }) => part === each.part) ?? each)
}

/**
 * What a renewal leaves behind, whoever's it is: the copy of how all stands, which is written under the lock. Whoever
 * looked at the cluster after it read this, and reads the same under the lock, need not look again.
 */
export async function renewalTrace(
  { cluster }: Pick<Upkeep, 'cluster'>,
  context: Pick<StepContext, 'ports' | 'once'>,
  places: Pick<AwsPlaces, 'standings'>,
): Promise<string> {
  return context.once(`upkeep trace ${cluster}`, async () => readTrace({ cluster }, context, places))
}

async function readTrace(
  { cluster }: Pick<Upkeep, 'cluster'>,
  { ports }: Pick<StepContext, 'ports'>,
  { standings }: Pick<AwsPlaces, 'standings'>,
): Promise<string> {
  return (await ports.files.readText(fileIn(standings, cluster))) ?? ''
}

/** Under the lock: what is to be kept fresh by now; undefined when nothing is, its end has begun, or the record cannot be read. */
async function upkeepNow(
  upkeep: Upkeep,
  { recordedIn }: HowToKeep,
  { ports }: StepContext,
): Promise<Upkeep | undefined> {
  if (recordedIn === undefined) return upkeep
  const recorded = await upkeepAt(ports.files, recordedIn)
  return recorded?.isEnding === true ? undefined : recorded
}

const isDue = ({ standing }: Kept): boolean => standing !== undefined && standing.changes.length > 0

async function lookAt(
  part: UpkeepPart,
  upkeep: Upkeep,
  context: StepContext,
  { keepers = ownKeepers }: HowToKeep,
): Promise<Kept> {
  const keeper = await keepers[part]()
  try {
    const found = await keeper.look(upkeep, context)
    return 'problem' in found
      ? { part, problem: found.problem, isRenewed: false }
      : { part, standing: found, isRenewed: false }
  } catch (error) {
    return { part, problem: problemOf(error, context), isRenewed: false }
  }
}

async function looksAnew(
  parts: readonly UpkeepPart[],
  upkeep: Upkeep,
  context: StepContext,
  how: HowToKeep,
): Promise<readonly Kept[]> {
  const anew = lookingAnew(context)
  return Promise.all(parts.map(async (part) => lookAt(part, upkeep, anew, how)))
}

/** Under the lock. One after the other: AWS is asked for one session, which the next part uses as well. */
async function renewParts(
  found: readonly Kept[],
  upkeep: Upkeep,
  context: StepContext,
  how: HowToKeep,
): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  for (const before of found) kept.push(await renewPart(before, upkeep, context, how))
  const renewed = kept.filter(({ isRenewed }) => isRenewed).map(({ part }) => part)
  if (how.isCheckedAfter === true || renewed.length === 0) return kept
  const after = await looksAnew(renewed, upkeep, context, how)
  return kept.map((each) => {
    const seen = after.find(({ part }) => part === each.part)
    return seen === undefined ? each : { ...each, ...seen, isRenewed: true }
  })
}

async function renewPart(before: Kept, upkeep: Upkeep, context: StepContext, how: HowToKeep): Promise<Kept> {
  const { part, standing } = before
  if (standing === undefined || !(how.all === true || isDue(before))) return before
  const keeper = await (how.keepers ?? ownKeepers)[part]()
  try {
    const { problem, ...times } = await keeper.renew(upkeep, standing, context, {
      all: how.all === true,
      isUnasked: how.isUnasked === true,
    })
    const wrong = problem === undefined ? {} : { problem }
    return { part, standing: { changes: [], detail: {}, ...times }, ...wrong, isRenewed: true }
  } catch (error) {
    return { ...before, problem: problemOf(error, context) }
  }
}

/** What is known of the cluster may be out of date; who the person is stays so within a round. */
function lookingAnew(context: StepContext): StepContext {
  const memory = createMemory()
  return {
    ...context,
    once: (key, read) => (key.startsWith('aws identity ') ? context.once(key, read) : memory.once(key, read)),
  }
}

function problemOf(error: unknown, { signal }: StepContext): Problem {
  signal.throwIfAborted()
  if (!isDevK8sError(error)) throw error
  return error.problems[0]
}

async function remember(
  upkeep: Upkeep,
  { ports }: StepContext,
  places: AwsPlaces,
  kept: readonly Kept[],
): Promise<void> {
  const now = ports.clock.now()
  const found = kept.flatMap(
    ({ part, standing, problem }): readonly (readonly [UpkeepPart, PartStanding])[] =>
      standing === undefined ? [] : [[part, partStandingOf(standing, now, problem)]],
  )
  if (found.length > 0) await keepStandings(ports.files, places, upkeep, Object.fromEntries(found))
}
