import { at, type Fields, fieldsOf, isFields, listOf, omit, textOf } from '../kube-api/object.ts'

/** An object as `-o json` prints it: keys in order, four spaces, without managedFields (recorded 1.33/033). */
export function renderObject(object: unknown): string {
  return `${goJson(sorted(withoutManagedFields(object)), 4)}\n`
}

/** Several objects as one `List` (recorded 1.33/011). */
export function renderList(items: readonly unknown[]): string {
  return `${goJson(
    sorted({
      apiVersion: 'v1',
      items: items.map(withoutManagedFields),
      kind: 'List',
      metadata: { resourceVersion: '' },
    }),
    4,
  )}\n`
}

/** Several objects as `apply -o json` prints them: another order, another metadata than `get`. */
export function renderApplyList(items: readonly unknown[]): string {
  const shown = items.map((item) => sorted(withoutManagedFields(item)))
  return `${goJson({ kind: 'List', apiVersion: 'v1', metadata: {}, items: shown }, 4)}\n`
}

function withoutManagedFields(object: unknown): Fields {
  const fields = fieldsOf(object)
  return { ...fields, metadata: omit(fieldsOf(fields['metadata']), 'managedFields') }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isFields(value)) return value
  const names = Object.keys(value).toSorted()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]))
}

/** JSON as Go writes it: `<`, `>` and `&` escaped. */
export function goJson(value: unknown, indent: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[<>&]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )
}

/** A server's Table as kubectl lays it out (recorded 1.33/013). */
export function renderTable(table: unknown, prefix: string, withNamespace: boolean): string {
  const columns = listOf(at(table, 'columnDefinitions')).map((column) =>
    String(at(column, 'name')).toUpperCase(),
  )
  const rows = listOf(at(table, 'rows')).map((row) => {
    const cells = listOf(at(row, 'cells')).map(String)
    const named = [`${prefix}${cells[0] ?? ''}`, ...cells.slice(1)]
    return withNamespace ? [textOf(at(row, 'object', 'metadata', 'namespace')) ?? '', ...named] : named
  })
  const all = [withNamespace ? ['NAMESPACE', ...columns] : columns, ...rows]
  const widths = (all[0] ?? []).map((_, i) => Math.max(...all.map((cells) => (cells[i] ?? '').length)) + 3)
  return all
    .map(
      (cells) =>
        `${cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('')}\n`,
    )
    .join('')
}
