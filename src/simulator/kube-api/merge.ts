import { childrenOf, type FieldSet, fieldNames, itemElement, type Path, pathKey } from './field-set.ts'
import { type Fields, isFields, omit, sameJson } from './object.ts'
import { isAtomicMap, listTypeAt, strategicKeyAt } from './schema.ts'

/** Live object and applied configuration put together: the applied one wins where both say something. */
export function mergeApplied(live: unknown, applied: unknown, kind: string, path: Path = []): unknown {
  if (
    isFields(live) &&
    isFields(applied) &&
    !(path.at(-1)?.startsWith('f:') && isAtomicMap(kind, fieldNames(path)))
  ) {
    const merged = Object.entries(applied).map(
      ([field, value]) => [field, mergeApplied(live[field], value, kind, [...path, `f:${field}`])] as const,
    )
    return { ...live, ...Object.fromEntries(merged) }
  }
  if (!Array.isArray(live) || !Array.isArray(applied)) return applied
  const list = listTypeAt(kind, fieldNames(path))
  if (list.type === 'set')
    return [...live, ...applied.filter((item) => !live.some((old) => sameJson(old, item)))]
  if (list.type !== 'map') return applied
  const elementOf = (item: unknown): string => itemElement(item, list.keys)
  const kept = live.map((item) => {
    const change = applied.find((other) => elementOf(other) === elementOf(item))
    return change === undefined ? item : mergeApplied(item, change, kind, [...path, elementOf(item)])
  })
  return [...kept, ...applied.filter((item) => !live.some((old) => elementOf(old) === elementOf(item)))]
}

/** The object without the given fields; maps and lists that become empty go too. */
export function removeFields(object: unknown, remove: FieldSet, kind: string, path: Path = []): unknown {
  const children = childrenOf(kind, path, object)
  if (children.length === 0) return object
  const kept = children
    .filter(([element]) => !remove.has(pathKey([...path, element])))
    .map(([element, child]) => [element, removeBelow(child, element, remove, kind, path)] as const)
    .filter(([, child]) => child !== undefined)
  if (kept.length === 0) return undefined
  if (!Array.isArray(object))
    return Object.fromEntries(kept.map(([element, child]) => [element.slice(2), child]))
  return kept.map(([, child]) => child)
}

function removeBelow(child: unknown, element: string, remove: FieldSet, kind: string, path: Path): unknown {
  if (element.startsWith('v:')) return JSON.parse(element.slice(2))
  return removeFields(child, remove, kind, [...path, element])
}

/** RFC 7386: null takes away, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch
  const base = isFields(target) ? target : {}
  const removed = Object.keys(patch).filter((field) => patch[field] === null)
  const merged = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([field, value]) => [field, mergePatch(base[field], value)] as const)
  return { ...omit(base, ...removed), ...Object.fromEntries(merged) }
}

/** Kubernetes' strategic merge patch: as a merge patch, but keyed lists merge by key; `$patch: delete` is known. */
export function strategicPatch(
  target: unknown,
  patch: unknown,
  kind: string,
  names: readonly string[] = [],
): unknown {
  if (isFields(patch)) {
    if (patch['$patch'] === 'replace') return omit(patch, '$patch')
    const base = isFields(target) ? target : {}
    const removed = Object.keys(patch).filter((field) => patch[field] === null)
    const merged = Object.entries(patch)
      .filter(([field, value]) => value !== null && !field.startsWith('$'))
      .map(([field, value]) => [field, strategicPatch(base[field], value, kind, [...names, field])] as const)
    return { ...omit(base, ...removed), ...Object.fromEntries(merged) }
  }
  const key = strategicKeyAt(kind, names)
  if (!Array.isArray(patch)) return patch
  // recorded 1.33/432, 433: in a list that is replaced, directives are unknown fields, and dropped.
  if (key === undefined) return patch.map((item) => (isFields(item) ? omit(item, '$patch') : item))
  if (!Array.isArray(target)) return patch
  return strategicList(target, patch.filter(isFields), key, kind, names)
}

function strategicList(
  target: readonly unknown[],
  patch: readonly Fields[],
  key: string,
  kind: string,
  names: readonly string[],
): readonly unknown[] {
  const matches = (a: unknown, b: unknown): boolean => isFields(a) && isFields(b) && sameJson(a[key], b[key])
  const kept = target
    .filter((item) => !patch.some((change) => change['$patch'] === 'delete' && matches(change, item)))
    .map((item) => {
      const change = patch.find((other) => matches(other, item))
      return change === undefined ? item : strategicPatch(item, change, kind, names)
    })
  const added = patch.filter(
    (item) => item['$patch'] !== 'delete' && !target.some((old) => matches(old, item)),
  )
  return [...kept, ...added]
}

/** RFC 6902 with `add`, `remove`, `replace` and `test`; undefined when an operation cannot be done. */
export function jsonPatch(
  target: unknown,
  operations: readonly unknown[],
): { readonly value: unknown } | undefined {
  return operations.reduce<{ readonly value: unknown } | undefined>(
    (here, operation) => {
      if (here === undefined || !isFields(operation)) return undefined
      const pointer = String(operation['path']).split('/').slice(1)
      const steps = pointer.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
      return patchAt(here.value, steps, operation)
    },
    { value: target },
  )
}

function patchAt(
  here: unknown,
  steps: readonly string[],
  operation: Fields,
): { readonly value: unknown } | undefined {
  const [step, ...rest] = steps
  if (step === undefined) return { value: operation['value'] }
  if (rest.length > 0) {
    const below = patchAt(childAt(here, step), rest, operation)
    return below === undefined ? undefined : replaceChild(here, step, below.value)
  }
  switch (operation['op']) {
    case 'add':
      return addChild(here, step, operation['value'])
    case 'replace':
      return childAt(here, step) === undefined ? undefined : replaceChild(here, step, operation['value'])
    case 'remove':
      return removeChild(here, step)
    case 'test':
      return sameJson(childAt(here, step), operation['value']) ? { value: here } : undefined
    default:
      return undefined
  }
}

function childAt(here: unknown, step: string): unknown {
  if (Array.isArray(here)) return here[Number(step)]
  return isFields(here) ? here[step] : undefined
}

function replaceChild(here: unknown, step: string, value: unknown): { readonly value: unknown } | undefined {
  if (Array.isArray(here)) return { value: here.with(Number(step), value) }
  return isFields(here) ? { value: { ...here, [step]: value } } : undefined
}

function addChild(here: unknown, step: string, value: unknown): { readonly value: unknown } | undefined {
  if (!Array.isArray(here)) return replaceChild(here, step, value)
  const index = step === '-' ? here.length : Number(step)
  return index > here.length ? undefined : { value: here.toSpliced(index, 0, value) }
}

function removeChild(here: unknown, step: string): { readonly value: unknown } | undefined {
  if (childAt(here, step) === undefined) return undefined
  if (Array.isArray(here)) return { value: here.toSpliced(Number(step), 1) }
  return isFields(here) ? { value: omit(here, step) } : undefined
}
