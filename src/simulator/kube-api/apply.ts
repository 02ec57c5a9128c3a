import {
  type FieldSet,
  fieldSet,
  fieldsIn,
  pathKey,
  type Path,
  renderPath,
  setOf,
  treeOf,
  valueAt,
} from './field-set.ts'
import { mergeApplied, removeFields } from './merge.ts'
import { fieldsOf, type KubeObject, type ManagedFields, omit, sameJson, timestamp } from './object.ts'
import { ApiError } from './status.ts'

/** One manager's claim, as sets instead of trees. */
interface Claim {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly time: string
  readonly fields: FieldSet
}

export interface ApplyOptions {
  readonly manager: string
  readonly force: boolean
  readonly now: number
}

/**
 * Server-side apply: the live object (undefined when there is none) with a configuration applied by a manager.
 * @throws ApiError 409 with one cause for each field that another manager set to another value (recorded 1.33/034).
 */
export function applyObject(
  live: KubeObject | undefined,
  applied: KubeObject,
  options: ApplyOptions,
): KubeObject {
  const claims = live === undefined ? [] : claimsOf(live)
  const mine = fieldsIn(applied, false)
  const isMine = (claim: Claim): boolean => claim.operation === 'Apply' && claim.manager === options.manager
  const before = claims.find(isMine)
  const others = claims.filter((claim) => !isMine(claim))
  const conflicts = live === undefined ? [] : conflictsOf(live, applied, mine, others)
  if (conflicts.length > 0 && !options.force) throw conflictError(conflicts)

  const taken = fieldSet(conflicts.map((conflict) => conflict.path))
  const kept = others.map((claim) => ({ ...claim, fields: without(claim.fields, taken) }))
  const dropped = [...(before?.fields.values() ?? [])].filter(
    (path) => !mine.has(pathKey(path)) && !kept.some((claim) => ownsBelow(claim.fields, path)),
  )
  const merged = mergeApplied(live ?? {}, omit(applied, 'status'), applied.kind)
  const pruned = fieldsOf(removeFields(merged, fieldSet(dropped), applied.kind)) as KubeObject
  const claim: Claim = {
    manager: options.manager,
    operation: 'Apply',
    apiVersion: applied.apiVersion,
    time: timestamp(options.now),
    fields: mine,
  }
  return withClaims(pruned, [...kept, keepTime(before, claim)])
}

/** The object after a create or an update by a manager that does not apply: it owns what it changed. */
export function updateObject(
  live: KubeObject | undefined,
  next: KubeObject,
  manager: string,
  now: number,
): KubeObject {
  const old = live === undefined ? new Map<string, Path>() : fieldsIn(live, true)
  const fields = fieldsIn(next, true)
  const changed = [...fields.values()].filter(
    (path) => !old.has(pathKey(path)) || !sameLeaf(live, next, path, next.kind),
  )
  const claims = live === undefined ? [] : claimsOf(live)
  const isMine = (claim: Claim): boolean => claim.operation === 'Update' && claim.manager === manager
  const before = claims.find(isMine)
  const others = claims
    .filter((claim) => !isMine(claim))
    .map((claim) => ({ ...claim, fields: without(claim.fields, fieldSet(changed)) }))
  const mine = fieldSet([...(before?.fields.values() ?? []), ...changed])
  const claim: Claim = {
    manager,
    operation: 'Update',
    apiVersion: next.apiVersion,
    time: timestamp(now),
    fields: mine,
  }
  const alive = [...others, keepTime(before, claim)].map((each) => ({
    ...each,
    fields: fieldSet(
      [...each.fields.values()].filter((path) => valueAt(next, path, next.kind) !== undefined),
    ),
  }))
  return withClaims(next, alive)
}

function sameLeaf(live: KubeObject | undefined, next: KubeObject, path: Path, kind: string): boolean {
  const [a, b] = [valueAt(live, path, kind), valueAt(next, path, kind)]
  // Below a map or a list item the leaves are compared one by one.
  return isBranch(path) || sameJson(a, b)
}

