import { regionMissing } from '../aws/advice.ts'
import { parseKeyset } from '../aws/keyset.ts'
import { deviceOf, profileNames } from '../aws/profiles.ts'
import { signInFrom } from '../aws/sign-in.ts'
import type { Aws, AwsCredentials, AwsIdentity, AwsSource, SessionWants } from '../ports/aws.ts'
import type { Clock } from '../ports/clock.ts'
import { Secret } from '../ports/secret.ts'
import { kopsStateUnusable } from '../problems/aws.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import type { World } from '../world.ts'
import { attempt, type Opened, sourceIn, stsOptions } from './aws-call.ts'
import { identityOf } from './aws-identity.ts'
import type { CodeDesk } from './aws-mfa.ts'
import { clientOptions, openRoom } from './aws-room.ts'
import { credentialsFrom } from './aws-sessions.ts'
import { realClock } from './clock.ts'

type ObjectSource = AwsSource & { readonly bucket: string; readonly key: string }

export interface RealAwsOptions extends Pick<World, 'env' | 'home'>, Partial<Omit<CodeDesk, 'clock'>> {
  /** How long, in ms, a call may take, both attempts together. */
  readonly deadlineMs?: number
  readonly clock?: Clock
}

/**
 * AWS through its SDK for JavaScript, which is loaded in parts with the calls that need them. Settings are read from
 * `env` and the files it names, not from the process; src/adapters/aws-room.ts says where that cannot be.
 */
export function realAws(options: RealAwsOptions): Aws {
  const { env, home, deadlineMs = 10_000, clock = realClock(), ...desk } = options
  const credentials = credentialsFrom({ ...desk, clock })
  const identities = new Map<string, Promise<AwsIdentity>>()
  const openFiles = async () => openRoom({ env, home, deadlineMs, clock })
  const open = async (source: SessionWants) => sourceIn(source, await openFiles())

  async function readText(source: ObjectSource, signal: AbortSignal): Promise<string | undefined> {
    const opened = await open(source)
    const keys = identityOf(await credentials.here(opened, signal))
    const region = opened.region ?? 'us-east-1'
    const call = { ...opened.call, action: 's3:GetObject', what: `s3://${source.bucket}/${source.key}` }
    return attempt(call, opened.room, signal, async (stop) => {
      const options = await clientOptions('S3', { ...opened.place, region }, opened.room)
      const { readS3Object } = await import('./aws-s3.ts')
      return readS3Object(source, { ...options, credentials: keys }, stop)
    })
  }

  async function eksOptions(action: string, opened: Opened, signal: AbortSignal) {
    if (opened.region === undefined) throw new DevK8sError(regionMissing({ ...opened.call, action }))
    const keys = identityOf(await credentials.here(opened, signal))
    return attempt({ ...opened.call, action, what: 'EKS' }, opened.room, signal, async () => ({
      ...(await clientOptions('EKS', opened.place, opened.room)),
      credentials: keys,
    }))
  }

  /** With a role or a code it is the session that will enter the cluster, so that a run has one; else nobody is asked. */
  async function keysFor(opened: Opened, mayAsk: boolean, signal: AbortSignal) {
    const hasRole = opened.source.roleArn !== undefined || opened.plan.hops.length > 0
    return hasRole || mayAsk ? credentials.session(opened, signal) : credentials.here(opened, signal)
  }

  /** Keys never change hands, so a run asks once for each. */
  async function callerIdentity(opened: Opened, signal: AbortSignal): Promise<AwsIdentity> {
    const keys = await keysFor(opened, false, signal)
    signal.throwIfAborted()
    const before = identities.get(keys.accessKeyId)
    if (before !== undefined) return before
    const asked = askIdentity(opened, keys, signal)
    identities.set(keys.accessKeyId, asked)
    asked.catch(() => identities.delete(keys.accessKeyId))
    return asked
  }

  async function askIdentity(opened: Opened, keys: AwsCredentials, signal: AbortSignal) {
    const call = { ...opened.call, action: 'sts:GetCallerIdentity', what: 'your identity' }
    return attempt(call, opened.room, signal, async (stop) => {
      const { getCallerIdentity } = await import('./aws-sts.ts')
      return getCallerIdentity(await stsOptions(opened, keys, opened.source.roleArn), stop)
    })
  }

  return {
    credentials: async (source, signal) => credentials.here(await open(source), signal),
    profileNames: async () => profileNames((await openFiles()).profiles),
    async signInOf(source) {
      const { plan, room } = await open(source)
      return signInFrom(source, plan, room.profiles, env)
    },
    callerIdentity: async (source, signal) => callerIdentity(await open(source), signal),
    session: async (source, signal) => credentials.session(await open(source), signal),
    async registryToken(source, signal) {
      const opened = await open(source)
      const { region } = source
      const hasDevice = deviceOf(opened.plan, opened.room.profiles) !== undefined
      const keys = identityOf(await keysFor(opened, hasDevice, signal))
      const action = 'ecr:GetAuthorizationToken'
      const call = { ...opened.call, action, what: `the registries of ${region}`, region }
      return attempt(call, opened.room, signal, async (stop) => {
        const options = await clientOptions('ECR', { ...opened.place, region }, opened.room)
        const { getRegistryToken } = await import('./aws-ecr.ts')
        const { auth, expiresAtMs } = await getRegistryToken({ ...options, credentials: keys }, stop)
        return { region, auth: Secret.of(auth), expiresAtMs }
      })
    },
    async startDeviceSignIn(start, signal) {
      const room = await openFiles()
      const action = 'sso-oidc:StartDeviceAuthorization'
      const call = { action, what: start.startUrl, region: start.region }
      return attempt(call, room, signal, async (stop) => {
        const { startDeviceSignIn } = await import('./aws-device.ts')
        return startDeviceSignIn(start, { room, clock }, stop)
      })
    },
    async canPush(source, signal) {
      const { repositoryArn } = source
      const opened = await open(source)
      const identity = await callerIdentity(opened, signal)
      const keys = identityOf(await keysFor(opened, false, signal))
      const call = { ...opened.call, action: 'iam:SimulatePrincipalPolicy', what: repositoryArn }
      return attempt(call, opened.room, signal, async (stop) => {
        const region = opened.region ?? 'us-east-1'
        const options = await clientOptions('IAM', { ...opened.place, region }, opened.room)
        const { simulatePush } = await import('./aws-iam.ts')
        return simulatePush({ identity, repositoryArn }, { ...options, credentials: keys }, stop)
      })
    },
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
      return signClientCertificate({ ...wants, nowMs: clock.now() })
    },
  }
}
