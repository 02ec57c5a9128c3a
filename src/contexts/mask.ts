import { recordOf } from './auth.ts'

/** What stands for a value that is not shown. */
export const mask = '***'

type Exec = Readonly<Record<string, unknown>>

/** Flags of credential plugins whose values are names and addresses, without their dashes. All others are masked. */
const publicFlags: ReadonlySet<string> = new Set([
  // aws, aws-iam-authenticator
  'region',
  'cluster',
  'cluster-name',
  'cluster-id',
  'profile',
  'role',
  'role-arn',
  'output',
  'session-name',
  // kubelogin of OIDC and of Azure
  'oidc-issuer-url',
  'oidc-client-id',
  'oidc-extra-scope',
  'grant-type',
  'listen-address',
  'environment',
  'server-id',
  'client-id',
  'tenant-id',
  'login',
  // gcloud, doctl, tsh, pinniped and others
  'account',
  'context',
  'format',
  'issuer',
  'kube-cluster',
  'location',
  'namespace',
  'project',
  'proxy',
  'server',
  'version',
  'zone',
])

/** Those of `devk8s token` beside them: names, and where something is. */
const ownFlags: ReadonlySet<string> = new Set([
  'aws-profile',
  'client-certificate',
  'client-key',
  'kops',
  'protect',
  'read-only-role-arn',
  'state-store',
  'token-env',
  'token-file',
])

/** Words that plugins are called with before any flag. */
const publicWords: ReadonlySet<string> = new Set([
  'cluster',
  'config',
  'config-helper',
  'credential',
  'credentials',
  'eks',
  'exec-credential',
  'get-credentials',
  'get-token',
  'kube',
  'kubeconfig',
  'kubernetes',
  'login',
  'oidc',
  'oidc-login',
  'token',
])

/** Variables whose values are names, addresses and paths. */
const publicVariables: ReadonlySet<string> = new Set([
  'AWS_CA_BUNDLE',
  'AWS_CONFIG_FILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_SDK_LOAD_CONFIG',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'CLOUDSDK_ACTIVE_CONFIG_NAME',
  'CLOUDSDK_CORE_PROJECT',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'USE_GKE_GCLOUD_AUTH_PLUGIN',
])

/** An address without the login in it: all up to the last `@`, since a password that is not escaped may hold `/` and `@`; proxies are named without a scheme as well. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${mask}@`)
}

/**
 * The arguments of a plugin as they may be shown. Which of them are secret is the plugin's affair, so those stay that
 * are known to be harmless, and of all others only the flags' names.
 */
export function shownArgs(exec: Exec): readonly string[] {
  const { args, command } = exec
  const words = Array.isArray(args) ? args.map(String) : []
  const isOwn = /(?:^|[/\\])devk8s(?:\.cmd)?$/.test(String(command)) && words[0] === 'token'
  const end = isOwn ? words.indexOf('--') : -1
  if (end === -1) return words.map((word, at) => shownWord(word, words[at - 1], isOwn))
  const [program = '', ...others] = words.slice(end + 1)
  return [
    ...words.slice(0, end).map((word, at) => shownWord(word, words[at - 1], true)),
    '--',
    program,
    ...shownArgs({ command: program, args: others }),
  ]
}

function shownWord(word: string, before: string | undefined, isOwn: boolean): string {
  const [, dashes, flag = '', value] = /^(--?)([a-z][\w-]*)(?:=(.*))?$/is.exec(word) ?? []
  if (dashes !== undefined) {
    const isKnown = isPublic(flag, isOwn)
    // `-pSECRET` is one word; a long name is a name.
    const name = dashes === '-' && flag.length > 1 && !isKnown ? `${flag.slice(0, 1)}${mask}` : flag
    return `${dashes}${name}${value === undefined ? '' : `=${isKnown ? withoutPassword(value) : mask}`}`
  }
  if (publicWords.has(word) || word === '--') return word
  const [, named] = /^--?([a-z][\w-]*)$/i.exec(before ?? '') ?? []
  return named !== undefined && isPublic(named, isOwn) ? withoutPassword(word) : mask
}

const isPublic = (flag: string, isOwn: boolean) => publicFlags.has(flag) || (isOwn && ownFlags.has(flag))

/** The variables of a plugin with the values that may be shown. */
export function shownVariables(env: readonly unknown[]): readonly unknown[] {
  return env.map((each) => {
    const { name, value } = recordOf(each) ?? {}
    const isKnown = typeof name === 'string' && publicVariables.has(name)
    return { name, value: isKnown && typeof value === 'string' ? withoutPassword(value) : mask }
  })
}
