import { Document, Scalar, visit } from 'yaml'
import type { Json } from '../ports/event.ts'

/** Words that YAML 1.1, which kubectl reads, takes for booleans or null (facts sheet, 2.5). */
const words = /^(y|n|yes|no|on|off|true|false|null)$/i
/** Some YAML 1.1 readers take `e0` and `e-0` for a number without digits in front. */
const exponent = /^e[-0-9_.]+$/i
const plain = /^[A-Za-z][A-Za-z0-9._/@:-]*$/

/** Whether YAML 1.1 and 1.2 both read the text, written without quotes, as exactly this string. */
export function isPlainSafe(text: string): boolean {
  return plain.test(text) && !text.endsWith(':') && !words.test(text) && !exponent.test(text)
}

/** JSON's double quotes mean the same in every YAML; line breaks of YAML 1.1 that JSON leaves bare are escaped. */
export function quoted(text: string): string {
  return escaped(JSON.stringify(text))
}

/** A string as a scalar: bare where that is safe in every version of YAML, else in double quotes. */
export function renderScalar(text: string): string {
  return isPlainSafe(text) ? text : quoted(text)
}

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

function escaped(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
