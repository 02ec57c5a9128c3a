import { proxyFor, proxySettings } from '../machine/proxy-settings.ts'
import { shownAddress, shownProxy } from '../machine/shown-address.ts'
import { type AwsProfiles, type AwsService, endpointOf } from './profiles.ts'

type Environment = Readonly<Record<string, string | undefined>>

const services: Readonly<Record<string, AwsService>> = {
  ecr: 'ECR',
  eks: 'EKS',
  iam: 'IAM',
  s3: 'S3',
  signin: 'SIGNIN',
  sso: 'SSO',
  'sso-oidc': 'SSO_OIDC',
  sts: 'STS',
}

/** The service of an action as IAM writes it: `eks:DescribeCluster`. */
export const serviceOf = (action: string): AwsService | undefined => services[action.split(':')[0] ?? '']

/**
 * What somebody has set between this machine and a service of AWS, in a sentence: another address, or a proxy, without
 * user names and passwords. Undefined when the service itself is asked.
 */
export function wayTo(
  {
    service,
    host,
    profile,
  }: { readonly service: AwsService; readonly host: string; readonly profile?: string },
  profiles: AwsProfiles,
  env: Environment,
): string | undefined {
  const endpoint = endpointOf(service, profile, profiles, env)
  if (endpoint !== undefined)
    return `It was asked for at ${shownAddress(endpoint.url)}, as ${endpoint.by} says.`
  const proxy = proxyFor(new URL(`https://${host}`), proxySettings(env))
  if (proxy === undefined) return undefined
  const name = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find((each) => env[each]) ?? ''
  return `The way there is the proxy ${shownProxy(proxy)}, as ${name} says.`
}
