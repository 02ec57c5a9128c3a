import { at, type Fields, fieldsOf, type KubeObject, listOf, textOf } from './object.ts'
import { envNames, hasOwnSource, literal, literals, textsIn, trimmed } from './policy-literals.ts'

type Lane = 'A' | 'R' | 'S'

interface Variable {
  readonly name: string
  readonly value: string
  /** A container that has one of these keeps what it has. */
  readonly unless: readonly string[]
}

interface Token {
  readonly volume: string
  readonly directory: string
  readonly audience: string
  readonly path: string
}

const agent = 'http://169.254.170.23:8170'
const secrets = '/var/run/secrets'
const tokens: { readonly [L in Lane]?: Token } = {
  A: {
    volume: 'eks-pod-identity-token',
    directory: `${secrets}/pods.eks.amazonaws.com/serviceaccount`,
    audience: 'pods.eks.amazonaws.com',
    path: 'eks-pod-identity-token',
  },
  S: {
    volume: 'aws-iam-token',
    directory: `${secrets}/eks.amazonaws.com/serviceaccount`,
    audience: 'sts.amazonaws.com',
    path: 'token',
  },
}

/** A new pod behind the policy `devk8s-aws-identity` (kube-api.md, 51). */
export function withIdentity(pod: KubeObject, policy: KubeObject): KubeObject {
  const lane = laneOf(pod, policy)
  if (lane === undefined) return pod
  const spec = fieldsOf(pod['spec'])
  const variables = variablesOf(lane, pod, policy)
  const lists = ['containers', 'initContainers'] as const
  const gets = (each: unknown, index: number) => isServed(each, index, lane, pod, policy)
  if (!lists.some((list) => listOf(spec[list]).some(gets))) return pod
  const changed = lists
    .filter((list) => spec[list] !== undefined)
    .map((list) => [
      list,
      listOf(spec[list]).map((each, index) =>
        gets(each, index) ? injected(fieldsOf(each), variables, tokens[lane]) : each,
      ),
    ])
  const labels = { ...pod.metadata.labels, 'eks.amazonaws.com/pod-identity': 'enabled' }
  return {
    ...pod,
    metadata: lane === 'A' ? { ...pod.metadata, labels } : pod.metadata,
    spec: { ...spec, ...volumesWith(tokens[lane], pod), ...Object.fromEntries(changed) },
  }
}

const annotation = (pod: KubeObject, name: string): string | undefined => pod.metadata.annotations?.[name]
const accountOf = (pod: KubeObject): string =>
  `${pod.metadata.namespace ?? 'default'}/${textOf(at(pod, 'spec', 'serviceAccountName')) ?? 'default'}`

function laneOf(pod: KubeObject, policy: KubeObject): Lane | undefined {
  const label = pod.metadata.labels?.['devk8s.dev/aws']
  switch (label) {
    case 'imds':
      return undefined
    case 'relative':
      return 'R'
    case 'sts':
      return rolesOf(pod, policy).length > 0 ? 'S' : undefined
    default: {
      if (roleOnPod(pod) !== '') return undefined
      const asks =
        textsIn(literals(policy, 'serviceAccounts')).includes(accountOf(pod)) ||
        kopsRoles(pod, policy).length > 0
      if (!asks && label !== 'on') return undefined
      return isOld(pod, policy) ? 'R' : 'A'
    }
  }
}

const roleOnPod = (pod: KubeObject): string => trimmed(annotation(pod, 'iam.amazonaws.com/role') ?? '')

function rolesOf(pod: KubeObject, policy: KubeObject): readonly string[] {
  const own = roleOnPod(pod)
  return [
    ...(own.startsWith('arn:') ? [own] : []),
    ...behind(literals(policy, 'accountRoles'), accountOf(pod)),
    ...kopsRoles(pod, policy),
  ]
}

function kopsRoles(pod: KubeObject, policy: KubeObject): readonly string[] {
  const all = literals(policy, 'kopsRoles')
  return [...behind(all, accountOf(pod)), ...behind(all, `*/${accountOf(pod).split('/')[1] ?? ''}`)]
}

/** What stands behind this account in lists of `account role`. */
const behind = (all: readonly unknown[], account: string): readonly string[] =>
  textsIn(all)
    .map((each) => each.split(' '))
    .flatMap(([of, role = '']) => (of === account ? [role] : []))

