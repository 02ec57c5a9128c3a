/** Lines of at most `width` cells; a word longer than that stands alone. Backticks are dropped: they are for pages. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.replaceAll('`', '').split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return line === '' ? lines : [...lines, line]
}

/** Two columns: `left` padded to `leftWidth`, `right` wrapped beside it, below it when `left` is too long. */
export function renderRow(left: string, right: string, leftWidth: number, width: number): readonly string[] {
  const pad = ' '.repeat(leftWidth)
  const beside = wrap(right, width - leftWidth)
  if (left.length > leftWidth - 2) return [left, ...beside.map((line) => pad + line)]
  const [first = '', ...others] = beside
  return [(left.padEnd(leftWidth) + first).trimEnd(), ...others.map((line) => pad + line)]
}
