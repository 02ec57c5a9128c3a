import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import type { Command, Exec, Ran } from '../../src/ports/exec.ts'

// A node of the network alone: a namespace with a bridge, two pods on it, and the rules that the CNI plugin portmap makes
// for the ingress add-on's hostPort 80. `minikube ssh` is a shell in that namespace, so iptables and ip are real ones.

/** Which of the two iptables a node has; they do not see each other's rules. */
export type Flavour = 'nft' | 'legacy'

/** Why there can be no such node here; undefined when there can. */
export async function whyNoNode(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  if (process.getuid?.() !== 0) return 'network namespaces are made by root'
  const name = `dk-try-${process.pid}`
  const made = await execa('ip', ['netns', 'add', name], { reject: false })
  if (made.failed) return `no network namespaces: ${made.shortMessage ?? made.stderr}`
  const asked = await Promise.all(
    ['iptables-nft', 'iptables-legacy'].map((each) =>
      execa('ip', ['netns', 'exec', name, each, '-t', 'nat', '-S'], { reject: false }),
    ),
  )
  await execa('ip', ['netns', 'del', name], { reject: false })
  return asked.some(({ failed }) => failed) ? 'iptables-nft or iptables-legacy cannot be used' : undefined
}

export const podAddress = '10.231.0.10'
const nginxAddress = '10.231.0.3'

export interface NodeLab {
  /** Stands for the programs of the laptop: knows `minikube ssh` only. */
  readonly exec: Exec
  /** Runs in the node as root; gives its stdout. */
  node(...argv: readonly string[]): Promise<string>
  /** Asks from the pod; who answered, and what it saw of the asker. */
  ask(url: string): Promise<{ readonly by: string; readonly from?: string; readonly host?: string }>
  /** As minikube's ingress add-on has it: portmap's rules for hostPort 80, behind those that are there. */
  hijack(): Promise<void>
  end(): Promise<void>
}

export async function nodeLab(flavour: Flavour): Promise<NodeLab> {
  const ends: (() => unknown)[] = []
  const end = async () => {
    for (const each of ends.toReversed()) await each()
  }
  try {
    return { ...(await built(flavour, ends)), end }
  } catch (error) {
    await end()
    throw error
  }
}

/** @param ends is given what undoes each thing that was made. */
async function built(flavour: Flavour, ends: (() => unknown)[]): Promise<Omit<NodeLab, 'end'>> {
  const id = randomBytes(4).toString('hex')
  const names = ['node', 'pod', 'ngx'].map((each) => `dk-${each}-${id}`)
  const [nodeName = '', podName = '', nginxName = ''] = names
  const tools = await toolFolder(flavour)
  ends.push(async () => rm(tools, { recursive: true, force: true }))
  const env = { PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}` }
  const inside = async (name: string, argv: readonly string[]) =>
    (await execa('ip', ['netns', 'exec', name, ...argv], { env })).stdout
  const node = async (...argv: readonly string[]) => inside(nodeName, argv)
  for (const name of names) {
    await execa('ip', ['netns', 'add', name])
    ends.push(async () => execa('ip', ['netns', 'del', name], { reject: false }))
    await inside(name, ['ip', 'link', 'set', 'lo', 'up'])
  }
  await node('ip', 'link', 'add', 'cni0', 'type', 'bridge')
  await node('ip', 'addr', 'add', '10.231.0.1/16', 'dev', 'cni0')
  await node('ip', 'link', 'set', 'cni0', 'up')
  await node('sysctl', '-qw', 'net.ipv4.ip_forward=1')
  for (const [index, name, address] of [
    [0, podName, podAddress],
    [1, nginxName, nginxAddress],
  ] as const) {
    await node('ip', 'link', 'add', `v${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    await node('ip', 'link', 'set', `v${index}`, 'master', 'cni0', 'up')
    await inside(name, ['ip', 'addr', 'add', `${address}/16`, 'dev', 'eth0'])
    await inside(name, ['ip', 'link', 'set', 'eth0', 'up'])
    await inside(name, ['ip', 'route', 'add', 'default', 'via', '10.231.0.1'])
  }
  await node('ip', 'addr', 'add', '169.254.170.23/32', 'dev', 'lo')
  ends.push(await serve(nodeName, 'agent', '169.254.170.23', 8170))
  ends.push(await serve(nginxName, 'nginx', nginxAddress, 80))
  return {
    exec: { run: async (command) => ssh(command, nodeName, env), find: async () => undefined },
    node,
    ask: async (url) => {
      const argv = ['curl', '-s', '-m', '3', '--noproxy', '*', url]
      const answer = await execa('ip', ['netns', 'exec', podName, ...argv], { reject: false })
      return answer.failed ? { by: 'nobody' } : (JSON.parse(answer.stdout) as { by: string })
    },
    hijack: async () => {
      for (const rule of portmapRules) await node('iptables', '-t', 'nat', ...rule)
    },
  }
}

