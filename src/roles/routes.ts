import { nodeUnreachable, routesRefused } from '../problems/agent.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { MinikubeRef } from '../plan/step.ts'
import type { Change, Json, Note } from '../ports/event.ts'
import { DevK8sError, problem, type Problem } from '../problems/problem.ts'
import type { AgentUpkeep } from '../upkeep/upkeep.ts'
import { agentAddress } from './names.ts'
import {
  changeNode,
  changeScript,
  nodesOff,
  type NodeContext,
  type NodeFacts,
  routedAddresses,
  ruleComment,
  ruleFor,
  type RulesChange,
  seeNode,
  type SeenNode,
} from './node-facts.ts'
import { takesRequests } from './node-rules.ts'

// Lane B: what pods send to the three link-local addresses on port 80 goes to the agent, on every node. The rules are
// gone after `minikube stop`, and whatever puts itself before them takes the requests (facts aws, 4; 16, T7).

type Nodes = Pick<AgentUpkeep, 'minikube' | 'nodes'>
type Reached = Extract<SeenNode, { readonly facts: NodeFacts }>

/** How the rules of one node stand. `behind`: another rule takes the requests first. */
const states = ['first', 'behind', 'missing', 'unreachable'] as const
export type RoutesState = (typeof states)[number]

export interface RoutesLook {
  /** What `assertRoutes` would change. */
  readonly changes: readonly Change[]
  readonly detail: { readonly nodes: readonly Json[] }
  readonly notes: readonly Note[]
}

/** One `minikube ssh` per node, side by side. A node that does not answer is told of, and counts as no change. */
export async function lookAtRoutes(agent: Nodes, context: NodeContext): Promise<RoutesLook> {
  const seen = await seeNodes(agent, context)
  return {
    changes: seen.flatMap(changesOf),
    detail: { nodes: seen.map(nodeValue) },
    notes: seen.flatMap((each) => notesOf(agent.minikube, each)),
  }
}

const seeNodes = async ({ minikube, nodes }: Nodes, context: NodeContext): Promise<readonly SeenNode[]> =>
  Promise.all(nodes.map(async (node) => seeNode(minikube, node, context)))

export function routesState(seen: SeenNode): RoutesState {
  if ('unreachable' in seen) return 'unreachable'
  const { rules } = seen.facts
  const wanted = routedAddresses.map(ruleFor)
  if (!wanted.every((rule) => rules.includes(rule))) return 'missing'
  return inTheWay(seen.facts).length > 0 ? 'behind' : 'first'
}

/** Rules before the last of ours that can take a request to one of the three addresses. */
export function inTheWay({ rules }: Pick<NodeFacts, 'rules'>): readonly string[] {
  const last = rules.findLastIndex(isOurs)
  return rules.slice(0, Math.max(last, 0)).filter((rule) => !isOurs(rule) && takesRequests(rule))
}

const isOurs = (rule: string): boolean => {
  const comment = /--comment (?:"([^"]*)"|(\S+))/.exec(rule)
  return (comment?.[1] ?? comment?.[2]) === ruleComment
}

/** What of a node is to be changed; nothing when each rule is there once, before whatever would take its requests. */
export function rulesChange(facts: NodeFacts): RulesChange {
  const ours = facts.rules.filter(isOurs)
  const wanted = routedAddresses.map(ruleFor)
  const isRight =
    ours.length === wanted.length &&
    wanted.every((rule) => ours.includes(rule)) &&
    inTheWay(facts).length === 0
  return {
    without: isRight ? [] : ours,
    first: isRight ? [] : wanted,
    alias: facts.hasAlias ? 'as it is' : 'add',
  }
}

function changesOf(seen: SeenNode): readonly Change[] {
  if ('unreachable' in seen) return []
  const { first, without, alias } = rulesChange(seen.facts)
  const field = `Node ${seen.node}: `
  const state = routesState(seen)
  return [
    ...(first.length === 0
      ? []
      : [
          {
            field: `${field}rules for the metadata addresses`,
            ...(state === 'behind' ? { from: `behind ${jumpOf(inTheWay(seen.facts)[0] ?? '')}` } : {}),
            to: `port 80 to the AWS agent, before all others`,
            effect: without.length === 0 ? ('create' as const) : ('in-place' as const),
          },
        ]),
    ...(alias === 'add' ? [{ field: `${field}${agentAddress} on lo`, effect: 'create' as const }] : []),
  ]
}

