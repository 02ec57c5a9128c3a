import { kindNamed, type KindSpec } from './kinds.ts'
import { at, type Fields, fieldsOf, type KubeObject, listOf, numberOf, sameJson, textOf } from './object.ts'
import { matchesLabels } from './selectors.ts'
import { ApiError, type Cause, invalid } from './status.ts'
import { getObject, type KubeStore, listObjects } from './store.ts'

/**
 * What the API server does to an object on its way in: defaults, and what a type derives (a Secret's stringData,
 * a Service's addresses).
 */
export function defaulted(object: KubeObject, before: KubeObject | undefined, store: KubeStore): KubeObject {
  switch (object.kind) {
    case 'Secret':
      return secretDefaults(object)
    case 'Namespace':
      return namespaceDefaults(object)
    case 'Service':
      return serviceDefaults(object, before, store)
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
      return { ...object, spec: { replicas: 1, ...fieldsOf(object['spec']) } }
    case 'Job':
      return {
        ...object,
        spec: { completions: 1, parallelism: 1, backoffLimit: 6, ...fieldsOf(object['spec']) },
      }
    default:
      return object
  }
}

function secretDefaults(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object
  const encoded = Object.entries(fieldsOf(stringData)).map(
    ([key, value]) => [key, base64(String(value))] as const,
  )
  const data = { ...fieldsOf(object['data']), ...Object.fromEntries(encoded) }
  const typed = { ...rest, type: textOf(object['type']) ?? 'Opaque' }
  return Object.keys(data).length === 0 ? typed : { ...typed, data }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function namespaceDefaults(object: KubeObject): KubeObject {
  const { metadata } = object
  return {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } },
    spec: { finalizers: ['kubernetes'], ...fieldsOf(object['spec']) },
    status: { phase: 'Active', ...fieldsOf(object['status']) },
  }
}

function serviceDefaults(object: KubeObject, before: KubeObject | undefined, store: KubeStore): KubeObject {
  const spec = fieldsOf(object['spec'])
  const type = textOf(spec['type']) ?? 'ClusterIP'
  const number = store.resourceVersion + 1
  const clusterIP =
    textOf(at(before, 'spec', 'clusterIP')) ?? `10.96.${Math.floor(number / 250) % 250}.${(number % 250) + 2}`
  const ports = listOf(spec['ports']).map((port, index) => {
    const known = fieldsOf(listOf(at(before, 'spec', 'ports'))[index])['nodePort']
    const nodePort = type === 'ClusterIP' ? {} : { nodePort: known ?? 30000 + ((number * 7 + index) % 2768) }
    return { protocol: 'TCP', targetPort: fieldsOf(port)['port'], ...nodePort, ...fieldsOf(port) }
  })
  return {
    ...object,
    spec: { type, clusterIP, ...spec, ports },
    status: object['status'] ?? { loadBalancer: {} },
  }
}

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const rfc1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

/**
 * Refuses what validation refuses.
 * @throws ApiError 422 with all causes (recorded 1.33/042 for names).
 */
export function validate(kind: KindSpec, object: KubeObject, before: KubeObject | undefined): void {
  const causes = [
    ...nameCauses(kind, object.metadata.name),
    ...workloadCauses(object, before),
    ...typeCauses(object, before),
  ]
  if (causes.length > 0) throw invalid(kind, object.metadata.name, causes)
}

function invalidValue(field: string, value: unknown, message: string): Cause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
    field,
  }
}

function nameCauses(kind: KindSpec, name: string): readonly Cause[] {
  // RBAC names are path segments: colons and capitals are fine.
  if (kind.group === 'rbac.authorization.k8s.io') return []
  if (kind.kind === 'Namespace') return isLabel(name) ? [] : [invalidValue('metadata.name', name, label)]
  if (kind.kind === 'Service') {
    return isLabel(name) && /^[a-z]/.test(name) ? [] : [invalidValue('metadata.name', name, rfc1035)]
  }
  const isSubdomain =
    name.length <= 253 && name.split('.').every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part))
  return isSubdomain ? [] : [invalidValue('metadata.name', name, subdomain)]
}

function isLabel(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)
}