/** The rules of CNI plugins v1.x, plugins/meta/portmap/portmap_iptables.go, for hostPort 80 of the controller. */
const portmapRules: readonly (readonly string[])[] = [
  ['-N', 'CNI-HOSTPORT-SETMARK'],
  ['-A', 'CNI-HOSTPORT-SETMARK', '-j', 'MARK', '--set-xmark', '0x2000/0x2000'],
  ['-N', 'CNI-HOSTPORT-MASQ'],
  ['-A', 'CNI-HOSTPORT-MASQ', '-m', 'mark', '--mark', '0x2000/0x2000', '-j', 'MASQUERADE'],
  [
    '-A',
    'POSTROUTING',
    '-m',
    'comment',
    '--comment',
    'CNI portfwd requiring masquerade',
    '-j',
    'CNI-HOSTPORT-MASQ',
  ],
  ['-N', 'CNI-DN-3f0d8c0a1b2c3d4e5f6a7'],
  [
    '-A',
    'CNI-DN-3f0d8c0a1b2c3d4e5f6a7',
    '-s',
    '10.231.0.0/16',
    '-p',
    'tcp',
    '--dport',
    '80',
    '-j',
    'CNI-HOSTPORT-SETMARK',
  ],
  [
    '-A',
    'CNI-DN-3f0d8c0a1b2c3d4e5f6a7',
    '-p',
    'tcp',
    '--dport',
    '80',
    '-j',
    'DNAT',
    '--to-destination',
    `${nginxAddress}:80`,
  ],
  ['-N', 'CNI-HOSTPORT-DNAT'],
  [
    '-A',
    'CNI-HOSTPORT-DNAT',
    '-p',
    'tcp',
    '-m',
    'comment',
    '--comment',
    'dnat name: "bridge" id: "3f0d"',
    '-m',
    'multiport',
    '--dports',
    '80',
    '-j',
    'CNI-DN-3f0d8c0a1b2c3d4e5f6a7',
  ],
  ['-A', 'PREROUTING', '-m', 'addrtype', '--dst-type', 'LOCAL', '-j', 'CNI-HOSTPORT-DNAT'],
]

/** What a node has and this machine may not: a `sudo` that asks nothing, and one iptables by its short name. */
async function toolFolder(flavour: Flavour): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-node-'))
  const tools = {
    sudo: 'while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"',
    iptables: `exec iptables-${flavour} "$@"`,
    'iptables-restore': `exec iptables-${flavour}-restore "$@"`,
  }
  for (const [name, script] of Object.entries(tools)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, name), 0o755)
  }
  return folder
}

/** Answers with its name, who asked, and by which `Host`. @returns what ends it. */
async function serve(netns: string, by: string, address: string, port: number): Promise<() => void> {
  const program = `require('node:http').createServer((request, answer) => answer.end(JSON.stringify({
    by: ${JSON.stringify(by)}, from: request.socket.remoteAddress, host: request.headers.host,
  }))).listen(${port}, '${address}', () => console.log('listens'))`
  const argv = ['netns', 'exec', netns, process.execPath, '-e', program]
  const server = execa('ip', argv, { buffer: false, reject: false, cleanup: true })
  await new Promise((resolve) => server.stdout?.once('data', resolve))
  return () => void server.kill('SIGKILL')
}

/** As recorded: stderr comes on stdout, lines end in CR LF, and any failure is exit 1 (running-023). */
async function ssh({ args }: Command, netns: string, env: { PATH: string }): Promise<Ran> {
  const [line = ''] = args.slice(args.indexOf('--') + 1)
  const argv = ['netns', 'exec', netns, 'sh', '-c', line]
  const { all, exitCode } = await execa('ip', argv, { env, all: true, reject: false, stdin: 'ignore' })
  return {
    outcome: 'exited',
    exitCode: exitCode === 0 ? 0 : 1,
    signal: null,
    stdout: all === '' ? '' : `${all.replaceAll('\n', '\r\n')}\r\n`,
    stderr: exitCode === 0 ? '' : `ssh: Process exited with status ${exitCode ?? 255}\n`,
    durationMs: 1,
  }
}
