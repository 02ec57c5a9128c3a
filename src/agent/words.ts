/**
 * Text of somebody else's, fit to be told: what is no plain character becomes a question mark, what is long is cut.
 */
export function shown(text: string): string {
  const cut = text.length > 100 ? `${text.slice(0, 97)}...` : text
  return cut.replaceAll(/[^\x20-\x7E]/g, '?')
}

/**
 * Without white space around it, as CEL's `trim` has it, and so the policy that hands out lanes: that of Unicode, without
 * the byte order mark that JavaScript's takes for one. In one pass, since an annotation may be long.
 */
export function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhite(text, start)) start += 1
  while (end > start && isWhite(text, end - 1)) end -= 1
  return text.slice(start, end)
}

const isWhite = (text: string, at: number): boolean => /[^\S\uFEFF]|\u0085/.test(text.charAt(at))
