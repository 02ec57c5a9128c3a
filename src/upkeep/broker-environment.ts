/**
 * Variables of the person's shell that decide who they are to AWS and how AWS is reached. A service starts with next to
 * none. Keys are not among them: they would lie in a file, and nobody could renew them.
 */
const carried: ReadonlySet<string> = new Set([
  'PATH',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_LOGIN_CACHE_DIRECTORY',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_CA_BUNDLE',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_ECR',
  'AWS_ENDPOINT_URL_SSO',
  'AWS_ENDPOINT_URL_SSO_OIDC',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'XDG_CACHE_HOME',
  'MINIKUBE_HOME',
])

type Env = Readonly<Record<string, string | undefined>>

/** What of the person's environment a broker gets, sorted by name. Proxies come in capitals and in small letters. */
export function brokerEnvironment(env: Env): Readonly<Record<string, string>> {
  const found = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== '' && carried.has(entry[0].toUpperCase()),
  )
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether the shell has keys of its own, which a broker can neither have nor renew. */
export function hasKeysInEnvironment(env: Env): boolean {
  return Boolean(env['AWS_ACCESS_KEY_ID']) && !env['AWS_PROFILE']
}
