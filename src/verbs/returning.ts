import { boundFileOf } from '../contexts/bound.ts'
import { withVisit } from '../contexts/history.ts'
import { isProtected } from '../contexts/match.ts'
import { moveTo } from '../contexts/move.ts'
import { contextPlaces } from '../contexts/places.ts'
import {
  backFrom,
  formatSpan,
  isSameSet,
  parseReturn,
  type PendingReturn,
  renderReturn,
  type Return,
} from '../contexts/returns.ts'
import { readContexts, remember } from '../contexts/state.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { say } from './say.ts'
import type { Session } from './session.ts'

const folderOf = ({ layout, world }: Session) => contextPlaces(layout, world.platform).returns

async function pendingReturns(session: Session): Promise<readonly PendingReturn[]> {
  const folder = folderOf(session)
  const { files } = session.ports
  const found = (await files.list(folder)).map(async (name): Promise<readonly PendingReturn[]> => {
    const file = `${folder}/${name}`
    const record = parseReturn(await files.readText(file).catch(() => undefined))
    return record === undefined ? [] : [{ file, record }]
  })
  return (await Promise.all(found)).flat()
}

/** A loan that cannot be given back is tried again at each switch for this long, then it is forgotten. */
const triedMs = 24 * 3_600_000

/**
 * Gives back every context whose time is over, for example since the machine was off when it was. One that cannot be,
 * as a file is broken or read-only, is told of and keeps nobody from switching, least of all in other files.
 * @returns whether any context changed.
 */
export async function returnWhatIsDue(session: Session): Promise<boolean> {
  let isChanged = false
  for (const { file, record } of await pendingReturns(session)) {
    if (record.until > session.ports.clock.now()) continue
    const given = await giveBackOrTell(session, file, record)
    if (given === undefined) continue
    isChanged = true
    say(session, 'warning', `The time on "${record.context}" was over: back on ${nameOf(given.back)}.`)
  }
  return isChanged
}

async function giveBackOrTell(session: Session, file: string, record: Return) {
  try {
    return await giveBack(session, file, record)
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    const isLast = session.ports.clock.now() - record.until > triedMs
    if (isLast) await session.ports.files.remove(file)
    const after = isLast ? 'It is not tried again.' : 'The next switch tries again.'
    const text = `The time on "${record.context}" is over, but it cannot be left: ${error.problems[0].detail} ${after}`
    session.emit({ type: 'note', level: 'warning', text })
    return undefined
  }
}

const nameOf = (back: string | null) => (back === null ? 'no context' : `"${back}"`)

/**
 * Ends one loan: where the context is still the one agreed on, goes back to the one before, or to none when that is
 * protected by now. Somebody who has switched since, or whose shell has ended, keeps what they have.
 * @returns where it went back to; undefined when nothing changed.
 */
export async function giveBack(
  session: Session,
  file: string,
  record: Return,
): Promise<{ readonly back: string | null } | undefined> {
  const { ports, world } = session
  const layout = { ...session.layout, userKubeconfig: record.kubeconfig }
  const places = contextPlaces(layout, world.platform)
  const boundFile = boundFileOf(record.kubeconfig, places.bound)
  const isOver = boundFile !== undefined && (await ports.files.stat(boundFile)) === undefined
  const there = { ...session, layout }
  const state = isOver ? undefined : await readContexts(there)
  let given: { readonly back: string | null } | undefined
  if (state !== undefined && state.view.current?.name === record.context) {
    const context = state.view.contexts.find((each) => each.name === record.back && !isProtected(each))
    const written = await moveTo(there, state, { context, leaving: record.context })
    if (written.length > 0) {
      given = { back: context?.name ?? null }
      await remember(there, state, (history) =>
        withVisit(history, state.key, { name: record.context, at: ports.clock.now() }),
      )
    }
  }
  await ports.files.remove(file)
  return given
}

export interface Loan {
  readonly kubeconfig: readonly string[]
  /** The context before. */
  readonly from: string | undefined
  /** All contexts of these files. */
  readonly contexts: readonly ContextInFile[]
  /** The context now. */
  readonly name: string
  /** Without it, the switch ends what was agreed before, and agrees on nothing. */
  readonly forMs: number | undefined
}

/**
 * After a switch: what was agreed for these files before is void, and with a time a new agreement is written down,
 * and a process started that keeps it. Where none can be started, the next switch does, and the person is told so.
 */
export async function agreeOnReturn(
  session: Session,
  { kubeconfig, from, contexts, name, forMs }: Loan,
): Promise<void> {
  const { ports, world } = session
  const earlier = (await pendingReturns(session)).filter(({ record }) =>
    isSameSet(record.kubeconfig, kubeconfig),
  )
  for (const { file } of earlier) await ports.files.remove(file)
  if (forMs === undefined) return
  // Once more for the context one is on keeps the way back.
  const again = earlier.find(({ record }) => record.context === name)
  const before = again === undefined ? backFrom(from, earlier) : again.record.back
  if (before === name) return
  const isGuarded = contexts.some((each) => each.name === before && isProtected(each))
  const back = isGuarded ? null : before
  const now = ports.clock.now()
  const record: Return = { version: 1, context: name, back, kubeconfig, until: now + forMs }
  const file = `${folderOf(session)}/${world.pid}-${now}.json`
  await ports.files.makeFolder(folderOf(session), 0o700)
  await ports.files.write(file, renderReturn(record), { mode: 0o600 })
  const pid = await ports.programs.detach({
    tool: 'own',
    program: world.nodePath,
    args: [world.scriptPath, '__return', file],
    inheritEnv: true,
    changes: true,
  })
  const span = formatSpan(forMs)
  if (isGuarded && before !== null) {
    const text = `"${before}" is protected: after ${span} no context will be in force, instead of going back there unasked.`
    session.emit({ type: 'note', level: 'warning', text })
  }
  if (session.rehearsal !== undefined) {
    const text = `For ${span}, then back to ${nameOf(back)}: nothing waits in a rehearsal, so the first switch after that goes back.`
    say(session, 'faint', text)
  } else if (pid === undefined) {
    const text = `No process could be started to go back to ${nameOf(back)}: the first switch after ${span} does it.`
    session.emit({ type: 'note', level: 'warning', text })
  } else say(session, 'faint', `For ${span}, then back to ${nameOf(back)}.`)
}
