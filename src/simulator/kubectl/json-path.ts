import { at, textOf } from '../kube-api/object.ts'

/**
 * A template of kubectl's JSONPath: text, `{.fields.of.one.object}` with `\.` for a dot in a name, and `{"text"}`. What
 * is not there is empty, as for kubectl (recorded 1.33/434). Filters, ranges and slices are not simulated.
 */
export function renderJsonPath(template: string, object: unknown): string {
  return template.replaceAll(/\{([^}]*)\}/g, (_, inner: string) => {
    const quoted = /^"(.*)"$/.exec(inner.trim())
    if (quoted !== null) return JSON.parse(`"${quoted[1] ?? ''}"`) as string
    const names = inner
      .trim()
      .slice(1)
      .split(/(?<!\\)\./)
    const value = at(object, ...names.map((name) => name.replaceAll('\\.', '.')))
    if (value === undefined) return ''
    return textOf(value) ?? JSON.stringify(value)
  })
}
