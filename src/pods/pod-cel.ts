import { isInList } from './cel-lists.ts'
import { awsFilesExpression, containersServed, podRoleAnnotation } from './names.ts'
import type { CelVariable } from './policies.ts'

// What the policies that hand out AWS credentials ask of a pod, whatever they give it. What CEL calls `has` guards every
// field that a pod may lack.

export type ContainerList = 'containers' | 'initContainers'

/** `annotations`, `labels`, `serviceAccount` as `namespace/name`, and `role`: kube2iam's annotation. */
export function podVariables(): readonly CelVariable[] {
  return [
    {
      name: 'annotations',
      expression: `has(object.metadata.annotations) ? object.metadata.annotations : {}`,
    },
    { name: 'labels', expression: `has(object.metadata.labels) ? object.metadata.labels : {}` },
    {
      name: 'serviceAccount',
      expression: `request.namespace + '/' + (has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : 'default')`,
    },
    {
      name: 'role',
      expression: `'${podRoleAnnotation}' in variables.annotations ? variables.annotations['${podRoleAnnotation}'].trim() : ''`,
    },
  ]
}

/** CEL counts through no list by itself. */
export const indicesVariable: CelVariable = {
  name: 'indices',
  expression: JSON.stringify(Array.from({ length: containersServed }, (_, at) => at)),
}

/** A volume that begins empty brings no credentials. */
export const volumesVariable: CelVariable = {
  name: 'emptyVolumes',
  expression: `has(object.spec.volumes)
  ? object.spec.volumes.filter(v, has(v.emptyDir)).map(v, v.name)
  : []`,
}

interface Served {
  /** CEL: whether the pod is to get something at all. */
  readonly wanted: string
  /** CEL: whether the variable `e` is of credentials of the container's own. */
  readonly isOwn: string
  /** CEL: whether a container has what it would get. */
  readonly has?: (container: string) => string
  /** The list of Secrets and ConfigMaps that bring credentials. */
  readonly sources: readonly CelVariable[]
}

/** CEL: indices of the containers that are served: not skipped, and without credentials of their own. */
export function containersCel(list: ContainerList, { wanted, isOwn, has, sources }: Served): string {
  const container = `object.spec.${list}[i]`
  const hasOurs = has === undefined ? '' : `\n    && !(${has(container)})`
  return `${wanted} && has(object.spec.${list})
  ? variables.indices.filter(i, i < size(object.spec.${list})
    && !(${container}.name in variables.skipped)
    && !(has(${container}.env) && ${container}.env.exists(e,
      ${isOwn}))${hasOurs}
    && !(has(${container}.envFrom) && ${container}.envFrom.exists(f, !(has(f.prefix) && f.prefix != '')
      && (${isOwnSource('Secret', 'secretRef', sources)}
        || ${isOwnSource('ConfigMap', 'configMapRef', sources)})))
    && !(has(${container}.volumeMounts) && ${container}.volumeMounts.exists(m,
      m.mountPath.matches('${awsFilesExpression}') && !(m.name in variables.emptyVolumes))))
  : []`
}

/** With a prefix its variables have other names, and are no credentials. */
function isOwnSource(kind: string, reference: string, sources: readonly CelVariable[]): string {
  const name = `f.${reference}.name`
  const isListed = isInList(`('${kind} ' + request.namespace + '/' + ${name})`, sources)
  return `has(f.${reference}) && has(${name}) && ${isListed}`
}
