import { isBorrowed } from '../contexts/alias.ts'
import { repositoryHere } from '../guard/git.ts'
import { blockEnd, blockStart, type Launch } from '../guard/hook-block.ts'
import {
  type HookChange,
  type HookManager,
  type HookPlace,
  hookPlaces,
  installing,
  isInstalled,
  removing,
} from '../guard/hook-place.ts'
import { hookChanged } from '../problems/guard.ts'
import { fail } from '../problems/problem.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb } from './session.ts'

/** What is told after a no. */
const unchanged = { detail: 'Nothing was changed.' }

/** Adds the scan of what is staged to the hooks of this repository, beside whatever is there. */
export const guardInstall: Verb<'guard.install'> = async (session) => {
  const top = await repositoryHere(session, session.world.cwd)
  const places = await hookPlaces(session, top)
  const there = places.find(isInstalled)
  if (there !== undefined) {
    const text = `${there.path} scans what is staged already.\n`
    session.answer({ installed: there.path, manager: there.manager, changed: false }, text)
    return { exit: 0 }
  }
  const [place] = places
  const own = ownLaunch(session)
  const change = await installing(session, top, place, own)
  await consentTo(
    session,
    { id: 'guard.install', text: 'Add these lines?', details: shownBefore(place, change) },
    unchanged,
  )
  await carryOut(session, change)
  const program = !place.isShared && own !== undefined ? own.scriptPath : await foundBy(session, top)
  if (program === undefined) session.emit({ type: 'note', level: 'warning', text: absentText(place) })
  session.answer(
    {
      installed: place.path,
      manager: place.manager,
      changed: true,
      shared: place.isShared,
      program: program ?? null,
    },
    `${place.path} scans what is staged before each commit${program === undefined ? '' : `, with ${program}`}.\n`,
  )
  return { exit: 0, next: [...switchedOnBy[place.manager], 'devk8s guard scan'] }
}

/** Whose file it is, and the lines. */
function shownBefore({ path, isShared, isForAll }: HookPlace, { move, text }: HookChange): readonly string[] {
  return [
    ...(isShared
      ? [
          `${path} is the team's: once committed, it scans before everybody's commits.`,
          'Where there is no devk8s, it says so and lets the commit pass.',
        ]
      : []),
    ...(move === undefined ? [] : [`${move.from} becomes ${move.to}, and is run after it.`]),
    ...(isForAll ? [`${path} is the hook of all your repositories (core.hooksPath).`] : []),
    `${path}:`,
    ...blockOf(text ?? '').map((line) => `  ${line}`),
  ]
}

/** Takes away what `guard install` added, wherever it is. */
export const guardRemove: Verb<'guard.remove'> = async (session) => {
  const top = await repositoryHere(session, session.world.cwd)
  const changes: HookChange[] = []
  for (const place of await hookPlaces(session, top)) {
    const change = removing(place)
    if (change === 'broken') {
      fail(hookChanged, {
        detail: `${place.path} has one of the marks “${blockStart}” and “${blockEnd}”, or has them where devk8s did not put them.`,
        place: { file: place.path },
      })
    }
    if (change !== 'none') changes.push(change)
  }
  if (changes.length > 0) {
    const details = changes.map(({ path, text }) =>
      text === undefined ? `${path} goes.` : `${path} becomes as it was.`,
    )
    await consentTo(session, { id: 'guard.remove', text: 'Take the hook away?', details }, unchanged)
    for (const change of changes) await carryOut(session, change)
  }
  session.answer(
    { removed: changes.map(({ path }) => path) },
    changes.length === 0
      ? 'No hook of devk8s is installed here.\n'
      : changes.map(({ path }) => `Taken out of ${path}\n`).join(''),
  )
  return { exit: 0 }
}

/** In one's own hook this very devk8s; the cache of npx may be gone tomorrow. */
function ownLaunch({ world: { nodePath, scriptPath } }: Session): Launch['own'] {
  return isBorrowed(scriptPath) ? undefined : { nodePath, scriptPath }
}

/** The devk8s that a hook will find from this repository; that of npx is gone when the hook runs. */
async function foundBy({ ports }: Session, top: string): Promise<string | undefined> {
  const onPath = await ports.exec.find('devk8s')
  if (onPath !== undefined && !isBorrowed(onPath)) return onPath
  // As npx does it, in the folders above as well.
  for (let folder = top; folder !== ''; folder = folder.replace(/[/\\]?[^/\\]*$/, '')) {
    const path = `${folder}/node_modules/.bin/devk8s`
    if ((await ports.files.stat(path)) !== undefined) return path
  }
  return undefined
}

function absentText({ isShared }: HookPlace): string {
  const what = isShared ? 'the hook can only say so, and scans nothing' : 'the hook refuses every commit'
  return `There is no devk8s on your PATH, and none in node_modules: until there is, ${what}. Install it: npm install -g devk8s`
}

/** What else a manager needs, once, for its hooks to be run. */
const switchedOnBy: Readonly<Record<HookManager, readonly string[]>> = {
  git: [],
  husky: [],
  lefthook: ['lefthook install'],
  'pre-commit': ['pre-commit install'],
}

function blockOf(text: string): readonly string[] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.includes(blockStart))
  return lines.slice(start, lines.findIndex((line) => line.includes(blockEnd)) + 1)
}

async function carryOut(
  { ports: { files } }: Session,
  { path, text, mode, move }: HookChange,
): Promise<void> {
  if (text === undefined) {
    if (move === undefined) await files.remove(path)
    // The old hook takes the place of ours in one step.
    else await files.rename(move.from, move.to)
    return
  }
  if (move !== undefined) await files.rename(move.from, move.to)
  await files.makeFolder(path.replace(/[/\\][^/\\]*$/, ''))
  await files.write(path, text, mode === undefined ? {} : { mode })
}
