import { readFileSync, readlinkSync } from 'node:fs'
import { execa, type ResultPromise } from 'execa'

// A node and its pods as Linux network namespaces. They have no names and live as long as the process that holds each:
// one that ends with this one, however this one ends. So nothing is left behind, any number of runs go on beside each
// other, and nothing of this computer's own network is touched.

/** Why there can be none here; undefined where there can. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux only'
  if (process.getuid?.() !== 0) return 'network namespaces and iptables need root'
  return undefined
}

const running = { extendEnv: false, reject: false, stdin: 'pipe', all: true } as const
export type Running = ResultPromise<typeof running>

export interface Namespace {
  readonly name: string
  /** To put the end of a cable into it: `ip link … netns PID`. */
  readonly pid: number
  /** Starts a program in it, with these variables and no others. */
  start(command: readonly string[], env: Readonly<Record<string, string>>): Running
  /** A script of sh, to its end. @returns what it printed. @throws when it fails. */
  sh(script: string): Promise<string>
  end(): Promise<void>
}

export async function newNamespace(name: string): Promise<Namespace> {
  // `cat` ends when its standard input does: at the latest with this process.
  const holder = execa('unshare', ['--net', 'sh', '-c', 'echo ready; exec cat'], {
    stdin: 'pipe',
    reject: false,
  })
  const { pid } = holder
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  if (pid === undefined || readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) {
    throw new Error(`No namespace of its own for ${name}: refusing to change this computer's network`)
  }
  const enter = [`--net=/proc/${pid}/ns/net`, '--']
  return {
    name,
    pid,
    start: (command, env) => execa({ ...running, env })('nsenter', [...enter, ...command]) as Running,
    sh: async (script) => (await execa('nsenter', [...enter, 'sh', '-euc', script])).stdout,
    end: async () => {
      holder.stdin.end()
      await holder
    },
  }
}

export interface Network {
  readonly node: Namespace
  /** In the order of `podAddresses`. */
  readonly pods: readonly Namespace[]
  end(): Promise<void>
}

const gateway = '10.244.0.1'
export const podAddress = (index: number): string => `10.244.0.${index + 10}`

/** None is reached from a pod here. That is said at once, where a name server that does not answer costs five seconds. */
function nameServers(): readonly string[] {
  const lines = readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)$/gm)
  return [...lines].flatMap(([, address = '']) => (address.startsWith('127.') ? [] : [address]))
}

/** A node with a bridge, as kubelet's CNI makes it, and pods with a default route to it. There is no way out. */
export async function newNetwork(pods: number): Promise<Network> {
  const made = await Promise.all([
    newNamespace('node'),
    ...Array.from({ length: pods }, (_, index) => newNamespace(`pod ${index}`)),
  ])
  const [node, ...others] = made
  const end = async () => void (await Promise.all(made.map((namespace) => namespace.end())))
  try {
    await node.sh(
      `ip link set lo up
       echo 1 > /proc/sys/net/ipv4/ip_forward
       ip link add cni0 type bridge
       ip addr add ${gateway}/24 dev cni0
       ip link set cni0 up`,
    )
    for (const [index, pod] of others.entries()) {
      await node.sh(
        `ip link add veth${index} type veth peer name eth0 netns ${pod.pid}
         ip link set veth${index} master cni0 up`,
      )
      await pod.sh(
        `ip link set lo up
         ip addr add ${podAddress(index)}/24 dev eth0
         ip link set eth0 up
         ip route add default via ${gateway}
         ${nameServers()
           .map((address) => `ip route add unreachable ${address}`)
           .join('\n')}`,
      )
    }
    return { node, pods: others, end }
  } catch (error) {
    await end()
    throw error
  }
}
