import * as v from 'valibot'
import { contextColors } from './context-colors.ts'
import { rolesSchema } from './schema-roles.ts'
import { userSchema } from './schema-user.ts'
import * as is from './values.ts'

// The sections that other parts of devk8s fill: their shape is fixed here, so that a profile written today
// stays valid and a misspelt key is found today.

const eks = v.pipe(
  v.strictObject({
    cluster: v.exactOptional(is.formed(/^[A-Za-z0-9][\w-]{0,99}$/, 'the name of an EKS cluster')),
    discover: v.exactOptional(is.flag('take every cluster that the AWS profile can list')),
    tags: v.exactOptional(is.described(v.record(v.string(), v.string()), 'only clusters with these tags')),
    region: v.exactOptional(is.awsRegion),
    awsProfile: v.exactOptional(is.awsProfile),
    roleArn: v.exactOptional(is.roleArn),
    readOnlyRoleArn: v.exactOptional(is.roleArn),
  }),
  v.check(
    ({ cluster, discover }) => (cluster !== undefined) !== (discover === true),
    'a map with either cluster or discover: true',
  ),
  v.description('an EKS cluster: { cluster, region, awsProfile, roleArn }, or { discover: true, tags }'),
)

const kops = v.pipe(
  v.strictObject({
    cluster: is.domain('the name of a kOps cluster'),
    stateStore: is.formed(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[^\s]*)?$/,
      'a bucket, such as s3://acme-kops-state',
    ),
    region: v.exactOptional(is.awsRegion),
    awsProfile: v.exactOptional(is.awsProfile),
    roleArn: v.exactOptional(is.roleArn),
    readOnlyRoleArn: v.exactOptional(is.roleArn),
  }),
  v.description('a kOps cluster: { cluster, stateStore, awsProfile }'),
)

const cluster = v.pipe(
  v.strictObject({
    server: is.url('the address of the API server', ['https:']),
    certificateAuthority: v.exactOptional(is.path('a PEM file')),
    proxyUrl: v.exactOptional(is.url('the address of a proxy', ['https:', 'http:', 'socks5:'])),
    tlsServerName: v.exactOptional(is.hostName('the name in the certificate')),
    insecureSkipTlsVerify: v.exactOptional(
      is.described(
        v.strictObject({ reason: is.filled('why the certificate is not checked') }),
        'do not check the certificate, and why: { reason }',
      ),
    ),
  }),
  v.description('a cluster by its address: { server, certificateAuthority, proxyUrl, tlsServerName }'),
)

/** `-` goes back to the context of before, and what begins with it is a flag. */
const remoteName = v.pipe(
  is.contextName,
  v.check((text) => !text.startsWith('-'), 'a context name that does not begin with a dash'),
)

export const remoteContextSchema = v.pipe(
  v.strictObject({
    name: remoteName,
    aliases: v.exactOptional(is.described(v.array(remoteName), 'other names for the context')),
    description: v.exactOptional(is.filled('what the cluster is for')),
    namespace: v.exactOptional(is.label('a namespace')),
    protected: v.exactOptional(is.flag('switching to it asks first')),
    color: v.exactOptional(is.described(v.picklist(contextColors), 'its colour in prompts and lists')),
    eks: v.exactOptional(eks),
    kops: v.exactOptional(kops),
    cluster: v.exactOptional(cluster),
    user: v.exactOptional(userSchema),
  }),
  v.check(
    (context) =>
      [context.eks, context.kops, context.cluster].filter((each) => each !== undefined).length === 1,
    'a map with exactly one of eks, kops and cluster',
  ),
  v.check(
    (context) => context.user === undefined || context.cluster !== undefined,
    'a map with user only beside cluster; eks and kops know how to sign in',
  ),
  v.description('a remote context: { name, namespace, protected } and one of eks, kops and cluster'),
)

export type RemoteContextSpec = v.InferOutput<typeof remoteContextSchema>

