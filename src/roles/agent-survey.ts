import type { KopsMapping } from '../agent/asked-role.ts'
import type { MappingDocument } from '../agent/documents.ts'
import type { KubeObject } from '../kube/object.ts'
import type { StepContext } from '../plan/step.ts'
import { agentNamespaceMissing, sessionsForeign } from '../problems/agent.ts'
import { type Problem, problem } from '../problems/problem.ts'
import { readClusterObjects, readConfigMap, readOurs, readSecretsNamed } from '../upkeep/cluster-survey.ts'
import type { AgentUpkeep, Upkeep } from '../upkeep/upkeep.ts'
import { assumesRoles } from './assume-says.ts'
import { kopsConfigMap, kopsMappingIn } from './kops-mapping.ts'
import { type LiveMapping, liveMapping, type MappingFacts, mappingOf } from './mapping.ts'
import { agentNamespace, sessionsSecret } from './names.ts'
import { idleSessions, type Judged, judged } from './session-due.ts'
import { type LiveSessions, liveSessions } from './sessions-secret.ts'
import { developerId, type LeftOut, wantedAgain, wantedSessions } from './wanted-sessions.ts'

/** What the agent has been given, and what in the cluster asks for more. */
export interface AgentSurvey {
  /** What the agent is given has a place. */
  readonly hasNamespace: boolean
  readonly objects: readonly KubeObject[]
  readonly kops: KopsMapping | undefined
  readonly live: LiveSessions | undefined
  readonly mapping: LiveMapping | undefined
}

type Context = Pick<StepContext, 'ports' | 'signal' | 'once'>

/**
 * The two calls of kubectl that all keepers share; a third one, beside them, where roles are assumed, and one more while
 * the Secret is not there.
 */
export async function agentSurvey(
  upkeep: Upkeep,
  agent: AgentUpkeep,
  context: Context,
): Promise<AgentSurvey | { readonly problem: Problem }> {
  const { kubectl } = upkeep
  const [cluster, ours, kops] = await Promise.all([
    readClusterObjects(upkeep, context),
    readOurs(kubectl, context),
    assumesRoles(agent) ? readConfigMap(kopsConfigMap, kubectl, context) : { objects: [] },
  ])
  if ('problem' in cluster) return cluster
  if ('problem' in ours) return ours
  if ('problem' in kops) return kops
  const secrets = ours.objects.filter(({ kind }) => kind === 'Secret')
  const found = await readSecretsNamed(sessionsSecret, [agentNamespace], secrets, kubectl, context)
  if ('problem' in found) return found
  const { hashing } = context.ports
  const live = liveSessions(found.objects, hashing)
  if (live?.isOurs === false) return { problem: foreignProblem(upkeep) }
  return {
    hasNamespace: isReady(cluster.objects),
    objects: cluster.objects,
    kops: kopsMappingIn(kops.objects),
    live,
    mapping: liveMapping(ours.objects, hashing),
  }
}

/** In one on its way out nothing can be made. */
const isReady = (objects: readonly KubeObject[]): boolean =>
  objects.some(
    ({ kind, metadata }) =>
      kind === 'Namespace' && metadata.name === agentNamespace && !('deletionTimestamp' in metadata),
  )

export const namespaceMissing = ({ cluster }: Upkeep): Problem =>
  problem(agentNamespaceMissing, {
    detail: `Cluster ${cluster} has no namespace ${agentNamespace}, or it is being deleted.`,
    next: ['devk8s up'],
  })

const foreignProblem = ({ kubectl: { kubeconfig, context } }: Upkeep): Problem =>
  problem(sessionsForeign, {
    detail: `The Secret ${agentNamespace}/${sessionsSecret} lacks the label of devk8s, and stays as it is.`,
    next: [
      `kubectl --kubeconfig ${kubeconfig} --context ${context} delete secret ${sessionsSecret} --namespace ${agentNamespace}`,
      'devk8s aws refresh',
    ],
  })

/** What is to be in the cluster, by what is known so far. */
export interface AgentWants {
  readonly mapping: MappingDocument
  readonly sessions: readonly Judged[]
  /** Ids of those that nobody asks for at the moment and that stay all the same. */
  readonly idle: readonly string[]
  readonly left: readonly LeftOut[]
}

/** @param told of what is known by now; else what the cluster says is taken. */
export function agentWants(
  upkeep: Upkeep,
  agent: AgentUpkeep,
  { objects, kops, live, mapping: before }: AgentSurvey,
  { ports }: Context,
  told: Pick<MappingFacts, 'region' | 'developerArn'> = {},
): AgentWants {
  const facts = {
    region: told.region ?? upkeep.source.region ?? before?.mapping?.region,
    developerArn: told.developerArn ?? live?.records.sessions[developerId]?.arn,
    baseBefore: before?.mapping?.baseRoleArn,
  }
  const mapping = mappingOf(agent, facts, ports.hashing)
  const { wanted, left } = wantedSessions(agent, mapping, { objects, kops })
  const how = { hashing: ports.hashing, nowMs: ports.clock.now() }
  return {
    mapping,
    left,
    sessions: wanted.map((each) => judged(each, live, upkeep, how)),
    idle: idleSessions(wanted, live, (id, pattern) => wantedAgain(id, pattern, agent, mapping), upkeep, how),
  }
}
