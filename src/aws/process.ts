/** The name of the program of a credential_process: without folder and arguments, which may hold what nobody should see. */
export function programOf(command: string): string {
  const first = /^\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(command)
  const path = first?.[1] ?? first?.[2] ?? first?.[3] ?? ''
  return path.split(/[\\/]/).at(-1) || 'the program'
}

/** What a credential_process prints (SDK reference, "Process credential provider"). */
export interface ProcessAnswer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiresAtMs?: number
}

/** Its answer, or why it cannot be used, to stand behind the name of the program. */
export function parseProcessAnswer(text: string, nowMs: number): ProcessAnswer | { readonly reason: string } {
  const parsed = parsedObject(text)
  if (parsed === undefined) return { reason: 'prints what is not a JSON object' }
  if (parsed['Version'] !== 1) return { reason: 'prints no "Version": 1' }
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') {
    return { reason: 'prints no AccessKeyId and SecretAccessKey' }
  }
  const expiresAtMs = typeof Expiration === 'string' ? Date.parse(Expiration) : undefined
  if (Number.isNaN(expiresAtMs)) return { reason: 'prints an Expiration that is not a time' }
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    return { reason: `prints credentials that ended at ${new Date(expiresAtMs).toISOString()}` }
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof SessionToken === 'string' && SessionToken !== '' && { sessionToken: SessionToken }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  }
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    // The parser's reason would quote what it was given.
    return undefined
  }
}
