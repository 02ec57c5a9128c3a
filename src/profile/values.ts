import ipaddr from 'ipaddr.js'
import * as v from 'valibot'
import { parseMiB, sizePattern, versionPattern } from './units.ts'

// Checks that are more than a pattern cannot be said in JSON Schema; the loader makes them, editors do not.
// Every description is read by three: editors, `profile show`, and the fault of a value of another type.

/** Text of one form; `must` completes "it must be …". */
export const formed = (pattern: RegExp, must: string) =>
  v.pipe(v.string(), v.regex(pattern, must), v.description(must))

export const filled = (what: string) => formed(/^[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*$/u, what)

export const described = <const S extends v.GenericSchema>(schema: S, what: string) =>
  v.pipe(schema, v.description(what))

/** A DNS-1123 label: names of namespaces, profiles and the like. */
export const label = (what: string) =>
  formed(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    `${what} in lower-case letters, digits and dashes (at most 63), beginning and ending with a letter or digit`,
  )

/** minikube: pkg/minikube/config/profile.go:81-89, recorded 102 to 105: two characters, no underscore, no slash. */
export const clusterName = v.pipe(
  v.string(),
  v.minLength(2, 'a name of at least two characters'),
  v.maxLength(63, 'a name of at most 63 characters'),
  v.regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
    'a name of lower-case letters, digits, dashes, and dots between them',
  ),
  v.description("minikube's name of the cluster, such as devk8s"),
)

export const contextName = formed(/^[^\s\p{Cc}]{1,253}$/u, 'a context name without spaces, such as local')

export const version = (what: string) =>
  formed(
    versionPattern,
    `the full version of ${what}, such as ${what === 'minikube' ? 'v1.38.1' : 'v1.35.1'}`,
  )

/** A size that is at least `leastMiB`. minikube's own floors: recorded 079 (memory) and 111 (disk). */
export function size(what: string, leastMiB: number) {
  const must = `${what} such as 20g or 6144Mi, at least ${leastMiB}Mi`
  const enough = (amount: string) => (parseMiB(amount) ?? 0) >= leastMiB
  return v.pipe(
    v.union([
      v.pipe(v.string(), v.regex(sizePattern, must), v.check(enough, must)),
      v.pipe(v.number(), v.integer(must), v.minValue(leastMiB, must)),
    ]),
    v.description(`${must}; a bare number counts MiB`),
  )
}

export const whole = (what: string, least: number, most: number) =>
  v.pipe(
    v.number(),
    v.integer(`a whole number: ${what}`),
    v.minValue(least, `${what}, at least ${least}`),
    v.maxValue(most, `${what}, at most ${most}`),
    v.description(`${what}, a whole number from ${least} to ${most}`),
  )

export const flag = (what: string) => v.pipe(v.boolean(), v.description(`true or false: ${what}`))

const isUrl = (protocols: readonly string[]) => (text: string) =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol)

/** An address with one of the schemes; `file:` only where it makes sense, `http:` nowhere by accident. */
/** A login in an address would be printed with it, and a profile holds no secret. */
function hasNoLogin(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { username, password } = new URL(text)
  return username === '' && password === ''
}

export function url(what: string, protocols: readonly ('https:' | 'http:' | 'file:' | 'socks5:')[]) {
  const schemes = protocols.map((each) => `${each}//`).join(' or ')
  const must = `${what} beginning with ${schemes}`
  const pattern = new RegExp(`^(?:${protocols.map((each) => each.slice(0, -1)).join('|')})://\\S+$`)
  return v.pipe(
    v.string(),
    v.regex(pattern, must),
    v.check(isUrl(protocols), must),
    v.check(hasNoLogin, `${what} without a user name or password in it`),
    v.description(must),
  )
}

/** Relative to the file it stands in, absolute, or below `~`. */
export const path = (what: string) =>
  formed(/^[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*$/u, `the path of ${what}, relative to the profile`)

export const environmentVariable = formed(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')

export const sha256 = formed(/^[0-9a-fA-F]{64}$/, 'a sha256 sum: 64 hexadecimal digits')

const isPrivate = (text: string) =>
  ipaddr.IPv4.isValidFourPartDecimal(text) && ipaddr.IPv4.parse(text).range() === 'private'

/** recorded 110: minikube refuses a public address; the last octet is 2 to 254 (facts sheet, 3.1). */
export const staticIp = v.pipe(
  v.string(),
  v.regex(/^\d{1,3}(?:\.\d{1,3}){3}$/, 'an IPv4 address'),
  v.check(isPrivate, 'a private IPv4 address, such as 192.168.49.2'),
  v.check((text) => {
    const last = Number(text.split('.')[3])
    return last >= 2 && last <= 254
  }, 'an address whose last number is between 2 and 254'),
  v.description('a private IPv4 address for the node, such as 192.168.49.2'),
)

/** An IPv4 range whose address is its first one. recorded 109: minikube refuses 300.1.1.0. */
export function cidr(what: string, least: number, most: number) {
  const must = `an IPv4 range such as ${what}, with a prefix from /${least} to /${most}`
  const isRange = (text: string) => {
    if (!ipaddr.IPv4.isValidCIDR(text)) return false
    const [address, prefix] = ipaddr.IPv4.parseCIDR(text)
    const first = ipaddr.IPv4.networkAddressFromCIDR(text).toString()
    return first === address.toString() && prefix >= least && prefix <= most
  }
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/, must),
    v.check(isRange, must),
    v.description(must),
  )
}

const dnsLabel = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'

/** A DNS name of one label or more, such as `kubernetes` in the certificates of kubeadm. */
export const hostName = (what: string) =>
  formed(
    new RegExp(String.raw`^(?=.{1,253}$)(?:${dnsLabel}\.)*${dnsLabel}$`),
    `${what}, a DNS name in lower case`,
  )

/** A DNS name of at least two labels, without a scheme or a port. */
export const domain = (what: string) =>
  formed(
    new RegExp(String.raw`^(?=.{1,253}$)(?:${dnsLabel}\.)+${dnsLabel}$`),
    `${what}, a DNS name in lower case`,
  )

export const awsRegion = formed(/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/, 'an AWS region, such as eu-west-1')

/** Unquoted, YAML reads it as a number and drops a leading zero. */
export const awsAccount = formed(/^\d{12}$/, 'an AWS account in quotes: 12 digits')

export const awsProfile = formed(/^[^\s\p{Cc}]{1,128}$/u, 'the name of a profile in ~/.aws/config')

export const roleArn = formed(
  /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  'the ARN of a role, such as arn:aws:iam::123456789012:role/developer',
)

/** Values of maps whose entries a profile that extends may take away: `null` does. */
export const removable = <const S extends v.GenericSchema>(schema: S) => v.nullable(schema)
