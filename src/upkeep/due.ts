/** No renewal follows another of the same thing sooner than this, however short its life is. */
export const shortestPauseMs = 60_000

/** When what does not say its end is renewed: the half of a registry token's twelve hours (facts aws, 8). */
const unknownLifeMs = 12 * 3_600_000

/**
 * When credentials are to be renewed, ms since 1970: at half of their life. That leaves twenty minutes or more to all that
 * live for forty, below which an SDK in a pod asks for new ones on every call (facts aws, 3.4), and does not lie in the
 * past for a session of fifteen, as a fixed twenty minutes would (facts aws, 16, T2).
 * An end that lies before the beginning is a wrong clock or a stand-in (moto says 2015): it counts as not told, and a
 * renewal follows after six hours. The answer is always at least a minute after `issuedAtMs`, so nothing spins.
 * @param issuedAtMs ms since 1970. @param expiresAtMs ms since 1970, as whoever issued it has it.
 */
export function renewAt(issuedAtMs: number, expiresAtMs: number): number {
  const lifeMs = expiresAtMs > issuedAtMs ? expiresAtMs - issuedAtMs : unknownLifeMs
  return issuedAtMs + Math.max(Math.floor(lifeMs / 2), shortestPauseMs)
}

/** Two clocks that are right differ by less. */
const clockSlackMs = 60_000

/**
 * Whether this time, written down earlier, lies ahead of now: the clock was ahead then and has been set right since.
 * Whatever was counted from there would come too late, by as much.
 * @param atMs ms since 1970. @param nowMs ms since 1970.
 */
export function isAhead(atMs: number, nowMs: number): boolean {
  return atMs > nowMs + clockSlackMs
}

/** What is left of a session, in ms, when a person is asked for the next code (src/adapters/aws-mfa.ts). */
const nearlyOverMs = 15 * 60_000

/**
 * When to ask again for a session that AWS has just handed out a second time: one with a device's code, or whatever else
 * somebody keeps until it is nearly over. Before that there is no other one, so asking at half of its life does nothing.
 * @param nowMs ms since 1970. @param expiresAtMs ms since 1970.
 */
export function askAgainAt(nowMs: number, expiresAtMs: number): number {
  return Math.max(expiresAtMs - nearlyOverMs, renewAt(nowMs, expiresAtMs))
}