/** How a node stood. */
export interface NodeRoutes {
  readonly node: string
  readonly routes: RoutesState
  /** The agent's address is not on `lo`: nobody reaches it there. */
  readonly lacksAddress: boolean
  /** Where the rules that take the requests first jump to. */
  readonly before: readonly string[]
}

/** How the nodes stood, out of `RoutesLook.detail`. */
export function routesFound(detail: Json | undefined): readonly NodeRoutes[] {
  const nodes = isRecord(detail) ? detail['nodes'] : undefined
  return (Array.isArray(nodes) ? nodes : []).flatMap((each: unknown) => {
    if (!isRecord(each)) return []
    const { node, before } = each
    const routes = states.find((state) => state === each['routes'])
    if (typeof node !== 'string' || routes === undefined) return []
    const jumps = (Array.isArray(before) ? before : []).filter((jump) => typeof jump === 'string')
    return [{ node, routes, lacksAddress: each['alias'] === false, before: jumps }]
  })
}

const jumpOf = (rule: string) => /-j (\S+)/.exec(rule)?.[1] ?? 'another rule'

/** The agent's own init container adds the address as well; here it is for a node where that has not run yet. */
function nodeValue(seen: SeenNode): Json {
  const { node } = seen
  if ('unreachable' in seen) return { node, routes: 'unreachable', why: seen.unreachable }
  return {
    node,
    routes: routesState(seen),
    before: inTheWay(seen.facts).map(jumpOf),
    alias: seen.facts.hasAlias,
    clockAheadS: Math.round(seen.aheadMs / 1000),
    cni: seen.facts.cni,
  }
}

/** AWS refuses what is signed 5 minutes off; sessions and tokens are called over too early or too late before that. */
const skewLimitMs = 60_000

function notesOf(minikube: MinikubeRef, seen: SeenNode): readonly Note[] {
  if ('unreachable' in seen) {
    const text = `Node ${seen.node} could not be looked into (${seen.unreachable}): whether pods there that ask the metadata addresses reach the AWS agent is not known.`
    return [{ level: 'warning', text }]
  }
  return [...clockNotes(minikube, seen), ...cniNotes(seen.node, seen.facts)]
}

function clockNotes({ profile }: MinikubeRef, { node, aheadMs }: Reached) {
  if (Math.abs(aheadMs) < skewLimitMs) return []
  const by = Math.round(Math.abs(aheadMs) / 60_000)
  const text = `The clock of node ${node} is ${by} min ${aheadMs > 0 ? 'ahead of' : 'behind'} this computer's: pods take credentials for over too ${aheadMs > 0 ? 'early' : 'late'}, and from 5 min on AWS refuses what they sign. Set it right with \`devk8s down\` and \`devk8s up\`; where Docker runs in a virtual machine, restart that, then \`minikube -p ${profile} status\` shows the node.`
  return [{ level: 'warning' as const, text }]
}

/** With eBPF host routing packets of pods never come by PREROUTING (facts aws, 16). */
function cniNotes(node: string, { cni }: NodeFacts): readonly Note[] {
  const cilium = cni.find((file) => /cilium/i.test(file))
  if (cilium === undefined) return []
  const text = `Node ${node} uses Cilium (${cilium}), which may route what pods send past the rules and the address of the AWS agent. If pods get no answer there, \`aws.lane: env\` in the profile hands keys out without either.`
  return [{ level: 'warning', text }]
}

/**
 * Puts the rules at the head of PREROUTING and the address on `lo`, in every node that lacks either; each node in one
 * transaction. Rules of ours that are there twice, or of another version, go.
 * @throws DevK8sError DK5111 when a node that answers does not take them, DK5112 when no node answers.
 */
