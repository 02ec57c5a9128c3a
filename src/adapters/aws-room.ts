import { parseKnownFiles } from '@smithy/core/config'
import { readFile } from 'node:fs/promises'
import { type Agent, Agent as HttpsAgent } from 'node:https'
import { rootCertificates } from 'node:tls'
import { withEmptyProfiles } from '../aws/persons-profiles.ts'
import { type AwsProfiles, type AwsService, endpointOf } from '../aws/profiles.ts'
import { serviceHost } from '../aws/regions.ts'
import { parseProxy, proxyFor, proxySettings } from '../machine/proxy-settings.ts'
import { shownProxy } from '../machine/shown-address.ts'
import type { Clock } from '../ports/clock.ts'
import { NetError } from '../ports/net.ts'
import { awsCertificateNotTrusted } from '../problems/aws.ts'
import { fail } from '../problems/problem.ts'
import type { World } from '../world.ts'
import { type AwsWire, awsWire } from './aws-wire.ts'

/** What one call to AWS finds: the person's files as they are now, and how long it may take. */
export interface AwsRoom {
  readonly env: World['env']
  readonly home: string
  readonly files: { readonly filepath: string; readonly configFilepath: string }
  readonly profiles: AwsProfiles
  readonly deadlineMs: number
  readonly clock: Pick<Clock, 'now'>
  readonly wire: AwsWire
}

/**
 * Reads the shared files: those that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, else `~/.aws`. A file that
 * is not there has no profiles.
 */
export async function openRoom({
  env,
  home,
  deadlineMs,
  clock,
  wire = awsWire(),
}: Pick<AwsRoom, 'env' | 'home' | 'deadlineMs' | 'clock'> &
  Partial<Pick<AwsRoom, 'wire'>>): Promise<AwsRoom> {
  const place = (name: string, usual: string) =>
    (env[name] || `${home}/.aws/${usual}`).replace(/^~\//, `${home}/`)
  const files = {
    filepath: place('AWS_SHARED_CREDENTIALS_FILE', 'credentials'),
    configFilepath: place('AWS_CONFIG_FILE', 'config'),
  }
  const profiles = await profilesIn(files)
  return { env, home, files, profiles, deadlineMs, clock, wire }
}

async function profilesIn(files: AwsRoom['files']): Promise<AwsProfiles> {
  const text = async (path: string) => readFile(path, 'utf8').catch(() => '')
  const [profiles, config, credentials] = await Promise.all([
    parseKnownFiles({ ...files, ignoreCache: true }),
    text(files.configFilepath),
    text(files.filepath),
  ])
  return withEmptyProfiles(profiles, { config, credentials })
}

/** The time by the clock of AWS, as far as its answers have told how far this machine's differs. */
export const awsNow = ({ clock, wire }: Pick<AwsRoom, 'clock' | 'wire'>) => clock.now() - wire.aheadMs()

/** The first names of its hosts, where they are not the service's own. IAM has one for all regions. */
const hostNames: Partial<Readonly<Record<AwsService, string>>> = {
  ECR: 'api.ecr',
  SSO: 'portal.sso',
  SSO_OIDC: 'oidc',
}

/** Where a service is asked unless somebody set another address. */
export function hostOf(service: AwsService, region: string): string {
  const host = serviceHost(hostNames[service] ?? service.toLowerCase(), region)
  if (service === 'SIGNIN') return `${region}.signin.aws.amazon.com`
  return service === 'IAM' ? host.replace(`.${region}.`, '.') : host
}

/**
 * Settings of an SDK client, none of which it is to look for itself. Left to the SDK, which reads `process.env` and
 * `~/.aws/config` for them: use_fips_endpoint, use_dualstack_endpoint, and where the caches of SSO and `aws login` lie.
 */
export async function clientOptions(
  service: AwsService,
  { profile, region }: { readonly profile?: string; readonly region?: string },
  room: AwsRoom,
) {
  const endpoint = endpointOf(service, profile, room.profiles, room.env)?.url
  const host = hostOf(service, region ?? 'us-east-1')
  const httpsAgent = await agentFor(new URL(endpoint ?? `https://${host}`), profile, room)
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(profile !== undefined && { profile }),
    // Where this machine's clock is wrong, the first is spent on finding that out: a client that was told so beforehand
    // would be refused once the clock is right again, and not try once more (AwsSdkSigV4Signer: clockSkewCorrected).
    maxAttempts: room.wire.aheadMs() === 0 ? 2 : 3,
    extensions: [room.wire.extension],
    requestHandler: {
      // Half of the time, so that the second attempt has the other half.
      connectionTimeout: Math.round(room.deadlineMs / 2.5),
      requestTimeout: room.deadlineMs,
      // Else it only warns, on stderr.
      throwOnRequestTimeout: true,
      ...(httpsAgent !== undefined && { httpsAgent }),
    },
  }
}

/** The proxy that the machine's variables name, by the same rules as src/adapters/net.ts, and a CA bundle of AWS's own. */
async function agentFor(url: URL, profile: string | undefined, room: AwsRoom): Promise<Agent | undefined> {
  const ca = await bundleOf(profile, room)
  const options = { keepAlive: true, ...(ca !== undefined && { ca: [...ca] }) }
  const value = proxyFor(url, proxySettings(room.env))
  if (value === undefined || url.protocol !== 'https:')
    return ca === undefined ? undefined : new HttpsAgent(options)
  const proxy = parseProxy(value)
  if (proxy === undefined || !['http:', 'https:'].includes(proxy.protocol)) {
    throw new NetError('proxy', `the proxy ${shownProxy(value)} is not an http or https address`)
  }
  const { tunnelAgent } = await import('./aws-tunnel.ts')
  return tunnelAgent(proxy, url.host, options)
}

/** Node's own list is not used beside one that is given, so it is given with it. */
async function bundleOf(
  profile: string | undefined,
  { env, profiles }: AwsRoom,
): Promise<readonly string[] | undefined> {
  const path = env['AWS_CA_BUNDLE'] || profiles[profile ?? 'default']?.['ca_bundle']
  if (!path) return undefined
  const extra = env['NODE_EXTRA_CA_CERTS']
  const read = async (file: string) => readFile(file, 'utf8')
  const bundle = await read(path).catch((error: unknown) =>
    fail(awsCertificateNotTrusted, {
      detail: `The CA bundle ${path}, which AWS_CA_BUNDLE or the AWS profile names, cannot be read: ${String((error as { code?: unknown }).code)}.`,
      next: [`ls -l ${path}`],
    }),
  )
  return [...rootCertificates, bundle, ...(extra ? [await read(extra).catch(() => '')] : [])]
}
