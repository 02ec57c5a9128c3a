import { withNamespace } from '../contexts/history.ts'
import { moveTo } from '../contexts/move.ts'
import { type ContextState, readContexts, remember } from '../contexts/state.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import { contextLocked } from '../problems/credentials.ts'
import { fail } from '../problems/problem.ts'
import {
  namespacesUnanswered,
  namespaceUnknown,
  noCurrentContext,
  nothingBefore,
} from '../problems/switching.ts'
import { askNamespaces, hasNamespace } from './ask-namespaces.ts'
import { say } from './say.ts'
import type { Session, Verb } from './session.ts'

type NamespacesSession = Parameters<Verb<'namespaces'>>[0]

/** What a context without a namespace means. */
export const defaultNamespace = 'default'

/** Lists the namespaces of the current context, or makes one of them its default. */
export const namespaces: Verb<'namespaces'> = async (session) => {
  const state = await readContexts(session)
  const context = currentContext(state)
  const { name, force } = session.request
  if (name === undefined) return list(session, context)
  const wanted = name === '-' ? namespaceBefore(state, context) : name
  if (name !== '-' && !force) await mustExist(session, context, wanted)
  const from = context.namespace ?? defaultNamespace
  await changeNamespace(session, state, context, wanted)
  say(
    session,
    'plain',
    from === wanted
      ? `Context "${context.name}" already uses namespace "${wanted}".`
      : `Context "${context.name}" now uses namespace "${wanted}" (was ${from}).`,
  )
  session.answer({ context: context.name, namespace: wanted, previous: from }, '')
  return { exit: 0 }
}

/** @throws DevK8sError DK4058. */
export function currentContext({ view }: Pick<ContextState, 'view'>): ContextInFile {
  const { current, contexts } = view
  const found = contexts.find(({ name }) => name === current?.name)
  return (
    found ??
    fail(noCurrentContext, {
      detail:
        current === undefined
          ? 'No kubeconfig file names one.'
          : `${current.file} names "${current.name}", which no file has.`,
      next: ['devk8s switch'],
    })
  )
}

/** Writes the namespace where the context's entry is, and remembers the one before. */
export async function changeNamespace(
  session: Session,
  state: ContextState,
  context: ContextInFile,
  namespace: string,
): Promise<void> {
  await moveTo(session, state, { context, namespace })
  const from = context.namespace ?? defaultNamespace
  if (from === namespace) return
  await remember(session, state, (history) => withNamespace(history, state.key, context.name, from))
}

async function list(session: NamespacesSession, context: ContextInFile) {
  const asked = await askNamespaces(session, context.name)
  if ('unanswered' in asked) {
    if (asked.isLocked === true) {
      return fail(contextLocked, {
        detail: `The namespaces of ${context.name} cannot be listed: it is protected, and there is no read-only way into it. devk8s namespaces NAME works without the list.`,
        next: [unlockLine(context.name)],
      })
    }
    return fail(namespacesUnanswered, {
      detail: `kubectl could not list the namespaces of context "${context.name}".`,
      evidence: asked.unanswered,
      next: [renderShellWords(['devk8s', 'contexts', 'show', context.name]), 'devk8s contexts lint'],
    })
  }
  const current = context.namespace ?? defaultNamespace
  const text = asked.answer.map((name) => `${name === current ? '* ' : '  '}${name}\n`).join('')
  session.answer({ context: context.name, current, namespaces: asked.answer }, text)
  return { exit: 0 }
}

/** The one before, as far as devk8s has made the change. */
export function namespaceBefore({ past }: Pick<ContextState, 'past'>, { name }: ContextInFile): string {
  const before = Object.hasOwn(past.namespaces, name) ? past.namespaces[name] : undefined
  return (
    before ??
    fail(nothingBefore, { detail: `devk8s has not changed the namespace of context "${name}" yet.` })
  )
}

const unlockLine = (name: string) =>
  `${renderShellWords(['devk8s', 'unlock', name])} --for 15m --reason 'why'`

async function mustExist(session: NamespacesSession, context: ContextInFile, wanted: string): Promise<void> {
  const asked = await hasNamespace(session, context.name, wanted)
  if ('unanswered' in asked) {
    const why =
      asked.isLocked === true
        ? `${context.name} is protected and locked (${unlockLine(context.name)})`
        : (asked.unanswered.at(-1) ?? '')
    const text = `Whether namespace "${wanted}" is there could not be asked: ${why}`
    session.emit({ type: 'note', level: 'warning', text })
    return
  }
  if (asked.answer) return
  fail(namespaceUnknown, {
    detail: `The cluster of context "${context.name}" has no namespace "${wanted}".`,
    next: ['devk8s namespaces', `devk8s namespaces ${wanted} --force`],
  })
}
