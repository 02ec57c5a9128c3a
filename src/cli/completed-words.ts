/**
 * The words to complete, from what a shell's script hands over. PowerShell takes the -- for itself when devk8s is npm's
 * .ps1, and drops an empty word, so it sends a space.
 */
export function completedWords(handed: readonly string[]): readonly string[] {
  return (handed[0] === '--' ? handed.slice(1) : handed).map((word) => (word === ' ' ? '' : word))
}
