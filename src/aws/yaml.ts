import { parse, YAMLError } from 'yaml'
import { type Fields, fieldsOf } from './fields.ts'

/** The map that a YAML text is; undefined when it is none. The parser's reason is not told: it could quote a key. */
export function readYamlMap(text: string): Fields | undefined {
  try {
    return fieldsOf(parse(text, { logLevel: 'error' }))
  } catch (error) {
    // ReferenceError: an alias without its anchor, or too many of them.
    if (error instanceof YAMLError || error instanceof ReferenceError) return undefined
    throw error
  }
}
