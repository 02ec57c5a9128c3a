import { createHash } from 'node:crypto'

// The node as an EC2 instance: what the metadata service tells of it beside roles.

export interface Machine {
  /** The node's name in the cluster. */
  readonly name: string
  /** Undefined where no interface has one. */
  readonly address: string | undefined
  readonly mac: string | undefined
  /** As EC2 calls it. */
  readonly architecture: 'x86_64' | 'arm64'
  /** ISO 8601. */
  readonly startedAt: string
}

/** As `os.networkInterfaces()` has them. */
export type Interfaces = Readonly<
  Record<
    string,
    | readonly {
        readonly address: string
        readonly family: string
        readonly internal: boolean
        readonly mac: string
      }[]
    | undefined
  >
>

/** The agent has the node's network, so these are the node's own, beside those of its pods' bridges. */
export function machineOf(
  name: string,
  interfaces: Interfaces,
  architecture: string,
  startedAt: string,
): Machine {
  const own = Object.entries(interfaces)
    .filter(([each]) => !/^(?:lo|veth|docker|br-|bridge|cni|flannel|cali|cilium|lxc|tun|kube)/.test(each))
    .flatMap(([, addresses]) => addresses ?? [])
    .find(
      ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
    )
  return {
    name,
    address: own?.address,
    mac: own?.mac,
    architecture: architecture === 'arm64' ? 'arm64' : 'x86_64',
    startedAt,
  }
}

/** Looks like EC2's, and stays the same for a node of this name. */
export function instanceIdOf({ name }: Machine): string {
  return `i-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`
}

/** No instance type of EC2, so that nobody takes the laptop for one. */
export const instanceType = 'devk8s.local'
