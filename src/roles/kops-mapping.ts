import type { KopsMapping } from '../agent/asked-role.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeObject } from '../kube/object.ts'

/** Where kOps tells its webhook of roles (facts aws, 2.3). */
export const kopsConfigMap = { namespace: 'kube-system', name: 'pod-identity-webhook' } as const

/** Roles of kOps' ConfigMap by `namespace/serviceaccount`; undefined where it is not, or cannot be read. */
export function kopsMappingIn(objects: readonly KubeObject[]): KopsMapping | undefined {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === 'ConfigMap' &&
      metadata.name === kopsConfigMap.name &&
      metadata.namespace === kopsConfigMap.namespace,
  )
  const data = found?.['data']
  const text = isRecord(data) ? data['config'] : undefined
  try {
    const value: unknown = JSON.parse(typeof text === 'string' ? text : '')
    if (!isRecord(value)) return undefined
    return Object.fromEntries(
      Object.entries(value).flatMap(([account, entry]) => {
        const roleArn = isRecord(entry) ? entry['RoleARN'] : undefined
        return typeof roleArn === 'string' ? [[account, { roleArn }] as const] : []
      }),
    )
  } catch {
    return undefined
  }
}
