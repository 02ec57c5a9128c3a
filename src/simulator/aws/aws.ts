import { problemOfCall, problemOfProfile, signInNeeded } from '../../aws/advice.ts'
import type { AskCode } from '../../aws/ask-code.ts'
import type { AwsCall, AwsFault } from '../../aws/fault.ts'
import { parseKeyset } from '../../aws/keyset.ts'
import { partitionOf, serviceHost } from '../../aws/regions.ts'
import type { Aws, AwsSource, EksCluster, SessionWants } from '../../ports/aws.ts'
import { Secret } from '../../ports/secret.ts'
import { DevK8sError } from '../../problems/problem.ts'
import { faultOf, type Machine } from '../machine.ts'
import { associationsIn } from './associations.ts'
import { authorityPem } from './authority.ts'
import { madeUp, personsProfiles } from './made-up.ts'
import type { AwsNames } from './names.ts'
import { mayAssume } from './roles.ts'
import { accountOf, credentialsIn, identityIn, registryTokenIn, sessionIn, usualRegion } from './sessions.ts'
import { codeTyped, deviceSignIn, signInOfSource } from './sign-in.ts'
import { stateStoreObject } from './state-store.ts'

/** How long a call takes at speed 1, and how long the adapter waits for one, in ms. */
const callMs = 400
const deadlineMs = 10_000
/** The account that is production in profiles/acme.yaml, and denied there. */
const wrongAccount = '999999999999'

type Caller = AwsSource & { readonly action: string; readonly what: string }

interface SimulatedAwsOptions {
  /** Who types the code of the fault `mfa`; nobody when absent. */
  readonly askCode?: AskCode
  /** What there is; when absent or undefined, whatever is asked for. */
  readonly names?: () => Promise<AwsNames | undefined>
  /** Called whenever a call meets the fault that is played. */
  readonly onStrike?: () => void
}

/**
 * The AWS that the simulated laptop's person is signed in to (aws.md): every profile that there is signs in, every state
 * store that is asked for is there, and the same question has the same answer, but for sessions.
 */
