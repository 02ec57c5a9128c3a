/** A Kubernetes object as a manifest or an API answer gives it. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** How to call kubectl against one cluster. */
export interface KubectlTarget {
  readonly program: string
  readonly kubeconfig: string
  readonly context: string
}

/** `apps` of `apps/v1`; empty for the core group. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash === -1 ? '' : apiVersion.slice(0, slash)
}

/** A kind as `kubectl get` takes it without knowing its plural: `Deployment.apps`, `ConfigMap`. */
export function resourceOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  const group = groupOf(apiVersion)
  return group === '' ? kind : `${kind}.${group}`
}

/**
 * Names an object whatever its API version. An object without a namespace goes to `default`, or to none when its
 * kind has none; both are written the same here, since a manifest does not say which.
 */
export function keyOf(object: KubeObject): string {
  return `${resourceOf(object)} ${object.metadata.namespace ?? 'default'}/${object.metadata.name}`
}

/** For people: `Deployment shop/web`. */
export function titleOf({ kind, metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? `${kind} ${metadata.name}`
    : `${kind} ${metadata.namespace}/${metadata.name}`
}
