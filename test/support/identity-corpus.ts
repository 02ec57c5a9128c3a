// Pods and service accounts for the policy that injects what EKS injects: data for EKS's own webhook, whose answers are
// recorded (test/fixtures/transcripts/eks-pod-identity-webhook), for a real API server, and for the simulated one.

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`

/** Service accounts of namespace `shop`, with their annotations. */
export const corpusAccounts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  default: {},
  api: { 'eks.amazonaws.com/role-arn': role('api') },
  worker: { 'eks.amazonaws.com/role-arn': role('worker') },
  global: {
    'eks.amazonaws.com/role-arn': role('global'),
    'eks.amazonaws.com/sts-regional-endpoints': 'false',
  },
  other: {},
}

/** What the policy is told in the cluster of this corpus. */
export const identityCorpusFacts = {
  serviceAccounts: ['shop/api', 'shop/worker', 'shop/global'],
  accountRoles: ['api', 'worker', 'global'].map((name) => `shop/${name} ${role(name)}`),
  kopsRoles: [`*/of-kops ${role('kops')}`],
  globalStsAccounts: ['shop/global'],
  ownSources: ['ConfigMap shop/choice', 'Secret shop/mine'],
  region: 'eu-central-1',
} as const

export interface IdentityContainer {
  readonly name: string
  readonly image?: string
  readonly env?: readonly object[]
  readonly envFrom?: readonly object[]
  readonly volumeMounts?: readonly object[]
  readonly restartPolicy?: string
}

export interface IdentityPod {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec: {
    readonly containers: readonly IdentityContainer[]
    readonly initContainers?: readonly IdentityContainer[]
    readonly volumes?: readonly object[]
    readonly serviceAccountName?: string
    readonly hostNetwork?: boolean
  }
  /** Ours does otherwise than EKS's webhook: it leaves the pod as it is, for this reason. */
  readonly leftAlone?: string
}

const app: IdentityContainer = { name: 'app', image: 'nginx' }
const of = (serviceAccountName: string, container: Partial<IdentityContainer> = {}) => ({
  serviceAccountName,
  containers: [{ ...app, ...container }],
})
const env = (...names: readonly string[]) => names.map((name) => ({ name, value: 'own' }))
const emptyVolume = (name: string) => ({ name, emptyDir: {} })
const annotated = (name: string, value: string) => ({ [`eks.amazonaws.com/${name}`]: value })
const many = (count: number, kind: string) =>
  Array.from({ length: count }, (_, at): IdentityContainer => ({ name: `${kind}${at}`, image: 'nginx' }))

const alike: readonly IdentityPod[] = [
  { name: 'plain', spec: of('api') },
  { name: 'another-account', spec: of('worker') },
  { name: 'account-without-role', spec: of('other') },
  { name: 'no-account-named', spec: { containers: [app] } },
  { name: 'account-for-global-sts', spec: of('global') },
  { name: 'env', spec: of('api', { env: env('LOG_LEVEL') }) },
  { name: 'env-empty', spec: of('api', { env: [] }) },
  {
    name: 'env-from',
    spec: of('api', { envFrom: [{ configMapRef: { name: 'c' } }, { secretRef: { name: 's' } }] }),
  },
  { name: 'region', spec: of('api', { env: env('AWS_REGION') }) },
  { name: 'default-region', spec: of('api', { env: env('AWS_DEFAULT_REGION', 'LOG_LEVEL') }) },
  { name: 'both-regions', spec: of('api', { env: env('AWS_REGION', 'AWS_DEFAULT_REGION') }) },
  { name: 'sts-endpoints', spec: of('api', { env: env('AWS_STS_REGIONAL_ENDPOINTS') }) },
  {
    name: 'region-from-elsewhere',
    spec: of('api', {
      env: [{ name: 'AWS_REGION', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }],
    }),
  },
  { name: 'volumes', spec: { ...of('api'), volumes: [emptyVolume('data'), emptyVolume('tmp')] } },
  { name: 'volumes-empty', spec: { ...of('api'), volumes: [] } },
  {
    name: 'mounts',
    spec: {
      ...of('api', { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      volumes: [emptyVolume('data')],
    },
  },
  {
    name: 'files-in-the-home-empty',
    spec: {
      ...of('api', { volumeMounts: [{ name: 'data', mountPath: '/root/.aws' }] }),
      volumes: [emptyVolume('data')],
    },
  },
  { name: 'labels', labels: { app: 'api' }, spec: of('api') },
  { name: 'label-of-eks-otherwise', labels: { 'eks.amazonaws.com/pod-identity': 'off' }, spec: of('api') },
  { name: 'annotations', annotations: { a: 'b' }, spec: of('api') },
  { name: 'init-containers', spec: { ...of('api'), initContainers: many(2, 'init') } },
  {
    name: 'sidecar',
    spec: { ...of('api'), initContainers: [{ name: 'side', image: 'nginx', restartPolicy: 'Always' }] },
  },
  {
    name: 'init-container-with-a-region',
    spec: { ...of('api'), initContainers: [{ name: 'init', image: 'nginx', env: env('AWS_REGION') }] },
  },
  { name: 'many-containers', spec: { serviceAccountName: 'api', containers: many(5, 'c') } },
  {
    name: 'skip-containers',
    annotations: annotated('skip-containers', 'c1,init0'),
    spec: { serviceAccountName: 'api', containers: many(3, 'c'), initContainers: many(2, 'init') },
  },
  {
    name: 'skip-containers-with-a-space',
    annotations: annotated('skip-containers', 'c0, c1'),
    spec: { serviceAccountName: 'api', containers: many(3, 'c') },
  },
  { name: 'skip-none', annotations: annotated('skip-containers', ''), spec: of('api') },
  { name: 'expiry', annotations: annotated('token-expiration', '3600'), spec: of('api') },
  { name: 'expiry-too-short', annotations: annotated('token-expiration', '100'), spec: of('api') },
  { name: 'expiry-unreadable', annotations: annotated('token-expiration', '1h'), spec: of('api') },
  { name: 'host-network', spec: { ...of('api'), hostNetwork: true } },
]

/** Variables of the mode itself: a container that has one keeps it, and the token is mounted all the same. */
const keepsItsOwn = (...names: readonly string[]): readonly IdentityPod[] =>
  names.map((name) => ({
    name: `own-${name.toLowerCase().replaceAll('_', '-')}`,
    spec: of('api', { env: env('LOG_LEVEL', name) }),
  }))

const staticKeys = 'a container with credentials of its own is left alone'
const withKeys = (...names: readonly string[]): readonly IdentityPod[] =>
  keepsItsOwn(...names).map((pod) => ({ ...pod, leftAlone: staticKeys }))

const otherwise: readonly IdentityPod[] = [
  ...withKeys('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ACCESS_KEY'),
  ...withKeys('AWS_PROFILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'),
  {
    name: 'keys-from-a-secret',
    spec: of('api', { envFrom: [{ secretRef: { name: 'mine' } }] }),
    leftAlone: staticKeys,
  },
  {
    name: 'files-in-the-home',
    spec: {
      ...of('api', { volumeMounts: [{ name: 'v', mountPath: '/root/.aws' }] }),
      volumes: [{ name: 'v', secret: { secretName: 's' } }],
    },
    leftAlone: staticKeys,
  },
  {
    name: 'role-on-the-pod',
    annotations: { 'iam.amazonaws.com/role': 'reader' },
    spec: of('api'),
    leftAlone: 'kube2iam’s annotation is served by the metadata addresses',
  },
  {
    name: 'skip-all-containers',
    annotations: annotated('skip-containers', 'app'),
    spec: of('api'),
    leftAlone: 'a token that nothing mounts is of no use',
  },
]

const sameVolume = (name: string): readonly IdentityPod[] => [
  { name: 'volume-of-that-name', spec: { ...of('api'), volumes: [emptyVolume(name)] } },
  {
    name: 'mount-of-that-name',
    spec: {
      ...of('api', { volumeMounts: [{ name, mountPath: '/elsewhere' }] }),
      volumes: [emptyVolume(name)],
    },
  },
]

/** Lane A against the webhook's mode for Pod Identity. */
export const podIdentityCorpus: readonly IdentityPod[] = [
  ...alike,
  ...keepsItsOwn(
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
    'AWS_ROLE_ARN',
  ),
  ...sameVolume('eks-pod-identity-token'),
  ...withKeys('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_WEB_IDENTITY_TOKEN_FILE'),
  ...otherwise,
]

/** Lane S against the webhook's mode for IRSA: the same pods with the label that asks for it. */
export const webIdentityCorpus: readonly IdentityPod[] = [
  ...alike.filter(({ labels }) => labels === undefined),
  ...keepsItsOwn('AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'),
  ...sameVolume('aws-iam-token'),
  ...otherwise.filter(({ name }) => name !== 'role-on-the-pod'),
].map((pod) => ({ ...pod, labels: { 'devk8s.dev/aws': 'sts' } }))

/** The pod as it is sent to the API server. */
export function identityObject({ name, labels, annotations, spec }: IdentityPod) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  }
}

type Fields = Readonly<Record<string, unknown>>

/** What of a pod the policy or the webhook can change; lists that are empty count as missing. */
export interface IdentityView {
  readonly labels: Fields
  readonly volumes: readonly unknown[]
  readonly containers: Readonly<
    Record<string, { readonly env: readonly unknown[]; readonly volumeMounts: readonly unknown[] }>
  >
}

/** A pod as an API server, or the webhook's patch, has it. What an API server fills in by itself is left out. */
export function identityView(pod: {
  readonly metadata: { readonly labels?: Fields }
  readonly spec: IdentityPod['spec']
}): IdentityView {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  return {
    labels: pod.metadata.labels ?? {},
    volumes: (pod.spec.volumes ?? []).map((volume) => withoutMode(volume as Fields)),
    containers: Object.fromEntries(
      containers.map(({ name, env: set = [], volumeMounts = [] }) => [
        name,
        { env: set.map((each) => JSON.parse(JSON.stringify(each)) as unknown), volumeMounts },
      ]),
    ),
  }
}

/** `defaultMode` is the API server's own. */
function withoutMode(volume: Fields): Fields {
  return Object.fromEntries(
    Object.entries(volume).map(([key, value]) => {
      if (typeof value !== 'object' || value === null) return [key, value]
      const { defaultMode: _, ...rest } = value as Fields
      return [key, rest]
    }),
  )
}

/** EKS's webhook takes a time by chance where nobody names one: with `masked` in its place. */
export function maskedExpiry(view: IdentityView, pod: IdentityPod): IdentityView {
  const isNamed = /^\d+$/.test(pod.annotations?.['eks.amazonaws.com/token-expiration'] ?? '')
  if (isNamed) return view
  const text = JSON.stringify(view).replaceAll(/"expirationSeconds":\d+/g, '"expirationSeconds":"masked"')
  return JSON.parse(text) as IdentityView
}
