import { renderShellWords } from '../cli/shell-words.ts'
import { clockText, untilText } from '../upkeep/until.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { endOfKeys, isEnding, type KeysEnd } from './ending.ts'
import { accountRoleAnnotation, keysSecret, podRoleAnnotation, regionVariables } from './names.ts'
import { leftText, unknownLabel } from './left-alone.ts'
import { accountOf, containersOf, isKeyed, keyedContainers } from './pod.ts'
import { isMixedByPolicy, mixed, mixedText, unknownSources, unknownText } from './mixed-keys.ts'
import type { PodSurvey } from './pod-survey.ts'
import { type Refusal, type Verdict, verdictOf } from './verdict.ts'

/** What a pod is to AWS on this laptop, and why. */
export interface ToldPod {
  readonly verdict: Verdict
  /** It has keys in its environment, whatever the policy would do now. */
  readonly isGiven: boolean
  readonly keys: KeysEnd
  readonly account?: string
  readonly region?: string
  /** Containers that set a region themselves. */
  readonly ownRegions: readonly string[]
  readonly warnings: readonly string[]
  /** What to run. */
  readonly next: readonly string[]
}

export function toldPod(survey: PodSurvey, upkeep: Upkeep, nowMs: number, context: string): ToldPod {
  const { pod, account, keys, namespaceLabels } = survey
  const roles = upkeep.pods?.roles ?? {}
  const verdict = verdictOf(pod, {
    namespaceLabels,
    ...(account === undefined ? {} : { account }),
    serviceAccounts: account === undefined ? (upkeep.pods?.serviceAccounts ?? []) : [],
    roles,
    ownSources: survey.ownSources,
  })
  const isGiven = isKeyed(pod)
  const record = keys?.record
  const end = isGiven ? endOfKeys(pod, record, nowMs) : ({ is: 'none' } as const)
  const regions = regionVariables.map(String)
  return {
    verdict,
    isGiven,
    keys: end,
    ...(record === undefined ? {} : { account: record.account }),
    ...(record?.region === undefined ? {} : { region: record.region }),
    ownRegions: containersOf(pod['spec'])
      .filter(({ env }) => env.some((name) => regions.includes(name)))
      .map(({ name }) => name),
    warnings: warningsOf(survey, verdict, isGiven, upkeep),
    next: nextOf(survey, verdict, { isGiven, end }, context),
  }
}

function warningsOf(
  survey: PodSurvey,
  verdict: Verdict,
  isGiven: boolean,
  { pods }: Upkeep,
): readonly string[] {
  const { pod, policy, keys } = survey
  const namespace = pod.metadata.namespace ?? 'default'
  const isWanted = isGiven || 'grants' in verdict.pod
  return [
    ...unknownLabel(pod),
    ...mixed(survey).map(mixedText),
    ...unknownSources(survey, verdict).map(unknownText),
    ...(isWanted && keys === undefined ? [withoutKeys(namespace, pods?.namespaces ?? [])] : []),
    ...(keys?.isOurs === false
      ? [`Secret ${namespace}/${keysSecret} is not devk8s’: the pod gets what is in it.`]
      : []),
    ...('grants' in verdict.pod && !isGiven ? [whyNotGiven(verdict, pod, policy)] : []),
  ]
}

const withoutKeys = (namespace: string, served: readonly string[]): string =>
  served.includes(namespace)
    ? `Namespace ${namespace} has no keys yet: devk8s aws refresh writes them.`
    : `Namespace ${namespace} has no keys, for it is not in the profile: add it under \`namespaces\` and run devk8s up.`

/** The policy would give keys now and has not: why. */
function whyNotGiven(verdict: Verdict, pod: PodSurvey['pod'], policy: PodSurvey['policy']): string {
  if (!verdict.containers.some(({ is }) => is === 'given')) return 'All of its containers are left alone.'
  if (!policy.isServed) return 'This cluster has no admission policies, so nothing gave it keys.'
  if (!policy.isThere) return 'The policy that gives keys is not in the cluster.'
  const account = accountOf(pod)
  return 'grants' in verdict.pod &&
    verdict.pod.grants === 'account-role' &&
    !policy.serviceAccounts.includes(account)
    ? `The policy does not know yet that service account ${account} has a role.`
    : 'It was made before the policy was in effect, or its template was not what it is now.'
}

