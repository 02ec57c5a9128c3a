import { boundFileOf } from '../contexts/bound.ts'
import { withRenamed } from '../contexts/history.ts'
import { isProtected } from '../contexts/match.ts'
import { contextPlaces } from '../contexts/places.ts'
import { writeColors } from '../contexts/remote-colors.ts'
import { contextNames, type Going, textWithout } from '../contexts/remove.ts'
import { renamedText, type Renaming, renaming } from '../contexts/rename.ts'
import { readContexts, remember } from '../contexts/state.ts'
import type { Kubeconfig } from '../kubeconfig/config.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { changeUserFiles, type EditFile } from '../kubeconfig/user-files.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { contextNameFixed, contextNameTaken } from '../problems/contexts.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import type { Session } from './session.ts'

/** What the person's files say, as `readContexts` found it. */
export interface ContextsRead {
  readonly files: readonly KubeconfigFile[]
  readonly contexts: readonly ContextInFile[]
}

/**
 * Gives a context another name, in all files or in none; its entry keeps its place, `current-context` and the history
 * that `switch -` goes by follow.
 * @param overwrites whether a context that has the name goes.
 * @throws DevK8sError DK4071 for a protected context, whose name is what people agree to; DK4070 when the name is taken
 *   and may not be overwritten, which that of a protected context never is.
 */
export async function renameContext(
  session: Session,
  { files, contexts }: ContextsRead,
  context: ContextInFile,
  to: string,
  overwrites: boolean,
): Promise<void> {
  const from = context.name
  refuseRename(context, to, contexts, overwrites)
  const wanted = renaming(files, { from, to }, boundFileIn(session))
  if ('problem' in wanted) throw new DevK8sError(wanted.problem)
  await changeAllOrNone(session, files, (file, all) => {
    refuseTaken(wanted, all, overwrites)
    return renamedText(file, wanted)
  })
  const state = await readContexts(session)
  await remember(session, state, (history) => withRenamed(history, wanted.files, from, to))
}

/** The file that binds this shell, if one does. */
function boundFileIn({ layout, world }: Session): string | undefined {
  return boundFileOf(layout.userKubeconfig, contextPlaces(layout, world.platform).bound)
}

function refuseRename(
  context: ContextInFile,
  to: string,
  contexts: readonly ContextInFile[],
  overwrites: boolean,
): void {
  if (isProtected(context)) {
    fail(contextNameFixed, { detail: `"${context.name}" is protected under this name. Nothing was changed.` })
  }
  const taken = contexts.find((each) => each.name === to)
  if (taken === undefined || (overwrites && !isProtected(taken))) return
  const why = isProtected(taken) ? ', which is protected' : ''
  fail(contextNameTaken, {
    detail: `${taken.file} has a context "${to}"${why}. Nothing was changed.`,
    next: isProtected(taken) ? [] : ['devk8s contexts list'],
    place: { file: taken.file },
  })
}

/** Somebody may have taken the name since we looked. What has been renamed a moment ago is not in the way. */
function refuseTaken(
  { from, to, files }: Renaming,
  all: readonly KubeconfigFile[],
  overwrites: boolean,
): void {
  const parsed = parseAll(all)
  if ('problem' in parsed) throw new DevK8sError(parsed.problem)
  const taken = parsed.find(({ path, config }) => {
    const names = contextNames(config)
    const isInTheWay = names.includes(to) && (names.includes(from) || !files.includes(path))
    return isInTheWay && !(overwrites && config.contexts.every((each) => each.name !== to || !isKept(each)))
  })
  if (taken !== undefined) {
    fail(contextNameTaken, {
      detail: `${taken.path} has a context "${to}" by now.`,
      place: { file: taken.path },
    })
  }
}

const isKept = ({ marker }: Kubeconfig['contexts'][number]): boolean =>
  isProtected(marker === undefined ? {} : { marker })

/**
 * Takes contexts, and what goes with them, out of all files or out of none.
 * @throws DevK8sError as `changeKubeconfig` does.
 */
export async function removeEntries(
  session: Session,
  files: readonly KubeconfigFile[],
  going: Going,
): Promise<void> {
  const boundFile = boundFileIn(session)
  const whole = boundFile === undefined ? going : { ...going, boundFile }
  await changeAllOrNone(session, files, (file, all) => textWithout(file, all, whole))
}

/** Each file once without writing: what one of them refuses must be known before another has changed. */
export async function tryEdit(files: readonly KubeconfigFile[], edit: EditFile): Promise<void> {
  for (const file of files) await edit(file, files)
}

/** Writes all files or, when one of them refuses, puts those back that were written already. */
async function changeAllOrNone(
  session: Session,
  files: readonly KubeconfigFile[],
  edit: EditFile,
): Promise<void> {
  await tryEdit(files, edit)
  const written = new Map<string, { readonly before: string; readonly after: string }>()
  try {
    await changeFiles(session, async (file, all) => {
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
    // Ctrl-C between two files ends the change, not the way back.
    const signal = new AbortController().signal
    await changeFiles({ ...session, signal }, restore).catch(() => {
      const text =
        'Not every file could be put back as it was: devk8s contexts undo --list shows the old versions.'
      session.emit({ type: 'note', level: 'warning', text })
    })
    throw error
  }
}

/** Changes the person's files, keeps their old versions, and brings the prompt's colours up to date. */
export async function changeFiles(session: Session, edit: EditFile): Promise<readonly string[]> {
  const { layout, ports, world, signal } = session
  const { backups, colors } = contextPlaces(layout, world.platform)
  const { userKubeconfig } = layout
  const boundFile = boundFileIn(session)
  const places = { userKubeconfig, backups, ...(boundFile === undefined ? {} : { boundFile }) }
  const written = await changeUserFiles(ports, places, edit, signal)
  await writeColors(colors, userKubeconfig, ports.files)
  return written
}
