import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What CreateToken says to a device code. */
export type DeviceAnswer = 'pending' | 'slow-down' | 'expired' | 'denied' | 'cut' | 'broken' | 'given'

/** A request as the server saw it. */
export interface SsoRequest {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, string>>
  readonly bearer: string | undefined
}

export interface LoopbackSso {
  /** For AWS_ENDPOINT_URL_SSO_OIDC and AWS_ENDPOINT_URL_SSO. */
  readonly url: string
  readonly requests: readonly SsoRequest[]
  /** What the next requests with a device code are answered, in order; behind the last one all are given a token. */
  readonly answers: DeviceAnswer[]
  /** Of the next access token, in seconds. */
  expiresInS: number
  /** The pause between two requests that is asked for, in seconds. */
  intervalS: number
  /** Names of start pages that there are not. */
  readonly unknown: Set<string>
  /** Milliseconds before a refresh is answered, so that two of them meet. */
  refreshDelayMs: number
  /** Ends all tokens, as an administrator does who ends a person's sessions. */
  forget(): void
  close(): Promise<void>
}

/** The refresh token that is good now; it is another one after each use, as Identity Center has it. */
interface State extends Omit<LoopbackSso, 'url' | 'close' | 'forget'> {
  readonly requests: SsoRequest[]
  readonly live: Set<string>
  refreshToken: string
  count: number
}

/**
 * A server on loopback that answers as the OIDC service and the portal of IAM Identity Center do: RegisterClient,
 * StartDeviceAuthorization, CreateToken, GetRoleCredentials, in REST-JSON with their error names.
 */
export async function loopbackSso(): Promise<LoopbackSso> {
  const state: State = {
    requests: [],
    answers: [],
    expiresInS: 28_800,
    intervalS: 1,
    unknown: new Set(),
    refreshDelayMs: 0,
    live: new Set(),
    refreshToken: '',
    count: 0,
  }
  const server = createServer((request, response) => {
    void serve(request, response, state)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    forget: () => state.live.clear(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  })
}

async function serve(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const url = new URL(request.url ?? '/', 'http://loopback')
  const seen: SsoRequest = {
    path: url.pathname,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    query: Object.fromEntries(url.searchParams),
    bearer: request.headers['x-amz-sso_bearer_token'] as string | undefined,
  }
  state.requests.push(seen)
  const reply = await replyTo(seen, state)
  if (reply === 'cut') {
    response.destroy()
    return
  }
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
  response.end(JSON.stringify(reply.body))
}

interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

async function replyTo(seen: SsoRequest, state: State): Promise<Reply | 'cut'> {
  switch (seen.path) {
    case '/client/register':
      return ok({
        clientId: 'client-id',
        clientSecret: 'client-secret-canary',
        clientIdIssuedAt: Math.trunc(Date.now() / 1_000),
        clientSecretExpiresAt: Math.trunc(Date.now() / 1_000) + 90 * 86_400,
      })
    case '/device_authorization':
      if (state.unknown.has(String(seen.body['startUrl']))) {
        return refused(400, 'InvalidRequestException', 'invalid_request', 'Invalid start URL provided')
      }
      return ok({
        deviceCode: 'device-code-canary',
        userCode: 'ABCD-EFGH',
        verificationUri: 'https://device.sso.eu-west-1.amazonaws.com/',
        verificationUriComplete: 'https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH',
        expiresIn: 600,
        interval: state.intervalS,
      })
    case '/token':
      return seen.body['grantType'] === 'refresh_token' ? refreshed(seen, state) : deviceToken(state)
    case '/federation/credentials':
      return roleCredentials(seen, state)
    default:
      return refused(404, 'UnknownOperationException', 'unknown', seen.path)
  }
}

function deviceToken(state: State): Reply | 'cut' {
  const answer = state.answers.shift() ?? 'given'
  switch (answer) {
    case 'pending':
      return refused(400, 'AuthorizationPendingException', 'authorization_pending', '')
    case 'slow-down':
      return refused(400, 'SlowDownException', 'slow_down', '')
    case 'expired':
      return refused(400, 'ExpiredTokenException', 'expired_token', 'Device code expired')
    case 'denied':
      return refused(400, 'AccessDeniedException', 'access_denied', '')
    case 'broken':
      return refused(500, 'InternalServerException', 'server_error', '')
    case 'cut':
      return 'cut'
    case 'given':
      return token(state)
  }
}

async function refreshed({ body }: SsoRequest, state: State): Promise<Reply> {
  const isGood = body['refreshToken'] === state.refreshToken
  const reply = isGood
    ? token(state)
    : refused(400, 'InvalidGrantException', 'invalid_grant', 'Invalid refresh token provided')
  await new Promise((resolve) => void setTimeout(resolve, state.refreshDelayMs))
  return reply
}

function token(state: State): Reply {
  state.count += 1
  const accessToken = `access-token-canary-${state.count}`
  state.live.add(accessToken)
  state.refreshToken = `refresh-token-canary-${state.count}`
  const { expiresInS: expiresIn, refreshToken } = state
  return ok({ accessToken, tokenType: 'Bearer', expiresIn, refreshToken })
}

function roleCredentials({ bearer, query }: SsoRequest, { live }: State): Reply {
  if (!live.has(bearer ?? '')) {
    return {
      status: 401,
      headers: { 'x-amzn-errortype': 'UnauthorizedException' },
      body: { message: 'Session token not found or invalid' },
    }
  }
  return ok({
    roleCredentials: {
      accessKeyId: `ASIASSO${query['account_id']}`,
      secretAccessKey: 'sso-secret-canary',
      sessionToken: 'sso-session-canary',
      expiration: Date.now() + 3_600_000,
    },
  })
}

const ok = (body: unknown): Reply => ({ status: 200, body })

function refused(status: number, type: string, error: string, words: string): Reply {
  return { status, headers: { 'x-amzn-errortype': type }, body: { error, error_description: words } }
}
