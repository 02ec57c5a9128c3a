// Pods, and what the policies of devk8s give them: data for a real API server (test/contract/aws-policies), for the
// simulated one, and for `aws whoami`, which must tell of each what the policies do.

/** What the policies are told in the cluster of this corpus. */
export const corpusFacts = {
  serviceAccounts: ['shop/api', 'shop/worker'],
  deniedServiceAccounts: ['shop/root'],
  roles: {
    admin: 'deny',
    'team-*': 'deny',
    'team-readers': 'developer',
    'arn:aws:iam::111122223333:role/ops/breakglass': 'deny',
    'a.b+c': 'deny',
  },
  ownSources: ['ConfigMap shop/choice', 'Secret shop/mine'],
} as const

/** Namespaces of the corpus with their labels. */
export const corpusNamespaces: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shop: {},
  quiet: { 'devk8s.dev/aws': 'off' },
  'kube-system': {},
}

export interface CorpusContainer {
  readonly name: string
  readonly image?: string
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[]
  readonly envFrom?: readonly object[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

export interface CorpusPod {
  readonly name: string
  /** `shop` unless told. */
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec: {
    readonly containers: readonly CorpusContainer[]
    readonly initContainers?: readonly CorpusContainer[]
    readonly serviceAccountName?: string
    readonly imagePullSecrets?: readonly { readonly name: string }[]
    readonly [field: string]: unknown
  }
  /** Containers that get keys, in any order; none unless told. */
  readonly keys?: readonly string[]
  /** Containers that get the other region variable, with its name. */
  readonly regions?: Readonly<Record<string, string>>
  /** The pod gets the pull secret. */
  readonly pull?: true
}

const on = { 'devk8s.dev/aws': 'on' }
const off = { 'devk8s.dev/aws': 'off' }
const role = (name: string) => ({ 'iam.amazonaws.com/role': name })
const app: CorpusContainer = { name: 'app', image: 'nginx' }
const one = { containers: [app] }
const withEnv = (...names: readonly string[]) => ({
  containers: [{ ...app, env: names.map((name) => ({ name, value: 'own' })) }],
})
const ours = { secretRef: { name: 'aws-credentials', optional: true } }
const ecr = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/app:1'
const many = (count: number, kind: string) =>
  Array.from({ length: count }, (_, at): CorpusContainer => ({ name: `${kind}${at}`, image: 'nginx' }))
const named = (containers: readonly CorpusContainer[]) => containers.map(({ name }) => name)

const whoGets: readonly CorpusPod[] = [
  { name: 'nothing-asks', spec: one },
  { name: 'label-on', labels: on, spec: one, keys: ['app'] },
  { name: 'label-of-another-value', labels: { 'devk8s.dev/aws': 'true' }, spec: one },
  { name: 'role-on-the-pod', annotations: role('reader'), spec: one, keys: ['app'] },
  {
    name: 'role-arn-on-the-pod',
    annotations: role('arn:aws:iam::999988887777:role/reader'),
    spec: one,
    keys: ['app'],
  },
  { name: 'role-empty', annotations: role(''), spec: one },
  { name: 'other-annotations-only', annotations: { a: 'b' }, spec: one },
  { name: 'other-annotations-too', annotations: { a: 'b', ...role('reader') }, spec: one, keys: ['app'] },
  { name: 'account-listed', spec: { ...one, serviceAccountName: 'api' }, keys: ['app'] },
  { name: 'account-not-listed', spec: { ...one, serviceAccountName: 'other' } },
  {
    name: 'account-listed-elsewhere',
    namespace: 'quiet',
    spec: { ...one, serviceAccountName: 'api' },
  },
  { name: 'account-denied', spec: { ...one, serviceAccountName: 'root' } },
  { name: 'account-denied-label-on', labels: on, spec: { ...one, serviceAccountName: 'root' } },
  {
    name: 'account-denied-role-on-the-pod',
    annotations: role('reader'),
    spec: { ...one, serviceAccountName: 'root' },
    keys: ['app'],
  },
  { name: 'role-denied', annotations: role('admin'), spec: one },
  { name: 'role-denied-label-on', annotations: role('admin'), labels: on, spec: one },
  {
    name: 'role-denied-account-listed',
    annotations: role('admin'),
    spec: { ...one, serviceAccountName: 'api' },
  },
  // Written as escapes: what an editor may take away.
  ...Object.entries({
    before: ' admin',
    behind: 'admin ',
    newline: 'admin\n',
    'no-break': '\u00A0admin',
    'next-line': 'admin\u0085',
    'of-unicode': '\u2003admin\u3000',
    'arn-before': '\tarn:aws:iam::999988887777:role/admin',
  }).map(([where, name]): CorpusPod => ({
    name: `role-denied-space-${where}`,
    annotations: role(name),
    spec: one,
  })),
  { name: 'role-of-spaces', annotations: role(' \n'), spec: one },
  {
    name: 'role-of-spaces-account-listed',
    annotations: role(' '),
    spec: { ...one, serviceAccountName: 'api' },
    keys: ['app'],
  },
  { name: 'role-with-a-byte-order-mark', annotations: role('\uFEFFadmin'), spec: one, keys: ['app'] },
  { name: 'role-spared-with-spaces', annotations: role(' team-readers '), spec: one, keys: ['app'] },
  { name: 'role-denied-as-arn', annotations: role('arn:aws:iam::999988887777:role/admin'), spec: one },
  { name: 'role-denied-with-path', annotations: role('arn:aws:iam::999988887777:role/x/admin'), spec: one },
  { name: 'role-begins-like-denied', annotations: role('administrator'), spec: one, keys: ['app'] },
  { name: 'role-ends-like-denied', annotations: role('sysadmin'), spec: one, keys: ['app'] },
  { name: 'role-denied-by-star', annotations: role('team-writers'), spec: one },
  { name: 'role-spared-from-star', annotations: role('team-readers'), spec: one, keys: ['app'] },
  {
    name: 'role-denied-by-arn',
    annotations: role('arn:aws:iam::111122223333:role/ops/breakglass'),
    spec: one,
  },
  { name: 'role-denied-by-arn-bare', annotations: role('ops/breakglass'), spec: one },
  {
    name: 'role-of-another-account',
    annotations: role('arn:aws:iam::999988887777:role/ops/breakglass'),
    spec: one,
    keys: ['app'],
  },
  { name: 'role-denied-with-signs', annotations: role('a.b+c'), spec: one },
  { name: 'role-like-the-signs', annotations: role('aXb+c'), spec: one, keys: ['app'] },
]

const whoOptsOut: readonly CorpusPod[] = [
  { name: 'label-off', labels: off, annotations: role('reader'), spec: one },
  { name: 'namespace-off', namespace: 'quiet', annotations: role('reader'), spec: one },
  { name: 'namespace-off-label-on', namespace: 'quiet', labels: on, spec: one },
  { name: 'system-namespace', namespace: 'kube-system', labels: on, spec: one },
  {
    name: 'eks-skip-label',
    labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' },
    annotations: role('reader'),
    spec: one,
  },
  {
    name: 'eks-skip-label-without-value',
    labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': '', ...on },
    spec: one,
  },
  {
    name: 'skip-containers',
    labels: on,
    annotations: { 'eks.amazonaws.com/skip-containers': 'b, c' },
    spec: { containers: [app, { name: 'b', image: 'nginx' }, { name: 'c', image: 'nginx' }] },
    keys: ['app'],
  },
  {
    name: 'skip-init-containers-too',
    labels: on,
    annotations: { 'eks.amazonaws.com/skip-containers': 'first' },
    spec: { ...one, initContainers: [{ name: 'first', image: 'nginx' }] },
    keys: ['app'],
  },
  {
    name: 'skip-all-containers',
    labels: on,
    annotations: { 'eks.amazonaws.com/skip-containers': 'app' },
    spec: one,
  },
  {
    name: 'static-pod',
    labels: on,
    annotations: { 'kubernetes.io/config.mirror': 'hash' },
    spec: { containers: [{ ...app, image: ecr }], nodeName: 'node' },
  },
  { name: 'windows', labels: on, spec: { ...one, os: { name: 'windows' } } },
  { name: 'linux', labels: on, spec: { ...one, os: { name: 'linux' } }, keys: ['app'] },
]

const ownCredentials: readonly CorpusPod[] = [
  ...[
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_SHARED_CREDENTIALS_FILE',
    'AWS_CONFIG_FILE',
    'AWS_ACCESS_KEY',
    'AWS_SECRET_KEY',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  ].map((name): CorpusPod => ({
    name: `own-${name.toLowerCase().replaceAll('_', '-')}`,
    labels: on,
    spec: withEnv('LOG_LEVEL', name),
  })),
  { name: 'env-of-other-kinds', labels: on, spec: withEnv('LOG_LEVEL', 'AWS_ROLE_ARN'), keys: ['app'] },
  { name: 'env-empty-list', labels: on, spec: { containers: [{ ...app, env: [] }] }, keys: ['app'] },
  {
    name: 'own-keys-from-a-secret',
    labels: on,
    spec: {
      containers: [
        {
          ...app,
          env: [{ name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
        },
      ],
    },
  },
  {
    name: 'own-keys-in-one-of-two',
    labels: on,
    spec: { containers: [app, { name: 'b', image: 'nginx', env: [{ name: 'AWS_PROFILE', value: 'x' }] }] },
    keys: ['app'],
  },
  {
    name: 'own-keys-in-the-init-container',
    labels: on,
    spec: {
      ...one,
      initContainers: [{ name: 'first', image: 'nginx', env: [{ name: 'AWS_PROFILE', value: 'x' }] }],
    },
    keys: ['app'],
  },
  {
    name: 'region',
    labels: on,
    spec: withEnv('AWS_REGION'),
    keys: ['app'],
    regions: { app: 'AWS_DEFAULT_REGION' },
  },
  {
    name: 'default-region',
    labels: on,
    spec: withEnv('AWS_DEFAULT_REGION', 'LOG_LEVEL'),
    keys: ['app'],
    regions: { app: 'AWS_REGION' },
  },
  { name: 'both-regions', labels: on, spec: withEnv('AWS_REGION', 'AWS_DEFAULT_REGION'), keys: ['app'] },
  { name: 'region-without-keys', spec: withEnv('AWS_REGION') },
  {
    name: 'region-of-the-init-container',
    labels: on,
    spec: {
      ...one,
      initContainers: [{ name: 'first', image: 'nginx', env: [{ name: 'AWS_REGION', value: 'x' }] }],
    },
    keys: ['app', 'first'],
    regions: { first: 'AWS_DEFAULT_REGION' },
  },
]

const from = (kind: 'secretRef' | 'configMapRef', name: string, prefix?: string) => ({
  ...(prefix === undefined ? {} : { prefix }),
  [kind]: { name },
})
const taking = (...envFrom: readonly object[]) => ({ containers: [{ ...app, envFrom }] })
const mounting = (mountPath: string, volume: object) => ({
  containers: [{ ...app, volumeMounts: [{ name: 'v', mountPath }] }],
  volumes: [{ name: 'v', ...volume }],
})
const ofSecret = { secret: { secretName: 's' } }

const ownSources: readonly CorpusPod[] = [
  { name: 'keys-from-a-secret', labels: on, spec: taking(from('secretRef', 'mine')) },
  {
    name: 'keys-from-a-secret-behind-others',
    labels: on,
    spec: taking(from('configMapRef', 'c'), from('secretRef', 'mine')),
  },
  { name: 'profile-from-a-config-map', labels: on, spec: taking(from('configMapRef', 'choice')) },
  {
    name: 'keys-from-a-secret-in-one-of-two',
    labels: on,
    spec: {
      containers: [app, { name: 'b', image: 'nginx', envFrom: [from('secretRef', 'mine')] }],
      initContainers: [{ name: 'first', image: 'nginx', envFrom: [from('configMapRef', 'choice')] }],
    },
    keys: ['app'],
  },
  {
    name: 'config-map-named-as-the-secret',
    labels: on,
    spec: taking(from('configMapRef', 'mine')),
    keys: ['app'],
  },
  {
    name: 'keys-from-a-secret-under-other-names',
    labels: on,
    spec: taking(from('secretRef', 'mine', 'OTHER_')),
    keys: ['app'],
  },
  { name: 'files-in-the-home', labels: on, spec: mounting('/root/.aws', ofSecret) },
  { name: 'files-in-the-home-slash', labels: on, spec: mounting('/home/node/.aws/', ofSecret) },
  { name: 'file-in-the-home', labels: on, spec: mounting('/root/.aws/credentials', ofSecret) },
  {
    name: 'files-in-the-home-empty',
    labels: on,
    spec: mounting('/root/.aws', { emptyDir: {} }),
    keys: ['app'],
  },
  { name: 'files-for-the-cli', labels: on, spec: mounting('/root/.aws/cli/cache', ofSecret), keys: ['app'] },
  { name: 'files-elsewhere', labels: on, spec: mounting('/data/aws', ofSecret), keys: ['app'] },
]

const shapes: readonly CorpusPod[] = [
  {
    name: 'env-from-before',
    labels: on,
    spec: {
      containers: [{ ...app, envFrom: [{ secretRef: { name: 's' } }, { configMapRef: { name: 'c' } }] }],
    },
    keys: ['app'],
  },
  { name: 'env-from-empty-list', labels: on, spec: { containers: [{ ...app, envFrom: [] }] }, keys: ['app'] },
  { name: 'env-from-ours-already', labels: on, spec: { containers: [{ ...app, envFrom: [ours] }] } },
  {
    name: 'env-from-ours-behind-others',
    labels: on,
    spec: { containers: [{ ...app, envFrom: [{ configMapRef: { name: 'c' } }, ours] }] },
  },
  {
    name: 'init-containers',
    labels: on,
    spec: { ...one, initContainers: many(2, 'init') },
    keys: ['app', 'init0', 'init1'],
  },
  {
    name: 'sidecar',
    labels: on,
    spec: {
      ...one,
      initContainers: [{ name: 'side', image: 'nginx', restartPolicy: 'Always' } as CorpusContainer],
    },
    keys: ['app', 'side'],
  },
  {
    name: 'many-containers',
    labels: on,
    spec: { containers: many(23, 'c'), initContainers: many(12, 'i') },
    keys: [...named(many(23, 'c')), ...named(many(12, 'i'))],
  },
  {
    name: 'more-containers-than-served',
    labels: on,
    spec: { containers: many(34, 'c') },
    keys: named(many(32, 'c')),
  },
  { name: 'host-network', labels: on, spec: { ...one, hostNetwork: true }, keys: ['app'] },
]

const pulls: readonly CorpusPod[] = [
  { name: 'image-of-ecr', spec: { containers: [{ ...app, image: ecr }] }, pull: true },
  {
    name: 'image-of-ecr-and-keys',
    annotations: role('reader'),
    spec: { containers: [{ ...app, image: ecr }] },
    keys: ['app'],
    pull: true,
  },
  {
    name: 'image-of-ecr-in-an-init-container',
    spec: { ...one, initContainers: [{ name: 'first', image: ecr }] },
    pull: true,
  },
  {
    name: 'image-of-ecr-in-the-second-container',
    spec: { containers: [app, { name: 'b', image: ecr }] },
    pull: true,
  },
  {
    name: 'image-of-ecr-by-its-dual-stack-name',
    spec: { containers: [{ ...app, image: '111122223333.dkr-ecr.eu-central-1.on.aws/app:1' }] },
    pull: true,
  },
  {
    name: 'image-of-ecr-in-china',
    spec: {
      containers: [{ ...app, image: '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app@sha256:1' }],
    },
    pull: true,
  },
  {
    name: 'image-of-ecr-fips',
    spec: { containers: [{ ...app, image: '111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/app' }] },
    pull: true,
  },
  { name: 'image-of-ecr-public', spec: { containers: [{ ...app, image: 'public.ecr.aws/nginx/nginx' }] } },
  {
    name: 'image-of-a-lookalike',
    spec: {
      containers: [{ ...app, image: 'mirror.example/111122223333.dkr.ecr.eu-central-1.amazonaws.com/app' }],
    },
  },
  {
    name: 'pull-secret-of-its-own',
    spec: { containers: [{ ...app, image: ecr }], imagePullSecrets: [{ name: 'mine' }] },
    pull: true,
  },
  {
    name: 'pull-secret-already',
    spec: { containers: [{ ...app, image: ecr }], imagePullSecrets: [{ name: 'awsecr-cred' }] },
  },
  { name: 'image-of-ecr-label-off', labels: off, spec: { containers: [{ ...app, image: ecr }] } },
  { name: 'image-of-ecr-namespace-off', namespace: 'quiet', spec: { containers: [{ ...app, image: ecr }] } },
  {
    name: 'image-of-ecr-eks-skip',
    labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': '1' },
    spec: { containers: [{ ...app, image: ecr }] },
    pull: true,
  },
  {
    name: 'image-of-ecr-account-denied',
    spec: { containers: [{ ...app, image: ecr }], serviceAccountName: 'root' },
    pull: true,
  },
]

export const podCorpus: readonly CorpusPod[] = [
  ...whoGets,
  ...whoOptsOut,
  ...ownCredentials,
  ...ownSources,
  ...shapes,
  ...pulls,
]

/** The pod as it is sent to the API server. */
export function corpusObject({ name, namespace = 'shop', labels, annotations, spec }: CorpusPod) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  }
}

/** What of an admitted pod the policies can change; lists that are empty count as missing. */
export interface PolicyView {
  readonly annotation?: string
  readonly imagePullSecrets: readonly unknown[]
  readonly containers: Readonly<
    Record<string, { readonly env: readonly unknown[]; readonly envFrom: readonly unknown[] }>
  >
}

/** What the API server should have made of it. */
export function expectedView({
  spec,
  keys = [],
  regions = {},
  pull,
  annotations = {},
}: CorpusPod): PolicyView {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])].map(
    ({ name, env = [], envFrom = [] }) => {
      const missing = regions[name]
      const set = missing === 'AWS_REGION' ? 'AWS_DEFAULT_REGION' : 'AWS_REGION'
      return [
        name,
        {
          env: [...env, ...(missing === undefined ? [] : [{ name: missing, value: `$(${set})` }])],
          envFrom: [...(keys.includes(name) ? [ours] : []), ...envFrom],
        },
      ] as const
    },
  )
  const annotation = keys.length > 0 ? 'env' : annotations['devk8s.dev/aws-keys']
  return {
    ...(annotation === undefined ? {} : { annotation }),
    imagePullSecrets: [
      ...(spec.imagePullSecrets ?? []),
      ...(pull === undefined ? [] : [{ name: 'awsecr-cred' }]),
    ],
    containers: Object.fromEntries(containers),
  }
}

/** The same view of a pod that an API server has answered with. */
export function viewOf(pod: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: CorpusPod['spec']
}): PolicyView {
  const annotation = pod.metadata.annotations?.['devk8s.dev/aws-keys']
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  return {
    ...(annotation === undefined ? {} : { annotation }),
    imagePullSecrets: pod.spec.imagePullSecrets ?? [],
    containers: Object.fromEntries(
      containers.map(({ name, env = [], envFrom = [] }) => [name, { env, envFrom }]),
    ),
  }
}
