import { distance } from 'fastest-levenshtein'

/**
 * The candidate that was probably meant by `word`: one it begins, or one within a third of its length in
 * single-letter edits (two at least). Undefined when nothing is near, since a far guess misleads.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word === '') return undefined
  const lower = word.toLowerCase()
  const begun = candidates.filter((candidate) => candidate.toLowerCase().startsWith(lower))
  if (begun.length === 1) return begun[0]
  const limit = Math.max(2, Math.floor(word.length / 3))
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= limit && edits < candidate.length)
    .toSorted((a, b) => a.edits - b.edits)
  return ranked[0]?.candidate
}
