import type { Kubeconfig } from './config.ts'
import type { NamedEntry } from './entries.ts'
import { namedEntry } from './entries.ts'
import type { Marker } from './marker.ts'
import { scanBlock } from './scan-block.ts'
import { scanJson } from './scan-json.ts'

/** One context as the scanner found it. */
export interface ScannedContext {
  readonly name: string
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
  /** Set when devk8s wrote the context. */
  readonly marker?: Marker
}

/** Where a context is written. */
export interface ContextSpan {
  /** The dash of its item. */
  readonly at: number
  readonly namespace?: NamespaceSpan
}

/** A namespace as it is written; with a column, the start of the line before which one may be added. */
export interface NamespaceSpan {
  readonly start: number
  readonly end: number
  readonly column?: number
}

/** `current-context` as it is written, quotes included; where it has no value, the place behind its colon. */
export interface CurrentSpan {
  readonly value: string
  readonly start: number
  readonly end: number
}

/** What switching needs of one kubeconfig text. Offsets count from the start of the text, byte order mark included. */
export interface Scan {
  /** In the order of the file; a name that is there twice is here twice. */
  readonly contexts: readonly ScannedContext[]
  /** Of each context; none in JSON. */
  readonly spans: readonly ContextSpan[]
  readonly current?: CurrentSpan
  /** Where a `current-context` may be added, and how; undefined when only the parser can tell. */
  readonly insertion?: { readonly at: number; readonly before: string; readonly after: string }
  readonly json: boolean
}

/** What a scan finds before entries are made of it. */
export interface RawScan extends Omit<Scan, 'contexts'> {
  readonly contexts: readonly unknown[]
  /** Empty unless they were asked for. */
  readonly clusters?: readonly unknown[]
  readonly users?: readonly unknown[]
}

const byteOrderMark = '\uFEFF'
/** The file is not UTF-8: what it holds cannot be told from its text. */
const foreign = ['\0', '\uFFFD'] as const
/** Read in different ways; the last three are line breaks in YAML 1.1 only. */
const doubtful = ['\t', '\u0085', '\u2028', '\u2029'] as const

/**
 * Reads a kubeconfig line by line, some fifty times as fast as a YAML parser: contexts, and where `current-context`
 * stands. Takes what kubectl, cloud tools and people usually write; undefined for anything it is not sure of (flow
 * collections, anchors, tags, tabs, several documents, repeated keys, ...), and then the parser has to decide.
 * Whatever it returns, the parser says the same.
 */
export function scanKubeconfig(text: string): Scan | undefined {
  const from = text.startsWith(byteOrderMark) ? 1 : 0
  if (isForeign(text, from)) return undefined
  const raw = isJson(text) ? scanJson(text, from) : isDoubtful(text, from) ? undefined : scanBlock(text, from)
  if (raw === undefined) return undefined
  const entries = raw.contexts.map((item) => namedEntry(item, 'context'))
  return {
    ...raw,
    contexts: entries.flatMap((entry) => (entry === undefined ? [] : [contextFields(entry)])),
    spans: raw.spans.filter((_, index) => entries[index] !== undefined),
  }
}

/**
 * All that a kubeconfig in block style says, as `parseKubeconfig` would have it, in a fraction of the time; undefined for
 * anything the scanner is not sure of, JSON included.
 */
export function scanEntries(text: string): Kubeconfig | undefined {
  const from = text.startsWith(byteOrderMark) ? 1 : 0
  if (isForeign(text, from) || isJson(text) || isDoubtful(text, from)) return undefined
  const raw = scanBlock(text, from, ['clusters', 'users', 'contexts'])
  if (raw === undefined) return undefined
  const entries = (list: readonly unknown[] = [], key: string) =>
    list.flatMap((item) => namedEntry(item, key) ?? [])
  const current = raw.current?.value
  return {
    clusters: entries(raw.clusters, 'cluster'),
    users: entries(raw.users, 'user'),
    contexts: entries(raw.contexts, 'context'),
    currentContext: current === '' ? undefined : current,
  }
}

const isJson = (text: string) => /^\uFEFF?\s*\{/.test(text)
const isForeign = (text: string, from: number) =>
  foreign.some((each) => text.includes(each, from)) || hasLoneReturn(text)
const isDoubtful = (text: string, from: number) =>
  [...doubtful, byteOrderMark].some((each) => text.includes(each, from))

/** Alone it is a line break for YAML, and a blank for JSON. */
function hasLoneReturn(text: string): boolean {
  return text.includes('\r') && /\r(?!\n)/.test(text)
}

/** What is told of a context, from its entry. */
export function contextFields({ name, fields, marker }: NamedEntry): ScannedContext {
  return {
    name,
    ...textOf(fields, 'cluster'),
    ...textOf(fields, 'user'),
    ...textOf(fields, 'namespace'),
    ...(marker === undefined ? {} : { marker }),
  }
}

function textOf(fields: Readonly<Record<string, unknown>>, key: 'cluster' | 'user' | 'namespace') {
  const value = fields[key]
  return typeof value === 'string' && value !== '' ? { [key]: value } : {}
}
