import { aftermathOf, clockTime } from '../contexts/aftermath.ts'
import { contextPlaces, type ContextPlaces } from '../contexts/places.ts'
import { nameOfKey, protectKeyOfContext } from '../contexts/protect-key.ts'
import { dropFullSessions } from '../contexts/sessions.ts'
import { allUnlocks, logLine, removeUnlocks, type Unlock, userIn, writeUnlock } from '../contexts/unlocks.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import { nothingWithheld } from '../problems/credentials.ts'
import { fail, isDevK8sError } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { agreeToProtected } from './agree.ts'
import { type Guarded, guardedContexts, guardedNamed, noSuchContext } from './protected-context.ts'
import type { Session, Verb } from './session.ts'

type UnlockSession = Parameters<Verb<'unlock'>>[0]
type LockSession = Parameters<Verb<'lock'>>[0]

const usualMs = 15 * 60_000

/** Lifts the protection of a context for a while, once the person has given its name and a reason; the log has both. */
export const unlock: Verb<'unlock'> = async (session) => {
  const { request, ports } = session
  const all = await guardedContexts(session)
  const found = guardedNamed(request.name, all) ?? noSuchContext(request.name, all)
  const { name } = found.context
  if (!found.isProtected) {
    const text = `${name} is not protected; its credentials are handed out at any time.\n`
    session.answer({ context: name, protected: false, until: null }, text)
    return { exit: 0 }
  }
  const key = found.key ?? withholdsNothing(name)
  const reason = await reasonFor(session, name)
  await agreeToProtected(session, found.context, { consented: request.consented, doing: 'to unlock it' })
  // After the questions: the time begins when the person has answered them.
  const at = ports.clock.now()
  const record: Unlock = { context: key, at, until: at + (request.forMs ?? usualMs), reason }
  const places = placesOf(session)
  // The log first: nothing is lifted without its line.
  await log(session, places, logLine(at, userOf(session), { verb: 'unlock', unlock: record }))
  await writeUnlock(ports.files, places.unlocks, record)
  session.answer(
    { context: name, protected: true, until: new Date(record.until).toISOString(), reason },
    unlockedText(name, record, found),
  )
  return { exit: 0, next: [`devk8s lock ${renderShellWords([name])}`] }
}

function withholdsNothing(name: string): never {
  fail(nothingWithheld, {
    detail: `The user entry of ${name} does not get its credentials from devk8s token --protect.`,
    next: [`devk8s contexts show ${renderShellWords([name])}`, 'devk8s contexts sync'],
  })
}

async function reasonFor({ request, ports, signal }: UnlockSession, name: string): Promise<string> {
  const given =
    request.reason ??
    (await ports.prompts.ask(
      {
        kind: 'input',
        id: 'unlock.reason',
        text: `Why is ${name} unlocked? It stands in the log:`,
        flag: "--reason 'incident 42'",
        fallback: undefined,
      },
      signal,
    ))
  const reason = given.trim()
  if (reason === '') fail(declined, { detail: `No reason was given, so ${name} stays locked.` })
  return reason
}

function unlockedText(name: string, { until }: Unlock, { source }: Guarded): string {
  return [
    `${name} is unlocked until ${clockTime(until)}.`,
    'Programs that run already keep the credentials they have.',
    ...(source === 'eks' ? ['Those that were given the read-only role ask again within a minute.'] : []),
    '',
  ].join('\n')
}

/** Puts the protection back: of one context, or of all. */
export const lock: Verb<'lock'> = async (session) => {
  const { request, ports } = session
  const places = placesOf(session)
  const nowMs = ports.clock.now()
  const all = await contextsIfReadable(session)
  const ended =
    request.name === undefined
      ? await lockAll(session, places, nowMs)
      : await lockNamed(session, places, nowMs, request.name, all)
  const named = ended.map((record) => ({ ...record, ...shownAs(record, all) }))
  const lines = named.map((record) => endedText(record, nowMs))
  const nothing = request.name === undefined ? 'No context was unlocked.' : notUnlocked(request.name, all)
  session.answer(
    { locked: named.map(({ name }) => name) },
    `${lines.length === 0 ? nothing : lines.join('\n')}\n`,
  )
  return { exit: 0 }
}

async function lockAll(
  session: LockSession,
  places: ContextPlaces,
  nowMs: number,
): Promise<readonly Unlock[]> {
  const { files } = session.ports
  const ended = await allUnlocks(files, places.unlocks, nowMs)
  await removeUnlocks(files, places.unlocks)
  await dropFullSessions({ ...session.ports, folder: places.sessions })
  for (const { context } of ended) await logLock(session, places, nowMs, context)
  return ended
}

function notUnlocked(word: string, all: readonly Guarded[]): string {
  const found = guardedNamed(word, all)
  const name = found?.context.name ?? word
  return found?.isProtected === false
    ? `${name} is not protected: there is nothing to lock.`
    : `${name} is locked; it was not unlocked.`
}

/** A context that is no longer in any file may still be unlocked: then all that were called so are locked. */
async function lockNamed(
  session: LockSession,
  places: ContextPlaces,
  nowMs: number,
  name: string,
  all: readonly Guarded[],
): Promise<readonly Unlock[]> {
  const { files } = session.ports
  const found = guardedNamed(name, all)
  const isMeant =
    found === undefined
      ? (key: string) => key === name || nameOfKey(key) === name
      : (key: string) => key === (found.key ?? protectKeyOfContext(found.context))
  const ended = (await allUnlocks(files, places.unlocks, nowMs)).filter(({ context }) => isMeant(context))
  if (found === undefined && ended.length === 0) noSuchContext(name, all)
  // Whatever is in the record's file, the next unlock begins anew.
  const keys = found === undefined ? [] : [found.key ?? protectKeyOfContext(found.context)]
  for (const key of new Set([...keys, ...ended.map(({ context }) => context)])) {
    await removeUnlocks(files, places.unlocks, key)
    await dropFullSessions({ ...session.ports, folder: places.sessions }, key)
  }
  for (const { context } of ended) await logLock(session, places, nowMs, context)
  return ended
}

/** What the person calls the context of a record. */
function shownAs({ context: key }: Unlock, all: readonly Guarded[]) {
  const found = all.find((each) => each.key === key)
  return { name: found?.context.name ?? nameOfKey(key), source: found?.source }
}

function endedText({ name, source, until }: Unlock & ReturnType<typeof shownAs>, nowMs: number): string {
  return `${name} is locked again.\n${aftermathOf(name, source, { nowMs, until, clock: clockTime })}`
}

/** A kubeconfig that cannot be read must not keep anybody from locking. */
async function contextsIfReadable(session: Session): Promise<readonly Guarded[]> {
  try {
    return await guardedContexts(session)
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return []
  }
}

const userOf = ({ env, ports }: Session) => userIn(env) ?? ports.host.userName?.()

function placesOf({ layout, world }: Session): ContextPlaces {
  return contextPlaces(layout, world.platform)
}

async function log({ ports }: Session, { unlocks, unlockLog }: ContextPlaces, line: string): Promise<void> {
  await ports.files.makeFolder(unlocks, 0o700)
  await ports.files.append(unlockLog, line)
}

/** A log that cannot be written must not keep the protection from coming back. */
async function logLock(
  session: LockSession,
  places: ContextPlaces,
  nowMs: number,
  context: string,
): Promise<void> {
  try {
    await log(session, places, logLine(nowMs, userOf(session), { verb: 'lock', context }))
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    session.emit({
      type: 'note',
      level: 'warning',
      text: `The log has no line of it: ${error.problems[0].detail}`,
    })
  }
}
