import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseArgs } from '../../../src/cli/parse.ts'
import { staticCluster } from '../../../src/contexts/remote-cluster.ts'
import { stanzasOf } from '../../../src/contexts/stanzas.ts'
import type { RemoteContextSpec } from '../../../src/profile/profile.ts'

const launcher = '/data/bin/devk8s'
const cluster = { server: 'https://k.test' }

function stanzas(spec: Partial<RemoteContextSpec>) {
  const whole: RemoteContextSpec = { name: 'onprem', cluster, ...spec }
  return stanzasOf({
    spec: whole,
    found: staticCluster(whole.cluster ?? cluster),
    name: whole.name,
    protectedAs: whole.name,
    launcher,
  })
}

const pem = { clientCertificate: '/p/me.pem', clientKey: '/p/me.key' }
const exec = { command: '/opt/login', args: ['get', '--for', 'k'], env: { REALM: 'acme' } }
const oidc = { issuerUrl: 'https://login.test', clientId: 'kubernetes', extraScopes: ['groups', 'email'] }

describe('each way to sign in', () => {
  test.for<readonly [string, RemoteContextSpec['user'], unknown]>([
    ['client certificate', pem, { 'client-certificate': '/p/me.pem', 'client-key': '/p/me.key' }],
    ['token file', { tokenFile: '/p/token' }, { tokenFile: '/p/token' }],
    ['token in a file, said otherwise', { token: { file: '/p/token' } }, { tokenFile: '/p/token' }],
    [
      'token in a variable',
      { token: { env: 'K_TOKEN' } },
      {
        exec: {
          command: launcher,
          args: ['token', '--token-env', 'K_TOKEN'],
          interactiveMode: 'IfAvailable',
        },
      },
    ],
    ['token that is asked for', { token: 'ask' }, {}],
    ['basic', { username: 'me', password: 'ask' }, { username: 'me' }],
    [
      'exec plugin',
      {
        exec: {
          ...exec,
          apiVersion: 'client.authentication.k8s.io/v1',
          interactiveMode: 'Never',
          installHint: 'brew install login',
        },
      },
      {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: '/opt/login',
          args: ['get', '--for', 'k'],
          env: [{ name: 'REALM', value: 'acme' }],
          interactiveMode: 'Never',
          installHint: 'brew install login',
          provideClusterInfo: false,
        },
      },
    ],
    [
      'OpenID Connect',
      { oidc: { ...oidc, grantType: 'device-code', certificateAuthority: '/p/ca.pem', accessToken: true } },
      {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1beta1',
          command: 'kubectl',
          args: [
            'oidc-login',
            'get-token',
            '--oidc-issuer-url=https://login.test',
            '--oidc-client-id=kubernetes',
            '--oidc-extra-scope=groups',
            '--oidc-extra-scope=email',
            '--grant-type=device-code',
            '--certificate-authority=/p/ca.pem',
            '--oidc-use-access-token',
          ],
          interactiveMode: 'IfAvailable',
        },
      },
    ],
    [
      'impersonation',
      { ...pem, impersonate: { user: 'ci', uid: '7', groups: ['dev'], extra: { scopes: ['a', 'b'] } } },
      {
        as: 'ci',
        'as-uid': '7',
        'as-groups': ['dev'],
        'as-user-extra': { scopes: ['a', 'b'] },
        'client-key': '/p/me.key',
      },
    ],
    ['none: an authenticating proxy', undefined, {}],
  ])('%s', ([, user, expected]) => {
    expect(stanzas(user === undefined ? {} : { user }).user).toMatchObject(expected as object)
  })

  test('a cluster behind a proxy that signs in for everybody', () => {
    const proxied = {
      ...cluster,
      proxyUrl: 'https://proxy.test:3128',
      tlsServerName: 'k.internal.test',
      certificateAuthority: '/p/ca.pem',
    }
    expect(stanzas({ cluster: proxied })).toMatchObject({
      cluster: {
        server: 'https://k.test',
        'proxy-url': 'https://proxy.test:3128',
        'tls-server-name': 'k.internal.test',
        'certificate-authority': '/p/ca.pem',
      },
      user: {},
    })
  })

  test('a server that is not checked is warned of, with the reason', () => {
    const { cluster: made, notes } = stanzas({
      cluster: { ...cluster, insecureSkipTlsVerify: { reason: 'lab' } },
    })
    expect(made).toEqual({ server: 'https://k.test', 'insecure-skip-tls-verify': true })
    expect(notes).toEqual([{ level: 'warning', text: 'Context onprem does not check who answers (lab).' }])
  })

  test('a password is warned of, since servers take none any more', () => {
    expect(stanzas({ user: { username: 'me', password: 'ask' } }).notes[0]?.text).toContain(
      'since Kubernetes 1.19',
    )
  })
})

