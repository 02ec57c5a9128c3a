import type { MappingDocument, RefusedSession, SessionEntry } from './documents.ts'
import type { KopsMapping } from './asked-role.ts'

// The seam between the two halves of the agent: what it knows of the cluster, and how it answers. A request is answered
// from this alone, never by asking the API server.

/** A pod as far as an answer needs it. */
export interface PodView {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly annotations: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  /** All of `status.podIPs`; empty until the kubelet has told, also anew after the node has started again. */
  readonly addresses: readonly string[]
  readonly hostNetwork: boolean
  /** Succeeded, Failed, or gone from the API: its address may be another pod's by now. */
  readonly isOver: boolean
}

export interface NamespaceView {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface AccountView {
  /** A token of an account that was deleted is none of the one that has its name now. */
  readonly uid: string
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * The cluster as the watches tell it. Watches have no order among each other, and are somewhat late: undefined is "not
 * there, or not known yet", which `soon` waits for. Nothing may be given because something is undefined.
 */
export interface View {
  /** Every list is in: before that nothing can be refused with a reason. */
  isReady(): boolean
  podByUid(uid: string): PodView | undefined
  /**
   * Whose address it is. `node`: of several pods on the node's network, and of the node itself, so that it names none.
   * Undefined also while it is not clear: its last owner is ending and a pod without an address may have it already.
   */
  podByAddress(address: string): PodView | 'node' | undefined
  /**
   * What `look` finds, at once or as soon as a change of the cluster has it find something; undefined when the time is
   * over, or the agent ends.
   */
  soon<T>(look: () => T | undefined, withinMs: number): Promise<T | undefined>
  account(namespace: string, name: string): AccountView | undefined
  namespace(name: string): NamespaceView | undefined
  mapping(): MappingDocument | undefined
  /** kOps' ConfigMap `kube-system/pod-identity-webhook`, if it is there. */
  kops(): KopsMapping | undefined
  session(id: string): SessionEntry | undefined
  refusedSession(id: string): RefusedSession | undefined
  /** For `/healthz` and `/whoami`: how long ago, in ms, the watches were last known to be up. */
  staleForMs(): number
}

/** Why a token is not believed. */
export type TokenFault =
  | 'malformed'
  | 'unknown-key'
  | 'bad-signature'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'not-of-a-pod'

/** Whom a projected token was made for. */
export interface TokenClaims {
  readonly namespace: string
  readonly serviceAccount: string
  readonly serviceAccountUid: string
  readonly podName: string
  readonly podUid: string
  readonly expiresAtMs: number
}

/** Checks projected service account tokens against the keys of the cluster, which it has in memory. */
export interface Tokens {
  /** @param nowMs since 1970. */
  verify(token: string, audience: string, nowMs: number): TokenClaims | { readonly fault: TokenFault }
}

/** Tells of a refusal where people look: an Event on the pod. Says the same thing once in a while only; never waits. */
export interface Teller {
  tell(
    pod: Pick<PodView, 'uid' | 'name' | 'namespace'>,
    what: { readonly reason: string; readonly message: string },
  ): void
}
