import type { Credentials } from '@aws-sdk/client-sts'
import { parseArn } from '../aws/arn.ts'
import type { AwsCredentials, AwsIdentity } from '../ports/aws.ts'
import { Secret } from '../ports/secret.ts'

/** The SDK's form of credentials, in plain text. */
export interface Identity {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** From the SDK, at once. */
export function credentialsOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration,
}: Identity): AwsCredentials {
  return {
    accessKeyId,
    secretAccessKey: Secret.of(secretAccessKey),
    ...(sessionToken && { sessionToken: Secret.of(sessionToken) }),
    ...(expiration && { expiresAtMs: expiration.getTime() }),
  }
}

/** Credentials that leave this machine. */
export type Session = AwsCredentials & { readonly sessionToken: Secret; readonly expiresAtMs: number }

/** As STS has them. @throws Error when the answer has none. */
export function sessionOfSts(found: Credentials | undefined): Session {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = found ?? {}
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Error('the answer of STS has no credentials')
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: Secret.of(SecretAccessKey),
    sessionToken: Secret.of(SessionToken),
    expiresAtMs: Expiration.getTime(),
  }
}

/** As AssumeRole names the session that it gives: in the words of GetCallerIdentity (STS reference, AssumedRoleUser). */
export function ownerOfRole(arn: string | undefined, userId: string | undefined): AwsIdentity | undefined {
  const account = parseArn(arn ?? '')?.account
  return arn === undefined || !account ? undefined : { account, arn, userId: userId ?? '' }
}

/** For the SDK, at the last moment. */
export function identityOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiresAtMs,
}: AwsCredentials): Identity {
  return {
    accessKeyId,
    secretAccessKey: Secret.reveal(secretAccessKey),
    ...(sessionToken && { sessionToken: Secret.reveal(sessionToken) }),
    ...(expiresAtMs !== undefined && { expiration: new Date(expiresAtMs) }),
  }
}
