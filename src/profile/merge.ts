import type { Json } from '../ports/event.ts'
import type { Place } from '../problems/problem.ts'
import type { JsonMap } from './document.ts'
import type { Path } from './faults.ts'
import { renderPath } from './faults.ts'
import type { Origin } from './profile.ts'
import { uptoList } from './tree.ts'

/** One source of values: the defaults, a file, the variables, the flags. Later layers win. */
export interface Layer {
  readonly tree: JsonMap
  /** Where the value at a path of this layer comes from. */
  origin(path: Path): Origin
  /** Where it stands, for a fault; undefined for a layer that is no file. */
  place(path: Path, at?: 'key' | 'value'): Place | undefined
}

const isMap = (tree: Json | undefined): tree is JsonMap =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree)

/**
 * `over` laid on `base`: maps merge key by key, everything else (lists too) is replaced. A null is kept, so that
 * it still takes away what a layer further below says; `withoutNulls` ends the matter.
 */
export function mergeTrees(base: JsonMap, over: JsonMap): JsonMap {
  const merged = new Map<string, Json>(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key)
    merged.set(key, isMap(below) && isMap(value) ? mergeTrees(below, value) : value)
  }
  return Object.fromEntries(merged)
}

/** The tree without the keys that are null. */
export function withoutNulls(tree: JsonMap): JsonMap {
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, isMap(value) ? withoutNulls(value) : value]),
  )
}

export interface Merged {
  readonly tree: JsonMap
  /** For each value of the tree, by its dotted path: the layer that had the last word. */
  readonly layers: ReadonlyMap<string, Layer>
  readonly origins: Readonly<Record<string, Origin>>
}

/** All layers, first the lowest, as one tree that knows where each value came from. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const tree = withoutNulls(layers.reduce<JsonMap>((base, { tree }) => mergeTrees(base, tree), {}))
  const owners = new Map<string, Layer>()
  const origins: Record<string, Origin> = {}
  for (const path of leaves(tree)) {
    const owner = layers.findLast((layer) => says(layer.tree, path))
    if (owner === undefined) continue
    owners.set(renderPath(path), owner)
    origins[renderPath(path)] = owner.origin(path)
  }
  return { tree, layers: owners, origins }
}

/** The paths of all values that are no maps, and of the maps that are empty. */
export function leaves(tree: JsonMap, path: Path = []): readonly Path[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const here = [...path, key]
    return isMap(value) && Object.keys(value).length > 0 ? leaves(value, here) : [here]
  })
}

/** Whether a layer has a value of its own at a path. */
function says(tree: Json, path: Path): boolean {
  const [step, ...rest] = path
  if (step === undefined) return true
  return isMap(tree) && Object.hasOwn(tree, step) && says(tree[step] ?? null, rest)
}

/** Where the value at a path, or what is nearest above it, stands in the last file that says it. */
export function placeOf(
  layers: readonly Layer[],
  path: Path,
  at: 'key' | 'value' = 'value',
): Place | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length)
    const owner = layers.findLast((layer) => says(layer.tree, uptoList(part)))
    if (owner !== undefined) return owner.place(path, at)
  }
  return undefined
}

/** One text for one meaning: keys sorted, no spaces. */
export function renderCanonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderCanonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${renderCanonical(each)}`).join(',')}}`
}
