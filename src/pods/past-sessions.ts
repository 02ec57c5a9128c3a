import type { Lifetime } from '../upkeep/lifetime.ts'

/** Enough for a day of renewals by hand and by the broker; a pod with older keys is told as such, without an end. */
const mostRemembered = 12

/** The sessions that were in a Secret before the next one, newest first. @param old what the next one takes the place of. */
export function pastWith(old: Lifetime & { readonly past?: readonly Lifetime[] }): readonly Lifetime[] {
  const { issuedAtMs, expiresAtMs, past = [] } = old
  return [{ issuedAtMs, expiresAtMs }, ...past].slice(0, mostRemembered)
}

/** As an annotation: `issued/expires`, ISO 8601, one behind the other. */
export function renderPast(past: readonly Lifetime[]): string {
  const iso = (ms: number) => new Date(ms).toISOString()
  return past.map(({ issuedAtMs, expiresAtMs }) => `${iso(issuedAtMs)}/${iso(expiresAtMs)}`).join(' ')
}

/** What cannot be read is left out: somebody edited it. */
export function parsePast(text: string | undefined): readonly Lifetime[] {
  return (text ?? '').split(' ').flatMap((each) => {
    const [issuedAtMs = NaN, expiresAtMs = NaN] = each.split('/').map((time) => Date.parse(time))
    return expiresAtMs > issuedAtMs ? [{ issuedAtMs, expiresAtMs }] : []
  })
}
