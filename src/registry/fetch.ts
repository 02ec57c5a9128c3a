import type { Clock } from '../ports/clock.ts'
import { type Net, NetError } from '../ports/net.ts'
import type { Secret } from '../ports/secret.ts'
import { parseRefusal, type Refusal } from './refusal.ts'

/** An answer with its whole body. */
export interface Fetched {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
  /** Who answered in the end: S3 where the registry sent on. */
  readonly host: string
}

export type FetchEnd =
  | { readonly fetched: Fetched }
  | { readonly refusal: Refusal; readonly host: string; readonly skewMs?: number }
  | { readonly fault: NetError }

/** Longest silence, in ms. */
const idleTimeoutMs = 15_000
/** ECR's own limit for a manifest is 4 MiB (ECR service quotas); configs are smaller. */
const limitBytes = 4 * 1024 * 1024
/** A registry that is busy is asked again after these times, in ms. */
const pausesMs = [1_000, 3_000]

export interface FetchContext {
  readonly net: Net
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Asks a registry for a manifest or a blob. What is refused for now is asked for again.
 * @param token as `ports.aws.registryToken` has it in `auth`: it goes to the registry and nowhere else.
 */
export async function fetchFromRegistry(
  url: string,
  accept: readonly string[],
  token: Secret,
  context: FetchContext,
): Promise<FetchEnd> {
  for (const pauseMs of pausesMs) {
    const end = await fetchOnce(url, accept, token, context)
    if (!('refusal' in end) || end.refusal.kind !== 'busy') return end
    await context.clock.sleep(pauseMs, context.signal)
  }
  return fetchOnce(url, accept, token, context)
}

async function fetchOnce(
  url: string,
  accept: readonly string[],
  token: Secret,
  { net, clock, signal }: FetchContext,
): Promise<FetchEnd> {
  try {
    const reply = await net.get({
      url,
      headers: { accept: accept.join(', ') },
      authorization: token.map((auth) => `Basic ${auth}`),
      signal,
      idleTimeoutMs,
    })
    const text = await textOf(reply.body)
    const { host } = new URL(reply.url)
    if (reply.status === 200) return { fetched: { status: 200, text, headers: reply.headers, host } }
    const dated = Date.parse(reply.headers['date'] ?? '')
    return {
      refusal: parseRefusal(reply.status, text),
      host,
      ...(Number.isFinite(dated) && { skewMs: clock.now() - dated }),
    }
  } catch (error) {
    if (!(error instanceof NetError)) throw error
    return { fault: error }
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > limitBytes) break
  }
  return text
}
