import { renderShellWords } from '../cli/shell-words.ts'
import { ownKubeconfigs } from '../contexts/bound.ts'
import { contextPlaces } from '../contexts/places.ts'
import { restoredTexts } from '../contexts/restored.ts'
import { ageText } from '../kubeconfig/age.ts'
import type { KeptVersion } from '../kubeconfig/backup.ts'
import { keptVersionsOf } from '../kubeconfig/backup.ts'
import { changeKubeconfig } from '../kubeconfig/transaction.ts'
import { ownerOf, readKubeconfigs } from '../kubeconfig/user-files.ts'
import { changeWords } from '../kubeconfig/version-words.ts'
import { kubeconfigMoved, versionUnknown } from '../problems/kubeconfig.ts'
import { fail } from '../problems/problem.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb } from './session.ts'
import { renderTable } from './table.ts'

type UndoSession = Parameters<Verb<'contexts.undo'>>[0]

/** A kept version with the number of its run, 1 for the last one that changed anything. */
interface Numbered extends KeptVersion {
  readonly number: number
  /** The kubeconfig file as the person names it. */
  readonly file: string
}

/** What becomes of one file. */
interface Restoration extends Numbered {
  readonly now: string
  readonly text: string
  readonly words: readonly string[]
  /** Another `current-context` than the version has. */
  readonly keepsCurrent: boolean
}

/**
 * Brings back what the kubeconfig files were before a run of devk8s, all that it changed together. It is a change like
 * any other, so it can be undone itself.
 */
export const contextsUndo: Verb<'contexts.undo'> = async (session) => {
  const versions = await numberedVersions(session)
  if (session.request.list) return list(session, versions)
  const wanted = await restorationsOf(session, chosen(versions, session.request.version))
  const changed = wanted.filter(({ words }) => words.length > 0)
  if (changed.length > 0) {
    await agree(session, changed)
    await restore(session, changed)
  }
  const line = ({ file, words, number, keepsCurrent, ...version }: Restoration) => {
    const but = keepsCurrent ? ', but for current-context' : ''
    return words.length === 0
      ? `${file} is as it was in version ${number} already${but}.\n`
      : `${file} is as it was ${ageOf(session, version)} ago${but}: ${words.join('; ')}.\n`
  }
  session.answer(
    { restored: changed.length > 0, files: wanted.map(({ file, words }) => ({ file, changes: words })) },
    wanted.map(line).join(''),
  )
  return changed.length > 0 ? { exit: 0, next: ['devk8s contexts undo'] } : { exit: 0 }
}

async function restorationsOf(
  session: UndoSession,
  versions: readonly Numbered[],
): Promise<readonly Restoration[]> {
  const { ports, layout } = session
  const { bound } = placesOf(session)
  const texts = versions.map(
    async ({ file, path }) => [file, (await ports.files.readText(path)) ?? ''] as const,
  )
  const kept = new Map(await Promise.all(texts))
  // What binds this shell says nothing of what all others would be on.
  const files = await readKubeconfigs(ports.files, ownKubeconfigs(layout.userKubeconfig, bound))
  const restored = await restoredTexts(files, kept)
  if (restored.withheld !== undefined) tellWithheld(session, restored.withheld)
  for (const name of restored.unguarded) {
    const text = `"${name}" is not protected in that version; devk8s contexts sync writes its protection again.`
    session.emit({ type: 'note', level: 'warning', text })
  }
  return Promise.all(
    versions.map(async (version) => {
      const now = files.find(({ path }) => path === version.file)?.text ?? ''
      const text = restored.texts.get(version.file) ?? now
      const keepsCurrent = text !== kept.get(version.file)
      return { ...version, now, text, words: await changeWords(now, text), keepsCurrent }
    }),
  )
}

/** @throws DevK8sError DK4042 when a file is not as it was shown; files written before then stay written. */
async function restore(session: UndoSession, changed: readonly Restoration[]): Promise<void> {
  const { ports, signal } = session
  const { backups } = placesOf(session)
  for (const { file, now, text } of changed) {
    const edit = (present: string) => {
      if (present !== now) {
        const detail = `Another program has changed ${file} since it was shown. It was left as it is.`
        fail(kubeconfigMoved, { detail, next: ['devk8s contexts undo --list'], place: { file } })
      }
      return text
    }
    await changeKubeconfig(
      ports.files,
      ports.clock,
      { path: file, backups },
      edit,
      signal,
      ownerOf(ports.host),
    )
  }
}

