// Classes and escapes of Go's regular expressions, for text of printable ASCII.

/** Where the parser is. */
export interface Cursor {
  readonly text: string
  at: number
  /** `(?i)` holds. */
  folds: boolean
  depth: number
}

/** The message ends a sentence that begins with the expression. */
export class Unreadable extends Error {}

export type Accepts = (char: string) => boolean

const accepts =
  (expression: RegExp): Accepts =>
  (char) =>
    expression.test(char)

const perlClasses: Readonly<Record<string, Accepts>> = {
  d: accepts(/^[0-9]$/),
  D: accepts(/^[^0-9]$/),
  s: accepts(/^[\t\n\f\r ]$/),
  S: accepts(/^[^\t\n\f\r ]$/),
  w: accepts(/^[0-9A-Za-z_]$/),
  W: accepts(/^[^0-9A-Za-z_]$/),
}

/** Of the letter behind a backslash: `\d`, `\S` and the like. */
export const perlClass = (letter: string): Accepts | undefined => perlClasses[letter]

const posixClasses: Readonly<Record<string, RegExp>> = {
  alnum: /^[0-9A-Za-z]$/,
  alpha: /^[A-Za-z]$/,
  ascii: /^[\0-\x7F]$/,
  blank: /^[\t ]$/,
  cntrl: /^\p{Cc}$/u,
  digit: /^[0-9]$/,
  graph: /^[!-~]$/,
  lower: /^[a-z]$/,
  print: /^[ -~]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[\t\n\v\f\r ]$/,
  upper: /^[A-Z]$/,
  word: /^[0-9A-Za-z_]$/,
  xdigit: /^[0-9A-Fa-f]$/,
}

/** Without regard to capitals where `(?i)` holds. */
export function folding(test: Accepts, folds: boolean): Accepts {
  return folds ? (char) => test(char) || test(char.toLowerCase()) || test(char.toUpperCase()) : test
}

/** `[…]`, where the cursor stands on the bracket. */
export function classAt(cursor: Cursor): Accepts {
  const isNegated = cursor.text[cursor.at + 1] === '^'
  cursor.at += isNegated ? 2 : 1
  const members: Accepts[] = []
  // A bracket that comes first is a member.
  while (members.length === 0 || cursor.text[cursor.at] !== ']') {
    if (cursor.at >= cursor.text.length) throw new Unreadable('it has a [ without its ]')
    members.push(memberAt(cursor))
  }
  cursor.at += 1
  const any = folding((char) => members.some((member) => member(char)), cursor.folds)
  return isNegated ? (char) => !any(char) : any
}

const posix = /\[:(?<not>\^?)(?<name>[a-z]+):\]/y

function memberAt(cursor: Cursor): Accepts {
  const { text, at } = cursor
  posix.lastIndex = at
  const named = posix.exec(text)
  if (named !== null) return posixMember(named, cursor)
  const known = text[at] === '\\' ? perlClass(text[at + 1] ?? '') : undefined
  if (known !== undefined) {
    cursor.at += 2
    return known
  }
  const low = charAt(cursor)
  if (text[cursor.at] !== '-' || (text[cursor.at + 1] ?? ']') === ']') return (char) => char === low
  cursor.at += 1
  const high = charAt(cursor)
  if ((high.codePointAt(0) ?? 0) < (low.codePointAt(0) ?? 0)) {
    throw new Unreadable('it has a range in […] that runs backwards')
  }
  return (char) => char >= low && char <= high
}

function posixMember({ 0: whole, groups }: RegExpExecArray, cursor: Cursor): Accepts {
  const found = posixClasses[groups?.['name'] ?? '']
  if (found === undefined) throw new Unreadable(`it has ${whole}, which is no class`)
  cursor.at += whole.length
  return groups?.['not'] === '^' ? (char) => !found.test(char) : accepts(found)
}

function charAt(cursor: Cursor): string {
  const { text, at } = cursor
  if (at >= text.length) throw new Unreadable('it has a [ without its ]')
  if (text[at] === '\\') return literalEscape(cursor)
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0)
  cursor.at += char.length
  return char
}

const controls: Readonly<Record<string, string>> = {
  a: '\u0007',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const byNumber =
  /\\(?:x\{(?<long>[0-9A-Fa-f]{1,8})\}|x(?<short>[0-9A-Fa-f]{2})|(?<octal>0[0-7]{0,2}|[1-7][0-7]{1,2}))/y

/** A backslash and what it makes of what follows: one character. */
export function literalEscape(cursor: Cursor): string {
  const { text, at } = cursor
  byNumber.lastIndex = at
  const number = byNumber.exec(text)
  if (number !== null) {
    const { long, short, octal = '' } = number.groups ?? {}
    const hex = long ?? short
    const code = hex === undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex, 16)
    if (code > 0x10_ff_ff) throw new Unreadable(`it has ${number[0]}, which is no character`)
    cursor.at += number[0].length
    return String.fromCodePoint(code)
  }
  const char = text[at + 1] ?? ''
  const control = controls[char]
  const isPunctuation = /^[\0-\x7F]$/.test(char) && !/^[0-9A-Za-z]$/.test(char)
  if (control === undefined && !isPunctuation)
    throw new Unreadable(`it has \\${char}, which is not read here`)
  cursor.at += 2
  return control ?? char
}
