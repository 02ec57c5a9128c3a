import { datedCredentials, type Dated, tokenExpiry } from '../contexts/expiry.ts'
import { contextEntries, type ContextEntries } from '../contexts/list-entries.ts'
import {
  type ContextRow,
  filterContexts,
  naturally,
  rowJson,
  rowOf,
  tableCells,
} from '../contexts/list-rows.ts'
import { isProtected } from '../contexts/match.ts'
import { contextPlaces } from '../contexts/places.ts'
import { protectKeyOf } from '../contexts/protect-key.ts'
import { readUnlock } from '../contexts/unlocks.ts'
import { isRemote } from '../kubeconfig/marker.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { OutputColor } from '../ports/event.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { noCurrentContext } from '../problems/switching.ts'
import { contextColors } from '../profile/context-colors.ts'
import { widthOf } from '../report/text.ts'
import { createTheme, type Theme, wantsColor } from '../report/theme.ts'
import { contextFor } from './context-for.ts'
import type { Session, Verb } from './session.ts'

/** All contexts with how they sign in and until when. */
export const contextsList: Verb<'contexts.list'> = async (session) => {
  const { request, world, ports } = session
  const wanted = naturally(filterContexts(await readEntries(session), request))
  const expiryOf = expiries(session)
  const rows = await Promise.all(wanted.map(async (context) => rowOf(context, await expiryOf(context))))
  const now = ports.clock.now()
  session.answer(
    { contexts: rows.map((row) => rowJson(row, now)) },
    rows.length === 0 ? '' : renderRows(rows, session, themeOf(session)),
  )
  if (rows.length === 0) session.emit({ type: 'note', level: 'info', text: noneText(session) })
  return { exit: 0 }

  function noneText({ layout }: Session): string {
    const isFiltered = request.pattern !== undefined || request.managed || request.protected
    return isFiltered ? 'No context fits.' : `No contexts in ${layout.userKubeconfig.join(', ')}.`
  }

  function themeOf({ env }: Session): Theme {
    const color = wantsColor(request.common.color, env, world.stdout)
    return createTheme({ color, unicode: true })
  }
}

/** The three entries of one context, without secrets. */
export const contextsShow: Verb<'contexts.show'> = async (session) => {
  const { name } = session.request
  const entries = await readEntries(session)
  const found = name === undefined ? entries.find(({ isCurrent }) => isCurrent) : contextFor(name, entries)
  if (found === undefined) {
    fail(noCurrentContext, {
      detail: 'Which context to show was not said, and none is the current one.',
      next: ['devk8s contexts list'],
    })
  }
  const { showJson, showText } = await import('../contexts/list-show.ts')
  session.answer(showJson(found), showText(found, session.world.home))
  return { exit: 0 }
}

async function readEntries({ layout, ports }: Session): Promise<readonly ContextEntries[]> {
  const read = contextEntries(await readKubeconfigs(ports.files, layout.userKubeconfig))
  if ('problem' in read) throw new DevK8sError(read.problem)
  return read.contexts
}

function renderRows(rows: readonly ContextRow[], { world, ports }: Session, theme: Theme): string {
  // A program that reads the table wants all of it.
  const columns = world.stdout.isTTY ? world.stdout.columns : Number.POSITIVE_INFINITY
  const { cells, widths, nameAt } = tableCells(rows, {
    columns,
    home: world.home,
    now: ports.clock.now(),
    widthOf,
  })
  return cells
    .map((line, at) => {
      const row = rows[at - 1]
      const shown = line.map((cell, column) => {
        const padded =
          column === line.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell))
        return column === nameAt && row !== undefined ? painted(padded, row, theme) : padded
      })
      return `${shown.join('  ').trimEnd()}\n`
    })
    .join('')
}

/** Protected contexts in bold red, whatever their colour: this is what a person must not overlook. */
function painted(text: string, { context }: ContextRow, theme: Theme): string {
  if (isProtected(context)) return theme.strong(theme.bad(text))
  const color = isRemote(context.marker) ? outputColor(context.marker.color) : undefined
  return color === undefined ? text : theme.named(color)(text)
}

/** The colour of that name; undefined for any other word, which a person may have written into the file. */
export function outputColor(name: string | undefined): OutputColor | undefined {
  return contextColors.find((color) => color === name)
}

/** When a context's credentials end: the earliest date that any of them says. One file is read once. */
function expiries({
  ports,
  layout,
  world,
}: Session): (context: ContextEntries) => Promise<number | undefined> {
  const { files, hashing } = ports
  const { unlocks } = contextPlaces(layout, world.platform)
  const texts = new Map<string, Promise<string>>()
  const textOf = async (path: string) => {
    const known = texts.get(path)
    if (known !== undefined) return known
    // A certificate that cannot be read is a matter for `contexts lint`; the list goes on.
    const text = files.readText(path).then(
      (found) => found ?? '',
      () => '',
    )
    texts.set(path, text)
    return text
  }
  const endOf = async (dated: Dated): Promise<number | undefined> => {
    switch (dated.kind) {
      case 'certificate':
        return hashing.certificateEnd(dated.text)
      case 'certificate-file':
        return hashing.certificateEnd(await textOf(dated.path))
      case 'token':
        return tokenExpiry(dated.text)
      case 'token-file':
        return tokenExpiry(await textOf(dated.path))
    }
  }
  return async (context) => {
    const { userEntry } = context
    if (userEntry === undefined) return undefined
    // Of a context that is unlocked the time that is left counts: what is handed out holds no longer.
    const key = protectKeyOf(userEntry.fields)
    const unlock =
      key !== undefined && isProtected(context)
        ? await readUnlock(files, unlocks, key, ports.clock.now())
        : undefined
    if (unlock !== undefined) return unlock.until
    const ends = await Promise.all(datedCredentials(userEntry.fields, userEntry.file).map(endOf))
    const known = ends.filter((end) => end !== undefined)
    return known.length === 0 ? undefined : Math.min(...known)
  }
}
