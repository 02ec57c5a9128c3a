import { problemOfCall, regionMissing } from '../aws/advice.ts'
import { sessionNameOf, sessionSecondsOf } from '../aws/arn.ts'
import type { AwsCall } from '../aws/fault.ts'
import { parseKeyset } from '../aws/keyset.ts'
import { type CredentialPlan, profileNameOf, regionOf } from '../aws/profiles.ts'
import type { Aws, AwsCredentials, AwsSource } from '../ports/aws.ts'
import { Secret } from '../ports/secret.ts'
import { kopsStateUnusable } from '../problems/aws.ts'
import { DevK8sError, fail, isDevK8sError } from '../problems/problem.ts'
import type { World } from '../world.ts'
import { assumeRole, baseCredentials, identityOf, planFor, signInOf } from './aws-credentials.ts'
import { awsFaultOf } from './aws-faults.ts'
import { type AwsRoom, clientOptions, openRoom } from './aws-room.ts'

type SessionSource = AwsSource & { readonly sessionName?: string; readonly sessionSeconds?: number }
type ObjectSource = AwsSource & { readonly bucket: string; readonly key: string }

/** Credentials that end sooner than this, in ms, are asked for anew. */
const renewedBeforeMs = 60_000

export interface RealAwsOptions extends Pick<World, 'env' | 'home'> {
  /** How long, in ms, a call may take, both attempts together. */
  readonly deadlineMs?: number
}

/**
 * AWS through its SDK for JavaScript, which is loaded in parts with the calls that need them. Settings are read from
 * `env` and the files it names, not from the process; src/adapters/aws-room.ts says where that cannot be.
 */
export function realAws({ env, home, deadlineMs = 10_000 }: RealAwsOptions): Aws {
  const known = new Map<string, Promise<AwsCredentials>>()
  const open = async (source: SessionSource) => sourceIn(source, await openRoom({ env, home }, deadlineMs))

  /** Calls side by side for the same identity ask once: a credential_process may ask the person something. */
  async function credentialsFor(source: Opened, signal: AbortSignal): Promise<AwsCredentials> {
    const before = known.get(source.id)
    const kept = await before
    if (kept !== undefined && (kept.expiresAtMs ?? Infinity) > Date.now() + renewedBeforeMs) return kept
    // Somebody else may have asked meanwhile.
    const now = known.get(source.id)
    if (now !== undefined && now !== before) return now
    const asked = credentialsOf(source, signal)
    known.set(source.id, asked)
    // What failed is asked for anew by the next call; whoever waits for it now is told the same.
    asked.catch(() => known.delete(source.id))
    return asked
  }

  async function readText(source: ObjectSource, signal: AbortSignal): Promise<string | undefined> {
    const opened = await open(source)
    const credentials = identityOf(await credentialsFor(opened, signal))
    const region = opened.region ?? 'us-east-1'
    const call = { ...opened.call, action: 's3:GetObject', what: `s3://${source.bucket}/${source.key}` }
    return attempt(call, opened.room, signal, async (stop) => {
      const options = await clientOptions('S3', { ...opened.place, region }, opened.room)
      const { readS3Object } = await import('./aws-s3.ts')
      return readS3Object(source, { ...options, credentials }, stop)
    })
  }

  async function eksOptions(action: string, opened: Opened, signal: AbortSignal) {
    if (opened.region === undefined) throw new DevK8sError(regionMissing({ ...opened.call, action }))
    const credentials = identityOf(await credentialsFor(opened, signal))
    return attempt({ ...opened.call, action, what: 'EKS' }, opened.room, signal, async () => ({
      ...(await clientOptions('EKS', opened.place, opened.room)),
      credentials,
    }))
  }

  return {
    credentials: async (source, signal) => credentialsFor(await open(source), signal),
    async describeCluster(source, signal) {
      const opened = await open(source)
      const action = 'eks:DescribeCluster'
      const options = await eksOptions(action, opened, signal)
      const call = { ...opened.call, action, what: `the cluster ${source.cluster}` }
      return attempt(call, opened.room, signal, async (stop) => {
        const { describeEksCluster } = await import('./aws-eks.ts')
        return describeEksCluster(source.cluster, options, stop)
      })
    },
    async listClusters(source, signal) {
      const opened = await open(source)
      const action = 'eks:ListClusters'
      const options = await eksOptions(action, opened, signal)
      const call = { ...opened.call, action, what: 'the EKS clusters' }
      return attempt(call, opened.room, signal, async (stop) => {
        const { listEksClusters } = await import('./aws-eks.ts')
        return listEksClusters(options, stop)
      })
    },
    async readObject(source, signal) {
      const text = await readText(source, signal)
      return text === undefined ? undefined : Secret.of(text)
    },
    readText,
    async readKeyset(source, signal) {
      const text = await readText(source, signal)
      if (text === undefined) return undefined
      const place = `s3://${source.bucket}/${source.key}`
      return (
        (await parseKeyset(text)) ??
        fail(kopsStateUnusable, { detail: `${place} holds no keyset.`, next: [`aws s3 ls ${place}`] })
      )
    },
    async signClientCertificate(wants, signal) {
      signal.throwIfAborted()
      const { signClientCertificate } = await import('./certificates.ts')
      return signClientCertificate({ ...wants, nowMs: Date.now() })
    },
  }
}

