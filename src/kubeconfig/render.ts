import { Document, Scalar, visit } from 'yaml'
import type { Json } from '../ports/event.ts'
import { escaped, isPlainSafe } from './scalar.ts'

/** JSON on one line, for a flow collection, or on several with the given indentation. */
export function renderJson(value: Json, indent = 0): string {
  return escaped(JSON.stringify(value, null, indent))
}

/** Block style as kubectl writes it: list items not indented, no line folded; ends without a line break. */
export function renderBlock(value: Json): string {
  const document = new Document(value)
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string') {
        node.type = isPlainSafe(node.value) ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE
      }
    },
  })
  return escaped(
    document.toString({ lineWidth: 0, indentSeq: false, doubleQuotedMinMultiLineLength: 1e9 }).trimEnd(),
  )
}
