import type { KubeObject } from '../kube/object.ts'
import { awsLabel } from '../pods/names.ts'

/**
 * The namespaces whose pods may pull: all but those of Kubernetes itself, those that a person keeps out, and those on
 * their way out, in which nothing can be made any more.
 */
export function servedNamespaces(objects: readonly KubeObject[]): readonly string[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'Namespace' && !metadata.name.startsWith('kube-'))
    .filter(({ metadata }) => metadata.labels?.[awsLabel] !== 'off' && !('deletionTimestamp' in metadata))
    .map(({ metadata }) => metadata.name)
}
