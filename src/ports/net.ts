import type { Secret } from './secret.ts'

export interface NetReply {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The address that answered, after redirects. */
  readonly url: string
  readonly body: AsyncIterable<Uint8Array>
}

export type NetFault =
  | 'not-found' // the name does not resolve
  | 'refused'
  | 'timeout'
  | 'tls' // certificate or handshake
  | 'cut' // closed in the middle
  | 'proxy'
  | 'other'

/** Thrown by `Net.get`; the reason in a form code can switch on. */
export class NetError extends Error {
  override readonly name = 'NetError'
  readonly fault: NetFault
  constructor(fault: NetFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** The one door to the network. Honours HTTPS_PROXY, NO_PROXY and friends; reads `file:` addresses. */
export interface Net {
  /** @throws NetError; an HTTP error status is a value. */
  get(request: {
    readonly url: string
    readonly headers?: Readonly<Record<string, string>>
    readonly signal: AbortSignal
    /** Longest silence, in ms, before or within the answer. */
    readonly idleTimeoutMs: number
    /** Sent as the Host header while `url` names an address: how an ingress is asked for one of its names. */
    readonly host?: string
    /**
     * The Authorization header, `Basic …` and all. Sent over https or to this machine alone, and never where a redirect
     * leads to: not to another host, port or protocol, and not back again.
     */
    readonly authorization?: Secret
  }): Promise<NetReply>
  /** Whether a listener could bind there now. */
  canListen(host: string, port: number): Promise<boolean>
}
