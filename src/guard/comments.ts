/** A text without its comments, and where what is left of it stands in the whole one. */
export interface Uncommented {
  readonly text: string
  /** The index in the whole text of one in `text`. */
  wholeIndex(index: number): number
}

/**
 * Comments of YAML and shells, of C and its kin, and of XML: those that have lines of their own go with them. `#` and `//`
 * begin one at the beginning of a line or behind a blank, so no address is cut. The limit keeps what is never closed from
 * being looked through again and again.
 */
const comment =
  /^[ \t]*(?:#|\/\/)[^\n]*\n?|(?<=[ \t])(?:#|\/\/)[^\n]*|<!--[^]{0,400}?-->|\/\*[^]{0,400}?\*\//gm

/** What is left without comments; undefined when there are none. */
export function withoutComments(text: string): Uncommented | undefined {
  const parts: { readonly text: string; readonly at: number; readonly wholeAt: number }[] = []
  let [at, wholeAt] = [0, 0]
  const keep = (end: number) => {
    parts.push({ text: text.slice(wholeAt, end), at, wholeAt })
    at += end - wholeAt
  }
  for (const match of text.matchAll(comment)) {
    keep(match.index)
    wholeAt = match.index + match[0].length
  }
  if (parts.length === 0) return undefined
  keep(text.length)
  return {
    text: parts.map((part) => part.text).join(''),
    wholeIndex(index) {
      const part = parts.findLast((each) => each.at <= index)
      return part === undefined ? index : part.wholeAt + index - part.at
    },
  }
}
