import * as v from 'valibot'
import * as is from './values.ts'

// How a person signs in to a cluster that is given by its address.

/** A secret is named, never written: it is read from a file or a variable, or the person is asked. */
const secretSource = v.pipe(
  v.union([
    v.literal('ask'),
    v.strictObject({ file: is.path('a file that holds it') }),
    v.strictObject({ env: is.environmentVariable }),
  ]),
  v.description('where the secret is: { file }, { env }, or ask'),
)

/** The versions of the credential protocol that kubectl still speaks; v1alpha1 went with 1.24 (facts sheet, 9). */
export const execVersions = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
] as const
export const interactiveModes = ['Never', 'IfAvailable', 'Always'] as const
/** docs/usage.md of kubelogin. */
export const grantTypes = ['auto', 'authcode', 'authcode-keyboard', 'password', 'device-code'] as const

const exec = is.described(
  v.strictObject({
    command: is.filled('a program: a name on PATH, or a path relative to the profile'),
    args: v.exactOptional(is.described(v.array(v.string()), 'its arguments')),
    env: v.exactOptional(is.described(v.record(is.environmentVariable, v.string()), 'variables for it')),
    apiVersion: v.exactOptional(
      is.described(v.picklist(execVersions), 'the protocol it speaks; v1beta1 unless told'),
    ),
    interactiveMode: v.exactOptional(
      is.described(v.picklist(interactiveModes), 'whether it may ask in the terminal'),
    ),
    installHint: v.exactOptional(is.filled('what kubectl says when the program is not there')),
    provideClusterInfo: v.exactOptional(is.flag('give the program the address of the cluster')),
  }),
  'a credential plugin: { command, args, env, apiVersion, interactiveMode, installHint }',
)

const oidc = is.described(
  v.strictObject({
    issuerUrl: is.url('the address of the issuer', ['https:']),
    clientId: is.filled('the id of the client'),
    extraScopes: v.exactOptional(is.described(v.array(is.filled('a scope')), 'more scopes to ask for')),
    grantType: v.exactOptional(
      is.described(v.picklist(grantTypes), 'how the person signs in; auto unless told'),
    ),
    certificateAuthority: v.exactOptional(is.path('a PEM file that the issuer is checked against')),
    accessToken: v.exactOptional(is.flag('sign in with the access token in place of the id token')),
  }),
  'sign-in by OpenID Connect: { issuerUrl, clientId, extraScopes, grantType }',
)

const impersonate = is.described(
  v.strictObject({
    user: is.filled('a user name'),
    uid: v.exactOptional(is.filled('the id of that user')),
    groups: v.exactOptional(is.described(v.array(is.filled('a group')), 'groups of that user')),
    extra: v.exactOptional(
      is.described(
        v.record(is.filled('a key'), is.described(v.array(v.string()), 'its values')),
        'more that is said of the user, lists by key',
      ),
    ),
  }),
  'act as another user: { user, uid, groups, extra }',
)

export const userSchema = v.pipe(
  v.strictObject({
    clientCertificate: v.exactOptional(is.path('a PEM file')),
    clientKey: v.exactOptional(is.path('a PEM file')),
    token: v.exactOptional(secretSource),
    tokenFile: v.exactOptional(is.path('a file with a token')),
    username: v.exactOptional(is.filled('a user name')),
    password: v.exactOptional(secretSource),
    exec: v.exactOptional(exec),
    oidc: v.exactOptional(oidc),
    impersonate: v.exactOptional(impersonate),
  }),
  v.check(
    ({ clientCertificate, clientKey }) => (clientCertificate === undefined) === (clientKey === undefined),
    'a map with clientCertificate and clientKey together',
  ),
  v.check(
    ({ username, password }) => (username === undefined) === (password === undefined),
    'a map with username and password together',
  ),
  v.description('how the person signs in to the cluster'),
)

export type UserSpec = v.InferOutput<typeof userSchema>
export type SecretSource = v.InferOutput<typeof secretSource>
