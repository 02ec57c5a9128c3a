import { LineValues, unsure } from './line-values.ts'
import type { Section } from './changes.ts'
import type { ContextSpan, CurrentSpan, RawScan } from './scan.ts'

/** A collection that the present line is in. */
interface Level {
  readonly column: number
  readonly isList: boolean
  /** What it holds so far; kept for contexts only. */
  readonly node: unknown[] | Record<string, unknown> | undefined
}

const carriageReturn = 0x0d
const space = 0x20
const hash = 0x23
const dash = 0x2d

const contextsOnly: readonly Section[] = ['contexts']

/**
 * Reads block style; undefined when it is not sure.
 * @param from behind a byte order mark.
 * @param built the lists whose values are wanted; the others are only followed.
 */
export function scanBlock(
  text: string,
  from: number,
  built: readonly Section[] = contextsOnly,
): RawScan | undefined {
  const reader = new BlockReader(text, built)
  for (let start = from, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start)
    if (end === -1) end = text.length
    const stop = end > start && text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end
    if (!reader.line(start, stop)) return undefined
  }
  return reader.result()
}

/**
 * Follows the indentation of every line, so that a file which the parser would refuse is not taken, and builds the
 * values of the lists that are wanted. Each method says whether it is sure.
 */
class BlockReader {
  readonly #text: string
  readonly #values: LineValues
  readonly #levels: Level[] = [{ column: 0, isList: false, node: undefined }]
  readonly #keys = new Set<string>()
  /** The key at the top of the file whose value the lines belong to. */
  #section = ''
  #building = false
  #key = ''
  /** The last key has no value yet. */
  #pending = false
  /** The last value is bare, and a deeper line goes on with it. */
  #open = false
  /** The column of the key whose block scalar is being read, and that of its text. */
  #scalarColumn = -1
  #scalarIndent = -1
  #documentStarted = false
  readonly #built: readonly string[]
  readonly #lists: Partial<Record<string, readonly unknown[]>> = {}
  readonly #spans: ContextSpan[] = []
  /** The collection at the fourth level is the body of a context. */
  #isBody = false
  #current: CurrentSpan | undefined
  /** Where the last line with content ends. */
  #contentEnd = -1
  #mayBelong = false

  constructor(text: string, built: readonly Section[]) {
    this.#text = text
    this.#built = built
    this.#values = new LineValues(text)
  }

