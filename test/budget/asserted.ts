/** A word of a file that stands in an assertion, or in a table whose rows are tests. */
export function assertedWords(source: string): ReadonlySet<string> {
  const text = withoutNoise(source)
  const tables = tablesOf(text)
  const words = [...text.matchAll(/\w+/g)]
  const open = openersBefore(text)
  return new Set(
    words
      .filter(({ index }) => open(index).some((at) => isAssertion(text, at) || isTable(text, at, tables)))
      .map(([word]) => word),
  )
}

/** Comments out, and brackets within strings, templates and regular expressions blanked, all in their places. */
function withoutNoise(source: string): string {
  const noise =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\n\\[])+\/[a-z]*/g
  return source.replaceAll(noise, (found) => {
    const isComment = found.startsWith('//') || found.startsWith('/*')
    return isComment ? ' '.repeat(found.length) : found.replaceAll(/[()[\]{}]/g, ' ')
  })
}

/** For a place in the text, the places of the brackets that are open there. */
function openersBefore(text: string): (index: number) => readonly number[] {
  const stack: number[] = []
  const at = new Map<number, readonly number[]>()
  for (const { 0: sign, index } of text.matchAll(/[()[\]{}]|\w+/g)) {
    if (/[([{]/.test(sign)) stack.push(index)
    else if (/[)\]}]/.test(sign)) stack.pop()
    else at.set(index, [...stack])
  }
  return (index) => at.get(index) ?? []
}

/** `expect(`, `.toEqual(` and the like, and a table handed to `test.each(` or `.for(`. */
function isAssertion(text: string, opener: number): boolean {
  if (text[opener] !== '(') return false
  return /(?:\bexpect(?:\.\w+)?|\.to[A-Z]\w*|\.(?:each|for)(?:<[^(]*>)?)$/.test(
    text.slice(Math.max(0, opener - 200), opener),
  )
}

/** A list or map with a name, `const cases: ... = [`, or one that a function makes of it. */
function isTable(text: string, opener: number, tables: ReadonlySet<string>): boolean {
  const name = /const (\w+)(?::[^=]*?(?:=>[^=]*?)?)? = (?:\w+\()?$/.exec(
    text.slice(Math.max(0, opener - 200), opener),
  )?.[1]
  return name !== undefined && tables.has(name)
}

/** Names that an assertion or a table of tests uses, and names that a file gives to others, which are looked at by them. */
function tablesOf(text: string): ReadonlySet<string> {
  const used = text.matchAll(/(?:\.(?:each|for)|\bexpect|\.to[A-Z]\w*)(?:<[^(]*>)?\((?:[^()]|\([^()]*\))*\)/g)
  const names = [...used].flatMap(([call]) => call.match(/\w+/g) ?? [])
  const exported = [...text.matchAll(/export const (\w+)/g)].flatMap(([, name]) => name ?? [])
  return new Set([...names, ...exported])
}
