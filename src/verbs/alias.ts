import {
  aliasNames,
  isBorrowed,
  renderCommandFile,
  renderEntryFile,
  type Standing,
  standingOf,
} from '../contexts/alias.ts'
import { contextPlaces } from '../contexts/places.ts'
import { aliasNeedsInstall, aliasTaken } from '../problems/contexts.ts'
import { fail } from '../problems/problem.ts'
import { resolvePath } from '../profile/paths.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb } from './session.ts'

/** What is told after a no. */
const unchanged = { detail: 'Nothing was changed.' }

/** One of the names, and how it is made on this platform. */
interface Place {
  readonly name: string
  readonly path: string
  readonly standing: Standing
  /** What the symlink leads to, or the text of the command file. */
  readonly wanted: string
  /** Windows only. */
  readonly entry?: string
}

/** Makes `kubectx` and `kubens` lead to devk8s, which knows by the name what it was called. */
export const aliasInstall: Verb<'alias.install'> = async (session) => {
  const { request, world, emit } = session
  if (isBorrowed(world.scriptPath)) {
    fail(aliasNeedsInstall, {
      detail: `It runs from ${world.scriptPath}.`,
      next: ['npm install -g devk8s', 'devk8s alias install'],
    })
  }
  const names = request.name === undefined ? aliasNames : [request.name]
  const places = await placesOf(session, names, request.folder)
  const taken = places.find(({ standing }) => standing === 'foreign')
  if (taken !== undefined) {
    fail(aliasTaken, {
      detail: `${taken.path} is there and is not devk8s’. Nothing was changed.`,
      next: ['devk8s alias install --folder ~/bin'],
      place: { file: taken.path },
    })
  }
  const missing = places.filter(({ standing }) => standing !== 'present')
  if (missing.length > 0) {
    const details = missing.map(({ path }) => `${path} -> ${world.scriptPath}`)
    await consentTo(session, { id: 'alias.install', text: 'Put these there?', details }, unchanged)
    await session.ports.files.makeFolder(folderOf(session, request.folder))
    for (const place of missing) await install(session, place)
    await rememberFolder(session, folderOf(session, request.folder))
  }
  await tellOfPath(session, places)
  const text = `Try: source <(devk8s completion bash), which completes ${aliasNames.join(' and ')} too; zsh and fish likewise.`
  if (missing.length > 0) emit({ type: 'note', level: 'info', text })
  session.answer(
    { installed: missing.map(({ path }) => path), present: places.map(({ path }) => path) },
    places
      .map(({ name, path, standing }) =>
        standing === 'present' ? `${name} is there already: ${path}\n` : `${name} is devk8s now: ${path}\n`,
      )
      .join(''),
  )
  return { exit: 0 }
}

/** Takes the names away again, and nothing that others put there. */
export const aliasRemove: Verb<'alias.remove'> = async (session) => {
  const { request, ports } = session
  const places = await placesOf(session, aliasNames, request.folder)
  const ours = places.filter(({ standing }) => standing === 'present' || standing === 'stale')
  for (const { path } of places.filter(({ standing }) => standing === 'foreign')) {
    session.emit({ type: 'note', level: 'info', text: `${path} stays: it is not devk8s’.` })
  }
  if (ours.length > 0) {
    const details = ours.map(({ path }) => path)
    await consentTo(session, { id: 'alias.remove', text: 'Remove these?', details }, unchanged)
    for (const { path, entry } of ours) {
      await ports.files.remove(path)
      if (entry !== undefined) await ports.files.remove(entry)
    }
  }
  session.answer(
    { removed: ours.map(({ path }) => path) },
    ours.length === 0
      ? `None of ${aliasNames.join(', ')} in ${folderOf(session, request.folder)} is devk8s’.\n`
      : ours.map(({ path }) => `Removed ${path}\n`).join(''),
  )
  return { exit: 0 }
}

/** Where the names were put is written down, so that destroy finds them. */
async function rememberFolder({ ports, layout, world }: Session, folder: string): Promise<void> {
  const { aliases } = contextPlaces(layout, world.platform)
  const known = linesIn(await ports.files.readText(aliases))
  if (known.includes(folder)) return
  await ports.files.makeFolder(aliases.replace(/[/\\][^/\\]*$/, ''), 0o700)
  await ports.files.write(aliases, [...known, folder, ''].join('\n'), { mode: 0o600 })
}

