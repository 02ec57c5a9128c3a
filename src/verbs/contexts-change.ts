import { nameInProfile } from '../contexts/entry-name.ts'
import { type Removal, removalOf, textWithout } from '../contexts/remove.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { isRemote, type RemoteMarker } from '../kubeconfig/marker.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import { type ContextInFile, viewOf } from '../kubeconfig/view.ts'
import { contextNotOurs } from '../problems/contexts.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { agreeToProtected } from './agree.ts'
import { changeFiles, type ContextsRead, renameContext, removeEntries, tryEdit } from './change-contexts.ts'
import { contextFor } from './context-for.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb } from './session.ts'

/** Gives a context another name; its entry keeps its place in the file. */
export const contextsRename: Verb<'contexts.rename'> = async (session) => {
  const { from: word, to, force } = session.request
  const found = await read(session)
  const context = contextFor(word, found.contexts)
  const from = context.name
  if (from !== to) {
    await renameContext(session, found, context, to, force)
    tellOfProfile(session, context, to)
  }
  session.answer(
    { from, to, changed: from !== to },
    from === to ? `Context "${from}" has that name already.\n` : `Renamed context "${from}" to "${to}".\n`,
  )
  return { exit: 0 }
}

/** The entry keeps the name: devk8s knows it by its cluster and user. */
function tellOfProfile({ emit }: Session, context: ContextInFile, to: string): void {
  const own = nameInProfile(context)
  if (!isRemote(context.marker) || own === to) return
  const text = `The profile calls it "${own}"; here it stays "${to}". For a short name that the whole team has, give it aliases there.`
  emit({ type: 'note', level: 'info', text })
}

/** Removes contexts with what nothing else needs: all of them or none. */
export const contextsRemove: Verb<'contexts.remove'> = async (session) => {
  const { files, contexts } = await read(session)
  const chosen = [...new Set(session.request.names.map((word) => contextFor(word, contexts)))]
  const found = removalOf(
    files,
    chosen.map(({ name }) => name),
  )
  if ('problem' in found) throw new DevK8sError(found.problem)
  const { removal } = found
  // What a file refuses is better known before the person is asked.
  await tryEdit(files, (file, all) => textWithout(file, all, removal))
  for (const context of chosen) {
    const { consented } = session.request
    await agreeToProtected(session, context, { consented, doing: 'to remove it' })
  }
  await agreeToRemoval(session, removal)
  await removeEntries(session, files, removal)
  tellWhatIsLeft(session, removal)
  const { entries, currents, kept } = removal
  session.answer(
    {
      removed: entries.map(({ section, ...entry }) => ({ kind: section.slice(0, -1), ...entry })),
      kept: kept.map(({ section, name, neededBy }) => ({
        kind: section.slice(0, -1),
        name,
        neededBy: [...neededBy],
      })),
      currentContextEmptied: currents.map((current) => ({ ...current })),
    },
    removal.contexts.map((name) => `Removed context "${name}".\n`).join(''),
  )
  return { exit: 0 }
}

async function agreeToRemoval(session: Session, removal: Removal): Promise<void> {
  const details = [
    ...removal.entries.map(({ section, name, file }) => `${section.slice(0, -1)} ${name} (${file})`),
    ...removal.currents.map(({ name, file }) => `current-context ${name} (${file})`),
  ]
  await consentTo(
    session,
    { id: 'contexts.remove', destructive: true, text: 'Remove all of this?', details },
    { detail: 'Nothing was removed.', next: ['devk8s contexts list'] },
  )
}

function tellWhatIsLeft({ emit }: Session, { kept, currents }: Removal): void {
  for (const { section, name, neededBy } of kept) {
    const more = neededBy.length > 3 ? `, and ${neededBy.length - 3} more,` : ''
    const whose = `${neededBy.slice(0, 3).join(', ')}${more} ${neededBy.length === 1 ? 'needs' : 'need'} it`
    const text = `The ${section.slice(0, -1)} "${name}" stays: ${whose}.`
    emit({ type: 'note', level: 'info', text })
  }
  for (const { name, file } of currents) {
    const text = `"${name}" was the current context of ${file}; it has none now. devk8s switch NAME makes another one current.`
    emit({ type: 'note', level: 'warning', text })
  }
}

/** Sets the colour that prompts and lists show a context in, or takes it away. */
export const contextsColor: Verb<'contexts.color'> = async (session) => {
  const { name: word, color } = session.request
  const { contexts } = await read(session)
  const { name, marker, file: at } = contextFor(word, contexts)
  if (!isRemote(marker)) {
    fail(contextNotOurs, {
      detail: `"${name}" in ${at} carries no mark of devk8s. Nothing was changed.`,
      next: [`devk8s contexts adopt ${name}`],
      place: { file: at },
    })
  }
  const written = await changeFiles(session, (file) =>
    coloured(file, name, color === 'none' ? undefined : color),
  )
  session.answer(
    { name, color: color === 'none' ? null : color, changed: written.length > 0 },
    color === 'none' ? `"${name}" has no colour of its own now.\n` : `"${name}" is ${color} now.\n`,
  )
  return { exit: 0 }
}

/** Each entry of that name that devk8s keeps, the one that binds a shell included, with its colour. */
function coloured({ path, text = '' }: KubeconfigFile, name: string, color: string | undefined): string {
  const parsed = parseAll([{ path, text }])
  if ('problem' in parsed) throw new DevK8sError(parsed.problem)
  const entry = parsed[0]?.config.contexts.find((each) => each.name === name)
  if (entry === undefined || !isRemote(entry.marker)) return text
  const { color: _, ...rest } = entry.marker
  const marker: RemoteMarker = color === undefined ? rest : { ...rest, color }
  return editKubeconfig(text, [{ kind: 'put', section: 'contexts', name, fields: {}, marker }], path)
}

async function read({ layout, ports }: Session): Promise<ContextsRead> {
  const files = await readKubeconfigs(ports.files, layout.userKubeconfig)
  const found = await viewOf(files)
  if ('problem' in found) throw new DevK8sError(found.problem)
  return { files, contexts: found.view.contexts }
}
