import type { Splice } from './splices.ts'

/** How far from the start of its line an offset is. */
export function columnOf(body: string, offset: number): number {
  return offset - (body.lastIndexOf('\n', offset - 1) + 1)
}

/** Puts whole lines behind the line that holds `offset`, and behind comments that are deeper than the new lines. */
export function newLines(body: string, offset: number, column: number, text: string, eol: string): Splice {
  const lineEnd = lastCommentEnd(body, body.indexOf('\n', offset), column)
  return lineEnd === -1
    ? { start: body.length, end: body.length, text: eol + text }
    : { start: lineEnd + 1, end: lineEnd + 1, text: text + eol }
}

/** A comment that is deeper than what follows belongs to what is above it. */
function lastCommentEnd(body: string, lineEnd: number, column: number): number {
  const line = /([ ]*)(#?)[^\n]*/y
  let end = lineEnd
  for (let at = lineEnd; at !== -1 && at < body.length; at = body.indexOf('\n', at + 1)) {
    line.lastIndex = at + 1
    const [all = '', indent = '', hash] = line.exec(body) ?? []
    if (hash === '' && all.trim() !== '') break
    if (hash !== '' && indent.length <= column) break
    if (hash !== '') end = body.indexOf('\n', at + 1)
  }
  return end
}

/** Takes out the lines that a range lies in, with their last line break. */
export function wholeLines(body: string, start: number, end: number): Splice {
  const lineEnd = body.indexOf('\n', end)
  return {
    start: body.lastIndexOf('\n', start - 1) + 1,
    end: lineEnd === -1 ? body.length : lineEnd + 1,
    text: '',
  }
}

/** Lines of text moved to a column, with the file's line breaks. */
export function indented(text: string, column: number, eol: string): string {
  return text
    .split('\n')
    .map((line) => ' '.repeat(column) + line)
    .join(eol)
}
