/** When a Secret that is kept fresh ends, for people and for whoever looks without knowing what is in it. */
export const expiresAnnotation = 'devk8s.dev/expires-at'
export const issuedAnnotation = 'devk8s.dev/issued-at'

/** From when until when something that AWS gave is good, ms since 1970. */
export interface Lifetime {
  readonly issuedAtMs: number
  /** Always after `issuedAtMs`. */
  readonly expiresAtMs: number
}

/** The longest that AWS gives: ECR's tokens, and the sessions that devk8s asks for (facts aws, 8). */
const longestMs = 12 * 3_600_000

/** A lifetime with an end that lies before its beginning (moto says 2015) put where AWS itself would have it. */
export function lifetimeOf(issuedAtMs: number, expiresAtMs: number): Lifetime {
  return { issuedAtMs, expiresAtMs: expiresAtMs > issuedAtMs ? expiresAtMs : issuedAtMs + longestMs }
}
