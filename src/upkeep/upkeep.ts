import type { Association, Restrictions } from '../agent/documents.ts'
import type { KubectlRef, MinikubeRef } from '../plan/step.ts'
import type { RoleRules } from '../pods/roles.ts'

/**
 * What devk8s keeps fresh in one cluster, as `up` wrote it down: all that a later `status`, `switch` or the broker needs,
 * so that none of them has to load the team's profile. Holds no secret.
 */
export interface Upkeep {
  readonly version: 1
  /** `metadata.name` of the profile. */
  readonly team: string
  /** minikube's profile name. */
  readonly cluster: string
  readonly kubectl: KubectlRef
  /** Kubernetes of the cluster, `v1.35.1`: which version of the policy API it has. */
  readonly kubernetes: string
  readonly source: UpkeepSource
  /** AWS accounts that may be used, and those that may not; whatever `allow` says, `deny` wins. */
  readonly accounts: { readonly allow?: readonly string[]; readonly deny?: readonly string[] }
  /** Undefined when the profile has no `aws.ecr`. */
  readonly images?: ImagesUpkeep
  /** Keys in environment variables: undefined when the profile has no `aws.roles`, or its lane is the agent. */
  readonly pods?: PodsUpkeep
  /** Credentials from the agent: undefined when the profile has no `aws.roles`, or its lane is `env`. */
  readonly agent?: AgentUpkeep
  /** Its end has begun: nothing of it is renewed, and the record only tells what may still be there. `up` begins anew. */
  readonly isEnding?: true
}

/** Whose identity enters the cluster. */
export interface UpkeepSource {
  readonly profile?: string
  readonly region?: string
  /** `aws.assumeRole`: assumed with a session policy that denies pushing to ECR. */
  readonly roleArn?: string
}

export interface ImagesUpkeep {
  readonly mode: 'secret' | 'addon'
  /** Why this mode, to end a sentence that begins with it. */
  readonly why: string
  readonly registries: readonly { readonly account: string; readonly regions: readonly string[] }[]
}

/** Which pods have a role, and what becomes of it: the same whichever way the keys come. */
export interface RolesUpkeep {
  /** Namespaces of the profile, that of its context included. */
  readonly namespaces: readonly string[]
  /** Service accounts with a role in the profile's own manifests, `namespace/name`: known before they are in the cluster. */
  readonly serviceAccounts: readonly string[]
  /**
   * Secrets and ConfigMaps with AWS credentials in the profile's own manifests, `Secret namespace/name`, for the same
   * reason; left out when there are none.
   */
  readonly ownSources?: readonly string[]
  /** What the profile's `aws.roles` says, by role's name or ARN. */
  readonly roles: RoleRules
}

export type PodsUpkeep = RolesUpkeep

/** A pod that is yet to be. */
export interface PodRole {
  readonly namespace: string
  readonly serviceAccount: string
  /** Those of kube2iam and kiam. */
  readonly annotations: Readonly<Record<string, string>>
}

export interface AgentUpkeep extends RolesUpkeep {
  /** For the rules inside the nodes, which no API reaches. */
  readonly minikube: MinikubeRef
  /** Names of the cluster's nodes, as minikube has them. */
  readonly nodes: readonly string[]
  /**
   * Pods of the profile's own manifests that have a role in an annotation, whose sessions are there before they are; left
   * out when there are none.
   */
  readonly podRoles?: readonly PodRole[]
  /** Roles of service accounts in the profile's own manifests, by `namespace/name`: lane S tells pods their role. */
  readonly accountRoles: Readonly<Record<string, string>>
  readonly associations: readonly Association[]
  readonly restrictions: Restrictions
  /** `aws.baseRoleArn`; without it names of roles are completed with the account of the person's session. */
  readonly baseRoleArn?: string
  readonly imdsV1: boolean
}

/** The parts of an upkeep, in the order in which they are brought about. */
export const upkeepParts = ['policies', 'images', 'pods', 'agent'] as const
export type UpkeepPart = (typeof upkeepParts)[number]

/** The parts that this upkeep has. */
export function partsOf({
  images,
  pods,
  agent,
}: Pick<Upkeep, 'images' | 'pods' | 'agent'>): readonly UpkeepPart[] {
  const has = {
    policies: true,
    images: images !== undefined,
    pods: pods !== undefined,
    agent: agent !== undefined,
  }
  return upkeepParts.filter((part) => has[part])
}
