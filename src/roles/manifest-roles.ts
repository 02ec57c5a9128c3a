import type { KubeObject } from '../kube/object.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import { accountRoleAnnotation, podRoleAnnotation } from '../pods/names.ts'
import { roleIn } from '../pods/roles.ts'
import type { PodRole } from '../upkeep/upkeep.ts'
import { kopsMappingIn } from './kops-mapping.ts'

// What the profile's own manifests ask for, known before any of it is in the cluster.

/** Pods, and templates of pods, with a role in an annotation; each kind of them once. */
export function podRolesIn(objects: readonly KubeObject[]): readonly PodRole[] {
  const found = objects.flatMap((object): readonly PodRole[] => {
    const { metadata, spec } = templateOf(object)
    const annotations = textsOf(isRecord(metadata) ? metadata['annotations'] : undefined)
    if (roleIn(annotations, podRoleAnnotation) === undefined) return []
    const account = isRecord(spec) ? spec['serviceAccountName'] : undefined
    return [
      {
        namespace: object.metadata.namespace ?? 'default',
        serviceAccount: typeof account === 'string' && account !== '' ? account : 'default',
        annotations: Object.fromEntries(
          Object.entries(annotations).filter(([name]) => name.startsWith('iam.amazonaws.com/')),
        ),
      },
    ]
  })
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()]
}

/** Roles of service accounts, by `namespace/name`: by their own annotation, else by kOps' ConfigMap. */
export function accountRolesIn(objects: readonly KubeObject[]): Readonly<Record<string, string>> {
  const kops = Object.entries(kopsMappingIn(objects) ?? {}).filter(([account]) => !account.includes('*'))
  const own = objects.flatMap(({ kind, metadata }) => {
    const role = roleIn(metadata.annotations, accountRoleAnnotation)
    return kind === 'ServiceAccount' && role !== undefined
      ? [[`${metadata.namespace ?? 'default'}/${metadata.name}`, role] as const]
      : []
  })
  return Object.fromEntries([...kops.map(([account, { roleArn }]) => [account, roleArn] as const), ...own])
}

function templateOf(object: KubeObject): { readonly metadata: unknown; readonly spec: unknown } {
  if (object.kind === 'Pod') return { metadata: object.metadata, spec: object['spec'] }
  const path = object.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template']
  const template = path.reduce<unknown>((found, key) => (isRecord(found) ? found[key] : undefined), object)
  return isRecord(template)
    ? { metadata: template['metadata'], spec: template['spec'] }
    : { metadata: undefined, spec: undefined }
}

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([name, text]) =>
          typeof text === 'string' ? [[name, text] as const] : [],
        ),
      )
    : {}