export async function assertRoutes(agent: Nodes, context: NodeContext): Promise<void> {
  const { minikube, nodes } = agent
  const seen = await seeNodes(agent, context)
  const silent = seen.flatMap((each) => ('unreachable' in each ? [each] : []))
  if (silent.length > 0 && silent.length === nodes.length) throw new DevK8sError(noNode(minikube, silent))
  const refused = await Promise.all(
    seen.map(async (each) => {
      const said = 'unreachable' in each ? undefined : await changed(minikube, each, rulesChange, context)
      return said === undefined ? [] : [refusal(minikube, each.node, said)]
    }),
  )
  const [first, ...others] = refused.flat()
  if (first !== undefined) throw new DevK8sError([first, ...others])
}

/**
 * A change names the rules as they were seen. Where another one changed them meanwhile, the broker beside `up`, say, all
 * of it fails: then the node is looked into again, and asked once more.
 * @returns undefined when the node is as it is to be, else its last words.
 */
async function changed(
  minikube: MinikubeRef,
  { node, facts }: Reached,
  changeOf: (facts: NodeFacts) => RulesChange,
  context: NodeContext,
): Promise<string | undefined> {
  const change = async (seen: NodeFacts) => {
    const script = changeScript(changeOf(seen))
    return script === undefined ? undefined : changeNode(minikube, node, script, context)
  }
  const said = await change(facts)
  if (said === undefined) return undefined
  const again = await seeNode(minikube, node, context)
  return 'unreachable' in again ? said : change(again.facts)
}

const intoNode = ({ profile }: MinikubeRef, node: string) => `minikube ssh -p ${profile} -n ${node}`

const refusal = (minikube: MinikubeRef, node: string, said: string): Problem =>
  problem(routesRefused, {
    detail: `Node ${node} did not take the rules that lead the metadata addresses to the AWS agent: ${said}`,
    next: ['devk8s aws refresh', `${intoNode(minikube, node)} -- sudo iptables -t nat -S PREROUTING`],
  })

function noNode(minikube: MinikubeRef, silent: readonly { node: string; unreachable: string }[]): Problem {
  const [{ node, unreachable } = { node: minikube.profile, unreachable: 'no answer' }] = silent
  return problem(nodeUnreachable, {
    detail: `${silent.length === 1 ? `Node ${node} does` : `None of the ${silent.length} nodes does`} not answer to minikube ssh: ${unreachable}`,
    next: [`${intoNode(minikube, node)} -- true`, 'devk8s up'],
  })
}

/**
 * Takes the rules and the address away, from every node that runs and has them.
 * @returns nodes that kept them or do not answer, with their last words.
 */
export async function removeRoutes(
  agent: Nodes,
  context: NodeContext,
): Promise<readonly { readonly node: string; readonly why: string }[]> {
  const kept = await Promise.all(
    (await seeRunning(agent, context)).map(async (each) => {
      if ('unreachable' in each) return [{ node: each.node, why: each.unreachable }]
      const why = await changed(agent.minikube, each, removalOf, context)
      return why === undefined ? [] : [{ node: each.node, why }]
    }),
  )
  return kept.flat()
}

/** Without nodes that minikube says are stopped or gone: rules and addresses go with a node. */
async function seeRunning(agent: Nodes, context: NodeContext): Promise<readonly SeenNode[]> {
  const seen = await seeNodes(agent, context)
  if (!seen.some((each) => 'unreachable' in each)) return seen
  const off = await nodesOff(agent, context)
  return seen.filter((each) => !('unreachable' in each && off.includes(each.node)))
}

const removalOf = ({ rules, hasAlias }: NodeFacts): RulesChange => ({
  without: rules.filter(isOurs),
  first: [],
  alias: hasAlias ? 'delete' : 'as it is',
})

/** Rules and addresses of ours in the nodes that run, as changes that a removal shows. */
export async function routesIn(agent: Nodes, context: NodeContext): Promise<readonly Change[]> {
  const seen = await seeRunning(agent, context)
  return seen.flatMap((each): readonly Change[] => {
    const rules = `Node ${each.node}: rules for the metadata addresses`
    // What may be there is to be asked for again.
    if ('unreachable' in each) {
      return [{ field: rules, from: `not known: ${each.unreachable}`, effect: 'remove' }]
    }
    const { without, alias } = removalOf(each.facts)
    return [
      ...(without.length === 0 ? [] : [rules]),
      ...(alias === 'delete' ? [`Node ${each.node}: ${agentAddress} on lo`] : []),
    ].map((field) => ({ field, effect: 'remove' }))
  })
}
