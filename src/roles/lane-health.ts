import { getArgs, callTimeoutMs, kubectlCommand, parseObjects } from '../kube/kubectl.ts'
import type { KubeObject } from '../kube/object.ts'
import { workloadState } from '../kube/workloads.ts'
import type { StepContext } from '../plan/step.ts'
import { policyApiOf } from '../pods/policy-api.ts'
import type { Json } from '../ports/event.ts'
import { lanesBroken } from '../problems/agent.ts'
import { type Problem, problem } from '../problems/problem.ts'
import { type ClusterObjects, readClusterObjects } from '../upkeep/cluster-survey.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { agentAddress, agentName, agentNamespace, agentPort, identityPolicy } from './names.ts'
import type { NodeRoutes, RoutesState } from './routes.ts'

/** The ways by which credentials reach pods (facts aws, 12.4). */
type Lane = 'A' | 'B' | 'R' | 'S'

/** `none`: not on this version of Kubernetes, and nothing is wrong. */
export interface LaneHealth {
  readonly lane: Lane
  readonly state: 'works' | 'broken' | 'unknown' | 'none'
  /** What it is for, or why it does not work. */
  readonly words: string
  /** A command to paste. */
  readonly next?: string
}

/** The agent on the nodes of the cluster. */
export interface AgentHealth {
  /** Undefined when its DaemonSet is not there. */
  readonly nodes?: { readonly ready: number; readonly wanted: number }
  /** Why it is not ready everywhere. */
  readonly reasons: readonly string[]
}

export interface Health {
  readonly agent: AgentHealth
  readonly lanes: readonly LaneHealth[]
}

/** What the lanes rest on. */
export interface Grounds {
  readonly agent: AgentHealth
  /** `off`: the version has them, the API server was started without; `none`: the version has none. */
  readonly policy: 'there' | 'missing' | 'without effect' | 'off' | 'none'
  /** One for each node of the profile. */
  readonly routes: readonly NodeRoutes[]
  /** The lanes of this one node; of all when it is undefined. */
  readonly node?: string | undefined
}

type Context = Pick<StepContext, 'ports' | 'signal' | 'once'>

/**
 * How the agent and the lanes do: by the objects that all keepers share; one more call of kubectl while the agent is not
 * ready, for why.
 * @param told.routes of the look into the nodes. @param told.inEffect what a pod on trial showed, if one was tried.
 */
export async function lookAtLanes(
  upkeep: Upkeep,
  told: { readonly routes: Grounds['routes']; readonly inEffect?: boolean },
  context: Context,
): Promise<Health | { readonly problem: Problem }> {
  const cluster = await readClusterObjects(upkeep, context)
  if ('problem' in cluster) return cluster
  const agent = await agentHealth(cluster.objects, upkeep, context)
  const policy = policyState(cluster, upkeep, told.inEffect)
  return { agent, lanes: laneHealth({ agent, policy, routes: told.routes }) }
}

async function agentHealth(
  objects: readonly KubeObject[],
  upkeep: Upkeep,
  context: Context,
): Promise<AgentHealth> {
  const daemonSet = objects.find(
    ({ kind, metadata }) =>
      kind === 'DaemonSet' && metadata.namespace === agentNamespace && metadata.name === agentName,
  )
  if (daemonSet === undefined) return { reasons: [`DaemonSet ${agentNamespace}/${agentName} is not there`] }
  const nodes = nodesOf(daemonSet)
  const state = workloadState(daemonSet)
  if (state.isReady) return { nodes, reasons: [] }
  return { nodes, reasons: workloadState(daemonSet, await podsOf(upkeep, context)).reasons }
}

function nodesOf({ status }: KubeObject): { readonly ready: number; readonly wanted: number } {
  const { numberReady, desiredNumberScheduled } = (status ?? {}) as Readonly<Record<string, unknown>>
  const count = (value: unknown) => (typeof value === 'number' ? value : 0)
  return { ready: count(numberReady), wanted: count(desiredNumberScheduled) }
}

