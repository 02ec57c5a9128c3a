import type { Document, Node, Pair, YAMLMap } from 'yaml'
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Json } from '../ports/event.ts'
import type { Place, Problem } from '../problems/problem.ts'
import { profileDuplicate, profileNotAProfile, profileSyntax } from '../problems/profile.ts'
import { fault } from './faults.ts'
import type { Path } from './faults.ts'

export type JsonMap = Readonly<Record<string, Json>>

/** A file read as YAML: what it says, and where it says it. */
export interface ParsedFile {
  readonly file: string
  readonly text: string
  /** Undefined when the file is not a map or cannot be read far enough. */
  readonly tree?: JsonMap
  readonly faults: readonly Problem[]
  /** Where the value at a path stands; `key`: where its key does. Falls back to the nearest place above. */
  locate(path: Path, at?: 'key' | 'value'): Place
  placeAt(offset: number): Place
}

/** Team files are a few kilobytes; a megabyte is another file by mistake. */
export const largestProfileBytes = 1024 * 1024

/** Enough for anchors used with sense, too few for a bomb of aliases. */
const mostAliases = 100

/**
 * Reads one YAML document. Never throws: everything wrong with the file as YAML is in `faults`, each with its
 * place; anchors and merge keys are followed, custom tags refused.
 */
export function parseProfileText(file: string, text: string): ParsedFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const locate = (path: Path, at: 'key' | 'value' = 'value'): Place => {
    const offset = offsetOf(document, path, at)
    return offset === undefined ? placeAt(document.contents?.range?.[0] ?? 0) : placeAt(offset)
  }
  const base = { file, text, locate, placeAt }
  if (/\0|\uFFFD/.test(text)) {
    const detail = 'The file is binary or not in UTF-8.'
    return { ...base, faults: [fault(profileNotAProfile, placeAt(text.search(/\0|\uFFFD/)), detail)] }
  }
  const faults = [...yamlFaults(document, placeAt), ...aliasFaults(document, placeAt)]
  if (faults.some(({ code }) => code !== profileDuplicate.code)) return { ...base, faults }
  if (!isMap(document.contents)) return { ...base, faults: [...faults, topFault(document, placeAt)] }
  const unnamed = keyFaults(document, placeAt)
  if (unnamed.length > 0) return { ...base, faults: [...faults, ...unnamed] }
  try {
    return { ...base, faults, tree: document.toJS({ maxAliasCount: mostAliases }) as JsonMap }
  } catch (error) {
    // yaml throws a ReferenceError, and only then, when the aliases exceed the limit.
    if (!(error instanceof ReferenceError)) throw error
    const detail = `Aliases (*name) are used more than ${mostAliases} times over; write the values out.`
    return { ...base, faults: [...faults, fault(profileSyntax, placeAt(0), detail)] }
  }
}

type PlaceAt = (offset: number) => Place

function yamlFaults(document: Document.Parsed, placeAt: PlaceAt): Problem[] {
  return [...document.errors, ...document.warnings].map((each) => {
    const place = placeAt(each.pos[0])
    switch (each.code) {
      case 'DUPLICATE_KEY':
        return fault(
          profileDuplicate,
          place,
          'The key is there twice in one map; the second would win in silence.',
        )
      case 'MULTIPLE_DOCS':
        return fault(profileNotAProfile, place, 'A second document begins here; a profile is one document.')
      case 'TAB_AS_INDENT':
        return fault(profileSyntax, place, 'There is a tab in the indentation; YAML takes spaces only.')
      case 'TAG_RESOLVE_FAILED':
        return fault(profileSyntax, place, 'Tags (!name) are not known in a profile; write the plain value.')
      default:
        return fault(profileSyntax, place, `${each.message.split('\n')[0]}.`)
    }
  })
}

function aliasFaults(document: Document.Parsed, placeAt: PlaceAt): readonly Problem[] {
  const faults: Problem[] = []
  visit(document, {
    Alias(_key, alias, ancestors) {
      const place = placeAt(alias.range?.[0] ?? 0)
      const target = alias.resolve(document)
      if (target === undefined) {
        faults.push(
          fault(profileSyntax, place, `*${alias.source} names an anchor that is not there above it.`),
        )
      } else if (ancestors.includes(target)) {
        faults.push(fault(profileSyntax, place, `*${alias.source} stands within the value it refers to.`))
      }
    },
  })
  return faults
}

function topFault(document: Document.Parsed, placeAt: PlaceAt): Problem {
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return fault(profileNotAProfile, placeAt(0), 'The file says nothing.')
  }
  const found = isSeq(contents) ? 'a list' : 'a single value'
  return fault(
    profileNotAProfile,
    placeAt(contents.range[0]),
    `The file holds ${found} at the top; a profile is a map.`,
  )
}

/** Keys must be plain text: a number, null, list or map as a key is a slip, never meant. */
function keyFaults(document: Document.Parsed, placeAt: PlaceAt): readonly Problem[] {
  const faults: Problem[] = []
  visit(document, {
    Pair(_key, pair) {
      if (isScalar(pair.key) && (typeof pair.key.value === 'string' || isMergeKey(pair))) return
      const offset = (pair.key as Node | null)?.range?.[0] ?? (pair.value as Node | null)?.range?.[0] ?? 0
      faults.push(fault(profileSyntax, placeAt(offset), 'A key must be text; quote it if it is meant.'))
    },
  })
  return faults
}

const isMergeKey = (pair: Pair): boolean =>
  isScalar(pair.key) && (pair.key.source === '<<' || pair.key.value === '<<')

function offsetOf(document: Document.Parsed, path: Path, at: 'key' | 'value'): number | undefined {
  let node: Node | null = document.contents
  let offset = node?.range?.[0]
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1
    const target: unknown = isAlias(node) ? node.resolve(document) : node
    if (isSeq(target) && typeof step === 'number') {
      node = (target.items[step] as Node | undefined) ?? null
    } else if (isMap(target)) {
      const pair = pairOf(document, target, String(step))
      if (pair === undefined) return offset
      node = pair.value as Node | null
      const key = (pair.key as Node | null)?.range?.[0]
      // An empty value has no place of its own worth showing: its key is where the eye must go.
      const isEmpty = node === null || (isScalar(node) && node.value === null && !node.source)
      if ((isLast && at === 'key') || isEmpty) return key ?? offset
    } else return offset
    offset = node?.range?.[0] ?? offset
  }
  return offset
}

/** The pair of a key, also where a merge key (`<<`) brings it in. */
function pairOf(document: Document.Parsed, map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.findLast(
    (pair) => isScalar(pair.key) && String(pair.key.value) === key && !isMergeKey(pair),
  )
  if (own !== undefined) return own
  for (const merge of map.items.filter(isMergeKey)) {
    const sources: readonly unknown[] = isSeq(merge.value) ? merge.value.items : [merge.value]
    for (const source of sources) {
      const target = isAlias(source) ? source.resolve(document) : source
      const found = isMap(target) ? pairOf(document, target, key) : undefined
      if (found !== undefined) return found
    }
  }
  return undefined
}
