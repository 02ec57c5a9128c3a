/** What `LineValues.decoded` gives when a value might be read in more than one way. */
export const unsure = Symbol('unsure')

const space = 0x20
const hash = 0x23
const dash = 0x2d
const colon = 0x3a
/** What a bare value cannot begin with, or what makes it something else. */
const special = '&*!%@`?:,]}#'
/** Looks like a number in some version of YAML, a date included. */
const numeric = /^(?:[-+.0-9][-+.:_0-9a-fA-FoOxX]*|[-+]?\.(?:inf|nan))$/i

/** Reads keys, and the values behind a key or a dash that stand on one line; holds the last value it read. */
export class LineValues {
  kind: 'plain' | 'double' | 'single' | 'empty' | 'block' = 'plain'
  start = 0
  end = 0
  /** A bare value without a comment behind it may go on in the next line. */
  open = false
  readonly #text: string
  #colonSpace = -1
  #spaceHash = -1

  constructor(text: string) {
    this.#text = text
  }

  /** @returns false when it is not sure what is there. */
  read(at: number, stop: number): boolean {
    this.start = at
    this.open = false
    const text = this.#text
    switch (text[at]) {
      case '"':
        return this.#double(at, stop)
      case "'":
        return this.#single(at, stop)
      case '[':
      case '{': {
        this.kind = 'empty'
        this.end = at + 2
        return text[at + 1] === (text[at] === '[' ? ']' : '}') && this.#isLast(stop)
      }
      case '|':
      case '>': {
        this.kind = 'block'
        // An indentation given by number, and line breaks kept at the end, are left to the parser.
        return /^[|>]-? *(?: #.*)?$/.test(text.slice(at, stop))
      }
      default:
        return this.#plain(at, stop)
    }
  }

  /** The place of the colon behind a key; -1 when there is no key of usual letters. */
  keyEnd(from: number, stop: number): number {
    const text = this.#text
    for (let at = from; at < stop; at += 1) {
      const code = text.charCodeAt(at)
      if (code === colon) {
        const isKey = at > from && (at + 1 === stop || text.charCodeAt(at + 1) === space)
        return isKey ? at : -1
      }
      if (!isKeyCode(code)) return -1
    }
    return -1
  }

  /** Whether a line goes on with the bare value of the line before. */
  continues(at: number, stop: number): boolean {
    return !/["'[{|>]/.test(this.#text[at] ?? '') && this.#plain(at, stop)
  }

  /** The value that was read last, as YAML 1.2 has it. */
  decoded(): unknown {
    const text = this.#text.slice(this.start, this.end)
    switch (this.kind) {
      case 'double':
        return text.includes('\\') ? (JSON.parse(text) as unknown) : text.slice(1, -1)
      case 'single':
        return text.slice(1, -1).replaceAll("''", "'")
      case 'empty':
        return text === '[]' ? [] : {}
      case 'block':
        return unsure
      case 'plain':
        return resolved(text)
    }
  }

  #plain(at: number, stop: number): boolean {
    const text = this.#text
    if (special.includes(text[at] ?? '#')) return false
    if (text.charCodeAt(at) === dash && (at + 1 === stop || text.charCodeAt(at + 1) === space)) return false
    this.kind = 'plain'
    if (this.#spaceHash < at) this.#spaceHash = found(text, ' #', at)
    const isCommented = this.#spaceHash < stop
    let end = isCommented ? this.#spaceHash : stop
    while (text.charCodeAt(end - 1) === space) end -= 1
    if (this.#colonSpace < at) this.#colonSpace = found(text, ': ', at)
    this.end = end
    this.open = !isCommented
    return this.#colonSpace >= end && text[end - 1] !== ':'
  }

  #double(at: number, stop: number): boolean {
    const text = this.#text
    this.kind = 'double'
    let close = found(text, '"', at + 1)
    while (close < stop && this.#isEscaped(close)) close = found(text, '"', close + 1)
    if (close >= stop) return false
    this.end = close + 1
    const backslash = text.lastIndexOf('\\', close)
    return (backslash <= at || isJsonString(text.slice(at, this.end))) && this.#isLast(stop)
  }

  #single(at: number, stop: number): boolean {
    const text = this.#text
    this.kind = 'single'
    let close = found(text, "'", at + 1)
    while (close < stop && text[close + 1] === "'") close = found(text, "'", close + 2)
    this.end = close + 1
    return close < stop && this.#isLast(stop)
  }

  #isEscaped(at: number): boolean {
    let from = at
    while (this.#text[from - 1] === '\\') from -= 1
    return (at - from) % 2 === 1
  }

  /** Nothing but a comment follows on the line. */
  #isLast(stop: number): boolean {
    let at = this.end
    while (at < stop && this.#text.charCodeAt(at) === space) at += 1
    return at === stop || (at > this.end && this.#text.charCodeAt(at) === hash)
  }
}

/** Letters, digits and - . / _ */
function isKeyCode(code: number): boolean {
  const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
  return isLetter || (code >= 0x2d && code <= 0x39) || code === 0x5f
}

function found(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from)
  return at === -1 ? Number.POSITIVE_INFINITY : at
}

function isJsonString(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'string'
  } catch {
    return false
  }
}

function resolved(text: string): unknown {
  switch (text) {
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null
    case 'true':
    case 'True':
    case 'TRUE':
      return true
    case 'false':
    case 'False':
    case 'FALSE':
      return false
    default:
      return numeric.test(text) || text === '<<' ? unsure : text
  }
}
