import { askedRole, type KopsMapping } from '../agent/asked-role.ts'
import type { KubeObject } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { systemNamespaces } from '../pods/names.ts'
import { isDevK8sError } from '../problems/problem.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import type { IdentityFacts } from './identity-cel.ts'
import { regionalStsAnnotation } from './injection.ts'
import { oldSdkExpressions } from './known-sdks.ts'
import { agentNamespace } from './names.ts'
import { askingIn } from './wanted-sessions.ts'

/** What is looked up for the policy besides the cluster's objects. */
export interface IdentityTold {
  readonly ownSources: readonly string[]
  /** `namespace/name ARN`, as `kopsRolesOf` gives them. */
  readonly kopsRoles: readonly string[]
  readonly region: string | undefined
}

/**
 * Service accounts with a role in the cluster, by their annotation or an association, and those of the profile's own
 * manifests, which are not in the cluster yet when their first pods are. Denied ones too: what the agent answers them says
 * why. In every namespace but those of the system, as the agent serves them.
 */
export function identityFactsOf(
  agent: AgentUpkeep,
  objects: readonly KubeObject[],
  { ownSources, kopsRoles, region }: IdentityTold,
): IdentityFacts {
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount' || kind === 'Namespace')
  // A role of a pod, in the cluster or planned, is none of its service account: others run under that as well.
  const { accountRoles } = agent
  const asking = askingIn({ accountRoles }, agent, { objects: accounts, kops: undefined }).flatMap((each) => {
    const asks = askedRole(each, agent)
    const { namespace, serviceAccount } = each
    return asks === undefined || isOfSystem(namespace)
      ? []
      : [{ account: `${namespace}/${serviceAccount}`, role: asks.arn ?? asks.role }]
  })
  return {
    serviceAccounts: asking.map(({ account }) => account),
    accountRoles: asking.filter(({ role }) => isArn(role)).map(({ account, role }) => `${account} ${role}`),
    kopsRoles,
    globalStsAccounts: accounts.filter(asksForGlobalSts).map(accountName),
    ownSources: ownSources.filter((source) => !isOfSystem(source.slice(source.indexOf(' ') + 1))),
    region,
    oldImages: oldSdkExpressions(),
  }
}

/** @param place a namespace, or something in one. */
const isOfSystem = (place: string): boolean =>
  [...systemNamespaces, agentNamespace].some((name) => name === place.split('/')[0])

/** Written behind a service account with a space between. */
const isArn = (role: string): boolean => /^arn:\S+$/.test(role)

/** kOps' ConfigMap as the policy takes it. */
export const kopsRolesOf = (kops: KopsMapping | undefined): readonly string[] =>
  Object.entries(kops ?? {}).flatMap(([account, { roleArn }]) =>
    isArn(roleArn) && !isOfSystem(account) ? [`${account} ${roleArn}`] : [],
  )

/** As Go's ParseBool reads it. */
const asksForGlobalSts = ({ metadata: { annotations } }: KubeObject): boolean =>
  ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(annotations?.[regionalStsAnnotation] ?? '')

const accountName = ({ metadata: { name, namespace = 'default' } }: KubeObject): string =>
  `${namespace}/${name}`

/**
 * The region that an SDK on this machine would take: what the profile says, else the person's own files.
 * What is wrong with those is told by whoever asks AWS.
 */
export async function regionOf(
  { source }: Pick<Upkeep, 'source'>,
  { ports }: Pick<StepContext, 'ports'>,
): Promise<string | undefined> {
  if (source.region !== undefined) return source.region
  try {
    return (await ports.aws.signInOf(source)).region
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return undefined
  }
}
