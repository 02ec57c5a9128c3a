import { LineCounter, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { Document, Pair, ParsedNode, YAMLMap } from 'yaml'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { kubeconfigUnreadable } from '../problems/kubernetes.ts'

export type Node = ParsedNode
export type Mapping = YAMLMap.Parsed

/** The text of a kubeconfig, apart from what is about the file rather than its content. */
interface KubeconfigText {
  readonly bom: string
  readonly body: string
  readonly eol: '\n' | '\r\n'
  /** The whole body is one JSON object, and must stay one. */
  readonly json: boolean
}

/** A kubeconfig that kubectl would read, with the place of everything in it. */
export interface KubeconfigDocument extends KubeconfigText {
  /** Undefined for a file without content: empty, comments only, `---`. */
  readonly root: Mapping | undefined
  /** Plain values of the first document; kubectl ignores any further one (facts sheet, 2.1). */
  readonly value: Readonly<Record<string, unknown>>
  /** How many documents follow, which editing must keep. */
  readonly laterDocuments: number
  readonly documents: readonly Document.Parsed[]
}

export type Read = { readonly document: KubeconfigDocument } | { readonly problem: Problem }

const byteOrderMark = '\uFEFF'

/**
 * Reads kubeconfig text as kubectl does: an empty file is an empty config, a byte order mark, CRLF, JSON and
 * repeated mapping keys are fine; a wrong kind or a value that is no mapping is not (facts sheet, 2.1).
 * `file` is only named in the problem.
 */
export function readDocument(text: string, file: string): Read {
  const bom = text.startsWith(byteOrderMark) ? byteOrderMark : ''
  const body = text.slice(bom.length)
  // UTF-16 decoded as UTF-8: NUL after each letter. kubectl reads it, but we would write back a mixture.
  if (body.includes('\0')) return unreadable(file, 'it is not UTF-8 text (UTF-16, perhaps)')
  const lines = new LineCounter()
  const parsed = parseAllDocuments(body, {
    lineCounter: lines,
    keepSourceTokens: true,
    uniqueKeys: false,
    merge: true,
  })
  const documents = 'empty' in parsed ? [] : (parsed as Document.Parsed[])
  const first = documents[0]
  const error = first?.errors[0]
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    return unreadable(file, withoutContent(error.message), line, col)
  }
  const contents = first?.contents
  if (contents && !isMap(contents) && !(isScalar(contents) && contents.value === null)) {
    return unreadable(file, 'it does not hold a mapping', 1, 1)
  }
  return checkShape(first, file, {
    bom,
    body,
    eol: /^[^\n]*\r\n/.test(body) ? '\r\n' : '\n',
    json: isJson(body),
    root: isMap(contents) ? contents : undefined,
    laterDocuments: Math.max(0, documents.length - 1),
    documents,
  })
}

function checkShape(
  first: Document.Parsed | undefined,
  file: string,
  document: Omit<KubeconfigDocument, 'value'>,
): Read {
  let value: Record<string, unknown>
  try {
    value = (first?.toJS({ maxAliasCount: -1 }) ?? {}) as Record<string, unknown>
  } catch (error) {
    // An alias without its anchor is only found here.
    return unreadable(file, error instanceof Error ? error.message : 'it cannot be read')
  }
  if (value['kind'] !== undefined && value['kind'] !== null && value['kind'] !== 'Config') {
    return unreadable(file, 'its kind is not "Config"')
  }
  // Missing, null and empty mean v1 to client-go; anything else has no decoder.
  if (!['v1', '', undefined, null].includes(value['apiVersion'] as string)) {
    return unreadable(file, 'its apiVersion is not "v1"')
  }
  for (const section of ['clusters', 'users', 'contexts']) {
    const list = value[section]
    if (list !== undefined && list !== null && !Array.isArray(list)) {
      return unreadable(file, `"${section}" is not a list`)
    }
  }
  return { document: { ...document, value } }
}

/** The parser's sentence without the code frame and without quoted text: a kubeconfig's content is secret. */
function withoutContent(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '').replace(/:? ?"[^"]*"?/g, '')
}

function isJson(body: string): boolean {
  if (!/^\s*\{/.test(body)) return false
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}

function unreadable(file: string, why: string, line?: number, column?: number): Read {
  return {
    problem: problem(kubeconfigUnreadable, {
      detail: `${file}: ${why}.`,
      next: [`kubectl config view --kubeconfig ${file}`],
      place: { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) },
    }),
  }
}

/** The pair of a key; the last one where a key is repeated, as kubectl reads it. */
export function pairOf(map: Mapping, key: string): Pair<Node, Node | null> | undefined {
  return map.items.findLast((pair) => isScalar(pair.key) && pair.key.value === key)
}

/** Where the last character that matters of a node stands; comments behind it are not part of it. */
export function endOf(node: Node, body: string): number {
  let end = node.range[1]
  if (isAlias(node) || isScalar(node) || (node as { flow?: boolean }).flow) {
    // A block scalar's range includes its last line break; with `|+` all that follow are its text as well.
    if (keepsBreaks(node, body)) return end - (/\r?\n$/.exec(body.slice(node.range[0], end))?.[0].length ?? 0)
    while (end > node.range[0] && /[\r\n]/.test(body[end - 1] ?? '')) end -= 1
    return end
  }
  if (isMap(node)) {
    const last = node.items.at(-1)
    if (last === undefined) return end
    const key = last.key
    const value = last.value
    return value === null || isNothing(value) ? key.range[1] : endOf(value, body)
  }
  if (isSeq(node)) {
    const last = node.items.at(-1)
    return last === undefined ? end : endOf(last, body)
  }
  return end
}

function keepsBreaks(node: Node, body: string): boolean {
  const isBlock = isScalar(node) && node.type?.startsWith('BLOCK') === true
  return isBlock && /^[|>]\d?\+/.test(body.slice(node.range[0], node.range[0] + 3))
}

/** A value that is not written at all: `users:` and the end of the line. */
export function isNothing(node: Node): boolean {
  return isScalar(node) && node.range[0] === node.range[1]
}

/** Deep equality of plain values; the order of keys does not count. */
export function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
