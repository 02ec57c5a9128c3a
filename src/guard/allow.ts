/**
 * The lines, counted from 1, whose findings a comment allows: `devk8s-guard: allow REASON` at their end or on the line
 * above. Without a reason it allows nothing: whoever reads the line next year has to know why.
 */
export function allowedLines(text: string): ReadonlySet<number> {
  const allowed = new Set<number>()
  if (!text.includes('devk8s-guard:')) return allowed
  for (const [index, line] of text.split('\n').entries()) {
    if (!/devk8s-guard:\s*allow\s+\w/.test(line)) continue
    allowed.add(index + 1)
    // A comment that shares its line with something speaks of that line alone.
    if (/^\W*devk8s-guard:/.test(line)) allowed.add(index + 2)
  }
  return allowed
}
