/** What a command in a node wrote, and how the node is after it. */
export interface Ended<S> {
  readonly exitCode: number
  /** Standard output. */
  readonly out: string
  /** Standard error; `minikube ssh` shows it on standard output (recorded running-023). */
  readonly err: string
  readonly state: S
}

/** A program of the node: words with its name first, and what is piped to it. */
export type Program<S> = (argv: readonly string[], stdin: string, state: S) => Ended<S>

/** What a line comes to: `shown` is what a terminal would have shown, in its order. */
export interface Shown<S> {
  readonly exitCode: number
  readonly shown: string
  readonly state: S
}

type Token = { readonly word: string } | { readonly sign: string }
type Chain = readonly { readonly after: '&&' | '||' | ';'; readonly pipe: readonly Part[] }[]
type Part = {
  readonly redirect: 'none' | 'discard' | 'merge'
} & ({ readonly words: readonly string[] } | { readonly group: Chain })

/**
 * Runs a line as the node's shell would: words and both kinds of quotes, `&&`, `||`, `;`, pipes, groups in brackets,
 * `2>/dev/null` and `2>&1`. Variables, loops and files are not simulated: such a line is a syntax error, exit 2.
 */
export function runLine<S>(line: string, state: S, program: Program<S>): Shown<S> {
  try {
    const { chain, rest } = parseChain(tokensOf(line))
    if (rest.length > 0) throw new SyntaxError(signOf(rest[0]))
    const end = runChain(chain, '', state, program)
    return { exitCode: end.exitCode, shown: end.out + end.err, state: end.state }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const shown = `bash: -c: line 1: syntax error near unexpected token \`${error.message}'\n`
    return { exitCode: 2, shown, state }
  }
}

const signOf = (token: Token | undefined): string =>
  token === undefined ? 'newline' : 'sign' in token ? token.sign : token.word

function tokensOf(line: string): readonly Token[] {
  const found: Token[] = []
  let rest = line.trimStart()
  while (rest !== '') {
    const sign = /^(?:2>\/dev\/null|2>&1|&&|\|\||[;|()])/.exec(rest)?.[0]
    const raw = sign ?? /^(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s;|&()<>'"\\$`])+/.exec(rest)?.[0]
    if (raw === undefined) throw new SyntaxError(rest.slice(0, 1))
    found.push(sign === undefined ? { word: unquoted(raw) } : { sign })
    rest = rest.slice(raw.length).trimStart()
  }
  return found
}

function unquoted(raw: string): string {
  return raw.replaceAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  )
}

interface Parsed<T> {
  readonly value: T
  readonly rest: readonly Token[]
}

function parseChain(tokens: readonly Token[]): { readonly chain: Chain; readonly rest: readonly Token[] } {
  const chain: Chain[number][] = []
  let after: Chain[number]['after'] = ';'
  let rest = tokens
  for (;;) {
    const pipe = parsePipe(rest)
    chain.push({ after, pipe: pipe.value })
    const [next] = pipe.rest
    if (next === undefined || !('sign' in next) || !isJoint(next.sign)) return { chain, rest: pipe.rest }
    after = next.sign
    rest = pipe.rest.slice(1)
  }
}

const isJoint = (sign: string): sign is '&&' | '||' | ';' => ['&&', '||', ';'].includes(sign)

function parsePipe(tokens: readonly Token[]): Parsed<readonly Part[]> {
  const first = parsePart(tokens)
  const [next] = first.rest
  if (next === undefined || !('sign' in next) || next.sign !== '|') return { ...first, value: [first.value] }
  const more = parsePipe(first.rest.slice(1))
  return { value: [first.value, ...more.value], rest: more.rest }
}

function parsePart(tokens: readonly Token[]): Parsed<Part> {
  const [first] = tokens
  if (first !== undefined && 'sign' in first && first.sign === '(') {
    const inner = parseChain(tokens.slice(1))
    const [end, ...rest] = inner.rest
    if (end === undefined || !('sign' in end) || end.sign !== ')') throw new SyntaxError(signOf(end))
    const { redirect, left } = redirectIn(rest)
    return { value: { group: inner.chain, redirect }, rest: left }
  }
  const count = tokens.findIndex((token) => 'sign' in token && !token.sign.startsWith('2>'))
  const own = count === -1 ? tokens : tokens.slice(0, count)
  const words = own.flatMap((token) => ('word' in token ? [token.word] : []))
  if (words.length === 0) throw new SyntaxError(signOf(first))
  const { redirect } = redirectIn(own.filter((token) => 'sign' in token))
  return { value: { words, redirect }, rest: tokens.slice(own.length) }
}

function redirectIn(tokens: readonly Token[]): {
  readonly redirect: Part['redirect']
  readonly left: readonly Token[]
} {
  const [first] = tokens
  if (first === undefined || !('sign' in first) || !first.sign.startsWith('2>')) {
    return { redirect: 'none', left: tokens }
  }
  return { redirect: first.sign === '2>&1' ? 'merge' : 'discard', left: tokens.slice(1) }
}

function runChain<S>(chain: Chain, stdin: string, state: S, program: Program<S>): Ended<S> {
  return chain.reduce<Ended<S>>(
    (before, { after, pipe }) => {
      const isDue = after === ';' || (after === '&&') === (before.exitCode === 0)
      if (!isDue) return before
      const end = runPipe(pipe, stdin, before.state, program)
      // What came first is shown first, whichever stream it was written to.
      return { ...end, out: before.out + before.err + end.out, err: end.err }
    },
    { exitCode: 0, out: '', err: '', state },
  )
}

function runPipe<S>(pipe: readonly Part[], stdin: string, state: S, program: Program<S>): Ended<S> {
  return pipe.reduce<Ended<S>>(
    (before, part) => {
      const end = runPart(part, before.out, before.state, program)
      return { ...end, err: before.err + end.err }
    },
    { exitCode: 0, out: stdin, err: '', state },
  )
}

function runPart<S>(part: Part, stdin: string, state: S, program: Program<S>): Ended<S> {
  const end =
    'group' in part ? runChain(part.group, stdin, state, program) : program(part.words, stdin, state)
  switch (part.redirect) {
    case 'none':
      return end
    case 'discard':
      return { ...end, err: '' }
    case 'merge':
      return { ...end, out: end.out + end.err, err: '' }
  }
}
