import ipaddr from 'ipaddr.js'
import type { Finding, ResolvedCluster } from '../plan/step.ts'
import type { NetworkInterface } from '../ports/host.ts'
import { addressesCollide } from '../problems/network.ts'
import { fits, unfit } from './verdict.ts'

type Cluster = Pick<ResolvedCluster, 'driver' | 'serviceCidr' | 'subnet' | 'staticIp'>

/** minikube's first choice; when it is taken it goes on in steps of nine (facts sheet, 3.1). */
const firstSubnet = '192.168.49.0/24'
/** Bridges and pairs that container programs make; minikube's own node network is one of them. */
const madeByContainers = /^(docker|br-|veth|virbr|cni|flannel|cali|podman|vmnet|bridge|vEthernet)/
/** How VPN clients name their interfaces. */
const vpnName =
  /^(tun|tap|utun|ppp|wg|ipsec|nordlynx|tailscale|zt|gpd|cscotun|vpn|proton|mullvad)|anyconnect|vpn/i

/** The range the node's address comes from. */
export function nodeSubnet({ subnet, staticIp }: Pick<Cluster, 'subnet' | 'staticIp'>): string {
  if (staticIp !== undefined) return `${staticIp.replace(/\.\d+$/, '.0')}/24`
  if (subnet === undefined) return firstSubnet
  return subnet.includes('/') ? subnet : `${subnet}/24`
}

/**
 * The cluster's ranges against the networks of this machine. A node range that was asked for and is taken cannot
 * work; the usual one moves aside by itself. Service addresses live inside the node only, so an overlap hides that
 * part of the other network from pods, which is worth a warning (minikube#1099, #5708, #9504).
 */
export function checkAddresses(
  cluster: Cluster,
  interfaces: readonly NetworkInterface[],
  hasCluster: boolean,
): Finding {
  const others = interfaces.filter(({ internal, name }) => !internal && !madeByContainers.test(name))
  const node = nodeSubnet(cluster)
  const services = others.filter(({ cidr }) => overlap(cidr, cluster.serviceCidr))
  const taken = others.find(({ cidr }) => overlap(cidr, node))
  const detail = { node, services: cluster.serviceCidr, networks: others.map(render) }
  const isFixed = cluster.subnet !== undefined || cluster.staticIp !== undefined
  if (taken !== undefined && isFixed && !hasCluster) {
    const found = `The node is to have an address in ${node}, which ${render(taken)} already uses.`
    return unfit(addressesCollide, { detail: found, next: [`devk8s profile show --explain`] }, detail)
  }
  return fits(
    detail,
    services.map((each) => serviceWarning(cluster.serviceCidr, each)),
  )
}

function serviceWarning(range: string, taken: NetworkInterface): string {
  const what = vpnName.test(taken.name) ? 'the VPN' : 'the network'
  return `Service addresses (${range}) overlap with ${what} ${render(taken)}: pods will not reach that part of it. Another cluster.serviceCidr in the profile avoids that; it counts when the cluster is made.`
}

function render({ name, cidr }: NetworkInterface): string {
  return `${name} (${cidr})`
}

/** Whether two IPv4 ranges share an address; ranges of other kinds never do. */
function overlap(a: string, b: string): boolean {
  if (!ipaddr.IPv4.isValidCIDR(a) || !ipaddr.IPv4.isValidCIDR(b)) return false
  const [first, firstBits] = ipaddr.IPv4.parseCIDR(a)
  const [second, secondBits] = ipaddr.IPv4.parseCIDR(b)
  return first.match(second, Math.min(firstBits, secondBits))
}
