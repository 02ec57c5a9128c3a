import { at, listOf, textOf } from '../kube-api/object.ts'

/**
 * A template of kubectl's JSONPath: text, `{.fields.of.one.object}` with `\.` for a dot in a name, and `{"text"}`. What
 * is not there is empty, as for kubectl (recorded 1.33/434). Of ranges there is the one over a list whose items have a
 * field, `{range .items[?(@.a.b)]}...{end}`; other filters and slices are not simulated.
 */
export function renderJsonPath(template: string, object: unknown): string {
  const ranges = /\{range \.(\w+)\[\?\(@\.([\w.]+)\)\]\}(.*?)\{end\}/gs
  return renderFields(
    template.replaceAll(ranges, (_, list: string, field: string, inner: string) =>
      listOf(at(object, list))
        .filter((item) => at(item, ...field.split('.')) !== undefined)
        .map((item) => renderFields(inner, item))
        .join(''),
    ),
    object,
  )
}

function renderFields(template: string, object: unknown): string {
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
