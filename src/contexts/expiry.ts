import { argsOf, recordOf } from './auth.ts'
import type { NamedEntry } from '../kubeconfig/entries.ts'
import { besides } from './lint-paths.ts'

/** A credential that may say until when it holds: in the entry itself, or in a file that the entry names. */
export type Dated =
  | { readonly kind: 'certificate' | 'token'; readonly text: string }
  | { readonly kind: 'certificate-file' | 'token-file'; readonly path: string }

/**
 * The credentials of a user entry that may carry a date. Paths are absolute: relative ones count from the folder of
 * the file that has the entry, as kubectl counts them. What `devk8s token` is told to hand out counts as well.
 */
export function datedCredentials(fields: NamedEntry['fields'], file: string): readonly Dated[] {
  const exec = argsOf(recordOf(fields['exec']))
  const provider = recordOf(recordOf(fields['auth-provider'])?.['config'])
  const isOurs = exec[0] === 'token'
  const found: Dated[] = []
  const embedded = textOf(fields['client-certificate-data'])
  const named =
    textOf(fields['client-certificate']) ?? (isOurs ? valueOf(exec, '--client-certificate') : undefined)
  if (embedded !== undefined) found.push({ kind: 'certificate', text: decodeBase64(embedded) })
  else if (named !== undefined) found.push({ kind: 'certificate-file', path: besides(file, named) })
  const tokenFile = textOf(fields['tokenFile']) ?? (isOurs ? valueOf(exec, '--token-file') : undefined)
  const token = textOf(fields['token']) ?? textOf(provider?.['id-token'])
  if (tokenFile !== undefined) found.push({ kind: 'token-file', path: besides(file, tokenFile) })
  else if (token !== undefined) found.push({ kind: 'token', text: token })
  return found
}

/** When a bearer token ends, in ms since 1970: what a JWT says in `exp`; undefined for any other token. */
export function tokenExpiry(token: string): number | undefined {
  const [, payload, signature] = token.trim().split('.')
  if (payload === undefined || signature === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(decodeBase64(payload.replaceAll('-', '+').replaceAll('_', '/')))
    const exp = recordOf(claims)?.['exp']
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}

const unitsMs = [
  ['y', 365 * 24 * 3_600_000],
  ['d', 24 * 3_600_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** `in 3 d`, `in 5 h`, `expired`; days up to two years, so that the number stays one that is planned by. */
export function expiryText(expiresAt: number, now: number): string {
  const leftMs = expiresAt - now
  if (leftMs <= 0) return 'expired'
  const [unit, ms] = unitsMs.find(([name, size]) => leftMs >= size * (name === 'y' ? 2 : 1)) ?? [
    'min',
    60_000,
  ]
  return `in ${Math.max(1, Math.floor(leftMs / ms))} ${unit}`
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Base64 with whatever line breaks; '' when it is none. */
function decodeBase64(text: string): string {
  try {
    return atob(text.replaceAll(/\s/g, ''))
  } catch {
    return ''
  }
}

function valueOf(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag)
  return at === -1 ? undefined : textOf(args[at + 1])
}
