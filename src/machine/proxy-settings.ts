import ipaddr from 'ipaddr.js'

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy variables in force, by the rules of Go's httpproxy package, which minikube and kubectl follow. */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  /** Entries of NO_PROXY, trimmed, in lower case. */
  readonly except: readonly string[]
}

/** The first that is set and not empty: Go asks for capitals first (golang.org/x/net/http/httpproxy). */
export function proxySettings(env: Environment): ProxySettings {
  const first = (...names: string[]) => names.map((name) => env[name]).find((value) => value)
  const http = first('HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy')
  const https = first('HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy')
  const except = (first('NO_PROXY', 'no_proxy') ?? '')
    .split(/[,\s]+/)
    .map((entry) => entry.toLowerCase())
    .filter((entry) => entry !== '')
  return { ...(http && { http }), ...(https && { https }), except }
}

/**
 * A proxy variable as an address; a bare `proxy:3128` means http, as Go has it. Undefined when it is none, and when an
 * `@` stands behind the host: a `/`, `?` or `#` in the password has cut the address in the middle of it.
 */
export function parseProxy(value: string): URL | undefined {
  const text = value.trim()
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? tryUrl(text) : tryUrl(`http://${text}`)
  if (url === undefined || url.hostname === '') return undefined
  return `${url.pathname}${url.search}${url.hash}`.includes('@') ? undefined : url
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    // Not an address: the caller says so with the value, a reason from the parser adds nothing.
    return undefined
  }
}

/**
 * The proxy variable's value that applies to an address, or undefined when it is reached directly.
 * The machine itself is never asked for through a proxy.
 */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy =
    url.protocol === 'https:' ? settings.https : url.protocol === 'http:' ? settings.http : undefined
  if (proxy === undefined) return undefined
  return isExcepted(url.hostname, portOf(url), settings.except) ? undefined : proxy
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

/** Whether NO_PROXY covers a host: `*`, names with their subdomains, `.suffix`, addresses, CIDR, `host:port`. */
export function isExcepted(hostname: string, port: string, except: readonly string[]): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  const address = ipaddr.isValid(host) ? ipaddr.process(host) : undefined
  if (host === 'localhost' || address?.range() === 'loopback') return true
  return except.some((entry) => entry === '*' || matches(entry, host, port, address))
}

function matches(
  entry: string,
  host: string,
  port: string,
  address: ipaddr.IPv4 | ipaddr.IPv6 | undefined,
): boolean {
  if (ipaddr.isValidCIDR(entry)) {
    const [range, bits] = ipaddr.parseCIDR(entry)
    return address !== undefined && address.kind() === range.kind() && address.match(range, bits)
  }
  if (ipaddr.isValid(entry)) return address?.toString() === ipaddr.process(entry).toString()
  const withPort = /^(.*[^:]):(\d+)$/.exec(entry)
  if (withPort?.[2] !== undefined && withPort[2] !== port) return false
  const name = (withPort?.[1] ?? entry).replace(/^\*?\./, '.')
  // A leading dot means subdomains only (Go: domainMatch with matchHost false).
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}
