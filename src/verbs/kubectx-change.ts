import { contextPlaces } from '../contexts/places.ts'
import { readContexts } from '../contexts/state.ts'
import type { Edit } from '../kubeconfig/changes.ts'
import { parseKubeconfig } from '../kubeconfig/config.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import { changeUserFiles } from '../kubeconfig/user-files.ts'
import type { Json } from '../ports/event.ts'
import { KubectxError, sayDone, sayWarning, selfName, shown } from './kubectx-say.ts'
import type { Session } from './session.ts'

/** Deletes contexts one after the other, as kubectx does: those before one that is missing are gone. Clusters and users stay. */
export async function deleteAll(session: Session, words: readonly string[]): Promise<void> {
  for (const word of words) {
    const { view } = await readContexts(session)
    const current = view.current?.name
    if (word === '.' && current === undefined) {
      throw new KubectxError(`error deleting context "": can't use '.' as the no active context is set`)
    }
    const name = word === '.' ? (current ?? '') : word
    const context = view.contexts.find((each) => each.name === name)
    if (context === undefined) {
      throw new KubectxError(`error deleting context "${name}": context does not exist`)
    }
    await edit(session, context.file, [{ kind: 'remove', section: 'contexts', name }])
    if (name === current) {
      const self = selfName(session, 'kubectx')
      sayWarning(session, `You deleted the current context. Use "${self}" to select a new context.`)
    }
    sayDone(session, `Deleted context ${shown(session, name)}.`)
  }
}

/**
 * Gives a context another name; one that has the name already is overwritten, with a warning, as kubectx does it. The
 * version before is kept, so `devk8s contexts undo` brings it back.
 */
export async function rename(
  session: Session,
  wish: { readonly from: string; readonly to: string },
): Promise<void> {
  const { to } = wish
  const { view, files } = await readContexts(session)
  const current = view.current?.name
  const from = wish.from === '.' ? (current ?? '') : wish.from
  const context = view.contexts.find((each) => each.name === from)
  if (context === undefined) throw new KubectxError(`context "${from}" not found, can't rename it`)
  const taken = view.contexts.find((each) => each.name === to)
  if (taken !== undefined && from !== to) {
    sayWarning(session, `context "${to}" exists, overwriting it.`)
    await edit(session, taken.file, [{ kind: 'remove', section: 'contexts', name: to }])
  }
  if (from !== to) {
    const text = files.find(({ path }) => path === context.file)?.text ?? ''
    const parsed = parseKubeconfig(text, context.file)
    const fields =
      'problem' in parsed ? {} : parsed.config.contexts.find((each) => each.name === from)?.fields
    await edit(session, context.file, [
      { kind: 'remove', section: 'contexts', name: from },
      {
        kind: 'put',
        section: 'contexts',
        name: to,
        fields: (fields ?? {}) as Readonly<Record<string, Json>>,
      },
    ])
    if (from === current && view.current !== undefined) {
      await edit(session, view.current.file, [{ kind: 'current', context: to }])
    }
  }
  sayDone(session, `Context ${shown(session, from)} renamed to ${shown(session, to)}.`)
}

async function edit(session: Session, file: string, edits: readonly Edit[]): Promise<void> {
  const { ports, layout, world, signal } = session
  const { backups } = contextPlaces(layout, world.platform)
  await changeUserFiles(
    ports,
    { userKubeconfig: [file], backups },
    ({ text = '' }) => editKubeconfig(text, edits, file),
    signal,
  )
}
