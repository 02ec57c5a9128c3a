import * as v from 'valibot'
import type { Json } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'
import {
  profileBadValue,
  profileMissingKey,
  profileSecret,
  profileUnknownKey,
  profileVersion,
  profileWrongType,
} from '../problems/profile.ts'
import type { JsonMap, ParsedFile } from './document.ts'
import type { Path } from './faults.ts'
import { fault, renderPath, renderValue, suggest } from './faults.ts'
import { describeAt, keysAt, schemaAt, takes, wordsAt } from './schema-walk.ts'
import { findSecretText, findSecrets } from './secrets.ts'
import { prune, uptoList, valueAt } from './tree.ts'

/** What is wrong at a path, before it has a place. */
export interface Slip {
  readonly kind: Problem['code']
  readonly path: Path
  readonly at: 'key' | 'value'
  readonly detail: string
}

const kinds = {
  [profileBadValue.code]: profileBadValue,
  [profileMissingKey.code]: profileMissingKey,
  [profileUnknownKey.code]: profileUnknownKey,
  [profileVersion.code]: profileVersion,
  [profileWrongType.code]: profileWrongType,
}

/**
 * Checks a file against the schema and for secrets. Gives every fault with its place, and the tree without the
 * faulty parts, so that checks over several values can go on with what is left.
 */
export function checkFile(
  parsed: ParsedFile,
  schema: v.GenericSchema,
): { readonly tree: JsonMap; readonly faults: readonly Problem[] } {
  const secrets = secretFaults(parsed)
  const { tree } = parsed
  if (tree === undefined) return { tree: {}, faults: [...parsed.faults, ...secrets.faults] }
  const hidden = new Set(secrets.paths.map((path) => renderPath(path)))
  const slips = checkTree(tree, schema).filter(({ path }) => !hidden.has(renderPath(path)))
  const faults = slips.map(({ kind, path, at, detail }) =>
    fault(kinds[kind] ?? profileBadValue, parsed.locate(path, at), detail),
  )
  const bad = [...slips.map(({ path }) => path), ...secrets.paths].map(uptoList)
  return { tree: prune(tree, bad) as JsonMap, faults: [...parsed.faults, ...secrets.faults, ...faults] }
}

/** A secret is named by its path and never shown, whether YAML could read the file or not. */
function secretFaults(parsed: ParsedFile): { faults: readonly Problem[]; paths: readonly Path[] } {
  const found = parsed.tree === undefined ? [] : findSecrets(parsed.tree)
  const inValues = found.map(({ path, what, isKey }) => {
    const where = isKey ? `A key below ${renderPath(path.slice(0, -1)) || 'the top'}` : renderPath(path)
    return fault(profileSecret, parsed.locate(path, isKey ? 'key' : 'value'), `${where} holds ${what}.`)
  })
  // A block of several lines is one secret, wherever in it the pattern matched.
  const lines = new Set(
    found.flatMap(({ path, isKey }) => {
      const { line = 0 } = parsed.locate(path, isKey ? 'key' : 'value')
      const value = isKey ? '' : valueAt(parsed.tree ?? {}, path)
      return (typeof value === 'string' ? value : '').split('\n').map((_, index) => line + index)
    }),
  )
  const inText = findSecretText(parsed.text)
    .map(({ offset, what }) => ({ place: parsed.placeAt(offset), what }))
    .filter(({ place: { line = 0 } }) => !lines.has(line))
    .map(({ place, what }) => fault(profileSecret, place, `The line holds ${what}.`))
  return { faults: [...inValues, ...inText], paths: found.map(({ path }) => path) }
}

/** Every slip of a tree against a schema, in no particular order. */
export function checkTree(tree: Json, schema: v.GenericSchema): readonly Slip[] {
  const unseen = unseenByValibot(tree, schema)
  const isBelow = (path: Path) =>
    unseen.some((slip) => slip.path.every((step, index) => path[index] === step))
  const { issues } = v.safeParse(schema, tree)
  const slips = (issues ?? []).flatMap((issue) => slipsOf(issue, [], schema, tree))
  return [...unseen, ...slips.filter(({ path }) => !isBelow(path))]
}

/** Keys that valibot passes over in a map of free keys, so that what stands there would go unchecked. */
const unsafeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** valibot takes a list for a map with the keys 0, 1, …, and passes over some keys: both are looked for first. */
function unseenByValibot(tree: Json, schema: v.GenericSchema, path: Path = []): readonly Slip[] {
  if (Array.isArray(tree)) {
    if (takes(schema, path, 'map') && !takes(schema, path, 'list')) return [wrongType(schema, path, tree)]
    return tree.flatMap((item: Json, index) => unseenByValibot(item, schema, [...path, index]))
  }
  if (typeof tree !== 'object' || tree === null) return []
  const isFree = keysAt(schema, path).length === 0
  return Object.entries(tree).flatMap(([key, value]): readonly Slip[] => {
    const here = [...path, key]
    if (!isFree || !unsafeKeys.has(key)) return unseenByValibot(value, schema, here)
    const detail = `The key ${key} of ${renderPath(path)} is not allowed.`
    return [{ kind: profileBadValue.code, path: here, at: 'key', detail }]
  })
}

