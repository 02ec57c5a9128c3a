import { routedAddresses } from './node-facts.ts'

// Whether a rule of a node's PREROUTING can take what pods send to the metadata addresses: tcp to port 80 of one of them.

/**
 * Chains that such a request comes back from. kube-proxy's has the addresses of services, which the API server keeps out
 * of 169.254.0.0/16, and node ports, from 30000 on. Calico's has the floating addresses of pods, and Calico puts it
 * before all others again and again: if it counted, that would be a fight without an end.
 */
const passingChains = ['KUBE-SERVICES', 'cali-PREROUTING']

/** Targets after which the next rule is tried. */
const passingTargets = ['MARK', 'CONNMARK', 'LOG', 'NFLOG', 'TRACE']

/**
 * @param rule as `NodeFacts.rules` has it. Of what is not understood it is taken that a request matches: source,
 * interface, sets, kinds of address.
 */
export function takesRequests(rule: string): boolean {
  const { target, protocol, ports, destination } = parsedRule(rule)
  if (target === undefined || passingChains.includes(target) || passingTargets.includes(target)) return false
  return (
    holds(protocol, (name) => ['tcp', '6', 'all'].includes(name)) &&
    holds(ports, (list) => list.split(',').some(has80)) &&
    routedAddresses.some((address) => holds(destination, (range) => isWithin(address, range)))
  )
}

interface Condition {
  readonly value: string
  /** `! -d 10.0.0.0/8` */
  readonly isNot: boolean
}

function parsedRule(rule: string) {
  // A comment may say anything.
  const words = rule.replace(/--comment (?:"(?:[^"\\]|\\.)*"|\S+)/, '')
  const of = (option: RegExp): Condition | undefined => {
    const found = new RegExp(`(?:^|\\s)(! )?(?:${option.source}) (\\S+)`).exec(words)
    return found?.[2] === undefined ? undefined : { value: found[2], isNot: found[1] !== undefined }
  }
  return {
    target: of(/-[jg]/)?.value,
    protocol: of(/-p/),
    ports: of(/--dports?/),
    destination: of(/-d/),
  }
}

const holds = (condition: Condition | undefined, matches: (value: string) => boolean): boolean =>
  condition === undefined || matches(condition.value) !== condition.isNot

/** @param ports one, or the first and the last, as `8000:8100`. */
function has80(ports: string): boolean {
  const [first = '', last = first] = ports.split(':')
  return Number(first) <= 80 && 80 <= Number(last)
}

/** @param range as `169.254.0.0/16`, or with a mask that no such number stands for. */
function isWithin(address: string, range: string): boolean {
  const [base = '', length = '32'] = range.split('/')
  const mask = /^\d+$/.test(length) ? (2 ** 32 - 2 ** (32 - Number(length))) >>> 0 : numberOf(length)
  return (numberOf(address) & mask) >>> 0 === (numberOf(base) & mask) >>> 0
}

const numberOf = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0)
