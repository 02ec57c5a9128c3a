import { distance } from 'fastest-levenshtein'

/**
 * The candidate that was probably meant by `word`: one that differs in capitals alone, the only one it begins, or the
 * nearest within a third of the candidate's length in single-letter edits (two at least, one for up to four letters).
 * Undefined when nothing is near, since a far guess misleads.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word === '') return undefined
  const lower = word.toLowerCase()
  const same = candidates.find((candidate) => candidate.toLowerCase() === lower)
  const begun = candidates.filter((candidate) => candidate.toLowerCase().startsWith(lower))
  if (same !== undefined || begun.length === 1) return same ?? begun[0]
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= editsAllowed(candidate))
    .toSorted((a, b) => a.edits - b.edits)
  return ranked[0]?.candidate
}

const editsAllowed = ({ length }: string) => (length <= 4 ? 1 : Math.max(2, Math.floor(length / 3)))
