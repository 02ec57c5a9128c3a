import { codeNeeded, codeRefused } from '../../aws/advice.ts'
import type { AskCode } from '../../aws/ask-code.ts'
import type { AwsSignIn, AwsSource, DeviceSignIn, SsoStart } from '../../ports/aws.ts'
import type { Clock } from '../../ports/clock.ts'
import { Secret } from '../../ports/secret.ts'
import { DevK8sError } from '../../problems/problem.ts'
import { madeUp } from './made-up.ts'

/** The device of the fault `mfa`. */
export const mfaSerial = 'arn:aws:iam::123456789012:mfa/anna'

/** As IAM Identity Center has it: a code is good for ten minutes, and is asked after every five seconds. */
const codeMs = 600_000
const pollMs = 5_000

/** Every profile signs in through SSO; with the fault `mfa` it has long-term keys and a device instead. */
export function signInOfSource(
  { profile, region }: AwsSource,
  usualRegion: string,
  hasDevice: boolean,
): AwsSignIn {
  const who = { ...(profile !== undefined && { profile }), region: region ?? usualRegion }
  if (hasDevice) return { ...who, kind: 'static', mfaSerial }
  const startUrl = 'https://acme.awsapps.example/start'
  return { ...who, kind: 'sso', sso: { startUrl, region: usualRegion, session: 'acme' } }
}

/** A code of the device: any of six digits is taken. @throws DevK8sError when nobody can be asked, or it is another. */
export async function codeTyped(
  profile: string,
  askCode: AskCode | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (askCode === undefined) throw new DevK8sError(codeNeeded(profile, mfaSerial))
  const code = await askCode({ profile, serial: mfaSerial }, signal)
  if (!/^\d{6}$/.test(Secret.reveal(code))) {
    const reason = 'MultiFactorAuthentication failed with invalid MFA one time pass code.'
    throw new DevK8sError(codeRefused(mfaSerial, reason))
  }
}

/** A sign-in to which the person agrees at once: it is asked after once, and `done` is called. */
export function deviceSignIn(
  start: SsoStart,
  { clock, speed, done }: { readonly clock: Clock; readonly speed: number; readonly done: () => void },
): DeviceSignIn {
  const letters = 'BCDFGHJKLMNPQRSTVWXZ'
  const userCode = `${madeUp(start.startUrl, 4, letters)}-${madeUp(`${start.startUrl}/`, 4, letters)}`
  return {
    userCode,
    address: `${start.startUrl.replace(/\/+$/, '')}/#/device?user_code=${userCode}`,
    expiresAtMs: clock.now() + codeMs,
    async finish(signal) {
      await clock.sleep(pollMs / speed, signal)
      done()
    },
  }
}
