import type { KubectlRef } from '../plan/step.ts'

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
  /** Undefined when the profile has no `aws.roles`. */
  readonly pods?: PodsUpkeep
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

export interface PodsUpkeep {
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
  readonly roles: Readonly<Record<string, string>>
}

/** The parts of an upkeep, in the order in which they are brought about. */
export const upkeepParts = ['policies', 'images', 'pods'] as const
export type UpkeepPart = (typeof upkeepParts)[number]

/** The parts that this upkeep has. */
export function partsOf({ images, pods }: Pick<Upkeep, 'images' | 'pods'>): readonly UpkeepPart[] {
  const has = { policies: true, images: images !== undefined, pods: pods !== undefined }
  return upkeepParts.filter((part) => has[part])
}
