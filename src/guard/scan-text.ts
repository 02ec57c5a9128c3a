import { allowedLines } from './allow.ts'
import { decodedLayers } from './encoded.ts'
import type { Finding, Hit, Lint } from './finding.ts'
import { isWorthALook, mayHold } from './prefilter.ts'
import { isInBase64 } from './rules-aws.ts'

/** Base64 within base64: a docker config within a Secret within a Helm value. */
const deepest = 2

/**
 * The secrets in one text, in the order in which they stand there, each once.
 * @param file what it is called in findings; some rules go by it.
 */
export async function scanText(file: string, text: string, lint: Lint): Promise<readonly Finding[]> {
  if (!isWorthALook(text)) return []
  const hits = await hitsOf(file, text, lint, 0)
  if (hits.length === 0) return []
  const allowed = allowedLines(text)
  const place = placesIn(text)
  return apart(hits)
    .map(({ kind, start, shown, encoded }) => ({ kind, file, ...place(start), shown, encoded }))
    .filter(({ line }) => !allowed.has(line))
}

interface Shown extends Hit {
  readonly shown: string
  readonly encoded: boolean
}

async function hitsOf(file: string, text: string, lint: Lint, depth: number): Promise<readonly Shown[]> {
  const own = mayHold(text) ? await lint(text, file) : []
  const plain = own.map((hit) => ({ ...hit, shown: shownAs(hit, text), encoded: isEncoded(hit, text) }))
  if (depth === deepest) return plain
  const inner: Shown[] = []
  for (const layer of decodedLayers(text)) {
    for (const { kind, shown } of await hitsOf(file, layer.text, lint, depth + 1))
      inner.push({ kind, start: layer.start, end: layer.end, shown, encoded: true })
  }
  return [...plain, ...inner]
}

/** Only an access key id may be shown, and only its ends: it is the name of a key, by which its owner finds it. */
function shownAs({ kind, start, end }: Hit, text: string): string {
  const value = text.slice(start, end)
  return kind === 'aws-access-key-id'
    ? `${value.slice(0, 4)}…${value.slice(-4)}`
    : `${end - start} characters`
}

/** A rule that goes by the name beside it finds a key in base64 where it stands. */
const isEncoded = ({ kind, start, end }: Hit, text: string): boolean =>
  kind === 'aws-secret-access-key' && isInBase64(text.slice(start, end))

/** One of several hits of the same characters: the engine's rules and ours know some of the same secrets. */
function apart(hits: readonly Shown[]): readonly Shown[] {
  const ordered = hits.toSorted(
    (a, b) => a.start - b.start || Number(a.encoded) - Number(b.encoded) || b.end - a.end,
  )
  const kept: Shown[] = []
  let open: readonly Shown[] = []
  for (const hit of ordered) {
    open = open.filter(({ end }) => end > hit.start)
    // Different secrets in one piece of base64, such as the two keys of a credentials file, are all told.
    if (open.some(({ kind, encoded }) => !(encoded && hit.encoded && kind !== hit.kind))) continue
    kept.push(hit)
    open = [...open, hit]
  }
  return kept
}

/** Line and column, both from 1, of indices that are asked for in ascending order. */
function placesIn(text: string): (index: number) => { readonly line: number; readonly column: number } {
  let [line, start] = [1, 0]
  return (index) => {
    for (
      let next = text.indexOf('\n', start);
      next !== -1 && next < index;
      next = text.indexOf('\n', start)
    ) {
      line += 1
      start = next + 1
    }
    return { line, column: index - start + 1 }
  }
}
