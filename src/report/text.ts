import sliceAnsi from 'slice-ansi'
import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'

/** Cells that a text takes on a terminal; colours take none. */
export const widthOf = (text: string): number => stringWidth(text)

/** The text in at most `columns` cells; what does not fit is replaced by `mark`. */
export function fit(text: string, columns: number, mark: string): string {
  if (widthOf(text) <= columns) return text
  return `${sliceAnsi(text, 0, Math.max(0, columns - widthOf(mark)))}${mark}`
}

/** The same with its end kept, by which paths of one folder are told apart. */
export function fitMiddle(text: string, columns: number, mark: string): string {
  const width = widthOf(text)
  if (width <= columns) return text
  const room = Math.max(0, columns - widthOf(mark))
  const head = Math.min(Math.floor(room / 3), 12)
  return `${sliceAnsi(text, 0, head)}${mark}${sliceAnsi(text, width - (room - head))}`
}

/** Left and right parts on one line of `columns` cells; the left one gives way. */
export function spread(left: string, right: string, columns: number, mark: string): string {
  if (right === '') return fit(left, columns, mark)
  const room = columns - widthOf(right) - 2
  if (room < 8) return fit(`${left}  ${right}`, columns, mark)
  const shown = fit(left, room, mark)
  return `${shown}${' '.repeat(columns - widthOf(shown) - widthOf(right))}${right}`
}

/** A text padded to `columns` cells. */
export const pad = (text: string, columns: number): string =>
  `${text}${' '.repeat(Math.max(0, columns - widthOf(text)))}`

/**
 * The text as lines of at most `columns` cells, each behind `indent`. Words stay whole: a path longer than a
 * line runs over, since the terminal's own wrapping is the only one that can be copied.
 */
export function wrap(text: string, columns: number, indent = ''): readonly string[] {
  const room = Math.max(10, columns - widthOf(indent))
  return wrapAnsi(text, room, { hard: false, trim: true })
    .split('\n')
    .map((line) => `${indent}${line}`)
}

/** One line of what may be several: what a tool says may hold line ends and control characters. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not reach the terminal
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, ' ').trim()
}
