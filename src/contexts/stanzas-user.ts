import type { Fields } from '../kubeconfig/changes.ts'
import type { Note } from '../ports/event.ts'
import type { SecretSource, UserSpec } from '../profile/schema-user.ts'
import type { StanzaInput, Stanzas } from './stanzas.ts'
import { envOf, pluginStanza } from './stanzas-plugin.ts'
import { tokenArgs } from './token-args.ts'
import type { TokenWants } from '../cli/request.ts'

type User = Pick<Stanzas, 'user' | 'secret' | 'notes'>

/**
 * How a person signs in to a cluster that is given by its address, in each way that Kubernetes has had. What is
 * protected goes through devk8s, so that the credentials themselves know of it; where that cannot be, a warning says so.
 */
export function userStanza(input: StanzaInput): User {
  const { user = {} } = input.spec
  const signIn = input.spec.protected === true ? protectedSignIn(user, input) : openSignIn(user, input)
  return { ...signIn, user: { ...signIn.user, ...impersonation(user) } }
}

function openSignIn(user: UserSpec, { launcher, name }: StanzaInput): User {
  const { clientCertificate, clientKey, token, tokenFile, username, password, exec, oidc } = user
  if (clientCertificate !== undefined && clientKey !== undefined) {
    return plain({ 'client-certificate': clientCertificate, 'client-key': clientKey })
  }
  if (tokenFile !== undefined) return plain({ tokenFile })
  if (token !== undefined) {
    if (token === 'ask') return { user: {}, secret: { field: 'token', from: token }, notes: [] }
    if ('file' in token) return plain({ tokenFile: token.file })
    return plain({ exec: pluginStanza(launcher, tokenArgs({ tokenEnv: token.env, plugin: [] })) })
  }
  if (username !== undefined && password !== undefined) return basic(username, password, name)
  if (exec !== undefined) return plain({ exec: execStanza(exec) })
  if (oidc !== undefined) return plain({ exec: execStanza(kubelogin(oidc)) })
  return plain({})
}

function protectedSignIn(user: UserSpec, input: StanzaInput): User {
  const { clientCertificate, clientKey, token, tokenFile, exec, oidc } = user
  const through = (wants: Omit<TokenWants, 'plugin' | 'protect'>): User =>
    plain({
      exec: pluginStanza(input.launcher, tokenArgs({ ...wants, protect: input.protectedAs, plugin: [] })),
    })
  if (clientCertificate !== undefined && clientKey !== undefined)
    return through({ clientCertificate, clientKey })
  if (tokenFile !== undefined) return through({ tokenFile })
  if (token !== undefined && token !== 'ask') {
    return through('file' in token ? { tokenFile: token.file } : { tokenEnv: token.env })
  }
  const plugin = exec ?? (oidc === undefined ? undefined : kubelogin(oidc))
  if (plugin !== undefined) return plain({ exec: protectedPlugin(plugin, input) })
  const open = openSignIn(user, input)
  return { ...open, notes: [...open.notes, unprotected(user, input.name)] }
}

const plain = (user: Fields): User => ({ user, notes: [] })

function unprotected({ token, username }: UserSpec, name: string): Note {
  const what =
    token === 'ask' ? 'a token in the file' : username === undefined ? 'no credentials at all' : 'a password'
  const text = `Context ${name} is protected, but signs in with ${what}: switching to it asks, and nothing else can be stopped.`
  return { level: 'warning', text }
}

/** https://github.com/kubernetes/kubernetes/pull/81152: the server's side went in 1.19; the entry is still read. */
function basic(username: string, password: SecretSource, name: string): User {
  const text = `Context ${name} signs in with a password: servers have not taken one since Kubernetes 1.19, unless a proxy before them does.`
  return {
    user: { username },
    secret: { field: 'password', from: password },
    notes: [{ level: 'warning', text }],
  }
}

function execStanza(exec: NonNullable<UserSpec['exec']>) {
  const { command, args, env, apiVersion, interactiveMode, installHint, provideClusterInfo } = exec
  return {
    apiVersion: apiVersion ?? 'client.authentication.k8s.io/v1beta1',
    ...(args === undefined ? {} : { args }),
    command,
    ...envOf(env),
    ...(installHint === undefined ? {} : { installHint }),
    interactiveMode: interactiveMode ?? 'IfAvailable',
    provideClusterInfo: provideClusterInfo ?? false,
  }
}

/** The plugin behind `devk8s token`, which starts it when the context is unlocked. */
function protectedPlugin(exec: NonNullable<UserSpec['exec']>, { launcher, protectedAs }: StanzaInput) {
  const plugin = [exec.command, ...(exec.args ?? [])]
  const { apiVersion, interactiveMode, env } = exec
  const more = {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(interactiveMode === undefined ? {} : { interactiveMode }),
    ...(env === undefined ? {} : { env }),
  }
  const stanza = pluginStanza(launcher, tokenArgs({ protect: protectedAs, plugin }), more)
  return { ...stanza, provideClusterInfo: exec.provideClusterInfo ?? false }
}

/** kubectl's plugin for OpenID Connect, int128/kubelogin, called as its documentation does. */
function kubelogin(oidc: NonNullable<UserSpec['oidc']>): NonNullable<UserSpec['exec']> {
  const { issuerUrl, clientId, extraScopes = [], grantType, certificateAuthority, accessToken } = oidc
  return {
    command: 'kubectl',
    args: [
      'oidc-login',
      'get-token',
      `--oidc-issuer-url=${issuerUrl}`,
      `--oidc-client-id=${clientId}`,
      ...extraScopes.map((scope) => `--oidc-extra-scope=${scope}`),
      ...(grantType === undefined ? [] : [`--grant-type=${grantType}`]),
      ...(certificateAuthority === undefined ? [] : [`--certificate-authority=${certificateAuthority}`]),
      ...(accessToken === true ? ['--oidc-use-access-token'] : []),
    ],
    installHint:
      'kubelogin is not installed: kubectl krew install oidc-login, or see https://github.com/int128/kubelogin',
  }
}

function impersonation({ impersonate }: UserSpec): Fields {
  if (impersonate === undefined) return {}
  const { user, uid, groups, extra } = impersonate
  return {
    as: user,
    ...(uid === undefined ? {} : { 'as-uid': uid }),
    ...(groups === undefined ? {} : { 'as-groups': groups }),
    ...(extra === undefined ? {} : { 'as-user-extra': extra }),
  }
}