/** A source with what the person's files say of it. */
interface Opened {
  readonly room: AwsRoom
  readonly plan: CredentialPlan
  readonly source: SessionSource
  readonly region?: string
  readonly place: { readonly region?: string; readonly profile?: string }
  readonly call: Omit<AwsCall, 'action' | 'what'>
  /** The same for the same credentials. */
  readonly id: string
}

function sourceIn(source: SessionSource, room: AwsRoom): Opened {
  const profile = profileNameOf(source.profile, room.env)
  const plan = planFor(profile, room)
  const region = regionOf(source.region, profile, room.profiles, room.env)
  const place = { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) }
  const { roleArn, sessionName, sessionSeconds } = source
  return {
    room,
    plan,
    source,
    ...(region !== undefined && { region }),
    place,
    call: { ...place, ...signInOf(plan), ...(roleArn !== undefined && { roleArn }) },
    id: JSON.stringify([profile, roleArn, sessionName, sessionSeconds]),
  }
}

/** The first credentials, then one role after the other: those of the profile, then the one that was asked for. */
async function credentialsOf(opened: Opened, signal: AbortSignal): Promise<AwsCredentials> {
  const { plan, room, source, place, call } = opened
  const { roleArn: _asked, ...own } = call
  const first = { ...own, action: firstAction(plan), what: 'the credentials' }
  // A credential_process has a longer deadline of its own.
  let credentials =
    plan.base.kind === 'process'
      ? await baseCredentials(plan.base, room, signal)
      : await attempt(first, room, signal, async (stop) => baseCredentials(plan.base, room, stop))
  const asked = source.roleArn === undefined ? [] : [{ roleArn: source.roleArn, ...sessionOf(source) }]
  for (const hop of [...plan.hops, ...asked]) {
    const before = credentials
    const role = {
      ...hop,
      sessionName: hop.sessionName ?? sessionNameOf(userOf(room.env)),
      seconds: sessionSecondsOf(hop.seconds),
    }
    const step = { ...call, action: 'sts:AssumeRole', what: hop.roleArn, roleArn: hop.roleArn }
    credentials = await attempt(step, room, signal, async () => assumeRole(role, before, place, room))
  }
  return credentials
}

const userOf = (env: World['env']) => env['USER'] || env['LOGNAME'] || env['USERNAME']

const sessionOf = ({ sessionName, sessionSeconds }: SessionSource) => ({
  ...(sessionName !== undefined && { sessionName }),
  ...(sessionSeconds !== undefined && { seconds: sessionSeconds }),
})

function firstAction({ base }: CredentialPlan): string {
  if (base.kind === 'sso') return 'sso:GetRoleCredentials'
  if (base.kind === 'login') return 'signin:CreateOAuth2Token'
  return base.kind.startsWith('web-identity') ? 'sts:AssumeRoleWithWebIdentity' : 'sts:GetSessionToken'
}

/** One call under its deadline. @throws the signal's reason once aborted, else a DevK8sError. */
async function attempt<T>(
  call: AwsCall,
  { deadlineMs }: AwsRoom,
  signal: AbortSignal,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
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
      : awsFaultOf(error)
    // Without its cause: it may quote what nobody should see.
    throw new DevK8sError(problemOfCall(fault, call))
  }
}
