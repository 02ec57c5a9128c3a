import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { YAMLSeq } from 'yaml'
import type { Json } from '../ports/event.ts'
import type { KubeconfigDocument, Mapping, Node } from './document.ts'
import { endOf, isEqual, isNothing, pairOf } from './document.ts'
import { bodyKey, fieldsAfter } from './changes.ts'
import type { Edit, Fields, Section } from './changes.ts'
import { columnOf, indented, newLines, wholeLines } from './line-splices.ts'
import { renderBlock, renderJson } from './render.ts'
import { quoted, renderScalar } from './scalar.ts'

/** The text between two offsets of the body is replaced. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
  /** A new key at the end of the file comes behind a new item of the list that ends at the same place. */
  readonly last?: true
}

type Seq = YAMLSeq.Parsed

/** Applies splices that do not overlap; several at one place keep their order. */
export function applySplices(body: string, splices: readonly Splice[]): string {
  let text = ''
  let at = 0
  for (const splice of splices.toSorted(
    (a, b) => a.start - b.start || Number(a.last ?? false) - Number(b.last ?? false),
  )) {
    text += body.slice(at, splice.start) + splice.text
    at = Math.max(at, splice.end)
  }
  return text + body.slice(at)
}

/** What `kubectl config` writes into an empty file, behind whatever comments are there. */
export function skeleton({ body, json, eol }: KubeconfigDocument): string {
  if (json) {
    return ['{', '  "apiVersion": "v1",', '  "kind": "Config"', '}', ''].join(eol)
  }
  const head = body.replace(/\{\s*\}\s*$/, '')
  const gap = head === '' || head.endsWith('\n') ? '' : eol
  return head + gap + ['apiVersion: v1', 'kind: Config', ''].join(eol)
}

/** Brings one entry to the wanted fields: single values in place where that can be, else the entry anew. */
export function putSplices(
  document: KubeconfigDocument,
  edit: Extract<Edit, { kind: 'put' }>,
): readonly Splice[] {
  const key = bodyKey[edit.section]
  const found = entryOf(document, edit.section, edit.name)
  if (found === undefined) {
    return addEntry(document, edit.section, { [key]: fieldsAfter(undefined, edit), name: edit.name })
  }
  const { item, plain } = found
  const before = plain[key] as Fields | undefined
  const after = fieldsAfter(before, edit)
  if (isEqual(before, after)) return []
  const fields = isMap(item) ? pairOf(item, key)?.value : undefined
  return (
    fieldSplices(document, fields ?? undefined, before ?? {}, after) ?? [
      rewritten(document, item, { ...plain, [key]: after }),
    ]
  )
}

/** Takes one entry out of its list. */
export function removeSplices(
  document: KubeconfigDocument,
  edit: Extract<Edit, { kind: 'remove' }>,
): readonly Splice[] {
  const found = entryOf(document, edit.section, edit.name)
  if (found === undefined) return []
  const { body } = document
  const { key, list, item, index } = found
  if (!list.flow) {
    const ownLines = wholeLines(body, dashOf(list, index), endOf(item, body))
    if (list.items.length > 1) return [ownLines]
    // The list stays, empty, and so do comments before the item.
    const behindColon = body.indexOf(':', key.range[1]) + 1
    return [{ start: behindColon, end: behindColon, text: ' []' }, ownLines]
  }
  if (list.items.length === 1) return [{ start: list.range[0], end: list.range[1], text: '[]' }]
  const previous = list.items[index - 1]
  const next = list.items[index + 1]
  return previous === undefined
    ? [{ start: item.range[0], end: next?.range[0] ?? item.range[1], text: '' }]
    : [{ start: previous.range[1], end: item.range[1], text: '' }]
}

