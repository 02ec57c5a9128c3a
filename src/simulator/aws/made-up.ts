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

/** The profiles of the simulated person, those of profiles/acme.yaml, with the accounts that it allows and denies. */
export const personsProfiles: Readonly<Record<string, string>> = {
  'acme-billing': '210987654321',
  'acme-dev': '123456789012',
  'acme-prod': '999999999999',
  'acme-staging': '123456789012',
}

/** The account of a profile: the person's own, else a made-up one: twelve digits, the first not 0. */
export function accountFor(profile: string): string {
  if (Object.hasOwn(personsProfiles, profile)) return personsProfiles[profile] ?? ''
  return `${madeUp(profile, 1, '123456789')}${madeUp(`${profile}/account`, 11, '0123456789')}`
}
