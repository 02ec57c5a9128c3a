import type { Marker } from './marker.ts'
import { markerOf } from './marker.ts'

/** One cluster, user or context of a kubeconfig. */
export interface NamedEntry {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
  /** Set when devk8s wrote the entry. */
  readonly marker?: Marker
}

/** An item of one of the lists: `{ name, cluster | user | context }`; undefined when it has no name that is text. */
export function namedEntry(item: unknown, key: string): NamedEntry | undefined {
  if (!isRecord(item) || typeof item['name'] !== 'string') return undefined
  const body = item[key]
  const fields = isRecord(body) ? body : {}
  const marker = markerOf(fields)
  return { name: item['name'], fields, ...(marker === undefined ? {} : { marker }) }
}

/** Whether a value is a mapping: neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
