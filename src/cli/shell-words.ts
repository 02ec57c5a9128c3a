/** One command line to paste, each word quoted where a POSIX shell needs it. */
export function renderShellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : quote(word))).join(' ')
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
