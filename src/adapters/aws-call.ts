import { problemOfCall } from '../aws/advice.ts'
import type { AwsCall } from '../aws/fault.ts'
import { type CredentialPlan, profileNameOf, regionOf } from '../aws/profiles.ts'
import { firstRegionFor } from '../aws/regions.ts'
import { serviceOf, wayTo } from '../aws/way.ts'
import type { AwsCredentials, SessionWants } from '../ports/aws.ts'
import { DevK8sError, isDevK8sError } from '../problems/problem.ts'
import { planFor, signInOf } from './aws-credentials.ts'
import { awsFaultOf } from './aws-faults.ts'
import { identityOf } from './aws-identity.ts'
import { type AwsRoom, clientOptions, hostOf } from './aws-room.ts'

/** A source with what the person's files say of it. */
export interface Opened {
  readonly room: AwsRoom
  readonly plan: CredentialPlan
  readonly source: SessionWants
  readonly region?: string
  readonly place: { readonly region?: string; readonly profile?: string }
  readonly call: Omit<AwsCall, 'action' | 'what'>
}

/** @throws DevK8sError when the files lead to no credentials. */
export function sourceIn(source: SessionWants, room: AwsRoom): Opened {
  const profile = profileNameOf(source.profile, room.env)
  const plan = planFor(profile, room)
  const region = regionOf(source.region, profile, room.profiles, room.env)
  const place = { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) }
  const { roleArn } = source
  return {
    room,
    plan,
    source,
    ...(region !== undefined && { region }),
    place,
    call: { ...place, ...signInOf(plan), ...(roleArn !== undefined && { roleArn }) },
  }
}

/** One call under its deadline. @throws the signal's reason once aborted, else a DevK8sError. */
export async function attempt<T>(
  call: AwsCall,
  room: Pick<AwsRoom, 'deadlineMs' | 'clock' | 'env' | 'profiles'>,
  signal: AbortSignal,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const { deadlineMs, clock } = room
  signal.throwIfAborted()
  const deadline = AbortSignal.timeout(deadlineMs)
  const stop = AbortSignal.any([signal, deadline])
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true })
  })
  try {
    return await Promise.race([work(stop), stopped])
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (isDevK8sError(error)) throw error
    const fault = deadline.aborted
      ? { name: 'TimeoutError', message: `no answer for ${deadlineMs} ms`, net: 'timeout' as const }
      : awsFaultOf(error, clock.now())
    // Without its cause: it may quote what nobody should see.
    throw new DevK8sError(problemOfCall(fault, { ...call, ...wayOf(call, room) }))
  }
}

function wayOf(
  { action, profile, region = 'us-east-1' }: AwsCall,
  { env, profiles }: Pick<AwsRoom, 'env' | 'profiles'>,
): Pick<AwsCall, 'way'> {
  const service = serviceOf(action)
  if (service === undefined) return {}
  const host = hostOf(service, region)
  const way = wayTo({ service, host, ...(profile !== undefined && { profile }) }, profiles, env)
  return way === undefined ? {} : { way }
}

/** Settings of an STS client: the region that was found, else one of the role's partition. */
export async function stsOptions({ place, room }: Opened, keys: AwsCredentials, roleArn?: string) {
  const region = place.region ?? firstRegionFor(roleArn)
  return { ...(await clientOptions('STS', { ...place, region }, room)), credentials: identityOf(keys) }
}
