import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'
import { keysSecret, regionVariables } from './names.ts'
import type { OwnSources } from './own-sources.ts'
import { containersOf, type PodContainer } from './pod.ts'
import { ownCredential } from './verdict.ts'

/** On a workload: the containers that the verb `aws attach` gave keys to, separated by commas; only those are given back. */
const attachedAnnotation = 'devk8s.dev/aws-attached'

/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'test'
  readonly path: string
  readonly value?: unknown
}

/** A change of a workload: the patch, and what it does in words, a line each. Empty when there is nothing to do. */
export interface WorkloadPatch {
  readonly operations: readonly PatchOperation[]
  readonly lines: readonly string[]
}

const reference = { secretRef: { name: keysSecret, optional: true } }

/** What is attached to, by the words that kubectl takes for it. */
export const attachableKinds = {
  Deployment: ['deployment', 'deployments', 'deploy', 'deployment.apps', 'deployments.apps'],
  StatefulSet: ['statefulset', 'statefulsets', 'sts', 'statefulset.apps', 'statefulsets.apps'],
  DaemonSet: ['daemonset', 'daemonsets', 'ds', 'daemonset.apps', 'daemonsets.apps'],
  CronJob: ['cronjob', 'cronjobs', 'cj', 'cronjob.batch', 'cronjobs.batch'],
} as const
export type AttachableKind = keyof typeof attachableKinds

/** `deploy/api`; undefined when it is no such thing. */
export function parseWorkload(
  typed: string,
): { readonly kind: AttachableKind; readonly name: string } | undefined {
  const [word = '', name, more] = typed.split('/')
  const kinds = Object.keys(attachableKinds) as AttachableKind[]
  const kind = kinds.find((each) => attachableKinds[each].some((known) => known === word.toLowerCase()))
  return kind === undefined || name === undefined || name === '' || more !== undefined
    ? undefined
    : { kind, name }
}

/** The template of a workload's pods, looked at as the pod it makes. */
export function templateOf(workload: KubeObject): KubeObject {
  const template = valueAt(workload, pathOf(workload).slice(0, -1))
  const { metadata, spec } = isRecord(template) ? template : {}
  const { labels, annotations } = isRecord(metadata) ? metadata : {}
  const namespace = workload.metadata.namespace ?? 'default'
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: workload.metadata.name,
      namespace,
      ...(isRecord(labels) ? { labels: labels as Record<string, string> } : {}),
      ...(isRecord(annotations) ? { annotations: annotations as Record<string, string> } : {}),
    },
    spec,
  }
}

/** Gives keys to each container that has neither them nor credentials of its own, as the policy would. */
export function attachPatch(workload: KubeObject, ownSources: OwnSources): WorkloadPatch {
  const { namespace = 'default' } = workload.metadata
  const containers = containersOf(valueAt(workload, pathOf(workload)))
  const given = containers.filter(
    (container) =>
      ownCredential(container, namespace, ownSources) === undefined &&
      !container.secrets.includes(keysSecret),
  )
  if (given.length === 0) return { operations: [], lines: [] }
  const names = [...new Set([...attachedTo(workload), ...given.map(({ name }) => name)])]
  return {
    operations: [
      ...given.flatMap((container) => givingOperations(workload, container)),
      ...(workload.metadata.annotations === undefined
        ? [{ op: 'add', path: '/metadata/annotations', value: {} } as const]
        : []),
      { op: 'add', path: annotationPath, value: names.join(',') },
    ],
    lines: given.map(
      ({ name }) =>
        `container ${name}: envFrom Secret ${keysSecret}, before all else it takes variables from`,
    ),
  }
}

/** Takes back exactly what `attachPatch` gave. */
export function detachPatch(workload: KubeObject): WorkloadPatch {
  const attached = attachedTo(workload)
  if (attached.length === 0) return { operations: [], lines: [] }
  const containers = containersOf(valueAt(workload, pathOf(workload))).filter(({ name }) =>
    attached.includes(name),
  )
  return {
    operations: [
      ...containers.flatMap((container) => takingOperations(workload, container)),
      { op: 'remove', path: annotationPath },
    ],
    lines: containers.map(({ name }) => `container ${name}: no envFrom Secret ${keysSecret} any more`),
  }
}

const annotationPath = `/metadata/annotations/${attachedAnnotation.replace('/', '~1')}`

const attachedTo = ({ metadata }: KubeObject): readonly string[] =>
  metadata.annotations?.[attachedAnnotation]?.split(',').filter((name) => name !== '') ?? []

function givingOperations(workload: KubeObject, container: PodContainer): readonly PatchOperation[] {
  const { path, fields } = placeOf(workload, container)
  const set = regionVariables.filter((name) => container.env.includes(name))
  const missing = regionVariables.filter((name) => !set.includes(name))
  return [
    { op: 'test', path: `${path}/name`, value: container.name },
    Array.isArray(fields['envFrom'])
      ? { op: 'add', path: `${path}/envFrom/0`, value: reference }
      : { op: 'add', path: `${path}/envFrom`, value: [reference] },
    ...(set.length === 1
      ? missing.map((name) => ({
          op: 'add' as const,
          path: `${path}/env/-`,
          value: { name, value: `$(${set[0]})` },
        }))
      : []),
  ]
}

function takingOperations(workload: KubeObject, container: PodContainer): readonly PatchOperation[] {
  const { path, fields } = placeOf(workload, container)
  const [region, defaultRegion] = regionVariables
  const isRegionOfOurs = (each: Readonly<Record<string, unknown>>): boolean =>
    (each['name'] === region && each['value'] === `$(${defaultRegion})`) ||
    (each['name'] === defaultRegion && each['value'] === `$(${region})`)
  return [
    { op: 'test', path: `${path}/name`, value: container.name },
    ...removals(`${path}/envFrom`, fields['envFrom'], ({ secretRef }) =>
      isRecord(secretRef) ? secretRef['name'] === keysSecret : false,
    ),
    ...removals(`${path}/env`, fields['env'], isRegionOfOurs),
  ]
}

/** Removes items of a list from its end, so that indices hold; the list itself when nothing would be left. */
function removals(
  path: string,
  list: unknown,
  isOurs: (item: Readonly<Record<string, unknown>>) => boolean,
): readonly PatchOperation[] {
  const items = Array.isArray(list) ? list : []
  const found = items.flatMap((item, at) => (isRecord(item) && isOurs(item) ? [at] : []))
  if (found.length > 0 && found.length === items.length) return [{ op: 'remove', path }]
  return found.toReversed().flatMap((at) => [
    { op: 'test' as const, path: `${path}/${at}`, value: items[at] as unknown },
    { op: 'remove' as const, path: `${path}/${at}` },
  ])
}

function placeOf(workload: KubeObject, { list, name }: PodContainer) {
  const pathParts = pathOf(workload)
  const spec = valueAt(workload, pathParts)
  const items = isRecord(spec) && Array.isArray(spec[list]) ? spec[list] : []
  const at = items.findIndex((item) => isRecord(item) && item['name'] === name)
  const fields: unknown = items[at]
  return { path: `/${[...pathParts, list, at].join('/')}`, fields: isRecord(fields) ? fields : {} }
}

/** Where the spec of its pods is. */
const pathOf = ({ kind }: KubeObject): readonly string[] =>
  kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template', 'spec'] : ['spec', 'template', 'spec']

const valueAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), object)
