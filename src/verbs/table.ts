import { wrap } from '../report/text.ts'

/** For who reads it in a narrow window; wider columns than this help nobody. */
const tableColumns = 100

/**
 * Rows of cells as lines, each column as wide as its widest cell. The last cell goes on below itself when the
 * line is full.
 */
export function renderTable(rows: readonly (readonly string[])[], columns = tableColumns): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) => renderRow(row, widths, columns)).join('')
}

function renderRow(row: readonly string[], widths: readonly number[], columns: number): string {
  const head = row
    .slice(0, -1)
    .map((cell, column) => `${cell.padEnd(widths[column] ?? 0)}  `)
    .join('')
  const [first = '', ...more] = wrap(row.at(-1) ?? '', columns, ' '.repeat(head.length))
  return [`${head}${first.trimStart()}`, ...more].map((line) => `${line.trimEnd()}\n`).join('')
}
