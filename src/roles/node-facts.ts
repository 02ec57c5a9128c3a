import { sshArgs, statusArgs } from '../minikube/commands.ts'
import { parseStatus } from '../minikube/status.ts'
import type { MinikubeRef } from '../plan/step.ts'
import type { Ran } from '../ports/exec.ts'
import type { Ports } from '../ports/ports.ts'
import { agentAddress, agentPort } from './names.ts'

// What a node says of itself, and how its rules are changed: the commands that go into it, and what they print.

/** On every rule of ours. */
export const ruleComment = 'devk8s-aws'

/** EC2's metadata service, the ECS agent and the EKS Pod Identity agent: what SDKs ask on port 80 (facts aws, 4). */
export const routedAddresses = ['169.254.169.254', '169.254.170.2', agentAddress] as const

export interface NodeFacts {
  /** Seconds since 1970, by the node's clock. */
  readonly timeS: number
  /** Rules of PREROUTING in the table nat, in their order, as `iptables -S` prints them without `-A PREROUTING `. */
  readonly rules: readonly string[]
  /** The agent's address is on `lo`. */
  readonly hasAlias: boolean
  /** Files in /etc/cni/net.d that count. */
  readonly cni: readonly string[]
}

/**
 * All in one call, as each is a second or so. What follows `--` is joined with blanks and read by the node's shell
 * (libmachine `NativeClient.Shell`); whatever fails there, minikube ends with 1 (recorded running-023).
 */
export const lookScript = [
  'date +%s',
  'sudo -n iptables -w 5 -t nat -S PREROUTING',
  'ip -4 -o addr show dev lo',
  '(ls /etc/cni/net.d 2>/dev/null || true)',
].join(' && ')

/** A rule of ours in the order in which `iptables -S` prints it, so that the two compare as texts. */
export const ruleFor = (address: string): string =>
  `-d ${address}/32 -p tcp -m tcp --dport 80 -m comment --comment ${ruleComment} -j DNAT --to-destination ${agentAddress}:${agentPort}`

export interface RulesChange {
  /** Rules to be deleted, one entry a copy, as `NodeFacts.rules` has them. */
  readonly without: readonly string[]
  /** Rules to be put at the head, in this order. */
  readonly first: readonly string[]
  readonly alias: 'add' | 'delete' | 'as it is'
}

/**
 * One transaction of iptables, so that no moment is without the rules, and the address on `lo`.
 * @returns undefined when there is nothing to change.
 */
export function changeScript({ without, first, alias }: RulesChange): string | undefined {
  const lines = [
    ...without.map((rule) => `-D PREROUTING ${rule}`),
    ...first.map((rule, index) => `-I PREROUTING ${index + 1} ${rule}`),
  ]
  const rules = ['*nat', ...lines, 'COMMIT'].map(shellQuoted).join(' ')
  const steps = [
    ...(lines.length === 0 ? [] : [`printf '%s\\n' ${rules} | sudo -n iptables-restore -w 5 -n`]),
    ...(alias === 'add' ? [`sudo -n ip addr replace ${agentAddress}/32 dev lo`] : []),
    ...(alias === 'delete' ? [`sudo -n ip addr del ${agentAddress}/32 dev lo`] : []),
  ]
  return steps.length === 0 ? undefined : steps.join(' && ')
}

const shellQuoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** @returns undefined for what `lookScript` does not print. Lines end in CR LF, as `minikube ssh` asks for a terminal. */
export function parseNodeFacts(stdout: string): NodeFacts | undefined {
  const lines = stdout.split(/\r*\n/).map((line) => line.trim())
  const time = lines.find((line) => /^\d{9,12}$/.test(line))
  if (time === undefined || !lines.some((line) => line.startsWith('-P PREROUTING '))) return undefined
  const head = '-A PREROUTING '
  return {
    timeS: Number(time),
    rules: lines.flatMap((line) => (line.startsWith(head) ? [line.slice(head.length)] : [])),
    hasAlias: lines.some((line) => line.includes(` inet ${agentAddress}/`)),
    cni: lines.flatMap((line) => line.split(/\s+/)).filter((word) => /^\S+\.(conf|conflist)$/.test(word)),
  }
}

/** A node as it was found, or the last words of why it was not. */
export type SeenNode = { readonly node: string } & (
  | {
      readonly facts: NodeFacts
      /** ms that its clock is ahead of this computer's. */ readonly aheadMs: number
    }
  | { readonly unreachable: string }
)

/** In ms; 0.3 s is usual, and a node that does not answer is not waited for. */
const lookTimeoutMs = 20_000
const changeTimeoutMs = 40_000

/** What it takes to look into nodes. */
export interface NodeContext {
  readonly ports: Pick<Ports, 'exec' | 'clock'>
  readonly signal: AbortSignal
}

/** One call of `minikube ssh`. */
export async function seeNode(
  minikube: MinikubeRef,
  node: string,
  { ports, signal }: NodeContext,
): Promise<SeenNode> {
  const startedMs = ports.clock.now()
  const command = sshArgs(minikube, node, lookScript, { changes: false })
  const ran = await ports.exec.run(command, { timeoutMs: lookTimeoutMs, signal })
  const facts = ran.exitCode === 0 ? parseNodeFacts(ran.stdout) : undefined
  if (facts === undefined) return { node, unreachable: lastWords(ran) }
  // The node tells its time at some moment of the call.
  const middleMs = (startedMs + ports.clock.now()) / 2
  return { node, facts, aheadMs: Math.round(facts.timeS * 1000 + 500 - middleMs) }
}

/**
 * Which of these nodes minikube says are stopped or not there: one call. Of one that it cannot tell of, as when the
 * container runtime does not answer, nothing is said.
 */
export async function nodesOff(
  { minikube, nodes }: { readonly minikube: MinikubeRef; readonly nodes: readonly string[] },
  { ports, signal }: NodeContext,
): Promise<readonly string[]> {
  const ran = await ports.exec.run(statusArgs(minikube), { timeoutMs: lookTimeoutMs, signal })
  if (ran.outcome !== 'exited') return []
  const answer = parseStatus(ran.stdout, ran.exitCode)
  if (answer.kind === 'no-profile') return nodes
  if (answer.kind !== 'nodes') return []
  const hostOf = new Map(answer.nodes.map(({ name, host }) => [name, host]))
  return nodes.filter((node) => ['Stopped', 'Nonexistent'].includes(hostOf.get(node) ?? 'Nonexistent'))
}

/** @returns undefined when it was done, else the last words of why not. */
export async function changeNode(
  minikube: MinikubeRef,
  node: string,
  script: string,
  { ports, signal }: NodeContext,
): Promise<string | undefined> {
  const command = sshArgs(minikube, node, script, { changes: true })
  const ran = await ports.exec.run(command, { timeoutMs: changeTimeoutMs, signal })
  return ran.exitCode === 0 ? undefined : lastWords(ran)
}

function lastWords({ outcome, stdout, stderr }: Ran): string {
  if (outcome === 'timed-out') return 'no answer in time'
  if (outcome === 'not-found') return 'minikube is not there'
  const lines = `${stdout}\n${stderr}`.split(/[\r\n]+/).map((line) => line.trim())
  const said = lines.filter((line) => line !== '' && !line.startsWith('ssh: Process exited'))
  return said.at(-1) ?? 'no answer'
}