function nextOf(
  survey: PodSurvey,
  verdict: Verdict,
  { isGiven, end }: { readonly isGiven: boolean; readonly end: KeysEnd },
  context: string,
): readonly string[] {
  const { pod, owner, policy, keys } = survey
  const namespace = pod.metadata.namespace ?? 'default'
  const isUnknown = unknownSources(survey, verdict).length > 0
  const workload =
    owner === undefined || !(owner.kind in shortKinds) ? undefined : `${shortKinds[owner.kind]}/${owner.name}`
  const anew =
    workload === undefined ? [] : [`kubectl --context ${context} rollout restart ${workload} -n ${namespace}`]
  if (isGiven) {
    if (keys === undefined) return ['devk8s up']
    if (isMixedByPolicy(survey)) return [...(isUnknown ? ['devk8s aws refresh'] : []), ...anew]
    return isEnding(end) ? ['devk8s aws refresh --restart'] : []
  }
  if (!('grants' in verdict.pod)) return []
  if (!verdict.containers.some(({ is }) => is === 'given')) return isUnknown ? ['devk8s aws refresh'] : []
  if (!policy.isServed)
    return workload === undefined
      ? []
      : [renderShellWords(['devk8s', 'aws', 'attach', workload, '-n', namespace])]
  return ['devk8s up', ...anew]
}

const shortKinds: Readonly<Record<string, string>> = {
  Deployment: 'deploy',
  StatefulSet: 'sts',
  DaemonSet: 'ds',
}

const refusals: { readonly [R in Refusal]: string } = {
  'system-namespace': 'its namespace is one of Kubernetes itself',
  'namespace-off': 'its namespace has the label devk8s.dev/aws=off',
  'label-off': 'it has the label devk8s.dev/aws=off',
  'eks-skip': 'it has EKS’s label eks.amazonaws.com/skip-pod-identity-webhook',
  windows: 'it is for Windows',
  'of-the-node': 'it is a static pod of the node, which must not refer to Secrets',
  'role-denied': 'the profile denies this role',
  'nothing-asks':
    'neither it nor its service account asks for a role; the label devk8s.dev/aws=on gives keys to a pod without one',
}

/** Rows for people: what is told, and its words. */
export function toldRows(
  survey: PodSurvey,
  told: ToldPod,
  upkeep: Upkeep,
  nowMs: number,
): readonly (readonly [string, string])[] {
  const { verdict } = told
  const identity =
    upkeep.source.roleArn ??
    (upkeep.source.profile === undefined ? undefined : `profile ${upkeep.source.profile}`)
  const rows: (readonly [string, string])[] = [
    ['role', roleText(verdict, survey)],
    ['gets', getsText(told)],
  ]
  if (!told.isGiven && !('grants' in verdict.pod)) return rows
  const whose = [identity, told.account === undefined ? undefined : `account ${told.account}`].filter(
    (each) => each !== undefined,
  )
  rows.push([
    'as',
    `you${whose.length === 0 ? '' : ` (${whose.join(', ')})`}: every pod has your own session here, not its role`,
  ])
  const containers = containersText(survey, told)
  if (containers !== '') rows.push(['containers', containers])
  if (told.isGiven) rows.push(['until', endText(told.keys, nowMs)])
  rows.push(['region', regionText(told)])
  return rows
}

function roleText({ asks }: Verdict, { pod }: PodSurvey): string {
  if (asks === undefined) return 'none'
  const where =
    asks.from === 'pod'
      ? `the pod’s annotation ${podRoleAnnotation}`
      : `${accountRoleAnnotation} on service account ${accountOf(pod)}`
  const says = asks.says === undefined ? '' : `; the profile says ${asks.says}`
  return `${asks.role}, by ${where}${says}`
}

function getsText({ verdict, isGiven }: ToldPod): string {
  if ('refuses' in verdict.pod) {
    return isGiven
      ? 'keys, by its own manifest or devk8s aws attach'
      : `nothing: ${refusals[verdict.pod.refuses]}`
  }
  const by = {
    'pod-role': 'for the role on the pod',
    'account-role': 'for the role of its service account',
    label: 'for its label devk8s.dev/aws=on',
  }[verdict.pod.grants]
  return isGiven ? `keys in environment variables, ${by}` : `nothing now; made anew it would get keys ${by}`
}

function containersText({ pod }: PodSurvey, { verdict, isGiven }: ToldPod): string {
  const given = isGiven
    ? keyedContainers(pod)
    : verdict.containers.filter(({ is }) => is === 'given').map(({ name }) => name)
  const left = verdict.containers.filter(({ name }) => !given.includes(name)).flatMap(leftText)
  const some = given.length === 0 ? [] : [given.join(', ')]
  return [...some, ...left].join('; ')
}

function endText(keys: KeysEnd, nowMs: number): string {
  switch (keys.is) {
    case 'good':
      return untilText(keys.endsAtMs, nowMs)
    case 'replaced':
      return keys.endsAtMs === undefined
        ? 'unknown: it started before the keys that are there now'
        : `${untilText(keys.endsAtMs, nowMs)}; newer keys are there, and it started before them`
    case 'over':
      return `over since ${clockText(keys.endsAtMs, nowMs)}`
    case 'none':
      return 'its namespace has no keys'
  }
}

function regionText({ region, ownRegions }: ToldPod): string {
  const own = ownRegions.length === 0 ? '' : `; ${ownRegions.join(', ')} sets its own`
  return `${region ?? 'none: neither the profile nor the AWS profile names one'}${own}`
}
