import type { KubeObject } from '../kube/object.ts'
import { awsLabel } from '../pods/names.ts'
import { agentNamespace } from '../roles/names.ts'

/**
 * The namespaces whose pods may pull: all but those of Kubernetes itself and of the agent, those that a person keeps out,
 * and those on their way out, in which nothing can be made any more.
 */
export function servedNamespaces(objects: readonly KubeObject[]): readonly string[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'Namespace' && !isOfTheSystem(metadata.name))
    .filter(({ metadata }) => metadata.labels?.[awsLabel] !== 'off' && !('deletionTimestamp' in metadata))
    .map(({ metadata }) => metadata.name)
}

const isOfTheSystem = (name: string): boolean => name.startsWith('kube-') || name === agentNamespace
