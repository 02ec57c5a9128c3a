import { dirname } from 'node:path'
import {
  AccessDeniedException,
  AuthorizationPendingException,
  CreateTokenCommand,
  type CreateTokenResponse,
  ExpiredTokenException,
  RegisterClientCommand,
  type RegisterClientResponse,
  SlowDownException,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc'
import { problemOfCall } from '../aws/advice.ts'
import { kindOfFault } from '../aws/fault.ts'
import type { DeviceSignIn, SsoStart } from '../ports/aws.ts'
import type { Clock } from '../ports/clock.ts'
import { Secret } from '../ports/secret.ts'
import { deviceSignInExpired, deviceSignInRefused } from '../problems/aws-sign-in.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { awsFaultOf } from './aws-faults.ts'
import { type AwsRoom, clientOptions } from './aws-room.ts'
import { ssoCachePath } from './aws-sso-cache.ts'
import { realFiles } from './files.ts'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
/** What the AWS CLI asks for where an sso-session names no scopes; with it there is a refresh token. */
const usualScopes = ['sso:account:access']
/** RFC 8628, 3.2 and 3.5: the pause where none is named, and by how much `slow_down` makes it longer. */
const pauseMs = 5_000
/** So long at most, in ms, while the network is away. */
const longestPauseMs = 60_000

interface Room {
  readonly room: AwsRoom
  readonly clock: Clock
}

/**
 * Begins a sign-in through IAM Identity Center on any device (RFC 8628), for machines without an AWS CLI that could.
 * @throws DevK8sError of the family DK5; of `finish` DK5044 when the code ended, DK5045 when the person said no.
 */
export async function startDeviceSignIn(
  start: SsoStart,
  { room, clock }: Room,
  signal: AbortSignal,
): Promise<DeviceSignIn> {
  const options = await clientOptions('SSO_OIDC', { region: start.region }, room)
  const client = new SSOOIDCClient(options)
  const told = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw toldOf(error, action, start, signal)
    }
  }
  const registered = await told('sso-oidc:RegisterClient', async () =>
    client.send(
      new RegisterClientCommand({ clientName: 'devk8s', clientType: 'public', ...scopesOf(start) }),
      { abortSignal: signal },
    ),
  )
  const { clientId, clientSecret } = registered
  const begun = await told('sso-oidc:StartDeviceAuthorization', async () =>
    client.send(new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: start.startUrl }), {
      abortSignal: signal,
    }),
  )
  const expiresAtMs = clock.now() + (begun.expiresIn ?? 600) * 1_000
  return {
    userCode: begun.userCode ?? '',
    address: begun.verificationUriComplete ?? begun.verificationUri ?? start.startUrl,
    expiresAtMs,
    async finish(stop) {
      const command = new CreateTokenCommand({
        clientId,
        clientSecret,
        grantType: deviceGrant,
        deviceCode: begun.deviceCode,
      })
      const ask = async () => client.send(command, { abortSignal: stop })
      const firstMs = (begun.interval ?? 0) > 0 ? (begun.interval ?? 0) * 1_000 : pauseMs
      try {
        const token = await polled(ask, { start, clock, expiresAtMs, firstMs, stop })
        await keepToken(room.home, start, tokenText(start, registered, token, clock.now()))
      } finally {
        client.destroy()
      }
    },
  }
}

/** Profiles that have all in one place are of the time before scopes: they get a token that is not renewed. */
const scopesOf = ({ session, scopes }: SsoStart) =>
  session === undefined ? {} : { scopes: [...(scopes ?? usualScopes)] }

interface Polling {
  readonly start: SsoStart
  readonly clock: Clock
  readonly expiresAtMs: number
  readonly firstMs: number
  readonly stop: AbortSignal
}

async function polled(
  ask: () => Promise<CreateTokenResponse>,
  { start, clock, expiresAtMs, firstMs, stop }: Polling,
): Promise<CreateTokenResponse> {
  let intervalMs = firstMs
  let awayMs = 0
  while (clock.now() < expiresAtMs) {
    await clock.sleep(Math.min(Math.max(intervalMs, awayMs), expiresAtMs - clock.now()), stop)
    try {
      return await ask()
    } catch (error) {
      stop.throwIfAborted()
      if (error instanceof ExpiredTokenException) break
      if (error instanceof AccessDeniedException) {
        fail(deviceSignInRefused, { detail: `At ${start.startUrl}.`, next: ['devk8s aws login'] })
      }
      if (error instanceof SlowDownException) intervalMs += pauseMs
      else if (isPassing(error)) awayMs = Math.min(Math.max(intervalMs, awayMs) * 2, longestPauseMs)
      else if (!(error instanceof AuthorizationPendingException)) {
        throw toldOf(error, 'sso-oidc:CreateToken', start, stop)
      }
    }
  }
  return fail(deviceSignInExpired, { detail: `At ${start.startUrl}.`, next: ['devk8s aws login'] })
}

/** What may be over by the next time: a laptop changes networks while its owner is in the browser. */
function isPassing(error: unknown): boolean {
  return ['unreachable', 'timeout', 'service', 'throttled'].includes(kindOfFault(awsFaultOf(error)))
}

/** @returns what to throw: the signal's reason once aborted, else a problem of the family DK5. */
function toldOf(error: unknown, action: string, start: SsoStart, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  const fault = awsFaultOf(error)
  // OAuth has the words for people in a field of its own (RFC 6749, 5.2).
  const words = (error as { readonly error_description?: unknown }).error_description
  const message = typeof words === 'string' && words !== '' ? words : fault.message
  return new DevK8sError(
    problemOfCall(
      { ...fault, message },
      { action, what: start.startUrl, region: start.region, signIn: 'sso' },
    ),
  )
}

/**
 * The token as the AWS CLI keeps it, field by field (botocore: SSOTokenProvider in tokens.py, SSOTokenFetcher in utils.py
 * of version 2): times without milliseconds, the registration beside the token, a refresh token where there is one.
 */
function tokenText(
  { startUrl, region }: SsoStart,
  { clientId, clientSecret, clientSecretExpiresAt = 0 }: RegisterClientResponse,
  { accessToken, refreshToken, expiresIn = 0 }: CreateTokenResponse,
  nowMs: number,
): Secret {
  const at = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
  const token = {
    startUrl,
    region,
    accessToken,
    expiresAt: at(nowMs + expiresIn * 1_000),
    clientId,
    clientSecret,
    registrationExpiresAt: at(clientSecretExpiresAt * 1_000),
    ...(refreshToken !== undefined && { refreshToken }),
  }
  return Secret.of(accessToken ?? '').map(() => JSON.stringify(token))
}

/** Whole or not at all, and for the person alone, also where another program left the file open to others. */
async function keepToken(home: string, start: SsoStart, text: Secret): Promise<void> {
  const files = realFiles()
  const path = ssoCachePath(home, start)
  await files.makeFolder(dirname(path), 0o700)
  if ((await files.stat(path)) !== undefined) await files.chmod(path, 0o600)
  await files.write(path, text, { mode: 0o600 })
}
