import type { Change } from '../ports/event.ts'
import type { Hashing } from '../ports/hash.ts'
import type { KubeObject } from './object.ts'
import { keyOf, titleOf } from './object.ts'

/** On every object that devk8s applied; what the live ones are found by. */
export const managedLabel = 'devk8s.dev/managed'
/**
 * On Secrets with what AWS gave, beside the other label: they are made and renewed by themselves (src/upkeep), so whoever
 * looks at what was applied need not read what they hold.
 */
export const upkeepLabel = 'devk8s.dev/upkeep'
export const managedSelector = `${managedLabel}=true`
export const upkeepSelector = `${upkeepLabel}=true`
/** The hash of what was applied: an object whose live annotation says the same needs no second apply. */
export const hashAnnotation = 'devk8s.dev/applied-hash'

/** On an object that only has to exist: one of somebody else's, with whatever content, serves as well. */
const placeholderAnnotation = 'devk8s.dev/placeholder'

export function isPlaceholder({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[placeholderAnnotation] === 'true'
}

/**
 * Marks objects as ours: a label of our own, so that `app.kubernetes.io/managed-by`, which often belongs to
 * Helm, stays as it is; and an annotation with the hash of the rest. Pod templates are not touched, so nothing
 * restarts because of it.
 */
export function stampObjects(objects: readonly KubeObject[], hashing: Hashing): readonly KubeObject[] {
  return objects.map((object) => {
    const { [hashAnnotation]: _old, ...annotations } = object.metadata.annotations ?? {}
    const labelled = {
      ...object,
      metadata: {
        ...object.metadata,
        labels: { ...object.metadata.labels, [managedLabel]: 'true' },
        annotations,
      },
    }
    const hasher = hashing.sha256()
    hasher.update(canonical(labelled))
    return {
      ...labelled,
      metadata: { ...labelled.metadata, annotations: { ...annotations, [hashAnnotation]: hasher.hex() } },
    }
  })
}

/** What of the wanted objects the cluster lacks or has in another form; of a placeholder, the form does not count. */
export function objectChanges(wanted: readonly KubeObject[], live: readonly KubeObject[]): readonly Change[] {
  const byKey = new Map(live.map((object) => [keyOf(object), object]))
  return wanted.flatMap((object): readonly Change[] => {
    const now = byKey.get(keyOf(object))
    if (now === undefined) return [{ field: titleOf(object), effect: 'create' }]
    const same = now.metadata.annotations?.[hashAnnotation] === object.metadata.annotations?.[hashAnnotation]
    return same || isPlaceholder(object) ? [] : [{ field: titleOf(object), effect: 'in-place' }]
  })
}

/** JSON with sorted keys: the order in a manifest changes nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
