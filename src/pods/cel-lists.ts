import type { CelVariable } from './policies.ts'

/** An API server takes no CEL expression longer than 100,000 characters (cel-go: parser, ExpressionSizeLimit). */
const longestExpression = 90_000

/**
 * A list of texts as variables of a policy: one, or as many as it takes, `name`, `name2`, `name3`. In an order of its own,
 * so that what is the same reads the same. JSON is CEL: the same literals, the same escapes.
 */
export function listVariables(
  name: string,
  texts: readonly string[],
): readonly [CelVariable, ...CelVariable[]] {
  const [first = [], ...others] = parts([...new Set(texts)].toSorted())
  return [
    { name, expression: JSON.stringify(first) },
    ...others.map((part, at) => ({ name: `${name}${at + 2}`, expression: JSON.stringify(part) })),
  ]
}

/** Whether a variable of a policy is one of those that hold this list. */
export const isPartOf = (variable: string, name: string): boolean =>
  variable === name || (variable.startsWith(name) && /^\d+$/.test(variable.slice(name.length)))

/** CEL: whether the text is in the list. */
export function isInList(text: string, list: readonly CelVariable[]): string {
  const each = list.map(({ name }) => `${text} in variables.${name}`)
  return each.length === 1 ? each.join('') : `(${each.join(' || ')})`
}

function parts(texts: readonly string[]): readonly (readonly string[])[] {
  const all: string[][] = []
  let left = 0
  for (const text of texts) {
    const length = JSON.stringify(text).length + 1
    if (length > left) {
      all.push([])
      left = longestExpression
    }
    all.at(-1)?.push(text)
    left -= length
  }
  return all
}
