const runOfLetters = /ABCDEF|ABCDEFG|GHIJKL|KLMNOP|234567|QWERTY/

/** All keys of AWS' documentation, and what people write after their pattern, carry the word. */
export function isExample(text: string): boolean {
  return /EXAMPLE/i.test(text)
}

/** `XXXXXXXX`, `ABCDEFGH…`: what stands in for a key. A real one of 16 random characters has at least seven different ones. */
export function isPlaceholder(text: string): boolean {
  return new Set(text).size < 7 || runOfLetters.test(text) || isExample(text)
}

/**
 * Whether 40 characters could be a secret access key: random base64. Hashes (all hexadecimal), names and paths are not.
 * @param isNamed a name beside it says that it is one, so that less is asked of it.
 */
export function isSecretKeyShaped(text: string, isNamed: boolean): boolean {
  const plain = unescaped(text)
  if (plain.length !== 40 || isExample(plain) || /^[0-9a-f]+$|^[0-9A-F]+$/.test(plain)) return false
  const distinct = new Set(plain).size
  if (isNamed) return distinct >= 12 && !/^[a-z/]+$|^[A-Z/]+$/.test(plain) && !isWords(plain)
  return (
    distinct >= 16 &&
    /[a-z]/.test(plain) &&
    /[A-Z]/.test(plain) &&
    /[0-9]/.test(plain) &&
    (plain.match(/[/+]/g) ?? []).length <= 8
  )
}

/** `your/secret/access/key/goes/here`, `ReplaceThisWithYourSecretAccessKeyPlease`: without a digit, and says what it is. */
const isWords = (text: string): boolean =>
  !/[0-9]/.test(text) && /secret|key|your|replace|change|here|todo/i.test(text)

/** A secret within an address has its `/` and `+` escaped. */
const unescaped = (text: string): string => text.replaceAll(/%2f/gi, '/').replaceAll(/%2b/gi, '+')

/** What kubectl, templates and manuals have in place of a value. */
export function isBlank(value: string): boolean {
  return (
    /^(?:REDACTED|DATA\+OMITTED|changeme|password|secret|token|xxx+|\*+|null|none|true|false)$/i.test(
      value,
    ) ||
    /[{}<>]|^\$|^%|\.\.\.|…/.test(value) ||
    isExample(value)
  )
}

/** Where a password is worth nothing to others: this very machine, a service of a compose file, names of RFC 2606. */
export function isLocalAddress(address: string): boolean {
  const [, host = ''] = /@\[?([^/?#\s:\]"'`,]*)/.exec(address) ?? []
  return (
    !host.includes('.') ||
    /^127\.|^0\.0\.0\.0$|\.(?:local|localhost|test|invalid|example|internal)$|(?:^|\.)example\.(?:com|org|net)$|\.svc(?:\.|$)/i.test(
      host,
    )
  )
}
