import type { Fault, Part } from './expression.ts'
import {
  type Accepts,
  classAt,
  type Cursor,
  folding,
  literalEscape,
  perlClass,
  Unreadable,
} from './expression-class.ts'

// Go's syntax of regular expressions (regexp/syntax, with its Perl flags, which regexp.Compile sets). What of it cannot
// matter for a role's name is read and left out; classes of Unicode are not read.

/** Go's own bound, of one count and of counts within each other. */
const mostTimes = 1_000
/** Go has 1000. */
const deepest = 200

/** What the expression means, or why Go's regexp package would not take it, or this does not. */
export function parseExpression(text: string): Part | Fault {
  const cursor: Cursor = { text, at: 0, folds: false, depth: 0 }
  try {
    const part = eitherAt(cursor)
    if (cursor.at < text.length) throw new Unreadable('it has a ) without its (')
    return part
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message }
    throw error
  }
}

/** Alternatives up to the end, or to the parenthesis that closes. */
function eitherAt(cursor: Cursor): Part {
  const parts = [sequenceAt(cursor)]
  while (cursor.text[cursor.at] === '|') {
    cursor.at += 1
    parts.push(sequenceAt(cursor))
  }
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { is: 'either', parts }
}

function sequenceAt(cursor: Cursor): Part {
  const parts: Part[] = []
  for (;;) {
    const char = cursor.text[cursor.at]
    if (char === undefined || char === '|' || char === ')') {
      return { is: 'sequence', parts: joined(parts) }
    }
    if (cursor.text.startsWith('\\Q', cursor.at)) {
      parts.push(...quotedAt(cursor))
    } else {
      const atom = atomAt(cursor)
      if (atom !== undefined) parts.push(repeatedAt(atom, cursor))
    }
  }
}

/** Characters that stand next to each other, as one text. */
function joined(parts: readonly Part[]): readonly Part[] {
  const all: Part[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (part.is === 'text' && last?.is === 'text')
      all[all.length - 1] = { is: 'text', text: last.text + part.text }
    else all.push(part)
  }
  return all
}

/** `\Q…\E`: as it stands; what follows repeats its last character. */
function quotedAt(cursor: Cursor): readonly Part[] {
  const end = cursor.text.indexOf('\\E', cursor.at + 2)
  const inside = cursor.text.slice(cursor.at + 2, end < 0 ? undefined : end)
  cursor.at = end < 0 ? cursor.text.length : end + 2
  const chars = Array.from(inside, (char) => literal(char, cursor))
  const last = chars.pop()
  return last === undefined ? [] : [...chars, repeatedAt(last, cursor)]
}

const anything: Accepts = () => true

/** Undefined for what only sets flags. */
function atomAt(cursor: Cursor): Part | undefined {
  const char = String.fromCodePoint(cursor.text.codePointAt(cursor.at) ?? 0)
  switch (char) {
    case '(':
      return groupAt(cursor)
    case '[':
      return { is: 'char', accepts: folding(classAt(cursor), cursor.folds) }
    case '\\':
      return escapeAt(cursor)
    case '*':
    case '+':
    case '?':
      throw new Unreadable(`it has a ${char} with nothing before it`)
    case '{':
      if (countsAt(cursor) !== undefined) throw new Unreadable('it has a {…} with nothing before it')
      break
    default:
  }
  cursor.at += char.length
  if (char === '.') return { is: 'char', accepts: anything }
  if (char === '^') return { is: 'place', at: 'start' }
  if (char === '$') return { is: 'place', at: 'end' }
  return literal(char, cursor)
}

function literal(char: string, { folds }: Cursor): Part {
  return folds
    ? { is: 'char', accepts: folding((other) => other === char, folds) }
    : { is: 'text', text: char }
}

const places = { A: 'start', z: 'end', b: 'word', B: 'not-word' } as const

function escapeAt(cursor: Cursor): Part {
  const letter = cursor.text[cursor.at + 1] ?? ''
  if (letter === 'A' || letter === 'z' || letter === 'b' || letter === 'B') {
    cursor.at += 2
    return { is: 'place', at: places[letter] }
  }
  const known = perlClass(letter)
  if (known !== undefined) {
    cursor.at += 2
    return { is: 'char', accepts: known }
  }
  return literal(literalEscape(cursor), cursor)
}

const opening = /\(\?(?:P?<\w+>|(?<on>[imsU]*)(?:-(?<off>[imsU]+))?(?<end>[:)]))/y

/** `(…)`, `(?:…)`, `(?P<name>…)`, `(?i)` and `(?i:…)`. Flags hold to the end of the group that they stand in. */
function groupAt(cursor: Cursor): Part | undefined {
  const { folds } = cursor
  if (cursor.text[cursor.at + 1] === '?') {
    opening.lastIndex = cursor.at
    const found = opening.exec(cursor.text)
    if (found === null) throw new Unreadable('it has a (?…) that Go’s regular expressions do not have')
    cursor.at += found[0].length
    const { on = '', off = '', end } = found.groups ?? {}
    cursor.folds = (folds || on.includes('i')) && !off.includes('i')
    if (end === ')') return undefined
  } else {
    cursor.at += 1
  }
  cursor.depth += 1
  if (cursor.depth > deepest) throw new Unreadable('its parentheses are nested too deep')
  const inside = eitherAt(cursor)
  if (cursor.text[cursor.at] !== ')') throw new Unreadable('it has a ( without its )')
  cursor.at += 1
  cursor.depth -= 1
  cursor.folds = folds
  return inside
}

interface Counts {
  readonly least: number
  readonly most: number | undefined
  readonly length: number
}

const simple: Readonly<Record<string, Omit<Counts, 'length'>>> = {
  '*': { least: 0, most: undefined },
  '+': { least: 1, most: undefined },
  '?': { least: 0, most: 1 },
}

const braces = /\{(?<least>0|[1-9]\d*)(?<comma>,(?<most>0|[1-9]\d*)?)?\}/y

/** How often what stands before is repeated; braces that count nothing are characters like others. */
function countsAt({ text, at }: Cursor): Counts | undefined {
  const sign = simple[text[at] ?? '']
  if (sign !== undefined) return { ...sign, length: 1 }
  if (text[at] !== '{') return undefined
  braces.lastIndex = at
  const found = braces.exec(text)
  if (found === null) return undefined
  const { least = '0', comma, most } = found.groups ?? {}
  const from = Number(least)
  const to = comma === undefined ? from : most === undefined ? undefined : Number(most)
  if (from > mostTimes || (to !== undefined && (to > mostTimes || to < from))) {
    throw new Unreadable(`it has ${found[0]}, which counts nothing`)
  }
  return { least: from, most: to, length: found[0].length }
}

function repeatedAt(part: Part, cursor: Cursor): Part {
  const counts = countsAt(cursor)
  if (counts === undefined) return part
  cursor.at += counts.length
  // Which of several matches is the one does not matter here.
  if (cursor.text[cursor.at] === '?') cursor.at += 1
  if (countsAt(cursor) !== undefined) throw new Unreadable('it repeats what is repeated already')
  const { least, most } = counts
  const repeated: Part = { is: 'repeat', part, least, most }
  if (timesIn(repeated) > mostTimes) throw new Unreadable('what it repeats is too much')
  return repeated
}

function timesIn(part: Part): number {
  switch (part.is) {
    case 'text':
    case 'char':
    case 'place':
      return 1
    case 'sequence':
    case 'either':
      return Math.max(1, ...part.parts.map(timesIn))
    case 'repeat':
      return Math.max(1, part.most ?? part.least) * timesIn(part.part)
  }
}
