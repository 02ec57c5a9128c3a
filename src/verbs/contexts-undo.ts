import { contextPlaces } from '../contexts/places.ts'
import { ageText } from '../kubeconfig/age.ts'
import type { KeptVersion } from '../kubeconfig/backup.ts'
import { keptVersionsOf } from '../kubeconfig/backup.ts'
import { changeKubeconfig } from '../kubeconfig/transaction.ts'
import { ownerOf } from '../kubeconfig/user-files.ts'
import { changeWords } from '../kubeconfig/version-words.ts'
import { kubeconfigMoved, versionUnknown } from '../problems/kubeconfig.ts'
import { fail } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import type { Session, Verb } from './session.ts'
import { renderTable } from './table.ts'

type UndoSession = Parameters<Verb<'contexts.undo'>>[0]

/** A kept version with its number, 1 for the latest over all files. */
interface Numbered extends KeptVersion {
  readonly number: number
  /** The kubeconfig file as the person names it. */
  readonly file: string
}

/** Brings back an earlier version of a kubeconfig file. It is a change like any other, so it can be undone itself. */
export const contextsUndo: Verb<'contexts.undo'> = async (session) => {
  const { request, ports } = session
  const versions = await numberedVersions(session)
  if (request.list) return list(session, versions)
  const version = chosen(versions, request.version)
  const [text = '', now = ''] = await Promise.all([
    ports.files.readText(version.path),
    ports.files.readText(version.of),
  ])
  const words = await changeWords(now, text)
  if (words.length === 0) {
    session.answer(
      { restored: false, file: version.file, changes: [] },
      `${version.file} is as it was in version ${version.number} already.\n`,
    )
    return { exit: 0 }
  }
  await agree(session, version, words)
  const { backups } = placesOf(session)
  const edit = (present: string) => {
    if (present !== now) {
      const detail = `Another program has changed ${version.file} since it was shown. It was left as it is.`
      fail(kubeconfigMoved, { detail, next: ['devk8s contexts undo --list'], place: { file: version.file } })
    }
    return text
  }
  const place = { path: version.file, backups }
  await changeKubeconfig(ports.files, ports.clock, place, edit, session.signal, ownerOf(ports.host))
  session.answer(
    { restored: true, file: version.file, changes: words },
    `${version.file} is as it was ${ageOf(session, version)} ago: ${words.join('; ')}.\n`,
  )
  return { exit: 0, next: ['devk8s contexts undo'] }
}

const placesOf = ({ layout, world }: Pick<Session, 'layout' | 'world'>) =>
  contextPlaces(layout, world.platform)

const ageOf = ({ ports }: UndoSession, { replacedAt }: KeptVersion) => ageText(ports.clock.now() - replacedAt)

async function numberedVersions(session: UndoSession): Promise<readonly Numbered[]> {
  const { files } = session.ports
  const named = new Map<string, string>()
  for (const file of session.layout.userKubeconfig) {
    const target = (await files.realPath(file)) ?? file
    if (!named.has(target)) named.set(target, file)
  }
  const versions = await keptVersionsOf(files, placesOf(session).backups, [...named.keys()])
  return versions.map((version, index) => ({
    ...version,
    number: index + 1,
    file: named.get(version.of) ?? version.of,
  }))
}

function chosen(versions: readonly Numbered[], wanted: string | undefined): Numbered {
  const found = versions.find(
    ({ number, replacedAt }) => String(number) === (wanted ?? '1') || String(replacedAt) === wanted,
  )
  if (found !== undefined) return found
  const range = versions.length === 1 ? 'There is one, 1.' : `There are 1 to ${versions.length}.`
  const detail =
    versions.length === 0
      ? 'devk8s has kept no earlier version of your kubeconfig files: it has not changed them yet.'
      : `${JSON.stringify(wanted)} is none of the versions that are kept. ${range}`
  return fail(versionUnknown, { detail, next: ['devk8s contexts undo --list'] })
}

/** @throws DevK8sError DK8050 after a no; DK8010 when nobody can be asked. */
async function agree(session: UndoSession, version: Numbered, words: readonly string[]): Promise<void> {
  const agreed = await session.ports.prompts.ask(
    {
      id: 'contexts.undo',
      kind: 'confirm',
      text: `Bring ${version.file} back to what it was ${ageOf(session, version)} ago?`,
      details: words,
      flag: '--yes',
      fallback: undefined,
    },
    session.signal,
  )
  if (!agreed) fail(declined, { detail: 'Nothing was changed.', next: ['devk8s contexts undo --list'] })
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
