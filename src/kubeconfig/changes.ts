import type { Json } from '../ports/event.ts'
import type { Marker } from './marker.ts'
import { withMarker } from './marker.ts'

export const sections = ['clusters', 'users', 'contexts'] as const
export type Section = (typeof sections)[number]

/** The key under which an entry of each section keeps its fields, beside `name`. */
export const bodyKey = { clusters: 'cluster', users: 'user', contexts: 'context' } as const

export type Fields = Readonly<Record<string, Json>>

/** One intended change of a kubeconfig file. */
export type Edit =
  /**
   * The named entry has these fields and this ownership marker. Fields not named stay as they are; those in
   * `without` are taken out. The entry is added when it is not there.
   */
  | {
      readonly kind: 'put'
      readonly section: Section
      readonly name: string
      readonly fields: Fields
      readonly without?: readonly string[]
      readonly marker?: Marker
    }
  /** The named entry is gone; nothing to do when it already is. */
  | { readonly kind: 'remove'; readonly section: Section; readonly name: string }
  /** The named entry is called `to`, at the same place; nothing to do when it is not there. `to` must be free. */
  | { readonly kind: 'rename'; readonly section: Section; readonly name: string; readonly to: string }
  /** `current-context` has this value; `undefined` unsets it as kubectl does, to the empty string. */
  | { readonly kind: 'current'; readonly context: string | undefined }

/** What an entry's fields are to become, given what they are. */
export function fieldsAfter(before: Fields | undefined, edit: Extract<Edit, { kind: 'put' }>): Fields {
  const kept = Object.entries({ ...before, ...edit.fields }).filter(([key]) => !edit.without?.includes(key))
  const fields = Object.fromEntries(kept)
  return edit.marker === undefined
    ? fields
    : { ...fields, extensions: withMarker(before?.['extensions'], edit.marker) }
}
