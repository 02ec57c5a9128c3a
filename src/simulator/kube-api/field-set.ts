import { isFields, type FieldTree, type Fields } from './object.ts'
import { isAtomicMap, isFreeMap, type ListKey, listTypeAt } from './schema.ts'

/** One step of a path, as FieldsV1 writes it: `f:data`, `k:{"name":"x"}`, `v:"x"`. */
export type Path = readonly string[]

/** A set of paths, by their joined text. */
export type FieldSet = ReadonlyMap<string, Path>

/** The key a path has in a set. */
export function pathKey(path: Path): string {
  return path.join('\n')
}

/** A set of the given paths. */
export function fieldSet(paths: readonly Path[]): FieldSet {
  return new Map(paths.map((path) => [pathKey(path), path]))
}

// kubernetes: apimachinery/pkg/util/managedfields/internal/stripmeta.go
const unowned = new Set(
  [
    ['f:apiVersion'],
    ['f:kind'],
    ['f:metadata'],
    ...[
      'name',
      'namespace',
      'creationTimestamp',
      'selfLink',
      'uid',
      'generation',
      'managedFields',
      'resourceVersion',
    ].map((field) => ['f:metadata', `f:${field}`]),
    ['f:metadata', 'f:deletionTimestamp'],
  ].map(pathKey),
)

/**
 * The fields that an object sets, which its manager owns.
 * @param withMaps also own free maps and list items themselves, as an Update does.
 */
export function fieldsIn(object: Fields, withMaps: boolean): FieldSet {
  const kind = String(object['kind'])
  const paths: Path[] = []
  const visit = (value: unknown, path: Path): void => {
    if (unowned.has(pathKey(path)) && path.length > 1) return
    for (const [element, child] of childrenOf(kind, path, value)) visit(child, [...path, element])
    if (isMember(kind, path, value, withMaps)) paths.push(path)
  }
  for (const [field, value] of Object.entries(object)) {
    // The status belongs to the controllers: an apply of the main resource resets it.
    if (field !== 'status') visit(value, [`f:${field}`])
  }
  return fieldSet(paths.filter((path) => !unowned.has(pathKey(path))))
}

function isMember(kind: string, path: Path, value: unknown, withMaps: boolean): boolean {
  if (childrenOf(kind, path, value).length === 0) return true
  return path.at(-1)?.startsWith('k:') === true || (withMaps && isFreeMap(fieldNames(path)))
}

/** The field names on a path, list items left out. */
export function fieldNames(path: Path): readonly string[] {
  return path.filter((element) => element.startsWith('f:')).map((element) => element.slice(2))
}

/** What lies below a value, by path element; nothing below scalars and what is owned as a whole. */
export function childrenOf(
  kind: string,
  path: Path,
  value: unknown,
): readonly (readonly [string, unknown])[] {
  const names = fieldNames(path)
  if (isFields(value)) {
    const whole = path.at(-1)?.startsWith('k:') !== true && isAtomicMap(kind, names)
    return whole ? [] : Object.entries(value).map(([field, child]) => [`f:${field}`, child] as const)
  }
  if (!Array.isArray(value)) return []
  const list = listTypeAt(kind, names)
  if (list.type === 'set') return value.map((item) => [`v:${JSON.stringify(item)}`, undefined] as const)
  if (list.type === 'map') return value.map((item) => [itemElement(item, list.keys), item] as const)
  return []
}

/** `k:{"containerPort":80,"protocol":"TCP"}`: how FieldsV1 names an item of an associative list. */
export function itemElement(item: unknown, keys: readonly ListKey[]): string {
  const fields = isFields(item) ? item : {}
  const entries = keys.map((key) => [key.field, fields[key.field] ?? key.fallback ?? null] as const)
  return `k:${JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))))}`
}

/** The value at a path of an object; undefined when it is not there. */
export function valueAt(object: unknown, path: Path, kind: string): unknown {
  return path.reduce<{ readonly value: unknown; readonly path: Path }>(
    (here, element) => {
      const child = childrenOf(kind, here.path, here.value).find(([name]) => name === element)
      return {
        value: element.startsWith('v:') && child !== undefined ? true : child?.[1],
        path: [...here.path, element],
      }
    },
    { value: object, path: [] },
  ).value
}

/** The tree that `managedFields` shows for a set. */
export function treeOf(set: FieldSet): FieldTree {
  const root: Record<string, FieldTree> = {}
  for (const path of set.values()) {
    let here = root
    for (const element of path) here = here[element] ??= {}
  }
  return markMembers(root, [], set)
}

function markMembers(tree: FieldTree, path: Path, set: FieldSet): FieldTree {
  const names = Object.keys(tree).toSorted()
  const children = names.map((name) => [name, markMembers(tree[name] ?? {}, [...path, name], set)] as const)
  const isNamed = names.length > 0 && set.has(pathKey(path))
  return Object.fromEntries(isNamed ? [['.', {}], ...children] : children)
}

/** The set behind a `managedFields` tree. */
export function setOf(tree: FieldTree): FieldSet {
  const paths: Path[] = []
  const visit = (node: FieldTree, path: Path): void => {
    const names = Object.keys(node)
    if (path.length > 0 && (names.length === 0 || '.' in node)) paths.push(path)
    for (const name of names) if (name !== '.') visit(node[name] ?? {}, [...path, name])
  }
  visit(tree, [])
  return fieldSet(paths)
}

/** A path as error messages write it: `.spec.containers[name="web"].image`. */
export function renderPath(path: Path): string {
  return path.map(renderElement).join('')
}

function renderElement(element: string): string {
  if (element.startsWith('f:')) return `.${element.slice(2)}`
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`
  const keys = Object.entries(JSON.parse(element.slice(2)) as Fields)
  return `[${keys.map(([field, value]) => `${field}=${JSON.stringify(value)}`).join(',')}]`
}
