import type { KubeObject } from '../kube/object.ts'
import { nearest } from '../problems/nearest.ts'
import { podNotFound } from '../problems/pods.ts'
import { fail } from '../problems/problem.ts'
import { insteadIn } from './not-there.ts'

/** How many pods are named to go on with. */
const mostNext = 3

/**
 * Says of a pod that is not there what there is in its place, with commands that work.
 * @param objects namespaces and pods of the cluster.
 * @throws DevK8sError DK5081.
 */
export function refuseUnknownPod(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  objects: readonly KubeObject[],
): never {
  const ofKind = (wanted: string) => objects.filter(({ kind }) => kind === wanted)
  const all = ofKind('Pod').map(({ metadata }) => ({
    ...metadata,
    namespace: metadata.namespace ?? 'default',
  }))
  const namespaces = ofKind('Namespace').map(({ metadata }) => metadata.name)
  const there = all.filter((pod) => pod.namespace === namespace).map((pod) => pod.name)
  const isThere = namespaces.includes(namespace) || there.length > 0
  const like = all.filter((pod) => pod.name === name || pod.name.startsWith(`${name}-`))
  const instead = insteadIn(name, 'pods', there)
  const meant =
    instead.nearest === undefined
      ? [...like, ...all.filter((pod) => pod.namespace === (nearest(namespace, namespaces) ?? namespace))]
      : [{ namespace, name: instead.nearest }]
  return fail(podNotFound, {
    detail: isThere
      ? `Namespace ${namespace} of the local cluster has no pod ${name}. ${instead.text}`
      : `The local cluster has no namespace ${namespace}. It has ${namespaces.toSorted().join(', ')}.`,
    next: [...new Set(meant.map((pod) => `devk8s aws whoami ${pod.namespace}/${pod.name}`))].slice(
      0,
      instead.nearest === undefined ? mostNext : 1,
    ),
  })
}
