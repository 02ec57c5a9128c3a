import type { Json } from '../ports/event.ts'
import { notAllRenewed } from '../problems/broker.ts'
import { DevK8sError, problem } from '../problems/problem.ts'
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
  const failed = kept.filter((each) => each.problem !== undefined)
  if (failed.length > 0) throw failureOf(failed, session)
  const restarted = session.request.restart ? await restart(session, upkeep) : undefined
  const now = session.ports.clock.now()
  session.answer(
    { cluster: upkeep.cluster, parts: kept.map(partValue), restart: restarted ?? null },
    renderTable([
      ...kept.map((each) => [partTitles[each.part], partText(each, now)]),
      ...(restarted === undefined
        ? []
        : [['Restarted', restarted.restarted.join(', ') || 'nothing had to be']]),
    ]),
  )
  return { exit: 0, next: session.request.restart || upkeep.pods === undefined ? [] : ['devk8s aws status'] }
}

async function restart(session: Session, upkeep: Upkeep) {
  const { restartEnding } = await import('../pods/restart.ts')
  const { restarted, byHand } = await restartEnding(session, upkeep)
  return { restarted, byHand }
}

function partValue({ part, standing, isRenewed }: Kept): Json {
  const { goodUntilMs } = standing ?? {}
  return {
    part,
    renewed: isRenewed,
    goodUntil: goodUntilMs === undefined ? null : new Date(goodUntilMs).toISOString(),
  }
}

function partText({ standing, isRenewed }: Kept, nowMs: number): string {
  const done = isRenewed ? 'renewed' : 'nothing to renew'
  return standing?.goodUntilMs === undefined
    ? done
    : `${done}, good until ${untilText(standing.goodUntilMs, nowMs)}`
}

/** What fails by one cause is told once, by that; else each is told with what it belongs to. */
function failureOf(failed: readonly Kept[], { ports }: Session): DevK8sError {
  const now = ports.clock.now()
  const problems = failed.flatMap((each) => each.problem ?? [])
  const [first, ...others] = problems
  const good = failed.flatMap(({ part, standing }) =>
    standing?.goodUntilMs !== undefined && standing.goodUntilMs > now
      ? [`${partTitles[part]}: what is there is good until ${untilText(standing.goodUntilMs, now)}`]
      : [],
  )
  if (
    first !== undefined &&
    others.every(({ code, detail }) => code === first.code && detail === first.detail)
  ) {
    return new DevK8sError({ ...first, detail: [first.detail, ...good.map((text) => `${text}.`)].join(' ') })
  }
  const detail = failed.map(({ part, problem: why }) => `${partTitles[part]}: ${why?.code} ${why?.detail}`)
  return new DevK8sError(
    problem(notAllRenewed, {
      detail: [...detail, ...good.map((text) => `${text}.`)].join(' '),
      next: [...new Set(problems.flatMap(({ next }) => next))].slice(0, 3),
    }),
  )
}
