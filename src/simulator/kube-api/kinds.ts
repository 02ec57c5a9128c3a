/** One kind that the simulated API server serves, as discovery describes it. */
export interface KindSpec {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly hasStatus: boolean
  /** Whether the API counts changes of its spec in `metadata.generation`. */
  readonly hasGeneration: boolean
  /** The first minor version of Kubernetes that serves it by default; absent = all that devk8s supports. */
  readonly sinceMinor?: number
  /** Served only when the group version is named in `--runtime-config`. */
  readonly optIn: boolean
}

const all = ['all'] as const

interface Extra {
  readonly short?: readonly string[]
  readonly cluster?: boolean
  readonly categories?: readonly string[]
  readonly status?: boolean
  readonly generation?: boolean
  readonly plural?: string
  readonly sinceMinor?: number
  readonly optIn?: boolean
}

function kind(groupVersion: string, name: string, extra: Extra = {}): KindSpec {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  const singular = name.toLowerCase()
  return {
    group: group ?? '',
    version: version ?? '',
    kind: name,
    plural: extra.plural ?? pluralOf(singular),
    singular,
    namespaced: extra.cluster !== true,
    shortNames: extra.short ?? [],
    categories: extra.categories ?? [],
    hasStatus: extra.status === true,
    hasGeneration: extra.generation === true,
    optIn: extra.optIn === true,
    ...(extra.sinceMinor === undefined ? {} : { sinceMinor: extra.sinceMinor }),
  }
}

function pluralOf(singular: string): string {
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`
  return /(s|x|ch)$/.test(singular) ? `${singular}es` : `${singular}s`
}

const workload = { categories: all, status: true, generation: true } as const

/** Every kind served, in discovery's order of groups. */
const kinds: readonly KindSpec[] = [
  kind('v1', 'ConfigMap', { short: ['cm'] }),
  kind('v1', 'Endpoints', { short: ['ep'], plural: 'endpoints' }),
  kind('v1', 'Event', { short: ['ev'] }),
  kind('v1', 'LimitRange', { short: ['limits'] }),
  kind('v1', 'Namespace', { short: ['ns'], cluster: true, status: true }),
  kind('v1', 'Node', { short: ['no'], cluster: true, status: true }),
  kind('v1', 'PersistentVolumeClaim', { short: ['pvc'], status: true }),
  kind('v1', 'PersistentVolume', { short: ['pv'], cluster: true, status: true }),
  kind('v1', 'Pod', { short: ['po'], categories: all, status: true, generation: true }),
  kind('v1', 'ResourceQuota', { short: ['quota'], status: true }),
  kind('v1', 'Secret'),
  kind('v1', 'ServiceAccount', { short: ['sa'] }),
  kind('v1', 'Service', { short: ['svc'], categories: all, status: true }),
  kind('apps/v1', 'DaemonSet', { short: ['ds'], ...workload }),
  kind('apps/v1', 'Deployment', { short: ['deploy'], ...workload }),
  kind('apps/v1', 'ReplicaSet', { short: ['rs'], ...workload }),
  kind('apps/v1', 'StatefulSet', { short: ['sts'], ...workload }),
  kind('batch/v1', 'CronJob', { short: ['cj'], ...workload }),
  kind('batch/v1', 'Job', workload),
  kind('networking.k8s.io/v1', 'IngressClass', { cluster: true, generation: true }),
  kind('networking.k8s.io/v1', 'Ingress', { short: ['ing'], status: true, generation: true }),
  kind('networking.k8s.io/v1', 'NetworkPolicy', { short: ['netpol'], generation: true }),
  kind('policy/v1', 'PodDisruptionBudget', { short: ['pdb'], status: true, generation: true }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', { cluster: true }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRole', { cluster: true }),
  kind('rbac.authorization.k8s.io/v1', 'RoleBinding'),
  kind('rbac.authorization.k8s.io/v1', 'Role'),
  kind('storage.k8s.io/v1', 'StorageClass', { short: ['sc'], cluster: true }),
  // facts 11: MutatingAdmissionPolicy is v1 and on by default from 1.36, v1beta1 and off by default before.
  kind('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy', { ...policy(), sinceMinor: 36 }),
  kind('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicyBinding', { ...policy(), sinceMinor: 36 }),
  kind('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', policy()),
  kind('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', { ...policy(), status: true }),
  kind('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', policy()),
  kind('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', policy()),
  kind('admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicy', { ...policy(), optIn: true }),
  kind('admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicyBinding', {
    ...policy(),
    optIn: true,
  }),
  kind('admissionregistration.k8s.io/v1alpha1', 'MutatingAdmissionPolicy', { ...policy(), optIn: true }),
  kind('admissionregistration.k8s.io/v1alpha1', 'MutatingAdmissionPolicyBinding', {
    ...policy(),
    optIn: true,
  }),
  kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
    short: ['crd', 'crds'],
    cluster: true,
    categories: ['api-extensions'],
    status: true,
    generation: true,
  }),
  kind('scheduling.k8s.io/v1', 'PriorityClass', { short: ['pc'], cluster: true }),
  kind('coordination.k8s.io/v1', 'Lease'),
  kind('apiregistration.k8s.io/v1', 'APIService', {
    cluster: true,
    categories: ['api-extensions'],
    status: true,
  }),
  kind('discovery.k8s.io/v1', 'EndpointSlice'),
]

function policy(): Extra {
  return { cluster: true, categories: ['api-extensions'], generation: true }
}

/** The kind of an object, or undefined when it is not served. */
export function kindOf(apiVersion: string, name: string): KindSpec | undefined {
  return kinds.find((spec) => groupVersionOf(spec) === apiVersion && spec.kind === name)
}

/** The kinds that a server of this version serves, with the group versions opted in to. */
export function servedKinds(
  kubernetesVersion: string,
  runtimeConfig: readonly string[],
): readonly KindSpec[] {
  const minor = Number(kubernetesVersion.split('.')[1] ?? 0)
  return kinds.filter((spec) =>
    spec.optIn ? runtimeConfig.includes(groupVersionOf(spec)) : minor >= (spec.sinceMinor ?? 0),
  )
}

/** A kind by its bare name, e.g. `Pod`; for simulator code that knows it is there. */
export function kindNamed(name: string): KindSpec {
  const found = kinds.find((spec) => spec.kind === name)
  if (found === undefined) throw new RangeError(`simulator: no kind ${name}`)
  return found
}

/** `v1`, `apps/v1`: what an object of the kind has as apiVersion. */
export function groupVersionOf(spec: KindSpec): string {
  return spec.group === '' ? spec.version : `${spec.group}/${spec.version}`
}
