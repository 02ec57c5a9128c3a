/** A request as values: what the endpoints decide by. */
export interface Asked {
  readonly method: string
  /** Without the query; begins with a slash. Not decoded. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case; only such as came once. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Where it came from, IPv4 as such. */
  readonly address: string
  /** Where it came in. */
  readonly own: string
  /** What only STS looks at. */
  readonly body: string
}

/** IPv4 in IPv6's clothes, as Node has it on a socket for both. */
export function plainAddress(address: string): string {
  const found = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return found?.[1] ?? address.replace(/%.*$/, '').toLowerCase()
}

/** Undefined for what cannot be decoded. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
