import { readContexts } from '../contexts/state.ts'
import { agreeAsKubectx } from './kubectx-agree.ts'
import { removeEntries, renameContext } from './change-contexts.ts'
import { KubectxError, sayDone, sayWarning, selfName, shown } from './kubectx-say.ts'
import type { Session } from './session.ts'

/** Deletes contexts one after the other, as kubectx does: those before one that is missing are gone. Clusters and users stay. */
export async function deleteAll(session: Session, words: readonly string[]): Promise<void> {
  for (const word of words) {
    const { view, files } = await readContexts(session)
    const current = view.current?.name
    if (word === '.' && current === undefined) {
      throw new KubectxError(`error deleting context "": can't use '.' as the no active context is set`)
    }
    const name = word === '.' ? (current ?? '') : word
    const context = view.contexts.find((each) => each.name === name)
    if (context === undefined) {
      throw new KubectxError(`error deleting context "${name}": context does not exist`)
    }
    await agreeAsKubectx(session, context, {
      doing: 'to remove it',
      command: `devk8s contexts remove ${name} --yes-prod`,
    })
    await removeEntries(session, files, { contexts: [name], clusters: [], users: [], keepsCurrent: true })
    if (name === current) {
      const self = selfName(session, 'kubectx')
      sayWarning(session, `You deleted the current context. Use "${self}" to select a new context.`)
    }
    sayDone(session, `Deleted context ${shown(session, name)}.`)
  }
}

/**
 * Gives a context another name; one that has the name already is overwritten, with a warning, as kubectx does it, unless
 * it is protected. The version before is kept, so `devk8s contexts undo` brings it back.
 */
export async function rename(
  session: Session,
  wish: { readonly from: string; readonly to: string },
): Promise<void> {
  const { to } = wish
  const { view, files } = await readContexts(session)
  const from = wish.from === '.' ? (view.current?.name ?? '') : wish.from
  const { contexts } = view
  const context = contexts.find((each) => each.name === from)
  if (context === undefined) throw new KubectxError(`context "${from}" not found, can't rename it`)
  if (from !== to) {
    await renameContext(session, { files, contexts }, context, to, true)
    if (contexts.some(({ name }) => name === to)) {
      sayWarning(session, `context "${to}" exists, overwriting it.`)
    }
  }
  sayDone(session, `Context ${shown(session, from)} renamed to ${shown(session, to)}.`)
}
