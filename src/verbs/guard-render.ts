import { wrap } from '../report/text.ts'
import type { Finding, SecretKind } from '../guard/finding.ts'
import { kinds } from '../guard/kinds.ts'
import type { Scan } from '../guard/scan.ts'

const columns = 80

/** The findings as lines of a compiler, `file:line:column: what`, then what to do about each kind, once. */
export function renderFindings(findings: readonly Finding[]): string {
  const lines = findings.map(
    ({ kind, file, line, column, shown, encoded }) =>
      `${file}${line === 0 ? '' : `:${line}:${column}`}: ${kinds[kind].what} (${shown}${encoded ? ', in base64' : ''})`,
  )
  const found = [...new Set(findings.map(({ kind }) => kind))]
  const advice = adviceOf(found).flatMap(({ what, text }) => ['', `${what}:`, ...wrap(text, columns, '  ')])
  return [...lines, ...advice, ''].join('\n')
}

/** Kinds with one advice are told of together: an id, its key and its token go out together. */
function adviceOf(found: readonly SecretKind[]): readonly { readonly what: string; readonly text: string }[] {
  const texts = [...new Set(found.map((kind) => kinds[kind].advice))]
  return texts.map((text) => ({
    what: found
      .filter((kind) => kinds[kind].advice === text)
      .map((kind) => kinds[kind].what)
      .join(', '),
    text,
  }))
}

/** What was looked at: one of it, and several. */
export interface Unit {
  readonly one: string
  readonly many: string
}

const secrets: Unit = { one: 'secret', many: 'secrets' }

/** `3 secrets in 2 of 412 files`, and what was not read. */
export function renderSum({ findings, read, skipped }: Scan, unit: Unit): string {
  const where = new Set(findings.map(({ file }) => file)).size
  const sum =
    findings.length === 0
      ? `No keys in ${count(read, unit)}.`
      : `${count(findings.length, secrets)} in ${where} of ${count(read, unit)}.`
  const left = (['binary', 'big', 'unreadable'] as const).flatMap((why) => {
    const number = skipped.filter((each) => each.why === why).length
    return number === 0 ? [] : [`${number} ${words[why]}`]
  })
  return `${sum}${left.length === 0 ? '' : ` Not read: ${left.join(', ')}.`}\n`
}

const words = { binary: 'binary', big: 'larger than 5 MiB', unreadable: 'that could not be opened' } as const

const count = (number: number, { one, many }: Unit): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`
