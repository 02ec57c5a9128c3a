import type { AwsSpec } from '../profile/profile.ts'
import {
  ciPushPolicy,
  ciRolePlaceholder,
  type PolicyDocument,
  policyJson,
  pullOnlyPolicies,
  type RegistrySpec,
  renderPolicy,
} from '../registry/policies.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Verb } from './session.ts'

/** Prints the two policies that make “laptops pull, CI pushes” true, whatever runs on a laptop. Asks AWS nothing. */
export const guardPolicy: Verb<'guard.policy'> = async (session) => {
  const { profile } = await loadSessionProfile(session)
  const registries = registriesOf(profile.aws)
  const pull = pullOnlyPolicies(registries)
  const push = pushPolicies(registries)
  session.answer(
    {
      registries: registries.map(({ account, regions }) => ({ account, regions: [...regions] })),
      pull: pull.map(policyJson),
      push: push.map(({ account, policy }) => ({ account, policy: policyJson(policy) })),
      placeholder: ciRolePlaceholder,
    },
    textOf(profile.name, registries, pull, push),
  )
  return { exit: 0 }
}

const registriesOf = (aws: AwsSpec | undefined): readonly RegistrySpec[] => aws?.ecr?.registries ?? []

interface PushPolicy {
  readonly account: string
  readonly policy: PolicyDocument
}

/** One for each account and partition: the role of CI is one of the account’s own. */
function pushPolicies(registries: readonly RegistrySpec[]): readonly PushPolicy[] {
  const all = registries.flatMap(({ account, regions }) =>
    regions.map((region) => ({ account, policy: ciPushPolicy(account, region) })),
  )
  const known = new Map(all.map((each) => [renderPolicy(each.policy), each]))
  return known.size > 0 ? [...known.values()] : [{ account: 'ACCOUNT', policy: ciPushPolicy('ACCOUNT', '') }]
}

function textOf(
  team: string,
  registries: readonly RegistrySpec[],
  pull: readonly PolicyDocument[],
  push: readonly PushPolicy[],
): string {
  const which =
    registries.length === 0
      ? `The profile ${team} has no aws.ecr.registries, so these are for every registry.`
      : `For the registries of the profile ${team}.`
  const one = [
    `# 1. Developers pull, and no more. ${which}`,
    '#    Goes into the permission set or role of developers, in place of any policy with ecr:*.',
    '#    For all registries, AWS has the same as a managed policy: AmazonEC2ContainerRegistryPullOnly.',
    ...(pull.length === 1 ? [] : ['#    One for each partition of AWS.']),
    ...pull.map(renderPolicy),
  ]
  const others = push.flatMap(({ account, policy }) => [
    '',
    `# 2. Only CI pushes${push.length === 1 ? '' : ` (account ${account})`}, whatever else somebody is allowed. Goes into the policy of each`,
    '#    repository, and into a repository creation template for those made later:',
    '#    aws ecr set-repository-policy --repository-name NAME --policy-text file://only-ci.json',
    `#    Put your CI’s role where ${ciRolePlaceholder} stands.`,
    '#    Not for repositories that a pull-through cache or replication fills.',
    renderPolicy(policy),
  ])
  return `${[...one, ...others].join('\n')}\n`
}
