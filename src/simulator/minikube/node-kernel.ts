/**
 * What the kernel keeps for a node, and forgets when the node stops: facts aws, 16, T7. The names of the rules are those
 * that iptables prints with `-S`, without `-A PREROUTING `.
 */
export interface NodeKernel {
  /** Chain PREROUTING of the table nat. */
  readonly prerouting: readonly string[]
  /** Addresses on `lo` besides 127.0.0.1/8, with their length: `169.254.170.23/32`. */
  readonly loopback: readonly string[]
  /** Pods, by uid, whose init containers have run since the node started. */
  readonly begun: readonly string[]
}

/** Docker's name server, as kicbase's entrypoint turns it (minikube: deploy/kicbase/entrypoint). */
export const bootedKernel = (network: string): NodeKernel => ({
  prerouting: [`-d ${network}.1/32 -j DOCKER_OUTPUT`],
  loopback: [],
  begun: [],
})

const serviceRule = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
const hostPortRule = '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT'

/** What kube-proxy and the CNI plugin portmap keep in the chain; the rule of portmap stays when its last pod goes. */
export function withClusterRules(
  kernel: NodeKernel,
  { hasProxy, hasHostPorts }: { readonly hasProxy: boolean; readonly hasHostPorts: boolean },
): NodeKernel {
  const { prerouting } = kernel
  const first = hasProxy && !prerouting.includes(serviceRule) ? [serviceRule] : []
  const last = hasHostPorts && !prerouting.includes(hostPortRule) ? [hostPortRule] : []
  return first.length + last.length === 0
    ? kernel
    : { ...kernel, prerouting: [...first, ...prerouting, ...last] }
}

/** Somebody cleared what was put there by hand: the rules and the addresses. */
export const withoutRoutes = (kernel: NodeKernel): NodeKernel => ({
  ...kernel,
  prerouting: kernel.prerouting.filter((rule) => !rule.includes('169.254.')),
  loopback: [],
})

/** The rule for host ports before all others, as where the ingress controller came after whoever was first. */
export const withHostPortsFirst = (kernel: NodeKernel): NodeKernel => ({
  ...kernel,
  prerouting: [hostPortRule, ...kernel.prerouting.filter((rule) => rule !== hostPortRule)],
})

/** What a change of the chain comes to, or why there is none. */
export type RuleChange = { readonly prerouting: readonly string[] } | { readonly refused: string }

const noSuchRule = 'Bad rule (does a matching rule exist in that chain?).'
const noSuchChain = 'No chain/target/match by that name.'

/** One line of iptables: `-I PREROUTING 1 -d …`, `-A`, `-D`, `-C`; words without quotes. */
export function changeRules(words: readonly string[], prerouting: readonly string[]): RuleChange {
  const [how = '', chain, ...given] = words
  if (chain !== 'PREROUTING') return { refused: noSuchChain }
  const [first = ''] = given
  const place = how === '-I' && /^\d+$/.test(first) ? Number(first) : undefined
  const rule = ruleText(place === undefined ? given : given.slice(1))
  const at = prerouting.indexOf(rule)
  switch (how) {
    case '-I': {
      const index = (place ?? 1) - 1
      if (index > prerouting.length) return { refused: 'Index of insertion too big.' }
      return { prerouting: prerouting.toSpliced(index, 0, rule) }
    }
    case '-A':
      return { prerouting: [...prerouting, rule] }
    case '-C':
      return at === -1 ? { refused: noSuchRule } : { prerouting }
    case '-D':
      return at === -1 ? { refused: noSuchRule } : { prerouting: prerouting.toSpliced(at, 1) }
    default:
      return { refused: `unknown option "${how}"` }
  }
}

/** A rule as `-S` prints it: with the length of an address, and the match that a port needs. */
function ruleText(words: readonly string[]): string {
  const text = words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')
  return text
    .replace(/(^| )(-[ds] \d+\.\d+\.\d+\.\d+)(?= |$)/g, '$1$2/32')
    .replace(/ -p (tcp|udp) (?=--[ds]port)/g, ' -p $1 -m $1 ')
}
