import type { Json } from '../ports/event.ts'

const extensionName = 'devk8s.dev'

/**
 * Says in an entry's `extensions` that devk8s wrote it, and for which cluster. kubectl, kind and kops keep
 * extensions; minikube marks its entries in the same way (facts sheet, 9).
 */
export interface Marker {
  /** minikube's profile name. */
  readonly profile: string
  /** The namespace devk8s wrote, to tell it from one that a person has set since. */
  readonly namespace?: string
}

/** The marker in an entry's fields; undefined when devk8s did not write the entry. */
export function markerOf(fields: Readonly<Record<string, unknown>> | undefined): Marker | undefined {
  const list = fields?.['extensions']
  if (!Array.isArray(list)) return undefined
  for (const item of list) {
    if (!isOurs(item)) continue
    const { extension } = item as { extension?: unknown }
    if (typeof extension !== 'object' || extension === null) continue
    const { provider, profile, namespace } = extension as Readonly<Record<string, unknown>>
    if (provider !== extensionName || typeof profile !== 'string') continue
    return typeof namespace === 'string' ? { profile, namespace } : { profile }
  }
  return undefined
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
