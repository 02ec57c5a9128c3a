import { parseBody } from './body.ts'
import type { ApiRequest } from './contract.ts'
import type { KindSpec } from './kinds.ts'
import { at, type Fields, fieldsOf, type KubeObject, numberOf, omit, sameJson } from './object.ts'
import type { Target, Written } from './resources.ts'
import { badRequest, notFound, unsupportedMediaType } from './status.ts'
import { getObject, type KubeStore, type ObjectRef, putObject } from './store.ts'

/** Whether a kind has the subresource `scale`. */
export function hasScale({ group, kind }: KindSpec): boolean {
  return group === 'apps' && ['Deployment', 'ReplicaSet', 'StatefulSet'].includes(kind)
}

const refOfTarget = ({ kind, namespace, name }: Target): ObjectRef => ({ kind, namespace, name: name ?? '' })

/** How many there are to be of a workload. @throws ApiError 404. */
export function getScale(target: Target, store: KubeStore): Fields {
  return scaleOf(existing(target, store))
}

/**
 * A merge patch of `spec.replicas`: what `kubectl scale` sends (recorded 1.33/401).
 * @throws ApiError 400 for anything that is no number, 404, 415.
 */
export function patchScale(request: ApiRequest, target: Target, store: KubeStore, now: number): Written {
  const before = existing(target, store)
  const [type] = (request.headers['content-type'] ?? '').split(';')
  if (type !== 'application/merge-patch+json') throw unsupportedMediaType()
  const replicas = numberOf(at(parseBody(request), 'spec', 'replicas'))
  if (replicas === undefined) throw badRequest('spec.replicas: Required value')
  const next: KubeObject = { ...before, spec: { ...fieldsOf(before['spec']), replicas } }
  const after = sameJson(before['spec'], next['spec']) ? store : putObject(store, next, now)
  return { status: 200, body: scaleOf(existing(target, after)), store: after }
}

function existing(target: Target, store: KubeStore): KubeObject {
  const found = getObject(store, refOfTarget(target))
  if (found === undefined) throw notFound(target.kind, target.name ?? '')
  return found
}

/** The recorded answer leaves out a count of zero, as Go's omitempty does (recorded 1.33/401). */
function scaleOf(object: KubeObject): Fields {
  const replicas = numberOf(at(object, 'spec', 'replicas')) ?? 1
  const labels = Object.entries(fieldsOf(at(object, 'spec', 'selector', 'matchLabels')))
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: omit(
      object.metadata,
      'managedFields',
      'labels',
      'annotations',
      'ownerReferences',
      'generation',
    ),
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: numberOf(at(object, 'status', 'replicas')) ?? 0,
      selector: labels.map(([key, value]) => `${key}=${String(value)}`).join(','),
    },
  }
}
