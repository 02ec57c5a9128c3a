import type { Event, Json } from '../ports/event.ts'

/** The secrets that this run has let out of their wrapping, and what becomes of them in output. */
export interface Redaction {
  /** Called by whoever reveals a Secret, at the moment of revealing it. */
  remember(plain: string): void
  /** The text with every known secret, in each of its forms, replaced by `***`. */
  clean(text: string): string
}

const mask = '***'
/** Shorter texts occur in any output by chance; masking them would hide the output and protect nothing. */
const shortestSecret = 4
/** Of some hundred secrets, far more than a command has. The broker runs for months and has new ones every hour. */
const mostForms = 4_000

/**
 * The second line of defence behind the Secret class: what is known to be secret is masked in everything
 * that is written, as plain text, inside JSON, as base64 (plain and URL-safe, padded or not) and as it
 * stands in an address.
 */
export function createRedaction(): Redaction {
  const forms = new Set<string>()
  return {
    remember(plain) {
      if (plain.length < shortestSecret) return
      for (const form of formsOf(plain)) {
        // What is used again is young again.
        forms.delete(form)
        forms.add(form)
      }
      for (const oldest of forms) {
        if (forms.size <= mostForms) break
        forms.delete(oldest)
      }
    },
    clean(text) {
      // Longest first: a form that contains another must go as a whole.
      const ordered = [...forms].toSorted((a, b) => b.length - a.length)
      return ordered.reduce((cleaned, form) => cleaned.replaceAll(form, mask), text)
    },
  }
}

/** Every string within an event, cleaned; keys are ours and stay. */
export function cleanEvent(event: Event, redaction: Redaction): Event {
  return cleanJson(event as unknown as Json, redaction) as unknown as Event
}

/** Every string within a JSON value, cleaned. */
export function cleanJson(value: Json, redaction: Redaction): Json {
  if (typeof value === 'string') return redaction.clean(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly Json[]).map((each) => cleanJson(each, redaction))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, cleanJson(each, redaction)]),
  )
}

function formsOf(plain: string): readonly string[] {
  const bytes = new TextEncoder().encode(plain)
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(''))
  const urlSafe = base64.replaceAll('+', '-').replaceAll('/', '_')
  const percent = encodeURIComponent(plain)
  return [
    plain,
    JSON.stringify(plain).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    urlSafe,
    urlSafe.replace(/=+$/, ''),
    percent,
    percent.replaceAll('%20', '+'),
  ]
}
