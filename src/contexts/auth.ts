import type { NamedEntry } from '../kubeconfig/entries.ts'

/** How a user entry signs in; the words stand in `contexts list --json` and keep their meaning. */
export type AuthMethod =
  | 'devk8s-token'
  | 'exec'
  | 'oidc'
  | 'auth-provider'
  | 'client-certificate'
  | 'token'
  | 'token-file'
  | 'basic'
  /** Nothing of its own, behind a proxy that signs in for it. */
  | 'proxy'
  | 'none'
  /** The context names a user that no file has. */
  | 'missing'

export interface Auth {
  /** Several where an entry has several: a client certificate and a token may both be sent. */
  readonly methods: readonly AuthMethod[]
  /** The program of `exec`, or the name of the auth provider. */
  readonly plugin?: string
  /** The user acted as. */
  readonly impersonates?: string
}

type Fields = NamedEntry['fields']

/**
 * How a context signs in, read from its entries as client-go would read them.
 * @param user the fields of its user entry; undefined when no file has the one named.
 * @param cluster those of its cluster entry, for the proxy.
 * @param isNamed whether the context names a user at all.
 */
export function authOf(user: Fields | undefined, cluster: Fields | undefined, isNamed: boolean): Auth {
  if (user === undefined && isNamed) return { methods: ['missing'] }
  const fields = user ?? {}
  const exec = recordOf(fields['exec'])
  const provider = recordOf(fields['auth-provider'])
  const methods: AuthMethod[] = []
  if (exec !== undefined) methods.push(execMethod(exec))
  if (provider !== undefined) methods.push(provider['name'] === 'oidc' ? 'oidc' : 'auth-provider')
  if (has(fields, 'client-certificate') || has(fields, 'client-certificate-data'))
    methods.push('client-certificate')
  // The file wins where both are given (client-go, clientcmd.go).
  if (has(fields, 'tokenFile')) methods.push('token-file')
  else if (has(fields, 'token')) methods.push('token')
  if (has(fields, 'username')) methods.push('basic')
  if (methods.length === 0)
    methods.push(cluster !== undefined && has(cluster, 'proxy-url') ? 'proxy' : 'none')
  const plugin = methods.includes('exec')
    ? commandName(exec)
    : methods.includes('auth-provider')
      ? textOf(provider?.['name'])
      : undefined
  const as = fields['as']
  return {
    methods,
    ...(plugin === undefined ? {} : { plugin }),
    ...(typeof as === 'string' && as !== '' ? { impersonates: as } : {}),
  }
}

/** For people: `exec aws`, `client cert`, `token as jane`. */
export function authText({ methods, plugin, impersonates }: Auth): string {
  const isEmpty = methods.every((method) => method === 'none')
  if (impersonates !== undefined && isEmpty) return `as ${impersonates}`
  const text = methods.map((method) => words(method, plugin)).join(' + ')
  return impersonates === undefined ? text : `${text} as ${impersonates}`
}

function words(method: AuthMethod, plugin: string | undefined): string {
  switch (method) {
    case 'devk8s-token':
      return 'devk8s token'
    case 'client-certificate':
      return 'client cert'
    case 'token-file':
      return 'tokenFile'
    case 'exec':
      return `exec ${plugin ?? ''}`.trimEnd()
    case 'auth-provider':
      return `auth-provider ${plugin ?? ''}`.trimEnd()
    case 'missing':
      return 'no such user'
    case 'oidc':
    case 'token':
    case 'basic':
    case 'proxy':
    case 'none':
      return method
  }
}

/** What a plugin's command line is known to be; the arguments of a devk8s entry begin with `token`. */
function execMethod(exec: Fields): AuthMethod {
  const args = argsOf(exec)
  if (commandName(exec) === 'devk8s' && args[0] === 'token') return 'devk8s-token'
  // kubelogin, alone or as `kubectl oidc-login get-token`.
  return args.some((arg) => arg.startsWith('--oidc-issuer-url')) ? 'oidc' : 'exec'
}

/** The arguments of an exec entry. */
export function argsOf(exec: Fields | undefined): readonly string[] {
  const args = exec?.['args']
  return Array.isArray(args) ? args.filter((arg) => typeof arg === 'string') : []
}

function commandName(exec: Fields | undefined): string {
  const command = exec?.['command']
  if (typeof command !== 'string') return ''
  return (command.split(/[/\\]/).at(-1) ?? '').replace(/\.(?:exe|cmd|bat)$/i, '')
}

function has(fields: Fields, key: string): boolean {
  const value = fields[key]
  return typeof value === 'string' && value !== ''
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function recordOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