type Issue = v.BaseIssue<unknown>

const pathOf = (issue: Issue): Path => (issue.path ?? []).map((item) => item.key as string | number)

function slipsOf(issue: Issue, above: Path, schema: v.GenericSchema, tree: Json): readonly Slip[] {
  const path = [...above, ...pathOf(issue)]
  const item = issue.path?.at(-1)
  if (issue.kind !== 'schema') return [badValue(issue, path, schema)]
  if (issue.type === 'strict_object' && item?.origin === 'key') {
    return issue.expected === 'never'
      ? unknownKeys(path.slice(0, -1), schema, tree)
      : [missingKey(path, schema)]
  }
  if (issue.type === 'union') return unionSlips(issue, path, schema, tree)
  if (issue.type === 'literal' && (path[0] === 'apiVersion' || path[0] === 'kind')) {
    const detail = `${renderPath(path)} is ${renderValue(issue.input)}; it must be ${describeAt(schema, path) ?? issue.expected}.`
    return [{ kind: profileVersion.code, path, at: 'value', detail }]
  }
  const { type, input } = issue
  const isWord = (type === 'picklist' || type === 'literal') && typeof input === 'string'
  return [isWord ? wrongWord(path, input, schema) : wrongType(schema, path, input)]
}

/** The alternative whose faults lie deepest is the one that was meant. */
function unionSlips(issue: Issue, path: Path, schema: v.GenericSchema, tree: Json): readonly Slip[] {
  const inner = (issue.issues ?? []).filter(
    (each) => (each.path?.length ?? 0) > 0 || each.kind === 'validation',
  )
  const deepest = inner.flatMap((each) => slipsOf(each, path, schema, tree))
  return deepest.length > 0 ? deepest : [wrongType(schema, path, issue.input)]
}

/** valibot stops at the first unknown key of a map; all of them are wanted. */
function unknownKeys(parent: Path, schema: v.GenericSchema, tree: Json): readonly Slip[] {
  const known = keysAt(schema, parent)
  const map = valueAt(tree, parent)
  const keys = typeof map === 'object' && map !== null ? Object.keys(map) : []
  const where = parent.length === 0 ? 'a profile' : renderPath(parent)
  return keys
    .filter((key) => !known.includes(key))
    .map((key) => ({
      kind: profileUnknownKey.code,
      path: [...parent, key],
      at: 'key' as const,
      detail: `${JSON.stringify(key)} is not a key of ${where}.${suggest(key, known)}`,
    }))
}

function missingKey(path: Path, schema: v.GenericSchema): Slip {
  const parent = path.slice(0, -1)
  const what = describeAt(schema, path)
  const detail = `${renderPath(path)} is missing${what === undefined ? '' : `: ${what}`}.`
  return { kind: profileMissingKey.code, path: parent, at: 'key', detail }
}

function badValue(issue: Issue, path: Path, schema: v.GenericSchema): Slip {
  const at = issue.path?.at(-1)?.origin === 'key' ? 'key' : 'value'
  const must = issue.message === '' ? (describeAt(schema, path) ?? 'something else') : issue.message
  const subject =
    at === 'key'
      ? `The key ${JSON.stringify(path.at(-1))} of ${renderPath(path.slice(0, -1))} is not allowed; it`
      : typeof issue.input === 'object'
        ? renderPath(path)
        : `${renderPath(path)} is ${renderValue(issue.input)}; it`
  return { kind: profileBadValue.code, path, at, detail: `${subject} must be ${must}.` }
}

function wrongWord(path: Path, word: string, schema: v.GenericSchema): Slip {
  const words = wordsAt(schema, path)
  const detail = `${renderPath(path)} is ${renderValue(word)}, which is not known.${suggest(word, words)}`
  return { kind: profileBadValue.code, path, at: 'value', detail }
}

function wrongType(schema: v.GenericSchema, path: Path, value: unknown): Slip {
  const what = describeAt(schema, path) ?? 'of another type'
  const form = takes(schema, path, 'text')
    ? ''
    : takes(schema, path, 'list')
      ? 'a list: '
      : takes(schema, path, 'map')
        ? 'a map: '
        : ''
  const type = { number: ', a number', string: ', text' }[typeof value as string] ?? ''
  const is = value === null ? 'has no value' : `is ${renderValue(value)}${type}`
  const detail = `${renderPath(path)} ${is}; it must be ${form}${what}.${quoteHint(schema, path, value)}`
  return { kind: profileWrongType.code, path, at: 'value', detail }
}

/** YAML reads 1 and true as what they look like; the same in quotes may be what is wanted. */
function quoteHint(schema: v.GenericSchema, path: Path, value: unknown): string {
  const at = schemaAt(schema, path)
  const isBare = typeof value === 'number' || typeof value === 'boolean'
  return isBare && at !== undefined && v.safeParse(at, String(value)).success ? ' Put it in quotes.' : ''
}
