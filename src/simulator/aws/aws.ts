import { problemOfCall, signInNeeded } from '../../aws/advice.ts'
import { parseArn, sessionSecondsOf } from '../../aws/arn.ts'
import type { AwsCall, AwsFault } from '../../aws/fault.ts'
import { parseKeyset } from '../../aws/keyset.ts'
import { partitionOf, serviceHost } from '../../aws/regions.ts'
import type { Aws, AwsCredentials, AwsSource, EksCluster } from '../../ports/aws.ts'
import { Secret } from '../../ports/secret.ts'
import { DevK8sError } from '../../problems/problem.ts'
import { faultOf, type Machine } from '../machine.ts'
import { authorityPem } from './authority.ts'
import { accountFor, madeUp } from './made-up.ts'
import { stateStoreObject } from './state-store.ts'

/** How long a call takes at speed 1, and how long the adapter waits for one, in ms. */
const callMs = 400
const deadlineMs = 10_000
const usualRegion = 'eu-west-1'

type Caller = AwsSource & { readonly action: string; readonly what: string }

/**
 * The AWS that the simulated laptop's person is signed in to (aws.md): every profile signs in, every cluster and every
 * state store that is asked for is there, and the same question has the same answer.
 */
export function simulatedAws(machine: Machine): Aws {
  const fault = faultOf(machine, 'aws')
  /** Lets the time of one call pass. @throws the problem of the fault that is played. */
  async function call(caller: Caller, signal: AbortSignal): Promise<void> {
    const isSlow = fault === 'slow'
    await machine.clock.sleep(isSlow ? deadlineMs : callMs / machine.speed, signal)
    const problem = problemOf(fault, caller)
    if (problem !== undefined) throw new DevK8sError(problem)
  }
  async function readText(
    source: AwsSource & { readonly bucket: string; readonly key: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    await call({ ...source, action: 's3:GetObject', what: `s3://${source.bucket}/${source.key}` }, signal)
    return fault === 'no-such-cluster' ? undefined : stateStoreObject(source.key)
  }
  return {
    async credentials(source, signal) {
      const { roleArn } = source
      const action = roleArn === undefined ? 'sso:GetRoleCredentials' : 'sts:AssumeRole'
      await call({ ...source, action, what: roleArn ?? 'the credentials' }, signal)
      return credentialsOf(source, machine.clock.now())
    },
    async describeCluster(source, signal) {
      const { cluster } = source
      await call({ ...source, action: 'eks:DescribeCluster', what: `the cluster ${cluster}` }, signal)
      return fault === 'no-such-cluster' ? undefined : clusterOf(cluster, source)
    },
    async listClusters(source, signal) {
      await call({ ...source, action: 'eks:ListClusters', what: 'the EKS clusters' }, signal)
      return fault === 'no-such-cluster' ? [] : clustersOf(source)
    },
    async readObject(source, signal) {
      const text = await readText(source, signal)
      return text === undefined ? undefined : Secret.of(text)
    },
    readText,
    async readKeyset(source, signal) {
      const text = await readText(source, signal)
      return text === undefined ? undefined : parseKeyset(text)
    },
    async signClientCertificate(wants, signal) {
      signal.throwIfAborted()
      // A made-up signature would be refused by the first program that looks at it. What is simulated is AWS; the
      // signing is done on this machine in any case, by the same code.
      const { signClientCertificate } = await import('../../adapters/certificates.ts')
      return signClientCertificate({ ...wants, nowMs: machine.clock.now() })
    },
  }
}

/** The played fault as AWS or the network would tell it, through the same table as the real adapter's. */
function problemOf(fault: string | undefined, caller: Caller) {
  const { profile, region = usualRegion, roleArn, action, what } = caller
  const call: AwsCall = {
    action,
    what,
    region,
    signIn: 'sso',
    ...(profile !== undefined && { profile }),
    ...(roleArn !== undefined && { roleArn }),
  }
  if (fault === 'not-signed-in') {
    const name = profile ?? 'default'
    return signInNeeded(
      'sso',
      name,
      `The SSO session token associated with profile=${name} was not found or is invalid.`,
    )
  }
  const played = fault === undefined ? undefined : playedFaults[fault]?.(caller)
  return played === undefined ? undefined : problemOfCall(played, call)
}

const playedFaults: Readonly<Record<string, ((caller: Caller) => AwsFault) | undefined>> = {
  expired: () => ({
    name: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
    status: 403,
  }),
  denied: ({ action, what, ...source }) => ({
    name: 'AccessDeniedException',
    message: `User: ${callerOf(source)} is not authorized to perform: ${action} on resource: ${what}`,
    status: 403,
  }),
  offline: ({ action, region = usualRegion }) => ({
    name: 'Error',
    message: `getaddrinfo ENOTFOUND ${serviceHost(action.split(':')[0] ?? '', region)}`,
    net: 'not-found',
  }),
  slow: () => ({ name: 'TimeoutError', message: `no answer for ${deadlineMs} ms`, net: 'timeout' }),
}

function credentialsOf(
  source: AwsSource & { readonly sessionSeconds?: number },
  nowMs: number,
): AwsCredentials {
  const who = `${source.profile ?? 'default'} ${source.roleArn ?? ''}`
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return {
    accessKeyId: `ASIA${madeUp(who, 16, letters)}`,
    secretAccessKey: Secret.of(madeUp(`${who} secret`, 40, `${letters}${letters.toLowerCase()}`)),
    sessionToken: Secret.of(madeUp(`${who} session`, 200, `${letters}${letters.toLowerCase()}`)),
    expiresAtMs: nowMs + sessionSecondsOf(source.sessionSeconds) * 1_000,
  }
}

const accountOf = ({ profile, roleArn }: AwsSource) =>
  (roleArn === undefined ? undefined : parseArn(roleArn)?.account) ?? accountFor(profile ?? 'default')

const callerOf = (source: AwsSource) =>
  `arn:${partitionOf(source.region ?? usualRegion)}:sts::${accountOf(source)}:assumed-role/Developer/anna`

function clusterOf(name: string, source: AwsSource): EksCluster {
  const region = source.region ?? usualRegion
  const account = accountOf(source)
  const id = madeUp(`${account} ${region} ${name}`, 32, '0123456789ABCDEF')
  // `eks.eu-west-1.amazonaws.com` without its first two names.
  const suffix = serviceHost('eks', region).split('.').slice(2).join('.')
  return {
    name,
    arn: `arn:${partitionOf(region)}:eks:${region}:${account}:cluster/${name}`,
    endpoint: `https://${id}.gr7.${region}.eks.${suffix}`,
    certificateAuthorityData: btoa(authorityPem),
    status: 'ACTIVE',
    version: '1.33',
    tags: { environment: name.split('-').at(-1) ?? name },
  }
}

/** Three clusters, called after the first word of the profile: `acme-dev` for the profile `acme-developer`. */
function clustersOf({ profile }: AwsSource): readonly string[] {
  const team = /^[a-z][a-z0-9]*/.exec((profile ?? 'acme').toLowerCase())?.[0] ?? 'acme'
  return ['dev', 'prod', 'staging'].map((stage) => `${team}-${stage}`)
}
