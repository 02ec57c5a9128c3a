import { sshArgs } from '../../../src/minikube/commands.ts'
import type { Command, Exec, Ran } from '../../../src/ports/exec.ts'
import { changeScript, lookScript, type RulesChange } from '../../../src/roles/node-facts.ts'

export const minikube = { program: '/opt/minikube', home: '/mk', kubeconfig: '/k', profile: 'devk8s' }
export const startMs = Date.parse('2026-11-25T12:00:00Z')

/** One node as far as `minikube ssh` shows it; a text stands for one that says just that and exits 1. */
export interface FakeNode {
  rules: readonly string[]
  alias: boolean
  readonly cni?: readonly string[]
  /** ms that its clock is ahead. */
  readonly aheadMs?: number
  /** What it says to a change, which it does not make. */
  readonly refuses?: string
  /** The rules that another one makes before the first change, which then fails. */
  readonly meanwhile?: readonly string[]
}

const ran = (exitCode: number, stdout: string): Ran => ({
  outcome: 'exited',
  exitCode,
  signal: null,
  stdout: stdout.replaceAll('\n', '\r\n'),
  stderr: exitCode === 0 ? '' : 'ssh: Process exited with status 4\n',
  durationMs: 1,
})

/** Answers as nodes do; the rules change as iptables would change them. */
export function nodeExec(nodes: Readonly<Record<string, FakeNode | string>>) {
  const calls: Command[] = []
  const changed = new Set<FakeNode>()
  const run: Exec['run'] = async (command) => {
    calls.push(command)
    if (command.args[0] === 'status') return ran(0, statusOf(nodes))
    const name = command.args[4] ?? ''
    const line = command.args.at(-1) ?? ''
    const node = nodes[name]
    if (node === undefined || typeof node === 'string') return ran(1, `${node ?? 'no such node'}\n`)
    const expected = sshArgs(minikube, name, line, { changes: line !== lookScript })
    if (JSON.stringify(command) !== JSON.stringify(expected))
      throw new Error(`unexpected ${command.args.join(' ')}`)
    if (line === lookScript) return ran(0, shown(node))
    if (node.refuses !== undefined) return ran(1, `${node.refuses}\n`)
    if (node.meanwhile !== undefined && !changed.has(node)) {
      changed.add(node)
      node.rules = node.meanwhile
      return ran(1, 'iptables-restore: line 2 failed\n')
    }
    change(node, line)
    return ran(0, '')
  }
  const exec: Exec = { run, find: async () => undefined }
  const clock = { now: () => startMs, monotonic: () => 0, sleep: async () => {} }
  const context = { ports: { exec, clock }, signal: new AbortController().signal }
  return { calls, exec, context }
}

/** A node that says so is stopped. */
const statusOf = (nodes: Readonly<Record<string, FakeNode | string>>) =>
  JSON.stringify(
    Object.entries(nodes).map(([Name, node]) => ({
      Name,
      Host: typeof node === 'string' && node.includes('Stopped') ? 'Stopped' : 'Running',
    })),
  )

function shown({ rules, alias, cni = ['1-k8s.conflist'], aheadMs = 0 }: FakeNode): string {
  return [
    String(Math.floor((startMs + aheadMs) / 1000)),
    '-P PREROUTING ACCEPT',
    ...rules.map((rule) => `-A PREROUTING ${rule}`),
    '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
    ...(alias ? ['1: lo    inet 169.254.170.23/32 scope global lo\\       valid_lft forever'] : []),
    cni.join('  '),
    '',
  ].join('\n')
}

/** What `iptables-restore --noflush` and `ip` make of a line of `changeScript`. */
function change(node: FakeNode, line: string): void {
  const quoted = [...line.matchAll(/'((?:[^']|'\\'')*)'/g)].map(([, text = '']) =>
    text.replaceAll(`'\\''`, "'"),
  )
  for (const each of quoted) {
    const [, verb, rest = ''] = /^(-D|-I) PREROUTING (.*)$/.exec(each) ?? []
    if (verb === '-D') node.rules = deleted(node.rules, rest)
    if (verb === '-I') {
      const [, at = '1', rule = ''] = /^(\d+) (.*)$/.exec(rest) ?? []
      node.rules = node.rules.toSpliced(Number(at) - 1, 0, rule)
    }
  }
  if (line.includes('ip addr replace')) node.alias = true
  if (line.includes('ip addr del')) node.alias = false
}

function deleted(rules: readonly string[], rule: string): readonly string[] {
  const at = rules.indexOf(rule)
  if (at === -1) throw new Error(`iptables: Bad rule (does a matching rule exist in that chain?): ${rule}`)
  return rules.toSpliced(at, 1)
}

/** The rules after a change, as iptables would make it. */
export function after(rules: readonly string[], wanted: RulesChange): readonly string[] {
  const node: FakeNode = { rules, alias: true }
  const script = changeScript(wanted)
  if (script !== undefined) change(node, script)
  return node.rules
}