/** Its pods tell of images that cannot be pulled and of crashes. That they cannot be read is said elsewhere. */
async function podsOf({ kubectl }: Upkeep, { ports, signal }: Context): Promise<readonly KubeObject[]> {
  const args = getArgs(['Pod'], {
    namespace: agentNamespace,
    selector: `app.kubernetes.io/name=${agentName}`,
  })
  const command = kubectlCommand(kubectl, args, { changes: false })
  const found = parseObjects(await ports.exec.run(command, { timeoutMs: callTimeoutMs, signal }), kubectl)
  return 'problem' in found ? [] : found.objects
}

function policyState(
  { objects, hasPolicies }: ClusterObjects,
  { kubernetes }: Upkeep,
  inEffect?: boolean,
): Grounds['policy'] {
  if (!hasPolicies) return policyApiOf(kubernetes) === undefined ? 'none' : 'off'
  const isThere = ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'].every((kind) =>
    objects.some((object) => object.kind === kind && object.metadata.name === identityPolicy),
  )
  if (!isThere) return 'missing'
  return inEffect === false ? 'without effect' : 'there'
}

/** The health of all lanes, by what they rest on. */
export function laneHealth(all: Grounds): readonly LaneHealth[] {
  const { node, routes } = all
  const grounds = node === undefined ? all : { ...all, routes: routes.filter((each) => each.node === node) }
  const b = laneB(grounds)
  return [
    injected('A', `pods are given the agent's address, port ${agentPort}`, grounds),
    b,
    laneR(b, grounds),
    injected('S', 'pods with devk8s.dev/aws=sts get an STS of the agent', grounds),
  ]
}

type Broken = Pick<LaneHealth, 'words' | 'next'>

const agentTrouble = ({ nodes, reasons }: AgentHealth): Broken | undefined => {
  if (nodes === undefined) return { words: 'the agent is not in the cluster', next: 'devk8s up' }
  if (nodes.wanted > 0 && nodes.ready === nodes.wanted) return undefined
  const why = reasons[0] === undefined ? '' : `: ${reasons[0]}`
  const on = nodes.wanted === 0 ? 'runs on no node' : `is ready on ${nodes.ready} of ${nodes.wanted} nodes`
  return { words: `the agent ${on}${why}`, next: 'devk8s doctor' }
}

const noPolicies = 'pods are given nothing at admission; those with kube2iam’s annotation need nothing'

/** A lane for which the policy gives pods variables. */
function injected(lane: Lane, words: string, { agent, policy, routes }: Grounds): LaneHealth {
  switch (policy) {
    case 'none':
      return {
        lane,
        state: 'none',
        words: `this Kubernetes has no mutating admission policies: ${noPolicies}`,
      }
    case 'off':
      return {
        lane,
        state: 'broken',
        words: `the API server has mutating admission policies off: ${noPolicies}`,
        next: 'devk8s up',
      }
    case 'missing':
      return {
        lane,
        state: 'broken',
        words: `the policy ${identityPolicy} is not there`,
        next: 'devk8s aws refresh',
      }
    case 'without effect':
      return {
        lane,
        state: 'broken',
        words: `the policy ${identityPolicy} has no effect: a pod on trial came back unchanged`,
        next: 'devk8s aws refresh',
      }
    case 'there': {
      const trouble = agentTrouble(agent) ?? addressTrouble(routes)
      return trouble === undefined ? { lane, state: 'works', words } : { lane, state: 'broken', ...trouble }
    }
  }
}

/** Why requests do not get from pods to an agent that is ready. */
function addressTrouble(routes: Grounds['routes']): Broken | undefined {
  const lacking = routes.find(({ lacksAddress }) => lacksAddress)
  if (lacking === undefined) return undefined
  return { words: `node ${lacking.node} lacks the agent's address, ${agentAddress} on lo`, next: mendsNodes }
}

/** Rules and address are ours, inside the nodes: putting them back asks for no sign-in. */
const mendsNodes = 'devk8s doctor --fix'

