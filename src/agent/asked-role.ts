import type { Association, MappingDocument } from './documents.ts'
import { arnOf, kiamSessionName } from './role-names.ts'
import { trimmed } from './words.ts'

// Who asks, and for which role: the first place that names one, whatever becomes of it then (decide.ts).

/** kOps' `pod-identity-webhook` ConfigMap: roles by `namespace/serviceaccount`, `*` for any namespace. */
export type KopsMapping = Readonly<Record<string, { readonly roleArn: string }>>

/** What is known of who asks. */
export interface Asking {
  readonly namespace: string
  readonly serviceAccount: string
  readonly podAnnotations: Readonly<Record<string, string>>
  readonly podLabels: Readonly<Record<string, string>>
  /** Undefined where the service account is not in the cluster. */
  readonly accountAnnotations: Readonly<Record<string, string>> | undefined
  readonly namespaceAnnotations: Readonly<Record<string, string>>
  readonly namespaceLabels: Readonly<Record<string, string>>
  readonly kops: KopsMapping | undefined
}

/** Where the role that counts is written: the first of these that names one. */
export type RoleOrigin = 'pod' | 'association' | 'service-account' | 'kops'

export interface AskedRole {
  /** As it is written: a name or an ARN. */
  readonly role: string
  /** Completed; undefined for a name as long as no account is known. */
  readonly arn: string | undefined
  readonly from: RoleOrigin
  /** The EKS cluster that an association was read from. */
  readonly cluster?: string
  readonly externalId?: string
  /** What AWS is to call the session, as kiam calls it: `kiam-` and what `session-name` says. */
  readonly sessionName?: string
}

export const accountRole = 'eks.amazonaws.com/role-arn'
export const podRole = 'iam.amazonaws.com/role'
export const podExternalId = 'iam.amazonaws.com/external-id'
export const podSessionName = 'iam.amazonaws.com/session-name'

/** The role that counts, with what is assumed on the way to it. */
export interface FoundRole {
  readonly asks: AskedRole
  /** A role that is assumed on the way: an association with a target has one. */
  readonly through?: string
}

/** Which role counts, whatever becomes of it; undefined where none is named. */
export const askedRole = (
  asking: Asking,
  mapping: Pick<MappingDocument, 'associations' | 'baseRoleArn'>,
): AskedRole | undefined => roleOf(asking, mapping)?.asks

/** The first that names a role: pod, association, service account, kOps (issue 6; facts aws, 12.3). */
export function roleOf(
  asking: Asking,
  mapping: Pick<MappingDocument, 'associations' | 'baseRoleArn'>,
): FoundRole | undefined {
  const { namespace, serviceAccount } = asking
  const complete = (role: string) => ({ role, arn: arnOf(role, mapping.baseRoleArn) })
  const own = roleIn(asking.podAnnotations, podRole)
  if (own !== undefined) {
    const externalId = roleIn(asking.podAnnotations, podExternalId)
    const name = roleIn(asking.podAnnotations, podSessionName)
    const extras = {
      ...(externalId === undefined ? {} : { externalId }),
      ...(name === undefined ? {} : { sessionName: kiamSessionName(name) }),
    }
    return { asks: { ...complete(own), from: 'pod', ...extras } }
  }
  const association = mapping.associations.find(
    (each) => each.namespace === namespace && each.serviceAccount === serviceAccount,
  )
  if (association !== undefined) return associated(association, complete)
  const account = roleIn(asking.accountAnnotations, accountRole)
  if (account !== undefined) return { asks: { ...complete(account), from: 'service-account' } }
  const kops = kopsRole(asking)
  return kops === undefined ? undefined : { asks: { ...complete(kops), from: 'kops' } }
}

function associated(
  { roleArn, targetRoleArn, externalId, cluster }: Association,
  complete: (role: string) => Pick<AskedRole, 'role' | 'arn'>,
): FoundRole {
  return {
    asks: {
      ...complete(trimmed(targetRoleArn ?? roleArn)),
      from: 'association',
      cluster,
      // It is for the second of two roles (eks.CreatePodIdentityAssociation): the first is EKS's own to assume.
      ...(externalId === undefined || targetRoleArn === undefined ? {} : { externalId }),
    },
    ...(targetRoleArn === undefined ? {} : { through: trimmed(roleArn) }),
  }
}

/** The webhook looks for the namespace first, then for any (amazon-eks-pod-identity-webhook, pkg/cache). */
export function kopsRole({ kops, namespace, serviceAccount }: Asking): string | undefined {
  const names = [`${namespace}/${serviceAccount}`, `*/${serviceAccount}`]
  const role = names
    .map((name) => (kops !== undefined && Object.hasOwn(kops, name) ? kops[name]?.roleArn : undefined))
    .find((each) => each !== undefined)
  return role === undefined ? undefined : roleIn({ role }, 'role')
}

function roleIn(annotations: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  const role = trimmed(annotations?.[name] ?? '')
  return role === '' ? undefined : role
}

/** All roles that it takes. */
export const rolesIn = ({ asks, through }: FoundRole): readonly string[] =>
  through === undefined ? [asks.role] : [asks.role, through]
