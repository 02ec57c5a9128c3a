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

/** Writes what some YAML reader takes for a line break or refuses as an escape of JSON. */
export function escaped(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
