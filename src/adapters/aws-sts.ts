import {
  AssumeRoleCommand,
  type AssumeRoleResponse,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts'
import { shorterSeconds } from '../aws/arn.ts'
import type { AwsIdentity } from '../ports/aws.ts'
import { Secret } from '../ports/secret.ts'
import { ownerOfRole, type Session, sessionOfSts } from './aws-identity.ts'

/** A role to be assumed, and what its session is to be like. */
export interface RoleWants {
  readonly roleArn: string
  readonly sessionName: string
  readonly seconds: number
  readonly externalId?: string
  /** In JSON. */
  readonly policy?: string
}

/** A role's session, and whose STS says that it is. */
export interface RoleSession {
  readonly session: Session
  readonly owner?: AwsIdentity
}

/** AssumeRole with the credentials in `options`; for an hour where STS says that longer is too long. */
export async function assumeRole(
  { roleArn, sessionName, seconds, externalId, policy }: RoleWants,
  options: STSClientConfig,
  abortSignal: AbortSignal,
): Promise<RoleSession> {
  const commandFor = (DurationSeconds: number) =>
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds,
      ...(externalId !== undefined && { ExternalId: externalId }),
      ...(policy !== undefined && { Policy: policy }),
    })
  return withClient(options, async (client) => {
    const sendFor = async (DurationSeconds: number) =>
      roleSessionOf(await client.send(commandFor(DurationSeconds), { abortSignal }))
    try {
      return await sendFor(seconds)
    } catch (error) {
      const shorter = error instanceof Error ? shorterSeconds(error.message, seconds) : undefined
      if (shorter === undefined) throw error
      return sendFor(shorter)
    }
  })
}

function roleSessionOf({ Credentials, AssumedRoleUser }: AssumeRoleResponse): RoleSession {
  const owner = ownerOfRole(AssumedRoleUser?.Arn, AssumedRoleUser?.AssumedRoleId)
  return { session: sessionOfSts(Credentials), ...(owner !== undefined && { owner }) }
}

/** GetSessionToken, with the code of a device where there is one. */
export async function getSessionToken(
  {
    seconds,
    device,
  }: { readonly seconds: number; readonly device?: { readonly serial: string; readonly code: Secret } },
  options: STSClientConfig,
  abortSignal: AbortSignal,
): Promise<Session> {
  const command = new GetSessionTokenCommand({
    DurationSeconds: seconds,
    ...(device !== undefined && { SerialNumber: device.serial, TokenCode: Secret.reveal(device.code) }),
  })
  return withClient(options, async (client) =>
    sessionOfSts((await client.send(command, { abortSignal })).Credentials),
  )
}

/** GetCallerIdentity, which takes no permission. */
export async function getCallerIdentity(
  options: STSClientConfig,
  abortSignal: AbortSignal,
): Promise<AwsIdentity> {
  return withClient(options, async (client) => {
    const { Account, Arn, UserId } = await client.send(new GetCallerIdentityCommand({}), { abortSignal })
    if (!Account || !Arn) throw new Error('the answer of STS names no account')
    return { account: Account, arn: Arn, userId: UserId ?? '' }
  })
}

async function withClient<T>(options: STSClientConfig, work: (client: STSClient) => Promise<T>): Promise<T> {
  const client = new STSClient(options)
  try {
    return await work(client)
  } finally {
    client.destroy()
  }
}
