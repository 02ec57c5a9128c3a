import { regionMissing } from '../aws/advice.ts'
import { parseKeyset } from '../aws/keyset.ts'
import { personsProfiles } from '../aws/persons-profiles.ts'
import { deviceOf } from '../aws/profiles.ts'
import { signInFrom } from '../aws/sign-in.ts'
import type { Aws, AwsSource, SessionWants } from '../ports/aws.ts'
import type { Clock } from '../ports/clock.ts'
import { Secret } from '../ports/secret.ts'
import { kopsStateUnusable } from '../problems/aws.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import type { World } from '../world.ts'
import type { Attempted } from './aws-associations.ts'
import { attempt, type Opened, sourceIn } from './aws-call.ts'
import { identityOf } from './aws-identity.ts'
import type { CodeDesk } from './aws-mfa.ts'
import { ownersOfKeys } from './aws-owners.ts'
import { clientOptions, openRoom } from './aws-room.ts'
import { credentialsFrom } from './aws-sessions.ts'
import { awsWire } from './aws-wire.ts'
import { realClock } from './clock.ts'
import type { OnReveal } from './revealing.ts'

type ObjectSource = AwsSource & { readonly bucket: string; readonly key: string }

export interface RealAwsOptions extends Pick<World, 'env' | 'home'>, Partial<Omit<CodeDesk, 'clock'>> {
  /** How long, in ms, a call may take, both attempts together. */
  readonly deadlineMs?: number
  readonly clock?: Clock
  /** Told of every key and token that is used or handed out, before it is. */
  readonly onReveal?: OnReveal
}

/**
 * AWS through its SDK for JavaScript, which is loaded in parts with the calls that need them. Settings are read from
 * `env` and the files it names, not from the process; src/adapters/aws-room.ts says where that cannot be.
 */
export function realAws(options: RealAwsOptions): Aws {
  const { env, home, deadlineMs = 10_000, clock = realClock(), onReveal, ...desk } = options
  const wire = awsWire(onReveal)
  const owners = ownersOfKeys()
  const credentials = credentialsFrom({ ...desk, clock }, { owners, wire })
  const openFiles = async () => openRoom({ env, home, deadlineMs, clock, wire })
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
    return hasRole || mayAsk
      ? (await credentials.session(opened, signal)).session
      : credentials.here(opened, signal)
  }

  const ownerOf = async (opened: Opened, signal: AbortSignal) =>
    owners.of(await keysFor(opened, false, signal), opened, signal)

  /** Ends by this machine's clock, in which everybody else reckons. */
  const byOurClock = <T extends { readonly expiresAtMs?: number }>(found: T): T =>
    found.expiresAtMs === undefined ? found : { ...found, expiresAtMs: found.expiresAtMs + wire.aheadMs() }

  return {
    credentials: async (source, signal) => byOurClock(await credentials.here(await open(source), signal)),
    profiles: async () => personsProfiles((await openFiles()).profiles),
    async signInOf(source) {
      const { plan, room } = await open(source)
      return signInFrom(source, plan, room.profiles, env)
    },
    callerIdentity: async (source, signal) => ownerOf(await open(source), signal),
    async session(source, signal) {
      const { session, owner } = await credentials.session(await open(source), signal)
      return byOurClock({ ...session, account: owner.account })
    },
    async registryToken(source, signal) {
      const opened = await open(source)
      const { region } = source
      const hasDevice = deviceOf(opened.plan, opened.room.profiles) !== undefined
      const keys = await keysFor(opened, hasDevice, signal)
      const action = 'ecr:GetAuthorizationToken'
      const call = { ...opened.call, action, what: `the registries of ${region}`, region }
      const { auth, expiresAtMs } = await attempt(call, opened.room, signal, async (stop) => {
        const options = await clientOptions('ECR', { ...opened.place, region }, opened.room)
        const { getRegistryToken } = await import('./aws-ecr.ts')
        return getRegistryToken({ ...options, credentials: identityOf(keys) }, stop)
      })
      wire.onReveal(auth)
      const { account } = await owners.of(keys, opened, signal)
      return byOurClock({ region, account, auth: Secret.of(auth), expiresAtMs })
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
      const used = await keysFor(opened, false, signal)
      const identity = await owners.of(used, opened, signal)
      const keys = identityOf(used)
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
    async podIdentityAssociations(source, signal) {
      const { cluster } = source
      const opened = await open(source)
      const options = await eksOptions('eks:ListPodIdentityAssociations', opened, signal)
      const { readPodIdentityAssociations } = await import('./aws-associations.ts')
      const attempted: Attempted = async (action, work) =>
        attempt({ ...opened.call, action, what: `the cluster ${cluster}` }, opened.room, signal, work)
      return readPodIdentityAssociations(cluster, options, attempted)
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