export function simulatedAws(
  machine: Machine,
  { askCode, names = async () => undefined, onStrike }: SimulatedAwsOptions = {},
): Aws {
  const played = faultOf(machine, 'aws')
  let hasSignedIn = false
  let typed: Promise<void> | undefined
  const fault = () => (hasSignedIn && mendedBySignIn.has(played ?? '') ? undefined : played)
  /** Lets the time of one call pass. @throws the problem of the fault that is played. */
  async function call(caller: Caller, signal: AbortSignal): Promise<void> {
    refuseProfile(caller, await names())
    if (concerns(fault(), caller.action)) onStrike?.()
    const isSlow = fault() === 'slow'
    await machine.clock.sleep(isSlow ? deadlineMs : callMs / machine.speed, signal)
    const problem = problemOf(fault(), caller)
    if (problem !== undefined) throw new DevK8sError(problem)
  }
  async function credentials(source: SessionWants, signal: AbortSignal) {
    const { roleArn } = source
    const action = roleArn === undefined ? 'sso:GetRoleCredentials' : 'sts:AssumeRole'
    await call({ ...source, action, what: roleArn ?? 'the credentials' }, signal)
    refuseRole(source)
    if (fault() !== 'mfa') return
    typed ??= codeTyped(source.profile ?? 'default', askCode, signal)
    await typed.catch((error: unknown) => {
      typed = undefined
      throw error
    })
  }
  const ownerOf = (source: AwsSource) => (fault() === 'wrong-account' ? wrongAccount : accountOf(source))
  async function isThere(source: AwsSource & { readonly cluster: string }): Promise<boolean> {
    const named = await names()
    if (fault() === 'no-such-cluster') return false
    return named === undefined || [...named.clusters, ...clustersOf(source)].includes(source.cluster)
  }
  async function readText(
    source: AwsSource & { readonly bucket: string; readonly key: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    await call({ ...source, action: 's3:GetObject', what: `s3://${source.bucket}/${source.key}` }, signal)
    return fault() === 'no-such-cluster' ? undefined : stateStoreObject(source.key)
  }
  return {
    profiles: async () =>
      Object.entries(personsProfiles).map(([name, account]) => ({ name, account, isUsable: true })),
    async signInOf(source) {
      refuseProfile(source, await names())
      return signInOfSource(source, usualRegion, fault() === 'mfa')
    },
    async credentials(source, signal) {
      await credentials(source, signal)
      return credentialsIn(source, machine.clock.now())
    },
    async callerIdentity(source, signal) {
      const action = source.roleArn === undefined ? 'sts:GetCallerIdentity' : 'sts:AssumeRole'
      await call({ ...source, action, what: source.roleArn ?? 'your identity' }, signal)
      refuseRole(source)
      return identityIn(source, ownerOf(source))
    },
    async session(source, signal) {
      await credentials(source, signal)
      return sessionIn(source, ownerOf(source), machine.clock.now())
    },
    async registryToken(source, signal) {
      const what = `the registries of ${source.region}`
      await call({ ...source, action: 'ecr:GetAuthorizationToken', what }, signal)
      return registryTokenIn(source, ownerOf(source), machine.clock.now())
    },
    async startDeviceSignIn(start, signal) {
      await call(
        { action: 'sso-oidc:StartDeviceAuthorization', what: start.startUrl, region: start.region },
        signal,
      )
      const done = () => {
        hasSignedIn = true
      }
      return deviceSignIn(start, { clock: machine.clock, speed: machine.speed, done })
    },
    async canPush(source, signal) {
      const { repositoryArn: what } = source
      if (fault() === 'denied') {
        onStrike?.()
        return 'unknown'
      }
      await call({ ...source, action: 'iam:SimulatePrincipalPolicy', what }, signal)
      return fault() === 'may-push' ? 'allowed' : 'denied'
    },
    async describeCluster(source, signal) {
      const { cluster } = source
      await call({ ...source, action: 'eks:DescribeCluster', what: `the cluster ${cluster}` }, signal)
      return (await isThere(source)) ? clusterOf(cluster, source) : undefined
    },
    async podIdentityAssociations(source, signal) {
      const { cluster } = source
      const what = `the cluster ${cluster}`
      await call({ ...source, action: 'eks:ListPodIdentityAssociations', what }, signal)
      const found = (await isThere(source)) ? associationsIn(cluster, accountOf(source)) : undefined
      if (found === undefined || found.length === 0) return found
      await call({ ...source, action: 'eks:DescribePodIdentityAssociation', what }, signal)
      return found
    },
    async listClusters(source, signal) {
      await call({ ...source, action: 'eks:ListClusters', what: 'the EKS clusters' }, signal)
      return fault() === 'no-such-cluster' ? [] : clustersOf(source)
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

/** @throws DevK8sError DK5001 for a profile that is not there, as the SDK tells it before it asks anybody. */
function refuseProfile({ profile }: AwsSource, names: AwsNames | undefined): void {
  if (profile === undefined || names === undefined || names.profiles.includes(profile)) return
  const known = Object.fromEntries(names.profiles.map((name) => [name, {}]))
  throw new DevK8sError(problemOfProfile({ fault: 'missing', profile }, known))
}

/** @throws DevK8sError DK5013 for a role that does not trust the person. */
function refuseRole(source: SessionWants): void {
  const { roleArn } = source
  if (roleArn === undefined || mayAssume(source)) return
  const caller = { ...source, action: 'sts:AssumeRole', what: roleArn }
  const { profile, region = usualRegion } = source
  const call: AwsCall = {
    ...caller,
    region,
    signIn: 'sso',
    roleArn,
    ...(profile !== undefined && { profile }),
  }
  throw new DevK8sError(problemOfCall(refusedRole(caller), call))
}

/** STS names who asked and what for; it says the same of a role that is not there. */
function refusedRole({ roleArn: _role, sessionName: _name, ...own }: Caller & SessionWants): AwsFault {
  const { arn } = identityIn(own, accountOf(own))
  const message = `User: ${arn} is not authorized to perform: ${own.action} on resource: ${own.what}`
  return { name: 'AccessDenied', message, status: 403 }
}

/** The calls that a fault is about; most are about all. */
const concerned: Readonly<Record<string, RegExp>> = {
  'ecr-denied': /^ecr:/,
  'may-push': /^iam:/,
  'no-such-cluster': /^(eks|s3):/,
  mfa: /^(sso:GetRoleCredentials|sts:AssumeRole)$/,
}

const concerns = (fault: string | undefined, action: string): boolean =>
  fault !== undefined && (concerned[fault] ?? /./).test(action)

const isSignIn = ({ action }: Caller) => action.startsWith('sso-oidc:')

/** What is over once the person has signed in. */
const mendedBySignIn = new Set(['not-signed-in', 'expired'])

/** The played fault as AWS or the network would tell it, through the same table as the real adapter's. */
function problemOf(fault: string | undefined, caller: Caller) {
  if (isSignIn(caller) && mendedBySignIn.has(fault ?? '')) return undefined
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

const playedFaults: Readonly<Record<string, ((caller: Caller) => AwsFault | undefined) | undefined>> = {
  expired: () => ({
    name: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
    status: 403,
  }),
  denied,
  'ecr-denied': (caller) => (caller.action.startsWith('ecr:') ? denied(caller) : undefined),
  offline: ({ action, region = usualRegion }) => ({
    name: 'Error',
    message: `getaddrinfo ENOTFOUND ${serviceHost(action.split(':')[0] ?? '', region)}`,
    net: 'not-found',
  }),
  slow: () => ({ name: 'TimeoutError', message: `no answer for ${deadlineMs} ms`, net: 'timeout' }),
}

function denied({ action, what, roleArn, ...own }: Caller): AwsFault {
  const isRole = roleArn !== undefined && action !== 'sts:AssumeRole'
  const caller = isRole ? { ...own, roleArn } : own
  const { arn } = identityIn(caller, accountOf(caller))
  return {
    name: 'AccessDeniedException',
    message: `User: ${arn} is not authorized to perform: ${action} on resource: ${what}`,
    status: 403,
  }
}

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
