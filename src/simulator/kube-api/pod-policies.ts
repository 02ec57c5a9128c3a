import { kindNamed } from './kinds.ts'
import { at, type Fields, fieldsOf, type KubeObject, listOf, textOf } from './object.ts'
import { withIdentity } from './pod-identity.ts'
import { envNames, hasOwnSource, literal, literals, textsIn, trimmed } from './policy-literals.ts'
import { matchesSelector } from './selectors.ts'
import { getObject, type KubeStore, listObjects } from './store.ts'

const keysPolicy = 'devk8s-aws-keys'
const pullPolicy = 'devk8s-ecr-pull'
const identityPolicy = 'devk8s-aws-identity'
const keysSecret = 'aws-credentials'
const pullSecret = 'awsecr-cred'

/**
 * A new pod after the policies that are bound in the cluster. This is no CEL: for the policies that devk8s has, it
 * restates in plain code what they do, and reads from the policy itself whom it selects and the literals it was given. A
 * policy of any other name does nothing here (kube-api.md, 51).
 */
export function mutatedPod(pod: KubeObject, store: KubeStore): KubeObject {
  const bound = listObjects(store, kindNamed('MutatingAdmissionPolicyBinding')).map((binding) =>
    textOf(at(binding, 'spec', 'policyName')),
  )
  // None looks at what another changes, so their order does not matter.
  return listObjects(store, kindNamed('MutatingAdmissionPolicy'))
    .filter(({ metadata }) => bound.includes(metadata.name))
    .filter((policy) => selects(policy, pod, store))
    .reduce(mutated, pod)
}

function mutated(pod: KubeObject, policy: KubeObject): KubeObject {
  switch (policy.metadata.name) {
    case keysPolicy:
      return withKeys(pod, policy)
    case identityPolicy:
      return withIdentity(pod, policy)
    case pullPolicy:
      return withPullSecret(pod)
    default:
      return pod
  }
}

function selects(policy: KubeObject, pod: KubeObject, store: KubeStore): boolean {
  const namespace = getObject(store, {
    kind: kindNamed('Namespace'),
    name: pod.metadata.namespace ?? 'default',
  })
  const constraints = at(policy, 'spec', 'matchConstraints')
  return (
    matchesSelector(namespace?.metadata.labels ?? {}, at(constraints, 'namespaceSelector')) &&
    matchesSelector(pod.metadata.labels ?? {}, at(constraints, 'objectSelector')) &&
    at(pod, 'spec', 'os', 'name') !== 'windows' &&
    pod.metadata.annotations?.['kubernetes.io/config.mirror'] === undefined
  )
}

/** Who gets keys: a role on the pod, a service account with one, or the label; denied roles never. */
function isWanted(pod: KubeObject, policy: KubeObject): boolean {
  const role = trimmed(pod.metadata.annotations?.['iam.amazonaws.com/role'] ?? '')
  const account = `${pod.metadata.namespace ?? 'default'}/${textOf(at(pod, 'spec', 'serviceAccountName')) ?? 'default'}`
  if (role !== '') {
    const rule = listOf(literal(policy, 'roles')).find((each) =>
      new RegExp(textOf(at(each, 'role')) ?? '^$').test(role),
    )
    return at(rule, 'says') !== 'deny'
  }
  if (textsIn(literals(policy, 'deniedServiceAccounts')).includes(account)) return false
  return (
    textsIn(literals(policy, 'serviceAccounts')).includes(account) ||
    pod.metadata.labels?.['devk8s.dev/aws'] === 'on'
  )
}

function withKeys(pod: KubeObject, policy: KubeObject): KubeObject {
  if (!isWanted(pod, policy)) return pod
  const skipped = (pod.metadata.annotations?.['eks.amazonaws.com/skip-containers'] ?? '')
    .split(',')
    .map((name) => name.trim())
  const own = textsIn(literal(policy, 'own'))
  const sources = textsIn(literals(policy, 'ownSources'))
  // CEL has no counting loop: containers behind the last index of the policy get nothing.
  const atMost = listOf(literal(policy, 'indices')).length
  const spec = fieldsOf(pod['spec'])
  const gets = (container: unknown, index: number) =>
    index < atMost &&
    !skipped.includes(textOf(at(container, 'name')) ?? '') &&
    !hasOwnKeys(container, own) &&
    !hasOwnSource(container, pod, sources) &&
    !hasKeys(container)
  const lists = ['containers', 'initContainers'] as const
  if (!lists.some((list) => listOf(spec[list]).some((each, index) => gets(each, index)))) return pod
  const changed = lists
    .filter((list) => spec[list] !== undefined)
    .map((list) => [
      list,
      listOf(spec[list]).map((each, index) => (gets(each, index) ? keyed(fieldsOf(each)) : each)),
    ])
  const annotations = { ...pod.metadata.annotations, 'devk8s.dev/aws-keys': 'env' }
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...spec, ...Object.fromEntries(changed) },
  }
}

function hasOwnKeys(container: unknown, own: readonly string[]): boolean {
  return envNames(container).some(
    (name) => own.includes(name) || name.startsWith('AWS_CONTAINER_CREDENTIALS_'),
  )
}

function hasKeys(container: unknown): boolean {
  return listOf(at(container, 'envFrom')).some((source) => at(source, 'secretRef', 'name') === keysSecret)
}

const regions = ['AWS_REGION', 'AWS_DEFAULT_REGION'] as const

/** At the head of envFrom, and a region that the container sets by one name by the other name too. */
function keyed(container: Fields): Fields {
  const envFrom = [{ secretRef: { name: keysSecret, optional: true } }, ...listOf(container['envFrom'])]
  const set = regions.filter((name) => envNames(container).includes(name))
  const missing = regions.find((name) => !set.includes(name))
  if (set.length !== 1 || missing === undefined) return { ...container, envFrom }
  const env = [...listOf(container['env']), { name: missing, value: `$(${set[0]})` }]
  return { ...container, envFrom, env }
}

function withPullSecret(pod: KubeObject): KubeObject {
  const spec = fieldsOf(pod['spec'])
  const containers = [...listOf(spec['containers']), ...listOf(spec['initContainers'])]
  const images = [
    ...containers.map((container) => textOf(at(container, 'image')) ?? ''),
    ...listOf(spec['volumes']).map((volume) => textOf(at(volume, 'image', 'reference')) ?? ''),
  ]
  const secrets = listOf(spec['imagePullSecrets'])
  if (!images.some((image) => /^\d{12}[.]dkr[.-]ecr/.test(image))) return pod
  if (secrets.some((secret) => at(secret, 'name') === pullSecret)) return pod
  return { ...pod, spec: { ...spec, imagePullSecrets: [...secrets, { name: pullSecret }] } }
}
