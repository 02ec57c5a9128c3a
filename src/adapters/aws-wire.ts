import type { HttpHandlerExtensionConfiguration } from '@smithy/core/protocols'
import type { OnReveal } from './revealing.ts'

/** What goes over the wire to AWS and back, seen by all clients of the SDK alike. */
export interface AwsWire {
  /**
   * How far this machine's clock is ahead of that of AWS, in ms, by the date of the last answer; behind it: below 0.
   * Less than a minute counts as none: the date has whole seconds, and the answer was under way.
   */
  aheadMs(): number
  readonly onReveal: OnReveal
  /** For a client's `extensions`. */
  readonly extension: { configure(client: ClientConfiguration): void }
}

type ClientConfiguration = Pick<HttpHandlerExtensionConfiguration, 'httpHandler' | 'setHttpHandler'>
type Handler = ReturnType<ClientConfiguration['httpHandler']>
type Request = Parameters<Handler['handle']>[0]

const leastAheadMs = 60_000

/** @param onReveal is told of each token that a request carries, before it is sent. */
export function awsWire(onReveal: OnReveal = () => {}): AwsWire {
  let aheadMs = 0
  function note(headers: Readonly<Record<string, string>>): void {
    const theirs = Date.parse(headers['date'] ?? '')
    // As the SDK has it: what a cache has kept has the date of then.
    if (Number.isNaN(theirs) || headers['age'] !== undefined) return
    // The machine's own clock, since it is the one that the SDK signs by.
    const foundMs = Date.now() - theirs
    aheadMs = Math.abs(foundMs) < leastAheadMs ? 0 : foundMs
  }
  const seen = (inner: Handler): Handler => ({
    ...(inner.metadata && { metadata: inner.metadata }),
    async handle(request, options) {
      for (const secret of secretsOf(request)) onReveal(secret)
      const answer = await inner.handle(request, options)
      note(answer.response.headers)
      return answer
    },
    destroy: () => inner.destroy?.(),
    updateHttpClientConfig: (key, value) => inner.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => inner.httpHandlerConfigs(),
  })
  return {
    aheadMs: () => aheadMs,
    onReveal,
    extension: { configure: (client) => client.setHttpHandler(seen(client.httpHandler())) },
  }
}

const secretHeaders = ['x-amz-security-token', 'x-amz-sso_bearer_token', 'authorization']

/** Tokens in a request: those of sessions and of SSO in its head, those of OAuth and web identities in its body. */
function secretsOf({ headers, body }: Request): readonly string[] {
  const inHead = secretHeaders.flatMap((name) => headers[name] ?? [])
  return [
    // A signature is no secret, and says nothing of the key.
    ...inHead.filter((value) => !value.startsWith('AWS4-')).map((value) => value.replace(/^Bearer /, '')),
    ...fieldsOf(textOf(body)).flatMap(([name, value]) =>
      secretField.test(name) && value !== '' ? [value] : [],
    ),
  ]
}

const secretField =
  /^(?:accessToken|clientSecret|code|codeVerifier|deviceCode|refreshToken|WebIdentityToken)$/i

/** JSON comes as bytes; what is sent as a stream has nothing of the kind. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : ''
}

function fieldsOf(body: string): readonly (readonly [string, string])[] {
  if (!body.startsWith('{')) return [...new URLSearchParams(body)]
  const fields = Object.entries(JSON.parse(body) as Readonly<Record<string, unknown>>)
  return fields.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))
}
