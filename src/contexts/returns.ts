/** What `switch --for` agreed: which context, until when, and where to go back to. */
export interface Return {
  readonly version: 1
  /** The context lent; as long as it is the current one, there is something to give back. */
  readonly context: string
  /** The context before; null when there was none, or when it is protected: nobody is led back to such a one unasked. */
  readonly back: string | null
  /** The kubeconfig files in which it was agreed. */
  readonly kubeconfig: readonly string[]
  /** Milliseconds since 1970. */
  readonly until: number
}

/** A pending return and the file that says so. */
export interface PendingReturn {
  readonly file: string
  readonly record: Return
}

/** The agreement in a file's text; undefined when it is none. */
export function parseReturn(text: string | undefined): Return | undefined {
  if (text === undefined) return undefined
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof found !== 'object' || found === null) return undefined
  const { version, context, back, kubeconfig, until } = found as Readonly<Record<string, unknown>>
  const isSound =
    version === 1 && typeof context === 'string' && typeof until === 'number' && Array.isArray(kubeconfig)
  if (!isSound || (back !== null && typeof back !== 'string')) return undefined
  return { version, context, back, kubeconfig: kubeconfig.filter((path) => typeof path === 'string'), until }
}

/** What `switch --for` agreed, as its file holds it. */
export function renderReturn(record: Return): string {
  return `${JSON.stringify(record)}\n`
}

/** Whether two agreements, or an agreement and a session, are about the same files. */
export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.join('\n') === b.join('\n')
}

/**
 * Where to go back to when a context that is itself lent is left for another lent one: to what was before both, since
 * the first loan ends in between.
 */
export function backFrom(current: string | undefined, pending: readonly PendingReturn[]): string | null {
  const lent = pending.find(({ record }) => record.context === current)
  return lent === undefined ? (current ?? null) : lent.record.back
}

/** A time span for people: `15 minutes`, `1 hour`, `90 seconds`. */
export function formatSpan(ms: number): string {
  const [amount, unit] =
    ms % 3_600_000 === 0
      ? [ms / 3_600_000, 'hour']
      : ms % 60_000 === 0
        ? [ms / 60_000, 'minute']
        : [Math.round(ms / 1000), 'second']
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}
