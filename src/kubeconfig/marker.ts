import type { Json } from '../ports/event.ts'

/** The extension's name, and the value of its `provider`. */
export const extensionName = 'devk8s.dev'

/**
 * Says in an entry's `extensions` that devk8s wrote it, and for what. kubectl, kind and kops keep
 * extensions; minikube marks its entries in the same way (facts sheet, 9).
 */
export type Marker = LocalMarker | RemoteMarker

/** An entry of the local cluster. */
export interface LocalMarker {
  /** minikube's profile name. */
  readonly profile: string
  /** The namespace devk8s wrote, to tell it from one that a person has set since. */
  readonly namespace?: string
}

/** An entry of one of the team's remote clusters. Clusters and users carry `team` and `source`, contexts all of it. */
export interface RemoteMarker {
  /** `metadata.name` of the profile that has the context. */
  readonly team: string
  readonly source: 'eks' | 'kops' | 'static'
  readonly namespace?: string
  readonly aliases?: readonly string[]
  readonly description?: string
  readonly protected?: true
  /** While it is locked the credentials of a read-only role are handed out; otherwise none. */
  readonly readOnly?: true
  /** What the remote cluster is called where it runs: the name at EKS or kOps. */
  readonly cluster?: string
  readonly account?: string
  readonly region?: string
  /** The colour that devk8s wrote; `color` is the one in force, which a person may change. */
  readonly profileColor?: string
  readonly color?: string
}

/** Whether a marker is that of a remote context; false for none at all. */
export function isRemote(marker: Marker | undefined): marker is RemoteMarker {
  return marker !== undefined && 'team' in marker
}

/** The marker in an entry's fields; undefined when devk8s did not write the entry. */
export function markerOf(fields: Readonly<Record<string, unknown>> | undefined): Marker | undefined {
  const list = fields?.['extensions']
  if (!Array.isArray(list)) return undefined
  for (const item of list) {
    if (!isOurs(item)) continue
    const { extension } = item as { extension?: unknown }
    const marker = readMarker(extension)
    if (marker !== undefined) return marker
  }
  return undefined
}

/** The marker in the extension's own value. Whatever a person made unreadable in it is left out. */
export function readMarker(extension: unknown): Marker | undefined {
  if (typeof extension !== 'object' || extension === null) return undefined
  const found = extension as Readonly<Record<string, unknown>>
  if (found['provider'] !== extensionName) return undefined
  const text = (key: string) => (typeof found[key] === 'string' ? { [key]: found[key] } : {})
  if (typeof found['profile'] === 'string') return { profile: found['profile'], ...text('namespace') }
  const { team, source } = found
  if (typeof team !== 'string' || (source !== 'eks' && source !== 'kops' && source !== 'static'))
    return undefined
  const aliases = found['aliases']
  return {
    team,
    source,
    ...text('namespace'),
    ...(Array.isArray(aliases) ? { aliases: aliases.filter((each) => typeof each === 'string') } : {}),
    ...text('description'),
    ...(found['protected'] === true ? { protected: true as const } : {}),
    ...(found['readOnly'] === true ? { readOnly: true as const } : {}),
    ...text('cluster'),
    ...text('account'),
    ...text('region'),
    ...text('profileColor'),
    ...text('color'),
  }
}

/** A list of extensions with this marker in it; those of others stay, in their order. */
export function withMarker(extensions: Json | undefined, marker: Marker): Json {
  const mine: Json = { extension: { ...marker, provider: extensionName }, name: extensionName }
  const list = Array.isArray(extensions) ? (extensions as readonly Json[]) : []
  return list.some(isOurs) ? list.map((item) => (isOurs(item) ? mine : item)) : [...list, mine]
}

function isOurs(item: unknown): boolean {
  return typeof item === 'object' && item !== null && (item as { name?: unknown }).name === extensionName
}
