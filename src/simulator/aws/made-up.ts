/**
 * Characters that look random and are always the same for the same text: FNV-1a, stepped on for every character.
 * @param alphabet what they are made of, e.g. digits.
 */
export function madeUp(text: string, length: number, alphabet: string): string {
  let state = 0x811c9dc5
  const step = (value: number) => {
    state = Math.imul(state ^ value, 0x01000193) >>> 0
  }
  for (const char of text) step(char.codePointAt(0) ?? 0)
  return Array.from({ length }, (_, index) => {
    step(index + 1)
    // The low bits of FNV are its weak ones.
    return alphabet[(state >>> 8) % alphabet.length]
  }).join('')
}

/** The account of a made-up profile: twelve digits, the first not 0. */
export function accountFor(profile: string): string {
  return `${madeUp(profile, 1, '123456789')}${madeUp(`${profile}/account`, 11, '0123456789')}`
}