const skippedIn = (pod: KubeObject): readonly string[] =>
  annotation(pod, 'eks.amazonaws.com/skip-containers')?.split(',') ?? []

function isOld(pod: KubeObject, policy: KubeObject): boolean {
  const old = textsIn(literal(policy, 'oldImages')).map((each) => new RegExp(each))
  const skipped = skippedIn(pod)
  return [...listOf(at(pod, 'spec', 'containers')), ...listOf(at(pod, 'spec', 'initContainers'))]
    .filter((each) => !skipped.includes(textOf(at(each, 'name')) ?? ''))
    .some((each) => old.some((expression) => expression.test(textOf(at(each, 'image')) ?? '')))
}

function variablesOf(lane: Lane, pod: KubeObject, policy: KubeObject): readonly Variable[] {
  const region = textOf(literal(policy, 'region')) ?? ''
  const isGlobal = textsIn(literals(policy, 'globalStsAccounts')).includes(accountOf(pod))
  const regions = ['AWS_DEFAULT_REGION', 'AWS_REGION']
  return [
    ...(isGlobal ? [] : [alone('AWS_STS_REGIONAL_ENDPOINTS', 'regional')]),
    ...(region === '' ? [] : regions.map((name) => ({ name, value: region, unless: regions }))),
    ...ofLane(lane, pod, policy),
  ]
}

const alone = (name: string, value: string): Variable => ({ name, value, unless: [name] })

function ofLane(lane: Lane, pod: KubeObject, policy: KubeObject): readonly Variable[] {
  const file = tokens[lane] === undefined ? '' : `${tokens[lane].directory}/${tokens[lane].path}`
  const both = (names: readonly [string, string], value: string): readonly Variable[] => [
    { name: names[0], value, unless: names },
    { name: names[1], value: file, unless: names },
  ]
  switch (lane) {
    case 'A':
      return both(
        ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
        `${agent}/v1/credentials`,
      )
    case 'R':
      return [alone('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', '/v2/credentials/devk8s')]
    case 'S':
      return [
        ...both(['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'], rolesOf(pod, policy)[0] ?? ''),
        alone('AWS_ENDPOINT_URL_STS', `${agent}/sts`),
      ]
  }
}

/** Not skipped, and without credentials of its own; behind the last index of the policy none is. */
function isServed(
  container: unknown,
  index: number,
  lane: Lane,
  pod: KubeObject,
  policy: KubeObject,
): boolean {
  const own = [...textsIn(literal(policy, 'own')), ...textsIn(at(literal(policy, 'ownOfLane'), lane))]
  return (
    index < listOf(literal(policy, 'indices')).length &&
    !skippedIn(pod).includes(textOf(at(container, 'name')) ?? '') &&
    !envNames(container).some((name) => own.includes(name)) &&
    !hasOwnSource(container, pod, textsIn(literals(policy, 'ownSources')))
  )
}

function injected(container: Fields, variables: readonly Variable[], token: Token | undefined): Fields {
  const has = envNames(container)
  const added = variables
    .filter(({ unless }) => !unless.some((name) => has.includes(name)))
    .map(({ name, value }) => ({ name, value }))
  const env = [...listOf(container['env']), ...added]
  const mounts = listOf(container['volumeMounts'])
  if (token === undefined || mounts.some((mount) => at(mount, 'name') === token.volume)) {
    return { ...container, env }
  }
  const mount = { name: token.volume, readOnly: true, mountPath: token.directory }
  return { ...container, env, volumeMounts: [...mounts, mount] }
}

function volumesWith(token: Token | undefined, pod: KubeObject): Fields {
  const volumes = listOf(at(pod, 'spec', 'volumes'))
  if (token === undefined || volumes.some((volume) => at(volume, 'name') === token.volume)) return {}
  const { volume: name, audience, path } = token
  const serviceAccountToken = { audience, expirationSeconds: expirationOf(pod), path }
  // The mode is the API server's own default.
  return {
    volumes: [{ name, projected: { sources: [{ serviceAccountToken }], defaultMode: 420 } }, ...volumes],
  }
}

function expirationOf(pod: KubeObject): number {
  const own = annotation(pod, 'eks.amazonaws.com/token-expiration') ?? ''
  return /^[0-9]{1,9}$/.test(own) ? Math.max(Number(own), 600) : 86_400
}