function tellWithheld({ emit }: UndoSession, name: string): void {
  const text = `"${name}" is protected, and undo does not make it current. If it is to be: devk8s switch ${renderShellWords([name])}`
  emit({ type: 'note', level: 'warning', text })
}

const placesOf = ({ layout, world }: Pick<Session, 'layout' | 'world'>) =>
  contextPlaces(layout, world.platform)

const ageOf = ({ ports }: UndoSession, { replacedAt }: KeptVersion) => ageText(ports.clock.now() - replacedAt)

async function numberedVersions(session: UndoSession): Promise<readonly Numbered[]> {
  const { files } = session.ports
  const named = new Map<string, string>()
  const { backups, bound } = placesOf(session)
  for (const file of ownKubeconfigs(session.layout.userKubeconfig, bound)) {
    const target = (await files.realPath(file)) ?? file
    if (!named.has(target)) named.set(target, file)
  }
  const versions = await keptVersionsOf(files, backups, [...named.keys()])
  const runs = [...new Set(versions.map(runOf))]
  return versions
    .map((version) => ({
      ...version,
      number: runs.indexOf(runOf(version)) + 1,
      file: named.get(version.of) ?? version.of,
    }))
    .toSorted((a, b) => a.number - b.number)
}

/** A version that does not name its run is of a run of its own. */
const runOf = ({ run, path }: KeptVersion) => run ?? path

/** The versions of the run that was asked for, of the last one unless told. */
function chosen(versions: readonly Numbered[], wanted: string | undefined): readonly Numbered[] {
  const number = versions.find((each) => String(each.replacedAt) === wanted)?.number
  const found = versions.filter((each) => each.number === number || String(each.number) === (wanted ?? '1'))
  if (found.length > 0) return found
  const last = versions.at(-1)?.number ?? 0
  const range = last === 1 ? 'There is one, 1.' : `There are 1 to ${last}.`
  const detail =
    last === 0
      ? 'devk8s has kept no earlier version of your kubeconfig files.'
      : `${JSON.stringify(wanted)} is none of the versions that are kept. ${range}`
  return fail(versionUnknown, { detail, next: ['devk8s contexts undo --list'] })
}

async function agree(session: UndoSession, changed: readonly Restoration[]): Promise<void> {
  const [first] = changed
  if (first === undefined) return
  const isOne = changed.length === 1
  const what = isOne ? `${first.file} back to what it was` : `${changed.length} files back to what they were`
  const details = changed.flatMap(({ file, words }) =>
    isOne ? words : words.map((each) => `${file}: ${each}`),
  )
  await consentTo(
    session,
    { id: 'contexts.undo', text: `Bring ${what} ${ageOf(session, first)} ago?`, details },
    { detail: 'Nothing was changed.', next: ['devk8s contexts undo --list'] },
  )
}

async function list(session: UndoSession, versions: readonly Numbered[]) {
  const { files } = session.ports
  const rows = []
  /** Of each file, what came after the version at hand. */
  const later = new Map<string, string>()
  for (const version of versions) {
    const text = (await files.readText(version.path)) ?? ''
    const next = later.get(version.of) ?? (await files.readText(version.of)) ?? ''
    const sizeBytes = (await files.stat(version.path))?.sizeBytes ?? 0
    rows.push({ ...version, sizeBytes, changes: await changeWords(text, next) })
    later.set(version.of, text)
  }
  const value = rows.map(({ number, file, replacedAt, sizeBytes, changes }) => {
    return { version: number, id: String(replacedAt), file, replacedAt, sizeBytes, changes }
  })
  const table = renderTable([
    ['VERSION', 'AGE', 'SIZE', 'FILE', 'BEFORE'],
    ...rows.map((row) => [
      String(row.number),
      ageOf(session, row),
      sizeText(row.sizeBytes),
      row.file,
      row.changes.join('; ') || 'a change that was taken back',
    ]),
  ])
  session.answer({ versions: value }, rows.length === 0 ? 'No earlier version is kept.\n' : table)
  return { exit: 0 as const }
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
