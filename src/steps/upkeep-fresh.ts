import type { Finding, Runner, Step, StepContext } from '../plan/step.ts'
import type { Note } from '../ports/event.ts'
import { DevK8sError } from '../problems/problem.ts'
import { shortestPauseMs } from '../upkeep/due.ts'
import type { Standing } from '../upkeep/keeper.ts'
import { keepers } from '../upkeep/keepers.ts'
import { placesAround } from '../upkeep/places.ts'
import { keepFresh, renewalTrace } from '../upkeep/renewal.ts'
import { type Failure, readStandings } from '../upkeep/standings.ts'
import { untilText } from '../upkeep/until.ts'

/**
 * One part of what the cluster gets from AWS is there and not due. One that could not be renewed while what is there is
 * still good stops nobody's work: it is told, and tried again.
 */
export const runner: Runner<'upkeep.fresh'> = {
  lane: 'cluster',
  settleMs: 0,

  async check(step, context): Promise<Finding> {
    const { part, upkeep, path, thorough = false } = step.want
    await renewalTrace(upkeep, context, placesAround(path))
    const found = await (await keepers[part]()).look(upkeep, context, { thorough })
    return 'problem' in found ? { state: 'blocked', problem: found.problem } : findingOf(step, found, context)
  },

  async apply({ want: { part, upkeep, path } }, _found, context) {
    const [kept] = await keepFresh(upkeep, context, {
      places: placesAround(path),
      parts: [part],
      isCheckedAfter: true,
    })
    if (kept?.problem === undefined) return
    if (kept.standing === undefined || !isGood(kept.standing, context)) throw new DevK8sError(kept.problem)
  },
}

async function findingOf(
  { want: { part, upkeep, path } }: Step<'upkeep.fresh'>,
  standing: Standing,
  context: StepContext,
): Promise<Finding> {
  const { changes, detail, notes = [], trouble } = standing
  if (changes.length === 0) return { state: 'ready', detail, notes }
  const lacking = { changes, detail, notes, ...(trouble === undefined ? {} : { problem: trouble }) }
  if (!isGood(standing, context)) return { state: 'absent', ...lacking }
  const failure = (await readStandings(context.ports.files, placesAround(path), upkeep.cluster))[part]
    ?.failure
  const isToBeTried = failure === undefined || context.ports.clock.now() - failure.atMs >= shortestPauseMs
  // What is broken now is not covered by what is good until later.
  if (isToBeTried || trouble !== undefined) return { state: 'drifted', ...lacking }
  return { state: 'ready', detail, notes: [...notes, warningOf(failure, standing, context)] }
}

function warningOf({ code, detail }: Failure, { goodUntilMs = 0 }: Standing, { ports }: StepContext): Note {
  const until = untilText(goodUntilMs, ports.clock.now())
  return {
    level: 'warning',
    text: `Could not be renewed (${code}): ${detail} What is there is good until ${until}.`,
  }
}

const isGood = ({ goodUntilMs }: Standing, { ports }: StepContext): boolean =>
  goodUntilMs !== undefined && goodUntilMs > ports.clock.now()
