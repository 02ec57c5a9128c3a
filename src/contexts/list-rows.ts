import { isRemote } from '../kubeconfig/marker.ts'
import type { Json } from '../ports/event.ts'
import { type Auth, authOf, authText } from './auth.ts'
import { remoteClusterOf } from './banner.ts'
import { expiryText } from './expiry.ts'
import type { ContextEntries } from './list-entries.ts'
import { withoutPassword } from './mask.ts'
import { aliasesOf, isPattern, isProtected, patternFit } from './match.ts'

/** One line of `contexts list`. */
export interface ContextRow {
  readonly context: ContextEntries
  readonly auth: Auth
  /** When the credentials end, in ms since 1970, as far as they say so. */
  readonly expiresAt: number | undefined
}

/** A context as one row of `contexts list`; `expiresAt` in ms since 1970, undefined where nothing is known to end. */
export function rowOf(context: ContextEntries, expiresAt: number | undefined): ContextRow {
  const auth = authOf(context.userEntry?.fields, context.clusterEntry?.fields, context.user !== undefined)
  return { context, auth, expiresAt }
}

export interface ListFilter {
  readonly pattern?: string
  readonly managed: boolean
  readonly protected: boolean
}

/** Those that the flags and the pattern leave; a pattern without `*` and `?` is any part of a name or alias. */
export function filterContexts(
  contexts: readonly ContextEntries[],
  { pattern, managed, protected: guarded }: ListFilter,
): readonly ContextEntries[] {
  const fits =
    pattern === undefined
      ? () => true
      : isPattern(pattern)
        ? patternFit(pattern)
        : (text: string) => text.toLowerCase().includes(pattern.toLowerCase())
  return contexts
    .filter((context) => !managed || context.marker !== undefined)
    .filter((context) => !guarded || isProtected(context))
    .filter((context) => [context.name, ...aliasesOf(context)].some(fits))
}

/** Natural order, as people count: `node-2` before `node-10`. */
export function naturally<T extends { readonly name: string }>(contexts: readonly T[]): readonly T[] {
  const { compare } = new Intl.Collator('en', { numeric: true })
  return contexts.toSorted((a, b) => compare(a.name, b.name) || (a.name < b.name ? -1 : 1))
}

export interface TableLook {
  readonly columns: number
  readonly home: string
  readonly now: number
  /** How many cells of a terminal a text takes. */
  readonly widthOf: (text: string) => number
}

type Column = 'CURRENT' | 'NAME' | 'CLUSTER' | 'NAMESPACE' | 'AUTH' | 'EXPIRES' | 'MANAGED' | 'FILE'

interface Layout {
  readonly aliases: boolean
  readonly mark: 'CURRENT' | ''
  readonly columns: readonly Column[]
  /** Columns whose texts are cut to the room that is left, the first one first. */
  readonly cut: readonly Column[]
  readonly file: 'path' | 'name'
}

const all = ['CURRENT', 'NAME', 'CLUSTER', 'NAMESPACE', 'AUTH', 'EXPIRES', 'MANAGED', 'FILE'] as const

/** What is given up first when the table does not fit: the wide and the guessable before what a person decides by. */
function layoutsFor(rows: readonly ContextRow[]): readonly Layout[] {
  // Which file a context is in is a question only where there are several.
  const hasFiles = new Set(rows.map(({ context }) => context.file)).size > 1
  const given: readonly Column[] = [
    ...(hasFiles ? (['CLUSTER', 'FILE'] as const) : (['FILE', 'CLUSTER'] as const)),
    'MANAGED',
    'NAMESPACE',
  ]
  const narrow = { aliases: false, mark: '', cut: ['CLUSTER', 'AUTH'], file: 'name' } as const
  return [
    { aliases: true, mark: 'CURRENT', columns: all, cut: [], file: 'path' },
    { aliases: true, mark: '', columns: all, cut: [], file: 'path' },
    { aliases: true, mark: '', columns: all, cut: ['CLUSTER'], file: 'name' },
    ...[0, 1, 2, 3, 4].map((count) => ({
      ...narrow,
      columns: all.filter((column) => !given.slice(0, count).includes(column)),
    })),
  ]
}

/** Shorter than this a cut text says nothing. */
const shortest: Partial<Readonly<Record<Column, number>>> = { CLUSTER: 12, AUTH: 16 }
const nameAt = 1