function isBranch(path: Path): boolean {
  return path.at(-1)?.startsWith('k:') === true
}

/** Nothing of the claim changed: it keeps its time, so that applying twice changes nothing. */
function keepTime(before: Claim | undefined, claim: Claim): Claim {
  const same = before !== undefined && sameKeys(before.fields, claim.fields)
  return same ? { ...claim, time: before.time } : claim
}

function sameKeys(a: FieldSet, b: FieldSet): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key))
}

function without(set: FieldSet, taken: FieldSet): FieldSet {
  return new Map([...set].filter(([key]) => !taken.has(key)))
}

function ownsBelow(set: FieldSet, path: Path): boolean {
  const key = pathKey(path)
  return [...set.keys()].some((owned) => owned === key || owned.startsWith(`${key}\n`))
}

interface Conflict {
  readonly claim: Claim
  readonly path: Path
}

function conflictsOf(
  live: KubeObject,
  applied: KubeObject,
  mine: FieldSet,
  others: readonly Claim[],
): readonly Conflict[] {
  return others.flatMap((claim) =>
    [...mine.values()]
      .filter((path) => claim.fields.has(pathKey(path)) && !isBranch(path))
      .filter((path) => !sameJson(valueAt(live, path, live.kind), valueAt(applied, path, live.kind)))
      .map((path) => ({ claim, path })),
  )
}

// kubernetes: apimachinery/pkg/util/managedfields/internal/conflict.go
function conflictError(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.map(({ claim, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${renderManager(claim)}`,
    field: renderPath(path),
  }))
  return new ApiError(409, 'Conflict', conflictText(conflicts), { causes })
}

function conflictText(conflicts: readonly Conflict[]): string {
  const [first, second] = conflicts
  if (first !== undefined && second === undefined) {
    return `Apply failed with 1 conflict: conflict with ${renderManager(first.claim)}: ${renderPath(first.path)}`
  }
  const managers = [...new Set(conflicts.map(({ claim }) => renderManager(claim)))].toSorted()
  const parts = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts
      .filter(({ claim }) => renderManager(claim) === manager)
      .map(({ path }) => `- ${renderPath(path)}`),
  ])
  return `Apply failed with ${conflicts.length} conflicts: ${parts.join('\n')}`
}

function renderManager(claim: Claim): string {
  const name = JSON.stringify(claim.manager)
  return claim.operation === 'Apply' ? name : `${name} using ${claim.apiVersion} at ${claim.time}`
}

function claimsOf(live: KubeObject): readonly Claim[] {
  const entries = live.metadata.managedFields
  if (entries === undefined || entries.length === 0) return unmanagedClaims(live)
  return entries.map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    time: entry.time ?? '',
    fields: setOf(entry.fieldsV1),
  }))
}

/** What was there before the first manager belongs to `before-first-apply` (recorded 1.33/078). */
function unmanagedClaims(live: KubeObject): readonly Claim[] {
  const fields = fieldsIn(live, true)
  if (fields.size === 0) return []
  const time = live.metadata.creationTimestamp ?? ''
  return [{ manager: 'before-first-apply', operation: 'Update', apiVersion: live.apiVersion, time, fields }]
}

/** Writes the claims into the object; Apply before Update, then by time (recorded 1.33/030). */
function withClaims(object: KubeObject, claims: readonly Claim[]): KubeObject {
  const order = (claim: Claim): string => `${claim.operation} ${claim.time} ${claim.manager}`
  const managedFields: readonly ManagedFields[] = claims
    .filter((claim) => claim.fields.size > 0)
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((claim) => ({
      manager: claim.manager,
      operation: claim.operation,
      apiVersion: claim.apiVersion,
      time: claim.time,
      fieldsType: 'FieldsV1',
      fieldsV1: treeOf(claim.fields),
    }))
  const metadata = omit(object.metadata, 'managedFields') as KubeObject['metadata']
  return { ...object, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } }
}
