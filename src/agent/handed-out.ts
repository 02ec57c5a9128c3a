import type { SessionEntry } from './documents.ts'

/** Whose keys they are, without the keys. */
export type Identity = Pick<SessionEntry, 'account' | 'arn' | 'userId' | 'expiresAt'>

/**
 * Which access key ids the agent has handed out, and of which session: an application keeps using one for a while after
 * the session was renewed, and may ask STS whose it is.
 */
export interface HandedOut {
  note(sessionId: string, session: SessionEntry): void
  /** Undefined for a key that is not of that session. */
  find(sessionId: string, accessKeyId: string): Identity | undefined
}

/** @param most keys; beyond, the oldest is forgotten. */
export function createHandedOut(most: number): HandedOut {
  // The same key may be of several sessions: where AWS lets a role not be assumed, of its fallback’s as well.
  const known = new Map<string, Identity>()
  const keyOf = (sessionId: string, accessKeyId: string) => `${accessKeyId} ${sessionId}`
  return {
    note(sessionId, { accessKeyId, account, arn, userId, expiresAt }) {
      const key = keyOf(sessionId, accessKeyId)
      if (known.has(key)) return
      known.set(key, { account, arn, userId, expiresAt })
      const [oldest] = known.keys()
      if (known.size > most && oldest !== undefined) known.delete(oldest)
    },
    find(sessionId, accessKeyId) {
      return known.get(keyOf(sessionId, accessKeyId))
    },
  }
}
