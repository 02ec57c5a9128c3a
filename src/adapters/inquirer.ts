import wrapAnsi from 'wrap-ansi'

/** The questions that devk8s asks, and no others: the package's editor alone is most of its weight. */
export { confirm, input, password, search, select } from '@inquirer/prompts'

const indent = '  '

/** A line that stands above a question. Words, and with them paths, stay whole; a line that fits stays as it is. */
export function wrapDetail(line: string, columns = 80): string {
  const room = Math.max(20, columns - 1) - indent.length
  // What goes on below is set back as far as the line itself, and two more.
  const own = /^ */.exec(line)?.[0] ?? ''
  if (line.length <= room) return `${indent}${line}`
  return wrapAnsi(line.trimStart(), room - own.length - 2, { hard: false, trim: true })
    .split('\n')
    .map((each, at) => `${indent}${own}${at === 0 ? '' : '  '}${each}`)
    .join('\n')
}