const accounts = (what: string) => v.exactOptional(is.described(v.array(is.awsAccount), what))

export const awsSchema = v.strictObject({
  profile: v.exactOptional(is.awsProfile),
  region: v.exactOptional(is.awsRegion),
  accounts: v.exactOptional(
    is.described(
      v.strictObject({ allow: accounts('the only accounts allowed'), deny: accounts('accounts refused') }),
      'AWS accounts that devk8s may use: { allow, deny }',
    ),
  ),
  sso: v.exactOptional(
    is.described(
      v.strictObject({
        startUrl: is.url('the start page of IAM Identity Center', ['https:']),
        region: is.awsRegion,
        account: v.exactOptional(is.awsAccount),
        role: v.exactOptional(is.filled('the name of a permission set')),
      }),
      'how the team signs in: { startUrl, region, account, role }',
    ),
  ),
  assumeRole: v.exactOptional(is.roleArn),
  ecr: v.exactOptional(
    is.described(
      v.strictObject({
        mode: v.exactOptional(
          is.described(v.picklist(['auto', 'secret', 'addon']), 'how images of ECR are pulled'),
        ),
        registries: v.exactOptional(
          is.described(
            v.array(
              v.strictObject({
                account: is.awsAccount,
                regions: is.described(v.array(is.awsRegion), 'regions of the registry'),
              }),
            ),
            'private registries: { account, regions }',
          ),
        ),
      }),
      'private images: { mode, registries }',
    ),
  ),
  roles: v.exactOptional(rolesSchema),
  lane: v.exactOptional(
    is.described(v.picklist(['agent', 'env']), 'how pods get credentials: from the agent, or as variables'),
  ),
  baseRoleArn: v.exactOptional(
    is.formed(
      /^arn:aws[\w-]*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*$/,
      'what names of roles are completed with, such as arn:aws:iam::123456789012:role/',
    ),
  ),
  namespaceRestrictions: v.exactOptional(
    is.described(
      v.strictObject({
        mode: v.exactOptional(is.described(v.picklist(['refuse', 'warn']), 'what becomes of the role')),
        format: v.exactOptional(
          is.described(v.picklist(['glob', 'regexp']), 'how allowed-roles is written: kube2iam’s own flag'),
        ),
      }),
      'roles that a namespace’s allowed-roles or permitted leaves out: { mode, format }',
    ),
  ),
  imdsV1: v.exactOptional(is.flag('metadata is answered without a session token as well, as kube2iam does')),
})

export type AwsSpec = v.InferOutput<typeof awsSchema>

/** `.local` is answered by mDNS and `.localhost` by the system itself (facts sheet, 7.4). */
const localDomain = v.pipe(
  is.domain('the domain of the ingress hosts'),
  v.check(
    (text) => !/\.(?:local|localhost)$/.test(text),
    'a domain that ends neither in .local nor in .localhost',
  ),
)

export const dnsSchema = v.pipe(
  v.strictObject({
    domain: localDomain,
    mode: v.exactOptional(
      is.described(
        v.picklist(['auto', 'ingress-dns', 'loopback', 'hosts', 'wildcard']),
        'how the names are resolved on the machine',
      ),
    ),
    wildcard: v.exactOptional(is.domain('a public name whose subdomains all lead to 127.0.0.1')),
  }),
  v.check(
    ({ mode, wildcard }) => mode !== 'wildcard' || wildcard !== undefined,
    'a map with wildcard, since mode is wildcard',
  ),
)

export const teamSchema = v.strictObject({
  name: v.exactOptional(is.filled('the name of the team')),
  contact: v.exactOptional(is.filled('whom to ask')),
  access: v.exactOptional(is.filled('how access is asked for')),
  links: v.exactOptional(
    is.described(
      v.record(is.filled('a title'), is.removable(is.url('an address', ['https:', 'http:']))),
      'addresses by title',
    ),
  ),
})
