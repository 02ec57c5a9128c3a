import { codeNeeded, codeRefused } from '../aws/advice.ts'
import { ownSecondsOf } from '../aws/arn.ts'
import type { AskCode } from '../aws/ask-code.ts'
import { keepSession, keptSession, type SessionStore } from '../contexts/sessions.ts'
import type { AwsCredentials } from '../ports/aws.ts'
import type { Clock } from '../ports/clock.ts'
import type { Secret } from '../ports/secret.ts'
import { awsCodeRefused } from '../problems/aws.ts'
import { DevK8sError, isDevK8sError } from '../problems/problem.ts'
import { attempt, type Opened, stsOptions } from './aws-call.ts'
import { awsFaultOf } from './aws-faults.ts'

/** Who types codes, and where sessions are kept that one was typed for. */
export interface CodeDesk {
  /** Without it nobody can be asked. */
  readonly askCode?: AskCode
  /** Without it a session lasts as long as the program. */
  readonly sessions?: Omit<SessionStore, 'nowMs'>
  readonly clock: Pick<Clock, 'now'>
}

/** A device, and the profile that names it. */
export interface Device {
  readonly serial: string
  readonly profile: string
}

/** Sessions of long-term keys with a code: one per key and device, however many ask for it. */
export interface CodeSessions {
  /** One that is there already and has more than this left, in ms; nobody is asked. */
  kept(keys: AwsCredentials, device: Device, leastLeftMs: number): Promise<AwsCredentials | undefined>
  /** One that is there, else a new one, for which the person is asked. @throws DevK8sError when nobody can be. */
  get(keys: AwsCredentials, device: Device, opened: Opened, signal: AbortSignal): Promise<AwsCredentials>
}

/** What is left of a session, in ms, from which on a person who is there is asked for the next code. */
const nearlyOverMs = 15 * 60_000
const leastLeftMs = 60_000
/** How often a person may mistype. */
const mostTries = 3

export function codeSessions(desk: CodeDesk): CodeSessions {
  const { clock, sessions } = desk
  const asked = new Map<string, Promise<AwsCredentials>>()
  const idOf = (keys: AwsCredentials, { serial }: Device) => `${keys.accessKeyId} ${serial}`
  const nameOf = (keys: AwsCredentials, { serial }: Device) => ({ parts: ['mfa', keys.accessKeyId, serial] })

  const isLeft = (session: AwsCredentials | undefined, leastMs: number) =>
    session !== undefined && (session.expiresAtMs ?? 0) - clock.now() > leastMs

  async function inFile(keys: AwsCredentials, device: Device, leastMs: number) {
    const found = sessions && (await keptSession({ ...sessions, nowMs: clock.now() }, nameOf(keys, device)))
    return isLeft(found, leastMs) ? found : undefined
  }

  async function newOne(keys: AwsCredentials, device: Device, opened: Opened, signal: AbortSignal) {
    const session = await withCode(keys, device, opened, desk, signal)
    if (sessions !== undefined) {
      // A folder that cannot be written costs the person another code next time, and nothing now.
      await keepSession({ ...sessions, nowMs: clock.now() }, nameOf(keys, device), session).catch(() => {})
    }
    return session
  }

  return {
    async kept(keys, device, leastMs) {
      const mine = await asked.get(idOf(keys, device))?.catch(() => undefined)
      return isLeft(mine, leastMs) ? mine : inFile(keys, device, leastMs)
    },
    async get(keys, device, opened, signal) {
      const leastMs = desk.askCode === undefined ? leastLeftMs : nearlyOverMs
      const id = idOf(keys, device)
      const before = asked.get(id)
      if (before !== undefined && isLeft(await before, leastMs)) return before
      // Somebody else may have begun to ask meanwhile.
      const now = asked.get(id)
      if (now !== undefined && now !== before) return now
      const asking = inFile(keys, device, leastMs).then(
        async (found) => found ?? newOne(keys, device, opened, signal),
      )
      asked.set(id, asking)
      asking.catch(() => asked.delete(id))
      return asking
    },
  }
}

/** GetSessionToken with a code that the person types. */
async function withCode(
  keys: AwsCredentials,
  { serial, profile }: Device,
  opened: Opened,
  { askCode }: CodeDesk,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  if (askCode === undefined) throw new DevK8sError(codeNeeded(profile, serial))
  const call = { ...opened.call, action: 'sts:GetSessionToken', what: `the device ${serial}` }
  for (let tries = 1; ; tries += 1) {
    const code = await askCode({ profile, serial, isAgain: tries > 1 }, signal)
    try {
      return await attempt(call, opened.room, signal, async (stop) =>
        sessionWith({ serial, code }, keys, opened, stop),
      )
    } catch (error) {
      const isMistyped = isDevK8sError(error) && error.problems[0].code === awsCodeRefused.code
      if (!isMistyped || tries === mostTries) throw error
    }
  }
}

async function sessionWith(
  device: { readonly serial: string; readonly code: Secret },
  keys: AwsCredentials,
  opened: Opened,
  stop: AbortSignal,
): Promise<AwsCredentials> {
  const { getSessionToken } = await import('./aws-sts.ts')
  try {
    const seconds = ownSecondsOf(undefined)
    return await getSessionToken({ seconds, device }, await stsOptions(opened, keys), stop)
  } catch (error) {
    const fault = awsFaultOf(error)
    // AccessDenied stands for both; only the text tells a wrong code from a missing permission.
    if (!/MultiFactorAuthentication|one time pass|MFA/i.test(fault.message)) throw error
    throw new DevK8sError(codeRefused(device.serial, fault.message))
  }
}
