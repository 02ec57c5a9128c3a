import type { Fields } from '../kubeconfig/changes.ts'
import { isEqual } from '../kubeconfig/document.ts'
import type { Marker, RemoteMarker } from '../kubeconfig/marker.ts'
import type { Change } from '../ports/event.ts'
import { mask, shownArgs, withoutPassword } from './mask.ts'

/** Fields whose values may be shown: addresses, paths, names. All others may hold or be a secret. */
const shown: ReadonlySet<string> = new Set([
  'server',
  'certificate-authority',
  'insecure-skip-tls-verify',
  'proxy-url',
  'tls-server-name',
  'client-certificate',
  'client-key',
  'tokenFile',
  'username',
  'as',
  'as-uid',
  'as-groups',
  'cluster',
  'user',
  'namespace',
])

/** What would change of an entry, field by field; secrets are named and never shown. */
export function fieldChanges(
  now: Readonly<Record<string, unknown>>,
  fields: Fields,
  without: readonly string[],
): readonly Change[] {
  const changed = Object.entries(fields).flatMap(([field, value]): readonly Change[] =>
    isSame(now[field], value)
      ? []
      : [{ field, ...shownAs('from', field, now[field]), ...wantedAs(field, value), effect: 'in-place' }],
  )
  const gone = without.flatMap((field): readonly Change[] =>
    now[field] === undefined ? [] : [{ field, ...shownAs('from', field, now[field]), effect: 'remove' }],
  )
  return [...changed, ...gone]
}

/** kubectl writes `env: null` into a plugin that has none: that is no difference. */
const isSame = (a: unknown, b: unknown): boolean => isEqual(withoutNulls(a), withoutNulls(b))

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]))
}

/** What devk8s remembers of an entry: aliases, colour, protection. */
export function markerChanges(now: Marker | undefined, wanted: Marker): readonly Change[] {
  const before = (now ?? {}) as Partial<RemoteMarker>
  const after = wanted as RemoteMarker
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof RemoteMarker)[]
  return keys
    .filter((key) => !isEqual(before[key], after[key]))
    .map((key) => ({
      field: words[key],
      ...(before[key] === undefined ? {} : { from: text(before[key]) }),
      ...(after[key] === undefined ? {} : { to: text(after[key]) }),
      effect: after[key] === undefined ? 'remove' : 'in-place',
    }))
}

const words: { readonly [K in keyof Required<RemoteMarker>]: string } = {
  team: 'team',
  source: 'source',
  namespace: 'namespace of the profile',
  aliases: 'aliases',
  description: 'description',
  protected: 'protected',
  readOnly: 'read-only while it is locked',
  cluster: 'cluster’s own name',
  account: 'account',
  region: 'region',
  profileColor: 'colour of the profile',
  color: 'colour',
}

function shownAs(side: 'from' | 'to', field: string, value: unknown): Partial<Record<'from' | 'to', string>> {
  if (value === undefined) return {}
  if (shown.has(field)) return { [side]: text(value) }
  // Of a plugin the program alone: arguments and variables of others may hold secrets.
  if (field === 'exec') return { [side]: commandOf(value) }
  if (field === 'certificate-authority-data')
    return { [side]: side === 'from' ? 'a certificate' : 'a new certificate' }
  return { [side]: mask }
}

/** Of a plugin that is wanted the arguments are told as well, since they say for what it is. */
function wantedAs(field: string, value: unknown): Partial<Record<'from' | 'to', string>> {
  if (field !== 'exec' || typeof value !== 'object' || value === null) return shownAs('to', field, value)
  return { to: [commandOf(value), ...shownArgs(value as Readonly<Record<string, unknown>>)].join(' ') }
}

function commandOf(value: unknown): string {
  const command =
    typeof value === 'object' && value !== null && 'command' in value ? value.command : undefined
  return typeof command === 'string' ? command : 'a plugin'
}

/** A login in an address is a secret. */
function text(value: unknown): string {
  const plain = typeof value === 'string' ? value : JSON.stringify(value)
  return withoutPassword(plain)
}
