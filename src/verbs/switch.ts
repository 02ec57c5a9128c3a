import { placeText } from '../contexts/banner.ts'
import { danglingOf, mayDangle } from '../contexts/dangling.ts'
import { visitedBefore, withVisit } from '../contexts/history.ts'
import { isProtected, matchContext } from '../contexts/match.ts'
import { moveTo } from '../contexts/move.ts'
import { contextPlaces } from '../contexts/places.ts'
import { readContexts, remember, type ContextState } from '../contexts/state.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import { repeatedIn } from '../kubeconfig/repeated.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import type { Json } from '../ports/event.ts'
import { fail } from '../problems/problem.ts'
import { nothingBefore } from '../problems/switching.ts'
import { awsPlaces, fileIn } from '../upkeep/places.ts'
import { agreeToProtected } from './agree.ts'
import type { Loan } from './returning.ts'
import { say } from './say.ts'
import type { Session, Verb } from './session.ts'

type SwitchSession = Parameters<Verb<'switch'>>[0]

/** Makes another context the current one, everywhere or in a shell of its own. */
export const switchContext: Verb<'switch'> = async (session) => {
  const { request, ports } = session
  const [first, returning] = await Promise.all([readContexts(session), returningIfAny(session)])
  // What was due has changed what was read beside it.
  const state = returning?.isChanged === true ? await readContexts(session) : first
  if (request.history) return (await import('./switch-history.ts')).showHistory(session, state)
  const named = await contextWanted(session, state)
  await agreeToProtected(session, named, { consented: request.consented, doing: 'to switch to it' })
  const { namespace } = request
  const context = { ...named, ...(namespace === undefined ? {} : { namespace }) }
  if (request.shell) return (await import('./sub-shell.ts')).runSubShell(session, context, request.forMs)
  const from = state.view.current?.name
  await moveTo(session, state, { context: named, ...(namespace === undefined ? {} : { namespace }) })
  if (from !== undefined && from !== context.name) {
    await remember(session, state, (history) =>
      withVisit(history, state.key, { name: from, at: ports.clock.now() }),
    )
  }
  tell(session, context, from)
  await warnOfDangling(session, state, context)
  await returning?.agree({
    kubeconfig: session.layout.userKubeconfig,
    from: state.view.current?.name,
    contexts: state.view.contexts,
    name: context.name,
    forMs: request.forMs,
  })
  await renewIfLocal(session, context)
  session.answer(answerOf(context, from), '')
  return { exit: 0 }
}

/** The cluster of this laptop may get keys from AWS, which end. Costs the others nothing. */
async function renewIfLocal(session: SwitchSession, { name, marker }: ContextInFile): Promise<void> {
  if (marker === undefined || isRemote(marker)) return
  const { upkeeps } = awsPlaces(session.layout, session.world.platform)
  if ((await session.ports.files.stat(fileIn(upkeeps, marker.profile))) === undefined) return
  const { renewAfterSwitch } = await import('./renew-when-due.ts')
  await renewAfterSwitch(session, name, marker.profile)
}

/**
 * Gives back what is due before anything else.
 * @returns what to do once the switch is made; undefined when nothing is or was lent.
 */
async function returningIfAny(session: SwitchSession) {
  const { returns } = contextPlaces(session.layout, session.world.platform)
  const names = await session.ports.files.list(returns)
  if (names.length === 0 && session.request.forMs === undefined) return undefined
  const { agreeOnReturn, returnWhatIsDue } = await import('./returning.ts')
  return {
    isChanged: await returnWhatIsDue(session),
    agree: async (loan: Loan) => agreeOnReturn(session, loan),
  }
}

/** The context that was asked for: by a word, by going back, or picked from a list. */
async function contextWanted(session: SwitchSession, state: ContextState): Promise<ContextInFile> {
  const { name } = session.request
  const { contexts, current } = state.view
  if (name === '-') return contextBefore(state)
  const here = name === '.' ? contexts.find((context) => context.name === current?.name) : undefined
  if (here !== undefined) return here
  if (name === undefined || name === '.') {
    const { pickContext } = await import('./pick-context.ts')
    return pickContext(session, state)
  }
  const match = matchContext(name, contexts)
  if (match.kind === 'found') return match.context
  const { contextFor } = await import('./context-for.ts')
  return contextFor(name, contexts, state.files)
}

/** The latest of those that were left and are still there. */
function contextBefore({ past, view }: ContextState): ContextInFile {
  const visits = visitedBefore(past, view.current?.name)
  const found = visits
    .map(({ name }) => view.contexts.find((context) => context.name === name))
    .find((context) => context !== undefined)
  if (found !== undefined) return found
  const [latest] = visits
  return fail(nothingBefore, {
    detail:
      latest === undefined
        ? 'devk8s has made no switch yet with these kubeconfig files.'
        : `The context before, "${latest.name}", is no longer in the kubeconfig files.`,
    next: ['devk8s switch --history', 'devk8s contexts list'],
  })
}

function tell(session: Session, context: ContextInFile, from: string | undefined): void {
  const { name } = context
  const line =
    from === name
      ? `Already on context "${name}".`
      : `Switched to context "${name}"${from === undefined ? '' : ` (was ${from})`}.`
  say(session, isProtected(context) ? 'alarm' : 'plain', line)
  const place = placeText(context)
  if (place !== '') say(session, 'faint', place)
}

async function warnOfDangling(
  session: Session,
  { files, view }: ContextState,
  context: ContextInFile,
): Promise<void> {
  for (const twice of view.warnings ?? []) {
    const at = twice.lines.length === 0 ? '' : ` (lines ${twice.lines.join(', ')})`
    const text = `${twice.file} has "${twice.name}" ${Math.max(2, twice.lines.length)} times${at}; kubectl refuses such a file. devk8s contexts lint says more.`
    session.emit({ type: 'note', level: 'warning', text })
  }
  for (const { file, section, name } of await repeatedIn(files)) {
    const text = `${file} has the ${section.slice(0, -1)} "${name}" more than once; kubectl refuses such a file. devk8s contexts lint says more.`
    session.emit({ type: 'note', level: 'warning', text })
  }
  if (!mayDangle(files, context)) return
  for (const what of await danglingOf(files, context.name)) {
    session.emit({
      type: 'note',
      level: 'warning',
      text: `"${context.name}" names ${what}, which no kubeconfig file has; kubectl cannot use it.`,
    })
  }
}

function answerOf(context: ContextInFile, from: string | undefined): Json {
  const { name, cluster, namespace, file, marker } = context
  const { account, region } = isRemote(marker) ? marker : { account: undefined, region: undefined }
  return {
    context: name,
    previous: from ?? null,
    cluster: cluster ?? null,
    namespace: namespace ?? null,
    account: account ?? null,
    region: region ?? null,
    protected: isProtected(context),
    file,
  }
}
