import type { KubeObject } from '../kube/object.ts'
import type { PodsUpkeep } from '../upkeep/upkeep.ts'
import { accountRoleAnnotation } from './names.ts'
import type { PolicyFacts } from './policies.ts'
import { isDenied, roleIn } from './roles.ts'

/** A service account with a role. */
export interface RoleAccount {
  /** `namespace/name`. */
  readonly account: string
  readonly role: string
}

/** The service accounts with a role among objects of a cluster, of these namespaces. */
export function roleAccounts(
  objects: readonly KubeObject[],
  namespaces: readonly string[],
): readonly RoleAccount[] {
  return objects.flatMap(({ kind, metadata: { name, namespace = 'default', annotations } }) => {
    const role = roleIn(annotations, accountRoleAnnotation)
    return kind === 'ServiceAccount' && role !== undefined && namespaces.includes(namespace)
      ? [{ account: `${namespace}/${name}`, role }]
      : []
  })
}

/**
 * What the policy for keys is to be told: the service accounts with a role in the cluster, and those of the profile's own
 * manifests, which are not in the cluster yet when their first pods are. A policy cannot look service accounts up.
 */
export function policyFactsOf(
  pods: PodsUpkeep,
  accounts: readonly RoleAccount[],
  ownSources: readonly string[],
): PolicyFacts {
  const { roles } = pods
  const denied = accounts.filter(({ role }) => isDenied(role, roles)).map(({ account }) => account)
  const named = [...pods.serviceAccounts, ...accounts.map(({ account }) => account)]
  return {
    serviceAccounts: [...new Set(named)].filter((account) => !denied.includes(account)),
    deniedServiceAccounts: denied,
    roles,
    ownSources,
  }
}