/** Gives one entry another name, where it stands. */
export function renameSplices(
  document: KubeconfigDocument,
  edit: Extract<Edit, { kind: 'rename' }>,
): readonly Splice[] {
  const found = entryOf(document, edit.section, edit.name)
  if (found === undefined) return []
  const name = isMap(found.item) ? pairOf(found.item, 'name')?.value : undefined
  if (!isScalar(name)) return [rewritten(document, found.item, { ...found.plain, name: edit.to })]
  return [replaceValue(document, name, document.json ? quoted(edit.to) : renderScalar(edit.to))]
}

/** Sets `current-context`; `undefined` empties it where it is set. */
export function currentSplices(document: KubeconfigDocument, context: string | undefined): readonly Splice[] {
  const { root, json } = document
  const pair = root === undefined ? undefined : pairOf(root, 'current-context')
  if (pair === undefined) return context === undefined ? [] : addKey(document, 'current-context', context)
  const now = pair.value && 'value' in pair.value ? pair.value.value : undefined
  if ((now ?? '') === (context ?? '')) return []
  const text = json ? quoted(context ?? '') : renderScalar(context ?? '')
  return pair.value === null ? [] : [replaceValue(document, pair.value, text)]
}

function entryOf({ root, value }: KubeconfigDocument, section: Section, name: string) {
  const pair = root === undefined ? undefined : pairOf(root, section)
  const list = pair?.value
  if (pair === undefined || !isSeq(list)) return undefined
  const plains = value[section] as readonly Readonly<Record<string, Json>>[]
  const index = plains.findIndex((plain) => plain?.['name'] === name)
  const plain = plains[index]
  const item = list.items[index]
  return plain && item ? { key: pair.key, list, item, index, plain } : undefined
}

/** Splices for single values of a block mapping; undefined when the entry must be written anew. */
function fieldSplices(
  document: KubeconfigDocument,
  node: Node | undefined,
  before: Fields,
  after: Fields,
): readonly Splice[] | undefined {
  if (!isMap(node) || node.flow || node.items.length === 0) return undefined
  if (Object.keys(before).some((key) => !(key in after))) return undefined
  const { body, eol } = document
  const splices: Splice[] = []
  const column = firstColumn(body, node)
  for (const [key, value] of Object.entries(after)) {
    if (isEqual(before[key], value)) continue
    const old = pairOf(node, key)?.value
    if (!(key in before)) {
      const line = indented(renderBlock({ [key]: value }), column, eol)
      splices.push(newLines(body, endOf(node, body), column, line, eol))
    } else if (
      isScalar(old) &&
      /^(PLAIN|QUOTE_)/.test(old.type ?? '') &&
      !isNothing(old as Node) &&
      typeof value === 'string'
    ) {
      splices.push({ start: old.range[0], end: old.range[1], text: renderScalar(value) })
    } else {
      return undefined
    }
  }
  return splices
}

function rewritten(document: KubeconfigDocument, item: Node, plain: Readonly<Record<string, Json>>): Splice {
  const { body, json, eol } = document
  const start = item.range[0]
  const end = endOf(item, body)
  if (json) return { start, end, text: pretty(document, plain, start) }
  if (isAlias(item) || (item as { flow?: boolean }).flow) return { start, end, text: renderJson(plain) }
  return { start, end, text: indented(renderBlock(plain), columnOf(body, start), eol).trimStart() }
}

function addEntry(document: KubeconfigDocument, section: Section, entry: Json): readonly Splice[] {
  const { root, body, json, eol } = document
  const pair = root === undefined ? undefined : pairOf(root, section)
  if (pair === undefined) return addKey(document, section, [entry])
  const list = pair.value
  if (isSeq(list) && list.items.length > 0) {
    const last = list.items.at(-1) as Node
    if (!list.flow) {
      const column = columnOf(body, dashOf(list, 0))
      return [newLines(body, endOf(last, body), column, indented(renderBlock([entry]), column, eol), eol)]
    }
    const first = list.items[0] as Node
    const text = json
      ? `,${whitespaceBefore(body, first.range[0])}${pretty(document, entry, first.range[0])}`
      : `, ${renderJson(entry)}`
    return [{ start: last.range[1], end: last.range[1], text }]
  }
  if (list !== null && !isSeq(list) && !(isScalar(list) && list.value === null)) return []
  return [emptyListFilled(document, pair.key, list, entry)]
}

