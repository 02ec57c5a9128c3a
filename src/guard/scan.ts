import type { Finding, Lint } from './finding.ts'
import { scanText } from './scan-text.ts'
import type { Source, WhySkipped } from './sources.ts'

/** What a scan has found, and what it has not looked at. */
export interface Scan {
  readonly findings: readonly Finding[]
  /** How many were read. */
  readonly read: number
  readonly skipped: readonly { readonly file: string; readonly why: Exclude<WhySkipped, 'gone'> }[]
}

/** Reads at once. Files are read by calls that block, so more would not be faster; staged ones are read already. */
const lanes = 4

/** Reads every source and finds the secrets in it. Findings are in the order of the sources. */
export async function scanSources(
  sources: readonly Source[],
  lint: Lint,
  signal: AbortSignal,
): Promise<Scan> {
  const findings: (readonly Finding[])[] = []
  const skipped: { file: string; why: Exclude<WhySkipped, 'gone'> }[] = []
  let read = 0
  let next = 0
  const lane = async () => {
    for (let index = next; index < sources.length; index = next) {
      next = index + 1
      signal.throwIfAborted()
      const source = sources[index]
      if (source === undefined) return
      const got = await source.read()
      if ('text' in got) {
        read += 1
        findings[index] = await scanText(source.file, got.text, lint)
      } else if (got.skipped !== 'gone') {
        skipped.push({ file: source.file, why: got.skipped })
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { findings: findings.flat(), read, skipped: skipped.toSorted((a, b) => (a.file < b.file ? -1 : 1)) }
}
