/** Which characters make up a run, by code. */
export type CharClass = Uint8Array

export function charClass(characters: string): CharClass {
  // Of all codes, so that no look-up is out of bounds: those take three times as long.
  const table = new Uint8Array(0x1_0000)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const digits = '0123456789'
export const alphanumerics = charClass(`${upper}${upper.toLowerCase()}${digits}`)
export const base64Class = charClass(`${upper}${upper.toLowerCase()}${digits}+/`)
/** With the sign that escapes `/` and `+` in an address. */
export const escapedClass = charClass(`${upper}${upper.toLowerCase()}${digits}+/%`)

/**
 * Where the next run of at least `length` characters of a class begins, from `from` on; -1 when there is none. Looks at
 * every `length`-th character and goes back from there, so that of ordinary text it sees a small part: a scan of a whole
 * tree costs what this costs.
 */
export function nextRun(text: string, of: CharClass, length: number, from = 0): number {
  let end = from + length - 1
  while (end < text.length) {
    let back = end
    while (back >= from && back > end - length && of[text.charCodeAt(back)] === 1) back -= 1
    if (back === end - length || back < from) return back + 1
    end = back + length
  }
  return -1
}

/** The index behind the last character of a run that begins at `start`. */
export function runEnd(text: string, of: CharClass, start: number): number {
  let end = start
  while (end < text.length && of[text.charCodeAt(end)] === 1) end += 1
  return end
}
