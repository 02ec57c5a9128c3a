import { nearest } from '../problems/nearest.ts'
import type { Place, Problem, ProblemKind } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { isSecretText } from './secrets.ts'

/** The way to a value: keys of maps, indexes of lists. */
export type Path = readonly (string | number)[]

/** `cluster.ports[0]`; a key that holds a dot is quoted: `namespaces[0].labels."app.kubernetes.io/name"`. */
export function renderPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      const key = /^[\w-]+$/.test(step) ? step : JSON.stringify(step)
      return index === 0 ? key : `.${key}`
    })
    .join('')
}

/** A value as a fault may show it: short, on one line, and never a secret. */
export function renderValue(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value !== 'string') return JSON.stringify(value) ?? typeof value
  if (isSecretText(value)) return '***'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text
}

/** ` Did you mean x?`, else ` Known: a, b, c.` */
export function suggest(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  if (near !== undefined) return ` Did you mean ${near}?`
  const shown = known.length > 24 ? [...known.slice(0, 24), 'and more'] : known
  return known.length === 0 ? '' : ` Known: ${shown.join(', ')}.`
}

/** A fault in a file, with the command that checks the file again. */
export function fault(kind: ProblemKind, place: Place, detail: string): Problem {
  return problem(kind, { detail, place, next: [`devk8s profile validate ${quote(place.file)}`] })
}

/** A path as an argument that a shell takes as one word. */
export const quote = (path: string): string =>
  /^[\w@%+=:,./\\~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`

/** By position, files in the order given; the first fault of one code at one place stays. */
export function sortFaults(faults: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const rank = (each: Problem) => (each.place === undefined ? -1 : files.indexOf(each.place.file))
  const keys = new Set<string>()
  return faults
    .filter((each) => {
      const key = JSON.stringify([each.code, each.place, each.place?.line === undefined ? each.detail : ''])
      return keys.has(key) ? false : keys.add(key)
    })
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) ||
        (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
        (a.place?.column ?? 0) - (b.place?.column ?? 0),
    )
}
