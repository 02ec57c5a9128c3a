/**
 * What a terminal shows after this output: enough of ECMA-48 for what log-update and we write. An escape it
 * does not know is an error, so that nothing passes unseen.
 */
export function screenOf(output: string): readonly string[] {
  const rows: string[][] = [[]]
  let row = 0
  let column = 0
  const line = () => (rows[row] ??= [])
  // oxlint-disable-next-line no-control-regex -- escapes are what this reads
  const pattern = /\u001B\[(?<argument>[?\d]*)(?<command>[A-Za-z])|(?<text>[^\u001B])/gsu
  const rest = output.replaceAll(
    pattern,
    (_, __, ___, ____, _____, ______, found: Record<string, string>) => {
      const { argument = '', command, text } = found
      const count = argument === '' ? 1 : Number(argument)
      if (text === '\n') {
        row += 1
        column = 0
        line()
      } else if (text !== undefined) {
        line()[column] = text
        column += 1
      } else if (command === 'A') row = Math.max(0, row - count)
      else if (command === 'B') row += count
      else if (command === 'G') column = 0
      else if (command === 'K' && argument === '2') rows[row] = []
      else if (command === 'K') line().length = Math.min(line().length, column)
      else if ((command !== 'h' && command !== 'l') || argument !== '?25') return `unknown ${command}`
      return ''
    },
  )
  if (rest !== '') throw new Error(`The screen cannot show ${JSON.stringify(rest)}`)
  const lines = rows.map((cells) =>
    Array.from(cells, (cell) => cell ?? ' ')
      .join('')
      .trimEnd(),
  )
  return lines.slice(0, lines.findLastIndex((each) => each !== '') + 1)
}
