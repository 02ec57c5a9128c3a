import type { Restarted } from '../pods/restart.ts'
import type { Json } from '../ports/event.ts'
import { notAllRenewed } from '../problems/broker.ts'
import { DevK8sError, problem } from '../problems/problem.ts'
import { columnsOf } from '../world.ts'
import { type Kept, keepFresh } from '../upkeep/renewal.ts'
import { untilText } from '../upkeep/until.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { keepingContext, keptCluster } from './kept.ts'
import { partTitles } from './part-titles.ts'
import type { Session, Verb } from './session.ts'
import { renderTable } from './table.ts'

/** Renews all that the cluster gets from AWS, due or not; with `--restart` also what runs with keys that end. */
export const awsRefresh: Verb<'aws.refresh'> = async (session) => {
  const { upkeep, file, places } = await keptCluster(session)
  const kept = await keepFresh(upkeep, keepingContext(session), { places, all: true, recordedIn: file })
  // Before all that may still fail: what has been renewed is then told all the same.
  answer(session, upkeep, kept)
  const failed = kept.filter((each) => each.problem !== undefined)
  if (failed.length > 0) throw failureOf(failed)
  if (!session.request.restart) {
    const hasPods = upkeep.pods !== undefined || upkeep.agent !== undefined
    return { exit: 0, next: hasPods ? ['devk8s aws status'] : [] }
  }
  const { restartEnding } = await import('../pods/restart.ts')
  answer(session, upkeep, kept, await restartEnding(session, upkeep))
  return { exit: 0 }
}

function answer(session: Session, { cluster }: Upkeep, kept: readonly Kept[], restarted?: Restarted): void {
  const now = session.ports.clock.now()
  const rows = [
    ...kept.map((each) => [partTitles[each.part], partText(each, now)]),
    ...(restarted === undefined
      ? []
      : [['Restarted', restarted.restarted.join(', ') || 'nothing had to be']]),
  ]
  session.answer(
    {
      cluster,
      parts: kept.map(partValue),
      restart: restarted === undefined ? null : { restarted: restarted.restarted, byHand: restarted.byHand },
    },
    renderTable(rows, columnsOf(session.world.stdout)),
  )
}

function partValue({ part, standing, isRenewed, problem: why }: Kept): Json {
  const { goodUntilMs } = standing ?? {}
  return {
    part,
    renewed: isRenewed,
    goodUntil: goodUntilMs === undefined ? null : new Date(goodUntilMs).toISOString(),
    ...(why === undefined ? {} : { problem: { code: why.code, title: why.title, detail: why.detail } }),
  }
}

function partText({ standing, isRenewed, problem: why }: Kept, nowMs: number): string {
  const { goodUntilMs } = standing ?? {}
  const until =
    goodUntilMs === undefined
      ? undefined
      : `${goodUntilMs > nowMs ? 'good until ' : ''}${untilText(goodUntilMs, nowMs)}`
  if (why !== undefined && !isRenewed) {
    return `not renewed (${why.code})${until === undefined ? '' : `; what is there is ${until}`}`
  }
  const done = isRenewed ? 'renewed' : 'nothing to renew'
  return until === undefined ? done : `${done}, ${until}`
}

/** What fails by one cause is told once, by that; else each is told with what it belongs to. */
function failureOf(failed: readonly Kept[]): DevK8sError {
  const problems = failed.flatMap((each) => each.problem ?? [])
  const [first, ...others] = problems
  if (
    first !== undefined &&
    others.every(({ code, detail }) => code === first.code && detail === first.detail)
  ) {
    return new DevK8sError(first)
  }
  const detail = failed.map(({ part, problem: why }) => `${partTitles[part]}: ${why?.code} ${why?.detail}`)
  return new DevK8sError(
    problem(notAllRenewed, {
      detail: detail.join(' '),
      next: [...new Set(problems.flatMap(({ next }) => next))].slice(0, 3),
    }),
  )
}
