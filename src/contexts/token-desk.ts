import type { TokenWants } from '../cli/request.ts'
import type { Ports } from '../ports/ports.ts'
import type { Credential } from './exec-credential.ts'
import type { SessionStore } from './sessions.ts'

/** What may be handed out now: everything, or by protection the full credentials for a time, or a role that only reads. */
export type Access =
  | { readonly kind: 'open' }
  // `context`: the key of the protection.
  | { readonly kind: 'unlocked'; readonly context: string; readonly until: number }
  | { readonly kind: 'read-only'; readonly context: string; readonly roleArn: string }

/** All that handing out a credential needs. */
export interface TokenDesk {
  readonly wants: TokenWants
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly ports: Pick<Ports, 'files' | 'hashing' | 'aws' | 'exec'>
  readonly store: SessionStore
  readonly access: Access
  readonly nowMs: number
  readonly signal: AbortSignal
  /** Runs what keeps something for the next time; that it cannot be kept is told, and is no reason to hand out nothing. */
  keep(write: () => Promise<void>): Promise<void>
  /** Shows the person a line of another program. */
  tell(line: string): void
}

/** A credential, and when the program must ask again; never by itself when undefined. */
export interface HandedOut {
  readonly credential: Credential
  readonly expiresAtMs?: number | undefined
}
