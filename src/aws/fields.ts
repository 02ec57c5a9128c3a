/** A map of a document that others wrote, of which nothing is certain. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as a map; undefined when it is none. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