const linesIn = (text = ''): readonly string[] => text.split('\n').filter((line) => line !== '')

/** Every `kubectx` and `kubens` of ours, in the folders that were written down and the usual one. */
export async function ownAliases(session: Session): Promise<readonly string[]> {
  const { aliases } = contextPlaces(session.layout, session.world.platform)
  const known = linesIn(await session.ports.files.readText(aliases).catch(() => undefined))
  const folders = [...new Set([folderOf(session, undefined), ...known])]
  const places = await Promise.all(folders.map(async (folder) => placesOf(session, aliasNames, folder)))
  return places
    .flat()
    .filter(({ standing }) => standing === 'present' || standing === 'stale')
    .map(({ path }) => path)
}

async function placesOf(
  session: Session,
  names: readonly string[],
  wantedFolder: string | undefined,
): Promise<readonly Place[]> {
  const { ports, world, layout } = session
  const { files } = ports
  const folder = folderOf(session, wantedFolder)
  return Promise.all(
    names.map(async (name): Promise<Place> => {
      const isWindows = world.platform === 'win32'
      const path = isWindows ? `${folder}\\${name}.cmd` : `${folder}/${name}`
      const entry = `${layout.data}\\names\\${name}.mjs`
      const wanted = isWindows ? renderCommandFile(world.nodePath, entry) : world.scriptPath
      const stat = await files.stat(path)
      const found = {
        link: await files.readLink(path),
        text: isWindows && stat?.kind === 'file' ? await files.readText(path) : undefined,
        isThere: stat !== undefined,
      }
      return { name, path, wanted, standing: standingOf(found, wanted), ...(isWindows ? { entry } : {}) }
    }),
  )
}

/** Given, from the working directory; else `~/.local/bin`, which systemd, Debian and macOS users know. */
function folderOf({ world, rehearsal }: Session, given: string | undefined): string {
  const slash = world.platform === 'win32' ? '\\' : '/'
  const home = rehearsal === undefined ? world.home : `${rehearsal}${slash}home`
  if (given === undefined) return [home, '.local', 'bin'].join(slash)
  return resolvePath(world.cwd, given, home)
}

async function install({ ports, world }: Session, { path, wanted, standing, entry }: Place): Promise<void> {
  const { files } = ports
  if (entry !== undefined) {
    await files.makeFolder(entry.replace(/[/\\][^/\\]*$/, ''))
    await files.write(entry, renderEntryFile(world.scriptPath))
    await files.write(path, wanted)
    return
  }
  if (standing === 'stale') await files.remove(path)
  if (!(await files.link(path, wanted))) {
    fail(aliasTaken, { detail: `${path} has appeared meanwhile.`, place: { file: path } })
  }
}

/** A name is worth nothing where the shell does not look, or where another program of that name comes first. */
async function tellOfPath(
  { env, world, ports, emit, rehearsal }: Session,
  places: readonly Place[],
): Promise<void> {
  const separator = world.platform === 'win32' ? ';' : ':'
  const onPath = (env['PATH'] ?? '').split(separator).map((folder) => folder.replace(/(?<=.)[/\\]+$/, ''))
  const [first] = places
  const folder = first?.path.replace(/[/\\][^/\\]*$/, '')
  // The folder of a rehearsal is on nobody's PATH, and need not be.
  if (rehearsal !== undefined) return
  if (folder !== undefined && !onPath.includes(folder)) {
    const text = `${folder} is not on your PATH. In your shell’s start-up file: export PATH="${folder}:$PATH"`
    emit({ type: 'note', level: 'warning', text })
    return
  }
  for (const { name, path } of places) {
    const found = await ports.exec.find(name)
    if (found === undefined || found.toLowerCase() === path.toLowerCase()) continue
    const text = `${found} comes before ${path} on your PATH, so ${name} still means that one.`
    emit({ type: 'note', level: 'warning', text })
  }
}
