import { boundFileOf } from '../contexts/bound.ts'
import { withVisit } from '../contexts/history.ts'
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

/**
 * Gives back every context whose time is over, for example since the machine was off when it was.
 * @returns whether any context changed.
 */
export async function returnWhatIsDue(session: Session): Promise<boolean> {
  let isChanged = false
  for (const { file, record } of await pendingReturns(session)) {
    if (record.until > session.ports.clock.now()) continue
    if (await giveBack(session, file, record)) {
      isChanged = true
      say(session, 'warning', `The time on "${record.context}" was over: back on ${nameOf(record.back)}.`)
    }
  }
  return isChanged
}

const nameOf = (back: string | null) => (back === null ? 'no context' : `"${back}"`)

/**
 * Ends one loan: where the context is still the one agreed on, goes back to the one before. Somebody who has switched
 * since, or whose shell has ended, keeps what they have.
 * @returns whether the context changed.
 */
export async function giveBack(session: Session, file: string, record: Return): Promise<boolean> {
  const { ports, world } = session
  const layout = { ...session.layout, userKubeconfig: record.kubeconfig }
  const places = contextPlaces(layout, world.platform)
  const boundFile = boundFileOf(record.kubeconfig, places.bound)
  const isOver = boundFile !== undefined && (await ports.files.stat(boundFile)) === undefined
  const there = { ...session, layout }
  const state = isOver ? undefined : await readContexts(there)
  const isLent = state?.view.current?.name === record.context
  if (state !== undefined && isLent) {
    const context = state.view.contexts.find(({ name }) => name === record.back)
    await moveTo(there, state, { context })
    await remember(there, state, (history) =>
      withVisit(history, state.key, { name: record.context, at: ports.clock.now() }),
    )
  }
  await ports.files.remove(file)
  return isLent
}

export interface Loan {
  readonly kubeconfig: readonly string[]
  /** The context before. */
  readonly from: string | undefined
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
  { kubeconfig, from, name, forMs }: Loan,
): Promise<void> {
  const { ports, world } = session
  const earlier = (await pendingReturns(session)).filter(({ record }) =>
    isSameSet(record.kubeconfig, kubeconfig),
  )
  for (const { file } of earlier) await ports.files.remove(file)
  if (forMs === undefined) return
  // Once more for the context one is on keeps the way back.
  const again = earlier.find(({ record }) => record.context === name)
  const back = again === undefined ? backFrom(from, earlier) : again.record.back
  if (back === name) return
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
  if (pid === undefined) {
    const text = `No process could be started to go back to ${nameOf(back)}: the first switch after ${span} does it.`
    session.emit({ type: 'note', level: 'warning', text })
  } else say(session, 'faint', `For ${span}, then back to ${nameOf(back)}.`)
}