function ruleTrouble(routes: Grounds['routes']): Pick<LaneHealth, 'state' | 'words' | 'next'> | undefined {
  const of = (state: RoutesState) => routes.find((each) => each.routes === state)
  const [missing, behind, silent] = [of('missing'), of('behind'), of('unreachable')]
  if (missing !== undefined) {
    const words = `node ${missing.node} lacks the rules that lead the metadata addresses to the agent`
    return { state: 'broken', words, next: mendsNodes }
  }
  if (behind !== undefined) {
    return { state: 'broken', words: `on node ${behind.node} ${takerOf(behind)}`, next: mendsNodes }
  }
  if (silent === undefined) return undefined
  return { state: 'unknown', words: `node ${silent.node} does not answer`, next: 'devk8s up' }
}

/** The chains of the CNI plugin portmap, which has the host ports of pods (facts aws, 4). */
function takerOf({ before }: Pick<NodeRoutes, 'before'>): string {
  const jump = before.find((each) => /^CNI-(HOSTPORT-DNAT|DN-)/.test(each))
  return jump === undefined
    ? `another rule (${before[0] ?? 'unknown'}) takes what pods send to the metadata addresses`
    : `the ingress controller takes what pods send to the metadata addresses (${jump} comes before the rules of devk8s)`
}

/** Nodes that were added behind devk8s' back have the agent, whose DaemonSet runs everywhere, and not its rules. */
function unseenNodes({ agent, routes, node }: Grounds): Pick<LaneHealth, 'state' | 'words'> | undefined {
  const wanted = node === undefined ? (agent.nodes?.wanted ?? 0) : 1
  if (routes.length >= wanted) return undefined
  const where =
    node === undefined
      ? `the cluster has ${wanted} nodes and the profile ${routes.length} (cluster.nodes)`
      : `node ${node} is not of the profile (cluster.nodes)`
  return { state: 'unknown', words: `${where}: devk8s looks after rules in the nodes of the profile only` }
}

function laneB(grounds: Grounds): LaneHealth {
  const { agent, routes } = grounds
  const trouble = agentTrouble(agent) ?? addressTrouble(routes)
  if (trouble !== undefined) return { lane: 'B', state: 'broken', ...trouble }
  const rules = ruleTrouble(routes) ?? unseenNodes(grounds)
  if (rules !== undefined) return { lane: 'B', ...rules }
  return { lane: 'B', state: 'works', words: 'what asks the metadata addresses reaches the agent' }
}

function laneR(b: LaneHealth, grounds: Grounds): LaneHealth {
  const own = injected('R', 'pods with devk8s.dev/aws=relative, and old SDKs, ask as on ECS', grounds)
  return own.state === 'works' && b.state !== 'works' ? { ...b, lane: 'R' } : own
}

/** What is broken inside the nodes, whatever the agent and the policy do: their own steps say that. */
export function routesProblem(routes: Grounds['routes']): Problem | undefined {
  const address = addressTrouble(routes)
  const rules = ruleTrouble(routes)
  const lines = [
    ...(address === undefined ? [] : [`No pod reaches the agent: ${address.words}.`]),
    ...(rules?.state === 'broken'
      ? [
          `Lane B does not work: ${rules.words}. Pods with kube2iam's annotation or an old SDK get no credentials.`,
        ]
      : []),
  ]
  if (lines.length === 0) return undefined
  return problem(lanesBroken, { detail: lines.join('\n'), next: [mendsNodes] })
}

/** For `--json`. */
export const healthValue = ({ agent, lanes: all }: Health): Json => ({
  agent: {
    ready: agent.nodes?.ready ?? 0,
    nodes: agent.nodes?.wanted ?? 0,
    reasons: [...agent.reasons],
  },
  lanes: all.map(({ lane, state, words, next }) => ({ lane, state, words, next: next ?? null })),
})

/** One line, as `the agent is ready on 1 node`. */
export function agentText({ nodes, reasons }: AgentHealth): string {
  if (nodes === undefined) return reasons[0] ?? 'not there'
  const on = `ready on ${nodes.ready} of ${nodes.wanted} ${nodes.wanted === 1 ? 'node' : 'nodes'}`
  return [on, ...reasons].join('; ')
}
