import ipaddr from 'ipaddr.js'
import type { Finding, ResolvedCluster } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import { proxyHidesCluster, proxyMalformed } from '../problems/network.ts'
import { nodeSubnet } from './addresses.ts'
import { isExcepted, parseProxy, proxySettings } from './proxy-settings.ts'
import { shownProxy } from './shown-address.ts'
import { fits, unfit } from './verdict.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Cluster = Pick<ResolvedCluster, 'driver' | 'serviceCidr' | 'subnet' | 'staticIp'>

const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'] as const

/**
 * Proxy variables that would break the cluster: values that are no address, and a NO_PROXY that does not cover the
 * node (fatal where its address is used directly), the services and in-cluster names (minikube hands all of them on
 * to the node's runtime; facts sheet, 12).
 */
export function checkProxy(
  env: Environment,
  cluster: Cluster,
  host: Pick<HostFacts, 'platform' | 'wsl'>,
): Finding {
  const settings = proxySettings(env)
  const detail = {
    ...(settings.http !== undefined && { http: shownProxy(settings.http) }),
    ...(settings.https !== undefined && { https: shownProxy(settings.https) }),
    except: settings.except,
  }
  const broken = brokenVariable(env)
  if (broken !== undefined) {
    const found = `${broken} is set to ${shownProxy(env[broken] ?? '')}, which is not an address.`
    return unfit(
      proxyMalformed,
      { detail: found, next: [setCommand(host, broken, 'http://proxy.example.com:3128')] },
      detail,
    )
  }
  if (settings.http === undefined && settings.https === undefined) return fits(detail)
  const missing = missingExceptions(settings.except, cluster)
  const command = setCommand(host, 'NO_PROXY', [...settings.except, ...missing].join(','))
  const isHidden = missing.includes(nodeSubnet(cluster)) && usesNodeAddress(cluster.driver, host)
  if (isHidden) {
    const found = `A proxy is set, and NO_PROXY does not cover ${missing.join(', ')}.`
    return unfit(proxyHidesCluster, { detail: found, next: [command] }, detail)
  }
  const uncovered =
    missing.length > 0 ? [`NO_PROXY does not cover ${missing.join(', ')}; set it: ${command}`] : []
  return fits(detail, [...uncovered, ...unequalCases(env)])
}

function brokenVariable(env: Environment): string | undefined {
  return proxyNames
    .flatMap((name) => [name, name.toLowerCase()])
    .find((name) => env[name] !== undefined && env[name] !== '' && parseProxy(env[name] ?? '') === undefined)
}

/** kubectl and curl read the small spelling first, Go programs the capitals; unequal ones give unequal answers. */
function unequalCases(env: Environment): readonly string[] {
  return [...proxyNames, 'NO_PROXY'].flatMap((name) => {
    const [capital, small] = [env[name], env[name.toLowerCase()]]
    const isUnequal = capital !== undefined && small !== undefined && capital !== small
    return isUnequal
      ? [`${name} and ${name.toLowerCase()} differ; programs do not agree on which one counts.`]
      : []
  })
}

function missingExceptions(except: readonly string[], cluster: Cluster): readonly string[] {
  const covers = (host: string) => isExcepted(host, '443', except)
  const node = nodeSubnet(cluster)
  return [
    ...(covers(cluster.staticIp ?? addressIn(node, 2)) ? [] : [node]),
    ...(covers(addressIn(cluster.serviceCidr, 1)) ? [] : [cluster.serviceCidr]),
    ...(covers('kubernetes.default.svc') ? [] : ['.svc']),
    ...(covers('kubernetes.default.svc.cluster.local') ? [] : ['.cluster.local']),
  ]
}

/** The n-th address of a range: minikube gives the node .2, Kubernetes its own service .1. */
function addressIn(cidr: string, n: number): string {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return cidr
  const octets = [...ipaddr.IPv4.networkAddressFromCIDR(cidr).octets]
  octets[3] = (octets[3] ?? 0) + n
  return octets.join('.')
}

/** Where a container's address cannot be reached, 127.0.0.1 is used, which no proxy is asked for (facts sheet, 8). */
function usesNodeAddress(
  driver: Cluster['driver'],
  { platform, wsl }: Pick<HostFacts, 'platform' | 'wsl'>,
): boolean {
  return (driver !== 'docker' && driver !== 'podman') || (platform === 'linux' && !wsl)
}

function setCommand({ platform }: Pick<HostFacts, 'platform'>, name: string, value: string): string {
  return platform === 'win32' ? `setx ${name} "${value}"` : `export ${name}="${value}"`
}
