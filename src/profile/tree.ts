import type { Json } from '../ports/event.ts'
import type { JsonMap } from './document.ts'
import type { Path } from './faults.ts'

/** The value at a path, undefined where there is none. */
export function valueAt(tree: Json, path: Path): Json | undefined {
  let value: Json | undefined = tree
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string | number, Json>>)[step]
  }
  return value
}

/** A list with a faulty item goes as a whole, so that the indexes of those left stay true. */
export function uptoList(path: Path): Path {
  const index = path.findIndex((step) => typeof step === 'number')
  return index < 0 ? path : path.slice(0, index)
}

/** The tree without what stands at the paths; all of them lead through maps. */
export function prune(tree: Json, paths: readonly Path[]): Json {
  if (paths.length === 0 || typeof tree !== 'object' || tree === null || Array.isArray(tree)) return tree
  return Object.fromEntries(
    Object.entries(tree as JsonMap).flatMap(([key, value]) => {
      const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1))
      return below.some((path) => path.length === 0) ? [] : [[key, prune(value, below)]]
    }),
  )
}
