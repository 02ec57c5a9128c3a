import { drivers } from '../profile/profile.ts'
import { parseMiB, versionPattern } from '../profile/units.ts'
import type { Check } from './spec.ts'

/** One of a fixed list. */
export function oneOf(allowed: readonly string[]): Check {
  return (value) => (allowed.includes(value) ? undefined : `one of ${allowed.join(', ')}`)
}

export const checkDriver: Check = oneOf(['auto', ...drivers])

export const checkPresent: Check = (value) => (value.trim() === '' ? 'not empty' : undefined)

const sizes = 'a size such as 6g or 6144m (a bare number counts MiB)'

/** The size as the profile reads it: `6144` becomes `6144Mi`, everything else stays. */
export function withUnit(size: string): string {
  return /^\d+$/.test(size) ? `${size}Mi` : size
}

/** A size such as the profile takes: `6g`, `6GiB`, `6144m`, or a bare number of MiB, as minikube has it. */
export const checkSize: Check = (value) => (parseMiB(withUnit(value)) === undefined ? sizes : undefined)

export const checkMemory: Check = (value) =>
  value === 'auto' || checkSize(value) === undefined ? undefined : `auto, or ${sizes}`

// minikube takes `--cpus two` and starts with a number of its own (facts sheet, section 2), so a word stops here.
export const checkCpus: Check = (value) =>
  /^[1-9]\d{0,2}$/.test(value) ? undefined : 'a whole number of processors, 1 or more'

export const checkKubernetes: Check = (value) =>
  versionPattern.test(value) ? undefined : 'a full version such as v1.35.1'

// minikube: pkg/minikube/config/profile.go:81-89, recorded 102-105.
export const checkClusterName: Check = (value) =>
  /^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9](\.[a-zA-Z0-9][a-zA-Z0-9-]*)*$/.test(value)
    ? undefined
    : 'at least two letters, digits or dashes, beginning and ending with a letter or digit'

export const checkContextName: Check = (value) =>
  /^[^\s\p{Cc}]+$/u.test(value) ? undefined : 'a name without spaces'

/** `-` goes back to the context of before, and what begins with it is a flag. */
export const checkNewContextName: Check = (value) =>
  checkContextName(value) ?? (value.startsWith('-') ? 'a name that does not begin with a dash' : undefined)

export const checkMirror: Check = (value) =>
  /^(https:\/\/[^/\s]+|file:\/\/\/)\S*$/.test(value)
    ? undefined
    : 'an address that begins with https:// or file:///'

export const checkAddon: Check = (value) =>
  /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value) ? undefined : "an add-on by minikube's name, such as metrics-server"

export const checkFault: Check = (value) =>
  /^[a-z0-9-]+(\.[a-z0-9-]+)*=[a-z0-9-]+$/.test(value)
    ? undefined
    : 'PLACE=FAULT, such as cluster.start=timeout'

const yes: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on', 'y', 't'])
const no: ReadonlySet<string> = new Set(['0', 'false', 'no', 'off', 'n', 'f'])

/** What a switch is set to by a word, or undefined when the word says neither. */
export function parseSwitch(word: string): boolean | undefined {
  const lower = word.toLowerCase()
  return yes.has(lower) ? true : no.has(lower) ? false : undefined
}

// Kubernetes: a namespace is an RFC 1123 label.
export const checkNamespace: Check = (value) =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
    ? undefined
    : 'a namespace: lower-case letters, digits and dashes, 63 at most'

/** The private registry of an account in a region; the name behind it is the registry's to judge. */
export const checkEcrImage: Check = (value) =>
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.[a-z0-9.-]+\/[^\s]+$/.test(value)
    ? undefined
    : 'an image of ECR, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4'

/** The longest time that a protection is lifted or a context lent. */
const longestMs = 12 * 3_600_000

export const checkDuration: Check = (value) => {
  const ms = parseDurationMs(value)
  return ms !== undefined && ms >= 1_000 && ms <= longestMs
    ? undefined
    : 'a time such as 15m or 1h, 12h at most'
}

/** `90s`, `15m`, `1h`, `1h30m` in milliseconds. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/.exec(text)
  if (match === null || text === '') return undefined
  const [, hours = '0', minutes = '0', seconds = '0'] = match
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
}