/** The table's cells, header first, in the widest layout that fits; and which column holds the names. */
export function tableCells(
  rows: readonly ContextRow[],
  look: TableLook,
): {
  readonly cells: readonly (readonly string[])[]
  readonly widths: readonly number[]
  readonly nameAt: number
} {
  const layouts = layoutsFor(rows)
  for (const layout of layouts) {
    const cells = cellsOf(rows, layout, look)
    const widths = widthsOf(cells, look)
    if (lineWidth(widths) <= look.columns) return { cells, widths, nameAt }
  }
  const [narrowest] = layouts.slice(-1)
  const cells = narrowest === undefined ? [] : cellsOf(rows, narrowest, look)
  return { cells, widths: widthsOf(cells, look), nameAt }
}

function cellsOf(
  rows: readonly ContextRow[],
  layout: Layout,
  look: TableLook,
): readonly (readonly string[])[] {
  const cells = [
    layout.columns.map((column) => (column === 'CURRENT' ? layout.mark : column)),
    ...rows.map((row) => layout.columns.map((column) => cellOf(row, column, layout, look))),
  ]
  return layout.cut.reduce<readonly (readonly string[])[]>((table, column) => {
    const at = layout.columns.indexOf(column)
    const widths = widthsOf(table, look)
    const excess = lineWidth(widths) - look.columns
    if (at === -1 || excess <= 0) return table
    const room = Math.max(shortest[column] ?? 0, (widths[at] ?? 0) - excess)
    const short = column === 'CLUSTER' ? endOf : startOf
    return table.map((line) => line.map((cell, each) => (each === at ? short(cell, room) : cell)))
  }, cells)
}

const widthsOf = (table: readonly (readonly string[])[], { widthOf }: TableLook) =>
  (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => widthOf(cells[column] ?? ''))))

const lineWidth = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width + 2, -2)

function cellOf(
  { context, auth, expiresAt }: ContextRow,
  column: Column,
  layout: Layout,
  look: TableLook,
): string {
  switch (column) {
    case 'CURRENT':
      return context.isCurrent ? '*' : ''
    case 'NAME': {
      const aliases = aliasesOf(context)
      return layout.aliases && aliases.length > 0 ? `${context.name} (${aliases.join(', ')})` : context.name
    }
    case 'CLUSTER':
      return remoteClusterOf(context) ?? context.cluster ?? ''
    case 'NAMESPACE':
      return context.namespace ?? ''
    case 'AUTH':
      return authText(auth)
    case 'EXPIRES':
      return expiresAt === undefined ? '' : expiryText(expiresAt, look.now)
    case 'MANAGED':
      return managedText(context)
    case 'FILE':
      return layout.file === 'name'
        ? (context.file.split(/[/\\]/).at(-1) ?? '')
        : tilde(context.file, look.home)
  }
}

/** By whom: the team’s profile, or devk8s for the local cluster; with what a person must know before all else. */
function managedText(context: ContextEntries): string {
  const { marker } = context
  if (marker === undefined) return ''
  const by = isRemote(marker) ? marker.team : 'local'
  return isProtected(context) ? `${by}, protected` : by
}

/** The end of a name says more than its start: arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev. */
function endOf(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(text.length - length + 1)}`
}

function startOf(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** `~/.kube/config`. */
export function tilde(path: string, home: string): string {
  return path.startsWith(home) && /^[/\\]/.test(path.slice(home.length))
    ? `~${path.slice(home.length)}`
    : path
}

/** A row for programs; holds no secret. */
export function rowJson({ context, auth, expiresAt }: ContextRow, now: number): Json {
  const { marker } = context
  const server = context.clusterEntry?.fields['server']
  const remote = isRemote(marker) ? marker : undefined
  return {
    name: context.name,
    current: context.isCurrent,
    aliases: [...aliasesOf(context)],
    cluster: context.cluster ?? null,
    remoteCluster: remote?.cluster ?? null,
    server: typeof server === 'string' ? withoutPassword(server) : null,
    user: context.user ?? null,
    namespace: context.namespace ?? null,
    auth: {
      methods: [...auth.methods],
      plugin: auth.plugin ?? null,
      impersonates: auth.impersonates ?? null,
    },
    expires: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    expired: expiresAt !== undefined && expiresAt <= now,
    managed:
      marker === undefined
        ? null
        : remote === undefined
          ? { by: 'local' }
          : { by: 'profile', team: remote.team, source: remote.source },
    protected: isProtected(context),
    color: remote?.color ?? null,
    account: remote?.account ?? null,
    region: remote?.region ?? null,
    description: remote?.description ?? null,
    file: context.file,
  }
}