describe('protection sits in the credentials', () => {
  test.for<readonly [string, RemoteContextSpec['user'], readonly string[]]>([
    [
      'client certificate',
      pem,
      ['token', '--client-certificate', '/p/me.pem', '--client-key', '/p/me.key', '--protect', 'onprem'],
    ],
    ['token file', { tokenFile: '/p/token' }, ['token', '--token-file', '/p/token', '--protect', 'onprem']],
    [
      'token in a file',
      { token: { file: '/p/token' } },
      ['token', '--token-file', '/p/token', '--protect', 'onprem'],
    ],
    ['token in a variable', { token: { env: 'K' } }, ['token', '--token-env', 'K', '--protect', 'onprem']],
    ['exec plugin', { exec }, ['token', '--protect', 'onprem', '--', '/opt/login', 'get', '--for', 'k']],
    [
      'OpenID Connect',
      { oidc: { issuerUrl: 'https://login.test', clientId: 'k' } },
      [
        'token',
        '--protect',
        'onprem',
        '--',
        'kubectl',
        'oidc-login',
        'get-token',
        '--oidc-issuer-url=https://login.test',
        '--oidc-client-id=k',
      ],
    ],
  ])('%s', async ([, user, args]) => {
    const made = stanzas({ protected: true, ...(user === undefined ? {} : { user }) })
    expect(made.user).toMatchObject({ exec: { command: launcher, args } })
    expect(made.notes).toEqual([])
    // What is written is what the command line reads back.
    const parsed = await parseArgs(args, {})
    expect(parsed).toMatchObject({ kind: 'request', request: { command: 'token', protect: 'onprem' } })
  })

  test('a plugin keeps its variables, its protocol and whether it may ask', () => {
    const user: RemoteContextSpec['user'] = {
      exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Always' },
    }
    expect(stanzas({ protected: true, user: user ?? {} }).user).toMatchObject({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        interactiveMode: 'Always',
        env: [{ name: 'REALM', value: 'acme' }],
      },
    })
  })

  test.for<readonly [RemoteContextSpec['user'], RegExp]>([
    [{ username: 'me', password: 'ask' }, /a password/],
    [{ token: 'ask' }, /a token in the file/],
    [undefined, /no credentials at all/],
  ])('where it cannot, a warning says so: %j', ([user, words]) => {
    const { notes } = stanzas({ protected: true, ...(user === undefined ? {} : { user }) })
    expect(notes.at(-1)).toMatchObject({ level: 'warning', text: expect.stringMatching(words) })
    expect(notes.at(-1)?.text).toContain('protected')
  })

  test('for EKS and kOps with both roles', () => {
    const roles = {
      roleArn: 'arn:aws:iam::123456789012:role/admin',
      readOnlyRoleArn: 'arn:aws:iam::123456789012:role/reader',
    }
    const made = stanzasOf({
      spec: {
        name: 'prod',
        protected: true,
        kops: {
          cluster: 'prod.acme.test',
          stateStore: 's3://acme-state',
          awsProfile: 'p',
          region: 'eu-central-1',
          ...roles,
        },
      },
      found: {
        server: 'https://api.prod.acme.test',
        tlsServerName: 'api.internal.prod.acme.test',
        region: 'eu-central-1',
      },
      name: 'prod',
      protectedAs: 'production',
      launcher,
    })
    expect(made).toMatchObject({
      source: 'kops',
      protected: true,
      region: 'eu-central-1',
      cluster: { server: 'https://api.prod.acme.test', 'tls-server-name': 'api.internal.prod.acme.test' },
      user: {
        exec: {
          args: [
            'token',
            '--kops',
            'prod.acme.test',
            '--state-store',
            's3://acme-state',
            '--region',
            'eu-central-1',
            '--aws-profile',
            'p',
            '--role-arn',
            roles.roleArn,
            '--read-only-role-arn',
            roles.readOnlyRoleArn,
            '--protect',
            'production',
          ],
        },
      },
    })
  })

  test('an EKS cluster on an Outpost is asked for by its id', () => {
    const made = stanzasOf({
      spec: { name: 'edge', eks: { cluster: 'edge', region: 'eu-west-1' } },
      found: { server: 'https://edge', caData: 'Q0E=', id: 'b4f1c1de', region: 'eu-west-1' },
      name: 'edge',
      protectedAs: 'edge',
      launcher,
    })
    expect(made.user).toMatchObject({
      exec: { args: ['token', '--cluster-id', 'b4f1c1de', '--region', 'eu-west-1'] },
    })
  })
})

/** As `aws eks update-kubeconfig` of aws-cli 1.44 wrote it against moto; the certificate is cut short. */
const recorded = `
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://1A2B3C.gr7.eu-west-1.eks.amazonaws.com
  name: arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev
    user: arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev
  name: arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev
users:
- name: arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: [--region, eu-west-1, eks, get-token, --cluster-name, acme-dev, --output, json]
      command: aws
`

interface AwsConfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, unknown>> }[]
  readonly users: readonly {
    readonly user: { readonly exec: { readonly apiVersion: string; readonly args: readonly string[] } }
  }[]
}

/** Our entries for what the AWS CLI wrote an entry for, compared apart from the command. */
function compare(config: AwsConfig) {
  const [theirs] = config.clusters
  const exec = config.users[0]?.user.exec
  const argument = (name: string) => exec?.args[exec.args.indexOf(name) + 1] ?? ''
  const found = {
    server: String(theirs?.cluster['server']),
    caData: String(theirs?.cluster['certificate-authority-data']),
    region: argument('--region'),
  }
  const spec = { name: 'dev', eks: { cluster: argument('--cluster-name'), region: argument('--region') } }
  const ours = stanzasOf({ spec, found, name: 'dev', protectedAs: 'dev', launcher })
  expect(ours.cluster).toEqual(theirs?.cluster)
  expect(ours.user).toMatchObject({
    exec: {
      apiVersion: exec?.apiVersion,
      args: ['token', '--cluster', argument('--cluster-name'), '--region', argument('--region')],
    },
  })
}

test('the EKS entry is what aws eks update-kubeconfig writes, apart from the command', () => {
  compare(parse(recorded) as AwsConfig)
})