  result(): RawScan {
    const text = this.#text
    const eol = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n'
    const next = text.indexOf('\n', this.#contentEnd)
    const canInsert = this.#keys.size > 0 && this.#scalarColumn === -1
    const insertion =
      next === -1 ? { at: text.length, before: eol, after: '' } : { at: next + 1, before: '', after: eol }
    return {
      contexts: this.#lists['contexts'] ?? [],
      clusters: this.#lists['clusters'] ?? [],
      users: this.#lists['users'] ?? [],
      spans: this.#spans,
      json: false,
      ...(this.#current === undefined ? {} : { current: this.#current }),
      ...(canInsert ? { insertion } : {}),
    }
  }

  line(start: number, stop: number): boolean {
    const text = this.#text
    let at = start
    while (at < stop && text.charCodeAt(at) === space) at += 1
    const column = at - start
    if (this.#scalarColumn !== -1) {
      if (at === stop) return this.#scalarIndent !== -1 || column === 0
      if (column > this.#scalarColumn) {
        if (this.#scalarIndent === -1) this.#scalarIndent = column
        this.#contentEnd = stop
        this.#mayBelong = true
        return column >= this.#scalarIndent
      }
      this.#scalarColumn = -1
    }
    if (at === stop) return true
    const first = text.charCodeAt(at)
    if (first === hash) return this.#comment(column, stop)
    if (column === 0 && text.startsWith('---', at)) return this.#document(at + 3, stop)
    this.#contentEnd = stop
    this.#mayBelong = true
    const isItem = first === dash && (at + 1 === stop || text.charCodeAt(at + 1) === space)
    return isItem ? this.#item(column, at, stop) : this.#entry(column, at, stop)
  }

  /** A comment that is deeper than a new key would be belongs to what is above it. */
  #comment(column: number, stop: number): boolean {
    this.#open = false
    this.#mayBelong &&= column > 0
    if (this.#mayBelong) this.#contentEnd = stop
    return true
  }

  /** `---` before anything else; a second document is the parser's. */
  #document(at: number, stop: number): boolean {
    if (this.#documentStarted || this.#keys.size > 0) return false
    this.#documentStarted = true
    return /^(?: *| +#.*)$/.test(this.#text.slice(at, stop))
  }

  #item(column: number, at: number, stop: number): boolean {
    const text = this.#text
    this.#leave(column, false)
    const top = this.#top()
    if (!(top.isList && top.column === column)) {
      if (!this.#pending || !this.#mayOpen(true)) return false
      this.#enter(column, true)
    }
    let value = at + 1
    while (value < stop && text.charCodeAt(value) === space) value += 1
    if (value === stop) return false
    if (this.#section === 'contexts' && this.#levels.length === 2) this.#spans.push({ at })
    const end = this.#values.keyEnd(value, stop)
    if (end === -1) return this.#itemValue(value, stop)
    this.#enter(column + value - at, false)
    return this.#keyValue(value, end, stop)
  }

  #itemValue(at: number, stop: number): boolean {
    if (!this.#values.read(at, stop) || this.#values.kind === 'block') return false
    this.#open = this.#values.open
    return this.#keep()
  }

  #entry(column: number, at: number, stop: number): boolean {
    if (this.#top().column < column && !this.#pending) return this.#continuation(at, stop)
    this.#leave(column, true)
    if (this.#top().column !== column) {
      if (!this.#pending || !this.#mayOpen(false)) return false
      this.#enter(column, false)
    }
    const end = this.#values.keyEnd(at, stop)
    return end !== -1 && this.#keyValue(at, end, stop)
  }

  #continuation(at: number, stop: number): boolean {
    if (!this.#open || this.#building || this.#levels.length === 1) return false
    const isSure = this.#values.continues(at, stop)
    this.#open = this.#values.open
    return isSure
  }

  #keyValue(at: number, end: number, stop: number): boolean {
    const text = this.#text
    const isTop = this.#levels.length === 1
    if (isTop || this.#building) this.#key = text.slice(at, end)
    if (this.#key === '__proto__' || (isTop && !this.#startSection())) return false
    let value = end + 1
    while (value < stop && text.charCodeAt(value) === space) value += 1
    this.#open = false
    this.#pending = value === stop || text.charCodeAt(value) === hash
    if (this.#pending) {
      if (isTop && this.#section === 'current-context') {
        this.#current = { value: '', start: end + 1, end: end + 1 }
      }
      return isTop || this.#keep(null)
    }
    if (!this.#values.read(value, stop)) return false
    if (this.#building && this.#isBody && this.#levels.length === 4) this.#placeNamespace(at)
    if (this.#values.kind === 'block') {
      this.#scalarColumn = this.#top().column
      this.#scalarIndent = -1
      return !isTop && !this.#building
    }
    this.#open = this.#values.open
    return isTop ? this.#topValue() : this.#keep()
  }

  /** In the body of a context: where its namespace is, or where it would be added, in front of `user`. */
  #placeNamespace(at: number): void {
    const { column } = this.#top()
    const span = this.#spans.pop()
    if (span === undefined) return
    const { start, end } = this.#values
    const line = at - column
    const added = this.#key === 'user' ? { start: line, end: line, column } : undefined
    const namespace = this.#key === 'namespace' ? { start, end } : (span.namespace ?? added)
    this.#spans.push({ at: span.at, ...(namespace === undefined ? {} : { namespace }) })
  }

  /** A key at the top of the file; one that is there twice is the parser's. */
  #startSection(): boolean {
    if (this.#keys.has(this.#key)) return false
    this.#keys.add(this.#key)
    this.#section = this.#key
    this.#building = this.#built.includes(this.#key)
    return true
  }

  #topValue(): boolean {
    const { start, end } = this.#values
    switch (this.#section) {
      case 'clusters':
      case 'users':
      case 'contexts':
        return this.#text.slice(start, end) === '[]'
      case 'kind':
        return this.#values.decoded() === 'Config'
      case 'apiVersion':
        return this.#values.decoded() === 'v1'
      case 'current-context': {
        const value = this.#values.decoded() ?? ''
        if (typeof value !== 'string') return false
        this.#current = { value, start, end }
        return true
      }
      default:
        return true
    }
  }

  /** Puts a value where it belongs, within a list that is wanted; by default the one read last. */
  #keep(value?: null): boolean {
    if (!this.#building) return true
    const decoded = value === null ? null : this.#values.decoded()
    this.#attach(decoded)
    return decoded !== unsure
  }

  #attach(value: unknown): void {
    const { node } = this.#top()
    if (Array.isArray(node)) node.push(value)
    else if (node !== undefined) node[this.#key] = value
  }

  /** What a key without a value may get below it. */
  #mayOpen(isList: boolean): boolean {
    if (this.#levels.length > 1) return !this.#top().isList
    if (['apiVersion', 'kind', 'current-context'].includes(this.#section)) return false
    return isList || !['clusters', 'users', 'contexts'].includes(this.#section)
  }

  #enter(column: number, isList: boolean): void {
    const node = this.#building ? (isList ? [] : {}) : undefined
    if (this.#levels.length === 1 && Array.isArray(node)) this.#lists[this.#section] = node
    else if (node !== undefined) this.#attach(node)
    this.#levels.push({ column, isList, node })
    if (this.#levels.length === 4) this.#isBody = this.#key === 'context' && !isList
    this.#pending = false
  }

  /** Ends what is deeper than the column; a list in the very column of its key as well when a key follows. */
  #leave(column: number, isKey: boolean): void {
    while (this.#isOver(this.#top(), column, isKey)) {
      this.#levels.pop()
      this.#pending = false
    }
  }

  #isOver({ column, isList }: Level, next: number, isKey: boolean): boolean {
    return column > next || (isKey && isList && column === next)
  }

  #top(): Level {
    return this.#levels[this.#levels.length - 1] as Level
  }
}