// kubernetes: pkg/apis/apps/validation/validation.go
function workloadCauses(object: KubeObject, before: KubeObject | undefined): readonly Cause[] {
  if (!['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet'].includes(object.kind)) return []
  const selector = at(object, 'spec', 'selector')
  const labels = fieldsOf(at(object, 'spec', 'template', 'metadata', 'labels'))
  if (selector === undefined)
    return [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' }]
  if (before !== undefined && !sameJson(at(before, 'spec', 'selector'), selector)) {
    return [invalidValue('spec.selector', selector, 'field is immutable')]
  }
  const wanted = Object.entries(fieldsOf(at(selector, 'matchLabels')))
  if (wanted.some(([key, value]) => labels[key] !== value)) {
    return [
      invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    ]
  }
  return listOf(at(object, 'spec', 'template', 'spec', 'containers')).length > 0
    ? []
    : [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.template.spec.containers' }]
}

function typeCauses(object: KubeObject, before: KubeObject | undefined): readonly Cause[] {
  if (object.kind === 'Secret' && before !== undefined && before['type'] !== object['type']) {
    return [invalidValue('type', object['type'], 'field is immutable')]
  }
  if (
    object.kind.endsWith('RoleBinding') &&
    before !== undefined &&
    !sameJson(before['roleRef'], object['roleRef'])
  ) {
    return [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')]
  }
  const ports = object.kind === 'Service' ? listOf(at(object, 'spec', 'ports')) : []
  return ports.flatMap((port, index) => {
    const value = numberOf(at(port, 'port')) ?? 0
    const field = `spec.ports[${index}].port`
    return value >= 1 && value <= 65535
      ? []
      : [invalidValue(field, value, 'must be between 1 and 65535, inclusive')]
  })
}

/**
 * Asks the admission webhooks that stand in the way. The ingress controller's fails closed, so an Ingress cannot
 * be applied while no controller is ready (facts 7.3).
 * @throws ApiError 500 when the webhook's service has no ready pod.
 */
export function callWebhooks(kind: KindSpec, store: KubeStore): void {
  if (kind.kind !== 'Ingress') return
  for (const configuration of listObjects(store, kindNamed('ValidatingWebhookConfiguration'))) {
    for (const hook of listOf(configuration['webhooks']).map(fieldsOf)) {
      const blocks = hook['failurePolicy'] !== 'Ignore' && coversIngresses(hook)
      if (blocks && !hasReadyPod(fieldsOf(at(hook, 'clientConfig', 'service')), store))
        throw webhookFailure(hook, store)
    }
  }
}

function coversIngresses(hook: Fields): boolean {
  return listOf(hook['rules']).some((rule) => listOf(at(rule, 'resources')).includes('ingresses'))
}

function serviceOf(service: Fields, store: KubeStore): KubeObject | undefined {
  const [namespace, name] = [textOf(service['namespace']), textOf(service['name'])]
  return getObject(store, { kind: kindNamed('Service'), namespace, name: name ?? '' })
}

function hasReadyPod(service: Fields, store: KubeStore): boolean {
  const found = serviceOf(service, store)
  if (found === undefined) return false
  const selector = Object.entries(fieldsOf(at(found, 'spec', 'selector')))
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',')
  return listObjects(store, kindNamed('Pod'), found.metadata.namespace).some(
    (pod) => matchesLabels(pod.metadata.labels ?? {}, selector) && isReady(pod),
  )
}

/** Whether a pod's Ready condition is true. */
export function isReady(pod: KubeObject): boolean {
  return listOf(at(pod, 'status', 'conditions')).some(
    (each) => at(each, 'type') === 'Ready' && at(each, 'status') === 'True',
  )
}

// kubernetes: apiserver/pkg/util/webhook/error.go, apimachinery/pkg/api/errors/errors.go (NewInternalError)
function webhookFailure(hook: Fields, store: KubeStore): ApiError {
  const service = fieldsOf(at(hook, 'clientConfig', 'service'))
  const host = `${String(service['name'])}.${String(service['namespace'])}.svc`
  const url = `https://${host}:443${textOf(service['path']) ?? '/'}?timeout=10s`
  const address = textOf(at(serviceOf(service, store), 'spec', 'clusterIP')) ?? '10.96.0.2'
  const cause = `failed to call webhook: Post "${url}": dial tcp ${address}:443: connect: connection refused`
  const message = `failed calling webhook "${String(hook['name'])}": ${cause}`
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  })
}
