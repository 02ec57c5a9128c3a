import type { Asking, KopsMapping } from '../agent/asked-role.ts'
import type { Decision } from '../agent/decide.ts'
import type { MappingDocument } from '../agent/documents.ts'
import type { KubeObject } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import type { OwnSources } from '../pods/own-sources.ts'
import { accountOf, isLive } from '../pods/pod.ts'
import { literalTexts } from '../pods/policy-state.ts'
import { DevK8sError } from '../problems/problem.ts'
import {
  readClusterObjectsAndPods,
  readConfigMap,
  readOurs,
  readSecretsNamed,
} from '../upkeep/cluster-survey.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { kopsConfigMap, kopsMappingIn } from './kops-mapping.ts'
import { isMapping, liveMapping, mappingOf } from './mapping.ts'
import { type LaneVerdict, laneOf } from './lanes.ts'
import { agentNamespace, identityPolicy, sessionsSecret } from './names.ts'
import type { SessionRecords } from './session-records.ts'
import { liveSessions } from './sessions-secret.ts'
import { askingIn, developerId } from './wanted-sessions.ts'

/** All that says which role a pod gets here: what the agent has been told, and what is in the cluster. */
export interface RolesSurvey {
  readonly objects: readonly KubeObject[]
  readonly kops: KopsMapping | undefined
  /** What the agent answers by; what it is going to be told, where it has been told nothing that can be read. */
  readonly mapping: MappingDocument
  /** The agent has been told something else than the profile says now, or nothing. */
  readonly isStale: boolean
  /** What is known of the sessions, without what is secret of them. */
  readonly sessions: SessionRecords
  readonly hasPolicies: boolean
}

/** Three calls of kubectl side by side, and a fourth where the Secret is not there. @throws DevK8sError of kubectl. */
export async function rolesSurvey(
  upkeep: Upkeep,
  agent: AgentUpkeep,
  context: Pick<StepContext, 'ports' | 'signal' | 'once'>,
): Promise<RolesSurvey> {
  const { kubectl } = upkeep
  const [cluster, ours, kops] = await Promise.all([
    readClusterObjectsAndPods(upkeep, context),
    readOurs(kubectl, context),
    readConfigMap(kopsConfigMap, kubectl, context),
  ])
  if ('problem' in cluster) throw new DevK8sError(cluster.problem)
  if ('problem' in ours) throw new DevK8sError(ours.problem)
  if ('problem' in kops) throw new DevK8sError(kops.problem)
  const secrets = ours.objects.filter(({ kind }) => kind === 'Secret')
  const found = await readSecretsNamed(sessionsSecret, [agentNamespace], secrets, kubectl, context)
  if ('problem' in found) throw new DevK8sError(found.problem)
  const { hashing } = context.ports
  const live = liveMapping(ours.objects, hashing)
  const records = liveSessions(found.objects, hashing)?.records ?? { sessions: {}, refused: {} }
  const told = {
    region: live?.mapping?.region ?? upkeep.source.region,
    developerArn: records.sessions[developerId]?.arn,
    baseBefore: live?.mapping?.baseRoleArn,
  }
  const wanted = mappingOf(agent, told, hashing)
  return {
    objects: cluster.objects,
    hasPolicies: cluster.hasPolicies,
    kops: kopsMappingIn(kops.objects),
    mapping: live?.mapping ?? wanted,
    isStale: !isMapping(live, wanted),
    sessions: records,
  }
}

/** Somebody who may ask for a role, and what is known of them. */
export interface Asker {
  readonly asking: Asking
  /** Undefined for a service account, which may have no pod yet, nor be in the cluster. */
  readonly pod?: KubeObject
}

/** Pods that live, then service accounts, those that only an association, kOps or the profile's manifests know as well. */
export function askersIn(
  { accountRoles }: Pick<AgentUpkeep, 'accountRoles'>,
  { objects, kops, mapping }: Pick<RolesSurvey, 'objects' | 'kops' | 'mapping'>,
): readonly Asker[] {
  const pods = objects.filter((object) => object.kind === 'Pod' && isLive(object))
  // It has the pods first, in this order. Pods that are only planned are nobody yet, and no service account.
  return askingIn({ accountRoles }, mapping, { objects, kops }).map((asking, at) => {
    const pod = pods[at]
    return pod === undefined ? { asking } : { asking, pod }
  })
}

/** What is known of one pod, whether it lives or not. */
export function askingOf(
  pod: KubeObject,
  agent: Pick<AgentUpkeep, 'accountRoles'>,
  { objects, kops, mapping }: Pick<RolesSurvey, 'objects' | 'kops' | 'mapping'>,
): Asking {
  const { status: _, ...alive } = pod
  const { deletionTimestamp: _gone, ...metadata } = alive.metadata as typeof alive.metadata & {
    readonly deletionTimestamp?: string
  }
  const others = objects.filter(({ kind }) => kind === 'Namespace' || kind === 'ServiceAccount')
  const [asking] = askingIn(agent, mapping, { objects: [...others, { ...alive, metadata }], kops })
  if (asking === undefined) throw new TypeError(`${accountOf(pod)} asks for nothing`)
  return asking
}

/** The lane of a pod, by what the policy in the cluster knows. */
export function laneIn(
  { objects, hasPolicies }: Pick<RolesSurvey, 'objects' | 'hasPolicies'>,
  pod: KubeObject,
  { asking, decision }: { readonly asking: Asking; readonly decision: Decision },
  { ownSources, kubernetes }: { readonly ownSources: OwnSources; readonly kubernetes?: string },
): LaneVerdict {
  const policy = objects.find(
    ({ kind, metadata }) => kind === 'MutatingAdmissionPolicy' && metadata.name === identityPolicy,
  )
  const { creationTimestamp: policySince } = (policy?.metadata ?? {}) as {
    readonly creationTimestamp?: string
  }
  return laneOf(pod, {
    origin: decision.asks?.from,
    roleArn: decision.asks?.arn,
    namespaceLabels: asking.namespaceLabels,
    hasPolicies,
    isPolicyThere: policy !== undefined,
    ownSources,
    policySince,
    ...(kubernetes === undefined ? {} : { kubernetes }),
    ...(policy === undefined ? {} : { known: literalTexts(policy, 'serviceAccounts') }),
  })
}
