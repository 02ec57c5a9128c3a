import { placeRows } from '../contexts/banner.ts'
import { aliasesOf, isProtected } from '../contexts/match.ts'
import type { ContextState } from '../contexts/state.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import type { Choice } from '../ports/prompts.ts'
import { fail } from '../problems/problem.ts'
import { contextNotGiven, contextUnknown } from '../problems/switching.ts'
import { renderShellWords } from '../cli/shell-words.ts'
import { canAskPerson } from './agree.ts'
import type { Session } from './session.ts'

/** How many contexts are named where nobody can pick. */
const namedAtMost = 20

/**
 * Lets the person pick a context from a list that narrows as they type; the one of before stands first, so that Enter
 * goes back. Whatever stands in a line can be typed: name, alias, account, region.
 * @throws DevK8sError DK4053, with the names, where nobody can be asked; DK4050 when there is no context at all.
 */
export async function pickContext(
  session: Session,
  state: Pick<ContextState, 'view' | 'past' | 'files'>,
): Promise<ContextInFile> {
  const { ports } = session
  const { contexts } = state.view
  if (contexts.length === 0) {
    fail(contextUnknown, {
      detail: 'The kubeconfig files have no context.',
      next: ['devk8s contexts sync', 'devk8s up'],
    })
  }
  if (!canAskPerson(session)) {
    const names = contexts.map(({ name }) => name)
    const more = names.length > namedAtMost ? [`and ${names.length - namedAtMost} more`] : []
    fail(contextNotGiven, {
      detail: `One of ${names.length} has to be named.`,
      next: contexts
        .filter((context) => !isProtected(context))
        .slice(0, 3)
        .map(({ name }) => renderShellWords(['devk8s', 'switch', name])),
      evidence: [...names.slice(0, namedAtMost), ...more],
    })
  }
  const { columns } = session.world.stderr
  const shown = linesOf(inOrder(state), await expiries(session, state), columns)
  const picked = await ports.prompts.ask(
    {
      kind: 'search',
      id: 'context.pick',
      text: `Which context?${shown.columns.length > 1 ? ` (${shown.columns.join(', ')})` : ''}`,
      choices: shown.choices,
      flag: 'NAME',
      fallback: undefined,
    },
    session.signal,
  )
  const context = contexts.find(({ name }) => name === picked)
  return context ?? fail(contextUnknown, { detail: `No context is called "${picked}".` })
}

/** Those of before first, the latest at the top; then the others by name; the current one last. */
function inOrder({ view, past }: Pick<ContextState, 'view' | 'past'>): readonly ContextInFile[] {
  const leftAt = new Map(past.contexts.map(({ name }, index) => [name, index + 1]))
  const { compare } = new Intl.Collator('en', { numeric: true })
  const rank = ({ name }: ContextInFile) => (name === view.current?.name ? -1 : (leftAt.get(name) ?? 0))
  return view.contexts.toSorted((a, b) => rank(b) - rank(a) || compare(a.name, b.name))
}

interface Lines {
  /** What the columns are, in order. */
  readonly columns: readonly string[]
  readonly choices: readonly Choice[]
}

/** What stands in a line beside the name, the most telling first to stay. */
const places = [
  ['account', 'region', 'cluster', 'namespace'],
  ['account', 'region', 'namespace'],
  ['region', 'namespace'],
  ['namespace'],
  [],
] as const

/** A line each, in which all that is shown can be typed; below the list stands the whole of the one it points at. */
function linesOf(
  contexts: readonly ContextInFile[],
  expires: ReadonlyMap<string, string>,
  columns: number,
): Lines {
  const tables = places.map((keys) => tableOf(contexts, keys))
  const fits = ({ width }: Table) => width <= columns - 3
  const table = tables.find(fits) ?? tableOf(contexts, [], { plain: true })
  const choices = contexts.map((context, at): Choice => {
    const ends = expires.get(context.name)
    const hint = [
      ...placeRows(context).map(([key, value]) => `${key} ${value}`),
      ...(ends === undefined ? [] : [ends === 'expired' ? 'credentials expired' : `credentials end ${ends}`]),
    ].join(', ')
    return { value: context.name, label: table.lines[at] ?? context.name, ...(hint === '' ? {} : { hint }) }
  })
  return { columns: table.heads, choices }
}

interface Table {
  readonly heads: readonly string[]
  readonly lines: readonly string[]
  readonly width: number
}

/** Columns that no context has anything for are left out. */
function tableOf(
  contexts: readonly ContextInFile[],
  keys: readonly string[],
  { plain = false }: { readonly plain?: boolean } = {},
): Table {
  const rows = contexts.map((context): readonly (readonly [string, string])[] => {
    const place = Object.fromEntries(placeRows(context))
    const head = [
      ['protection', isProtected(context) ? 'PROTECTED' : ''],
      ['aliases', aliasesOf(context).join(' ')],
    ] as const
    const beside = keys.map((key) => [key, place[key] ?? ''] as const)
    return [['name', context.name], ...(plain ? [] : head), ...beside]
  })
  const all = (rows[0] ?? []).map(([head], at) => ({
    head,
    at,
    width: Math.max(...rows.map((row) => row[at]?.[1].length ?? 0)),
  }))
  const used = all.filter(({ width }) => width > 0)
  const lines = rows.map((row) =>
    used
      .map(({ at, width }) => (row[at]?.[1] ?? '').padEnd(width))
      .join('  ')
      .trimEnd(),
  )
  return { heads: used.map(({ head }) => head), lines, width: Math.max(...lines.map(({ length }) => length)) }
}

/** Until when the credentials of each context hold, as far as they say so themselves. Never a reason not to pick. */
async function expiries(
  { ports }: Session,
  { files }: Pick<ContextState, 'files'>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const [{ contextEntries }, { datedCredentials, tokenExpiry, expiryText }] = await Promise.all([
    import('../contexts/list-entries.ts'),
    import('../contexts/expiry.ts'),
  ])
  const read = contextEntries(files)
  if ('problem' in read) return found
  for (const { name, userEntry } of read.contexts) {
    if (userEntry === undefined) continue
    for (const dated of datedCredentials(userEntry.fields, userEntry.file)) {
      const text =
        'text' in dated ? dated.text : await ports.files.readText(dated.path).catch(() => undefined)
      if (text === undefined) continue
      const end = dated.kind.startsWith('token') ? tokenExpiry(text) : ports.hashing.certificateEnd(text)
      if (end !== undefined) found.set(name, expiryText(end, ports.clock.now()))
    }
  }
  return found
}