function emptyListFilled(document: KubeconfigDocument, key: Node, list: Node | null, entry: Json): Splice {
  const { root, body, json, eol } = document
  if (json || root?.flow) {
    const { start, end } = list?.range
      ? { start: list.range[0], end: list.range[1] }
      : { start: key.range[1], end: key.range[1] }
    return { start, end, text: json ? pretty(document, [entry], key.range[0]) : renderJson([entry]) }
  }
  const place = list === null ? { start: key.range[1] + 1, end: key.range[1] + 1 } : behindKey(list, body)
  const column = columnOf(body, key.range[0])
  return { ...place, text: eol + indented(renderBlock([entry]), column, eol) }
}

function addKey(document: KubeconfigDocument, key: string, value: Json): readonly Splice[] {
  const { root, body, json, eol } = document
  const last = root?.items.at(-1)
  if (root === undefined || last === undefined) return []
  const end = endOf(root, body)
  if (!root.flow) {
    const column = firstColumn(body, root)
    const text = indented(renderBlock({ [key]: value }), column, eol)
    return [{ ...newLines(body, end, column, text, eol), last: true }]
  }
  const lastKey = last.key
  const at = last.value === null ? lastKey.range[1] : last.value.range[1]
  const text = json
    ? `,${whitespaceBefore(body, lastKey.range[0])}${quoted(key)}: ${pretty(document, value, lastKey.range[0])}`
    : `, ${quoted(key)}: ${renderJson(value)}`
  return [{ start: at, end: at, text, last: true }]
}

/** JSON laid out like the file: its unit of indentation, continued at the indentation of `at`'s line. */
function pretty({ body, eol }: KubeconfigDocument, value: Json, at: number): string {
  const unit = /^[ \t]+(?=")/m.exec(body)?.[0] ?? ''
  if (unit === '') return renderJson(value)
  const start = body.lastIndexOf('\n', at - 1) + 1
  const indent = /^[ \t]*/.exec(body.slice(start))?.[0] ?? ''
  return renderJson(value, unit.length)
    .split('\n')
    .map((line, index) => {
      const depth = /^ */.exec(line)?.[0].length ?? 0
      const own = unit.repeat(depth / unit.length) + line.slice(depth)
      return index === 0 ? own : indent + own
    })
    .join(eol)
}

/** The line break and indentation in front of an element, so that the next one is laid out alike. */
function whitespaceBefore(body: string, at: number): string {
  return /\s*$/.exec(body.slice(0, at))?.[0] ?? ''
}

function replaceValue({ body }: KubeconfigDocument, node: Node, text: string): Splice {
  if (isNothing(node)) return { ...behindKey(node, body), text: ` ${text}` }
  return { start: node.range[0], end: endOf(node, body), text }
}

/** From behind the colon to the end of a value. */
function behindKey(value: Node, body: string): { readonly start: number; readonly end: number } {
  let start = value.range[0]
  while (start > 0 && /\s/.test(body[start - 1] ?? '')) start -= 1
  return { start, end: isNothing(value) ? start : endOf(value, body) }
}

function dashOf(list: Seq, index: number): number {
  const token = list.srcToken
  const item = token?.type === 'block-seq' ? token.items[index] : undefined
  return (
    item?.start.find(({ type }) => type === 'seq-item-ind')?.offset ?? (list.items[index] as Node).range[0]
  )
}

/** The column at which the keys of a block mapping stand. */
function firstColumn(body: string, { items: [first] }: Mapping): number {
  return first === undefined ? 0 : columnOf(body, first.key.range[0])
}
