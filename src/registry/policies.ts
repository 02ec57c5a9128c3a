import type { Json } from '../ports/event.ts'
import { partitionOf } from '../aws/regions.ts'
import { cacheActions, imagePushActions, pullActions, tokenAction } from './actions.ts'
import { type EcrImage, repositoryArn } from './reference.ts'

export interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | { readonly AWS: string }
  readonly Action: string | readonly string[]
  /** A repository's own policy has none: it is about that repository. */
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

export interface RegistrySpec {
  readonly account: string
  readonly regions: readonly string[]
}

/** Stands where nobody but the team can know the name. */
export const ciRolePlaceholder = 'REPLACE-WITH-THE-ROLE-OF-YOUR-CI'

/** A statement that lets an identity ask for tokens. The action knows no resources, so it is `*` (ECR, "Actions"). */
export const tokenStatement: Statement = {
  Sid: 'EcrToken',
  Effect: 'Allow',
  Action: tokenAction,
  Resource: '*',
}

/** A statement that lets an identity pull from these repositories. */
export function pullStatement(resources: readonly string[]): Statement {
  return { Sid: 'EcrPull', Effect: 'Allow', Action: pullActions, Resource: oneOrAll(resources) }
}

/** A statement that lets an identity pull what no one has pulled through the cache yet. */
export function cacheStatement(resources: readonly string[]): Statement {
  return { Sid: 'EcrPullThroughCache', Effect: 'Allow', Action: cacheActions, Resource: oneOrAll(resources) }
}

/**
 * A statement for the policy of a repository that lets another account pull from it. The whole account is named: whose
 * of its identities may is for that account's own policies to say.
 */
export function repositoryPullStatement(
  account: string,
  { partition }: Pick<EcrImage, 'partition'>,
): Statement {
  return {
    Sid: 'PullFromAccount',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: pullActions,
  }
}

/**
 * What developers are allowed: to pull from the team's registries, and no more. The same as the managed policy
 * AmazonEC2ContainerRegistryPullOnly, but for these registries alone; whoever has it cannot push. One for each partition:
 * IAM takes no resource of another one into a policy.
 */
export function pullOnlyPolicies(registries: readonly RegistrySpec[]): readonly PolicyDocument[] {
  const all = registries.flatMap(({ account, regions }) =>
    regions.map((region) => ({ partition: partitionOf(region), arn: repositoriesOf(account, region) })),
  )
  const partitions = [...new Set(all.map(({ partition }) => partition))]
  if (partitions.length === 0) return [document([tokenStatement, pullStatement(['*'])])]
  return partitions.map((each) => {
    const resources = all.filter(({ partition }) => partition === each).map(({ arn }) => arn)
    return document([tokenStatement, pullStatement([...new Set(resources)])])
  })
}

/**
 * The policy of a repository that lets nobody push but the role of CI, whatever other policies allow: a Deny wins over
 * every Allow. `aws:PrincipalArn` is the role's own ARN, for its sessions too (IAM, "Global condition keys"). Who may
 * change the policy is left alone: denied as well, nobody but CI could ever take it back.
 */
export function ciPushPolicy(account: string, region: string): PolicyDocument {
  const role = `arn:${partitionOf(region)}:iam::${account}:role/${ciRolePlaceholder}`
  return document([
    {
      Sid: 'OnlyCiPushes',
      Effect: 'Deny',
      Principal: '*',
      Action: imagePushActions,
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': role } },
    },
  ])
}

/** A policy or statement as people paste it. */
export const renderPolicy = (policy: PolicyDocument | Statement): string =>
  JSON.stringify(policy, undefined, 2)

/** The same for `--json`. */
export const policyJson = (policy: PolicyDocument | Statement): Json => policy as unknown as Json

/** Every repository of a registry, as one ARN. */
export function repositoriesOf(account: string, region: string): string {
  return repositoryArn({ partition: partitionOf(region), region, account, repository: '*' })
}

const document = (statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
})

function oneOrAll(resources: readonly string[]): string | readonly string[] {
  const [only] = resources
  return resources.length === 1 && only !== undefined ? only : resources
}
