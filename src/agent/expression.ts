import { parseExpression } from './expression-parser.ts'

// Regular expressions as Go's RE2 has them, which kube2iam and kiam use. Not JavaScript's: it reads some of them in another
// way, and one that somebody wrote on a namespace could keep it busy for years. Here the number of steps is bounded.

/** A part of an expression, tried on a role: printable ASCII without line breaks. */
export type Part =
  /** These characters, one behind the other. */
  | { readonly is: 'text'; readonly text: string }
  /** One character. */
  | { readonly is: 'char'; readonly accepts: (char: string) => boolean }
  | { readonly is: 'place'; readonly at: 'start' | 'end' | 'word' | 'not-word' }
  | { readonly is: 'sequence'; readonly parts: readonly Part[] }
  | { readonly is: 'either'; readonly parts: readonly Part[] }
  /** `most` undefined: any number of times. */
  | {
      readonly is: 'repeat'
      readonly part: Part
      readonly least: number
      readonly most: number | undefined
    }

export interface Fault {
  /** Why the expression cannot be read, to end a sentence. */
  readonly fault: string
}

/**
 * Looks at places before trying counts as too costly. Each is some tens of nanoseconds: all of them took 12 ms where a
 * whole request is to take 5, so a decision is made once and remembered (`createDecider`).
 */
export const mostLooks = 200_000
/** Longer than any list of roles that a person would write as one expression. */
const longest = 2_000

/** What is left of the looks that may be spent on one question, however many expressions it has. */
export interface Budget {
  looks: number
}

/** An expression that has been read. */
export interface Expression {
  /**
   * Whether it matches somewhere in the text, as `regexp.MatchString` has it; a fault once the budget is spent.
   * @param text printable ASCII, at most 700 characters.
   */
  matches(text: string, budget?: Budget): boolean | Fault
}

/** Reads an expression, to be tried often. Never throws. */
export function compileExpression(expression: string): Expression | Fault {
  if (expression.length > longest) return { fault: `it is longer than ${String(longest)} characters` }
  const parsed = parseExpression(expression)
  if ('fault' in parsed) return parsed
  const onlyFirst = isAnchored(parsed)
  return {
    matches(text, budget = { looks: mostLooks }) {
      const tried: Tried = { text, budget }
      const starts = onlyFirst ? [0] : Array.from({ length: text.length + 1 }, (_, at) => at)
      const found = endsOf(parsed, new Set(starts), tried).size > 0
      return budget.looks < 0 ? { fault: 'trying it takes too long' } : found
    },
  }
}

/** Reads it and tries it once. */
export function matchExpression(expression: string, text: string, budget?: Budget): boolean | Fault {
  const compiled = compileExpression(expression)
  return 'fault' in compiled ? compiled : compiled.matches(text, budget)
}

const isAnchored = (part: Part): boolean =>
  part.is === 'sequence' && part.parts[0]?.is === 'place' && part.parts[0].at === 'start'

interface Tried {
  readonly text: string
  readonly budget: Budget
}

const nowhere: ReadonlySet<number> = new Set()

/** Where the part may end when it begins at one of these places. */
function endsOf(part: Part, starts: ReadonlySet<number>, tried: Tried): ReadonlySet<number> {
  tried.budget.looks -= starts.size + 1
  if (tried.budget.looks < 0) return nowhere
  switch (part.is) {
    case 'text':
      return textEnds(part.text, starts, tried.text)
    case 'char':
      return charEnds(part.accepts, starts, tried.text)
    case 'place':
      return new Set([...starts].filter((at) => isAt(part.at, at, tried.text)))
    case 'sequence': {
      let ends = starts
      for (const each of part.parts) {
        if (ends.size === 0) return nowhere
        ends = endsOf(each, ends, tried)
      }
      return ends
    }
    case 'either':
      return new Set(part.parts.flatMap((each) => [...endsOf(each, starts, tried)]))
    case 'repeat':
      return repeatEnds(part, starts, tried)
  }
}

function textEnds(wanted: string, starts: ReadonlySet<number>, text: string): ReadonlySet<number> {
  const ends = new Set<number>()
  for (const at of starts) {
    if (text.startsWith(wanted, at)) ends.add(at + wanted.length)
  }
  return ends
}

function charEnds(
  accepts: (char: string) => boolean,
  starts: ReadonlySet<number>,
  text: string,
): ReadonlySet<number> {
  const ends = new Set<number>()
  for (const at of starts) {
    if (at < text.length && accepts(text.charAt(at))) ends.add(at + 1)
  }
  return ends
}

function repeatEnds(
  { part, least, most }: Part & { is: 'repeat' },
  starts: ReadonlySet<number>,
  tried: Tried,
): ReadonlySet<number> {
  if (part.is === 'char' && least === 0 && most === undefined) return runEnds(part.accepts, starts, tried)
  let ends = starts
  for (let times = 0; times < least && ends.size > 0; times += 1) ends = endsOf(part, ends, tried)
  const all = new Set(ends)
  for (let times = least; times < (most ?? Number.POSITIVE_INFINITY); times += 1) {
    const reached: ReadonlySet<number> = endsOf(part, ends, tried)
    // Only places that are new lead on to others.
    ends = new Set([...reached].filter((at) => !all.has(at)))
    if (ends.size === 0) break
    for (const at of ends) all.add(at)
  }
  return all
}

/** Any number of characters of a kind, which is what a `*` of a rule means. */
function runEnds(
  accepts: (char: string) => boolean,
  starts: ReadonlySet<number>,
  tried: Tried,
): ReadonlySet<number> {
  const { text } = tried
  const all = new Set(starts)
  for (const start of starts) {
    for (let at = start; at < text.length && !all.has(at + 1) && accepts(text.charAt(at)); at += 1) {
      all.add(at + 1)
      tried.budget.looks -= 1
    }
  }
  return all
}

function isAt(place: (Part & { is: 'place' })['at'], at: number, text: string): boolean {
  const isWord = (where: number) => /^\w$/.test(text.charAt(where))
  switch (place) {
    case 'start':
      return at === 0
    case 'end':
      return at === text.length
    case 'word':
      return isWord(at - 1) !== isWord(at)
    case 'not-word':
      return isWord(at - 1) === isWord(at)
  }
}
