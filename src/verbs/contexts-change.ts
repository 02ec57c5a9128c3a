import { boundFileOf } from '../contexts/bound.ts'
import { isProtected } from '../contexts/match.ts'
import { contextPlaces } from '../contexts/places.ts'
import { writeColors } from '../contexts/remote-colors.ts'
import { contextNames, type Removal, removalOf, textWithout } from '../contexts/remove.ts'
import { renamedText, type Renaming, renaming } from '../contexts/rename.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { isRemote, type RemoteMarker } from '../kubeconfig/marker.ts'
import { changeUserFiles, type EditFile, readKubeconfigs } from '../kubeconfig/user-files.ts'
import { type ContextInFile, viewOf } from '../kubeconfig/view.ts'
import { contextNameFixed, contextNameTaken, contextNotOurs } from '../problems/contexts.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { agreeToProtected } from './agree.ts'
import { contextFor } from './context-for.ts'
import type { Session, Verb } from './session.ts'

/** Gives a context another name; its entry keeps its place in the file. */
export const contextsRename: Verb<'contexts.rename'> = async (session) => {
  const { from: word, to, force } = session.request
  const { files, contexts } = await read(session)
  const context = contextFor(word, contexts)
  const from = context.name
  if (from !== to) {
    refuseRename(context, to, contexts, force)
    const { bound } = contextPlaces(session.layout, session.world.platform)
    const wanted = renaming(files, { from, to }, boundFileOf(session.layout.userKubeconfig, bound))
    if ('problem' in wanted) throw new DevK8sError(wanted.problem)
    await change(session, (file, all) => {
      if (!force) refuseTaken(wanted, all)
      return renamedText(file, wanted)
    })
    tellOfProfile(session, context, to)
  }
  session.answer({ from, to, changed: from !== to }, `Renamed context "${from}" to "${to}".\n`)
  return { exit: 0 }
}

function refuseRename(
  context: ContextInFile,
  to: string,
  contexts: readonly ContextInFile[],
  force: boolean,
): void {
  if (isProtected(context)) {
    fail(contextNameFixed, { detail: `"${context.name}" is protected under this name. Nothing was changed.` })
  }
  const taken = contexts.find((each) => each.name === to)
  if (taken === undefined || (force && !isProtected(taken))) return
  const why = isProtected(taken) ? ', which is protected' : ''
  fail(contextNameTaken, {
    detail: `${taken.file} has a context "${to}"${why}. Nothing was changed.`,
    next: isProtected(taken) ? [] : ['devk8s contexts list'],
    place: { file: taken.file },
  })
}

/** Somebody may have taken the name since we looked. What has been renamed a moment ago is not in the way. */
function refuseTaken({ from, to, files }: Renaming, all: readonly KubeconfigFile[]): void {
  const parsed = parseAll(all)
  if ('problem' in parsed) throw new DevK8sError(parsed.problem)
  const taken = parsed.find(({ path, config }) => {
    const names = contextNames(config)
    return names.includes(to) && (names.includes(from) || !files.includes(path))
  })
  if (taken !== undefined) {
    fail(contextNameTaken, {
      detail: `${taken.path} has a context "${to}" by now.`,
      place: { file: taken.path },
    })
  }
}

function tellOfProfile({ emit }: Session, { name, marker }: ContextInFile, to: string): void {
  if (!isRemote(marker)) return
  const text = `The profile calls it "${name}": the next devk8s up writes that beside "${to}". For a short name that stays, give it aliases there.`
  emit({ type: 'note', level: 'warning', text })
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
  const remove: EditFile = (file, all) => textWithout(file, all, removal)
  // Each file once without writing: what one of them refuses must be known before another has changed.
  for (const file of files) await remove(file, files)
  for (const context of chosen) {
    const { consented } = session.request
    await agreeToProtected(session, context, { consented, doing: 'to remove it' })
  }
  await agreeToRemoval(session, removal)
  await allOrNone(session, remove)
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

async function agreeToRemoval({ ports, signal }: Session, removal: Removal): Promise<void> {
  const details = [
    ...removal.entries.map(({ section, name, file }) => `${section.slice(0, -1)} ${name} (${file})`),
    ...removal.currents.map(({ name, file }) => `current-context ${name} (${file})`),
  ]
  const agreed = await ports.prompts.ask(
    {
      id: 'contexts.remove',
      kind: 'confirm',
      destructive: true,
      text: 'Remove all of this?',
      details,
      flag: '--yes',
      fallback: undefined,
    },
    signal,
  )
  if (!agreed) fail(declined, { detail: 'Nothing was removed.', next: ['devk8s contexts list'] })
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

/** Writes all files or, when one of them refuses, puts those back that were written already. */
async function allOrNone(session: Session, edit: EditFile): Promise<void> {
  const written = new Map<string, { readonly before: string; readonly after: string }>()
  try {
    await change(session, async (file, all) => {
      const after = await edit(file, all)
      const before = file.text ?? ''
      if (typeof after === 'string' && after !== before) written.set(file.path, { before, after })
      return after
    })
  } catch (error) {
    const restore: EditFile = ({ path, text = '' }) => {
      const mine = written.get(path)
      return mine !== undefined && mine.after === text ? mine.before : text
    }
    await change(session, restore).catch(() => {
      const text =
        'Not every file could be put back as it was: devk8s contexts undo --list shows the old versions.'
      session.emit({ type: 'note', level: 'warning', text })
    })
    throw error
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
  const written = await change(session, (file) => coloured(file, name, color === 'none' ? undefined : color))
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

async function read({ layout, ports }: Session) {
  const files = await readKubeconfigs(ports.files, layout.userKubeconfig)
  const found = await viewOf(files)
  if ('problem' in found) throw new DevK8sError(found.problem)
  return { files, contexts: found.view.contexts }
}

/** Changes the person's files, keeps their old versions, and brings the prompt's colours up to date. */
async function change(session: Session, edit: EditFile): Promise<readonly string[]> {
  const { layout, ports, world, signal } = session
  const { backups, colors } = contextPlaces(layout, world.platform)
  const { userKubeconfig } = layout
  const written = await changeUserFiles(ports, { userKubeconfig, backups }, edit, signal)
  await writeColors(colors, userKubeconfig, ports.files)
  return written
}
