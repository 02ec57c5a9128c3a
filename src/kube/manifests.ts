import { LineCounter, isMap, isNode, parseAllDocuments } from 'yaml'
import type { Document, Tags } from 'yaml'
import { manifestUnusable } from '../problems/kubernetes.ts'
import type { Problem } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import type { KubeObject } from './object.ts'

export type ParsedManifests =
  | { readonly objects: readonly KubeObject[] }
  | { readonly problems: readonly [Problem, ...Problem[]] }

/**
 * The objects of a manifest file: several YAML documents, JSON, and List kinds, which are flattened. Empty
 * documents are skipped, as kubectl does. All faults of the file come at once, each with its line.
 * @param path only named in problems.
 */
export function parseManifests(text: string, path: string): ParsedManifests {
  const lines = new LineCounter()
  // YAML 1.1 is what kubectl reads: an unquoted `yes` is a boolean there and must fail here as it does there.
  const parsed = parseAllDocuments(text, { lineCounter: lines, version: '1.1', merge: true, customTags })
  const objects: KubeObject[] = []
  const problems: Problem[] = []
  const report = (what: string, offset: number) => {
    const { line, col } = lines.linePos(offset)
    problems.push(
      problem(manifestUnusable, {
        detail: `${path}:${line}:${col}: ${what}.`,
        place: { file: path, line, column: col },
      }),
    )
  }
  for (const document of 'empty' in parsed ? [] : (parsed as Document.Parsed[])) {
    const [error] = document.errors
    if (error !== undefined) report(sentence(error.message), error.pos[0])
    else collect(document, objects, report)
  }
  const [first, ...others] = problems
  return first === undefined ? { objects } : { problems: [first, ...others] }
}

/** What kubectl's own YAML reader takes for a string all the same: dates, and numbers to the base 60 (`22:22`). */
function customTags(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      (tag.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in tag && tag.format === 'TIME')),
  )
}

type Report = (what: string, offset: number) => void

function collect(document: Document.Parsed, objects: KubeObject[], report: Report): void {
  const at = document.contents?.range[0] ?? document.range[0]
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    report(error instanceof Error ? error.message : 'cannot be read', at)
    return
  }
  if (value === null || value === undefined) return
  if (
    isRecord(value) &&
    typeof value['kind'] === 'string' &&
    value['kind'].endsWith('List') &&
    Array.isArray(value['items'])
  ) {
    const items = isMap(document.contents) ? document.contents.get('items', true) : undefined
    value['items'].forEach((item: unknown, index) => {
      const node: unknown = isNode(items) && 'items' in items ? (items.items as unknown[])[index] : undefined
      take(item, objects, report, isNode(node) ? (node.range?.[0] ?? at) : at)
    })
    return
  }
  take(value, objects, report, at)
}

function take(value: unknown, objects: KubeObject[], report: Report, at: number): void {
  const fault = faultOf(value)
  if (fault === undefined) objects.push(value as KubeObject)
  else report(fault, at)
}

function faultOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'a manifest is a mapping with apiVersion, kind and metadata'
  if (typeof value['apiVersion'] !== 'string') return 'apiVersion is missing or not a string'
  if (typeof value['kind'] !== 'string') return 'kind is missing or not a string'
  const metadata = value['metadata']
  if (!isRecord(metadata)) return `${value['kind']}: metadata is missing`
  if (typeof metadata['name'] !== 'string' || metadata['name'] === '') {
    // Server-side apply needs to know which object it is about.
    return metadata['generateName'] === undefined
      ? `${value['kind']}: metadata.name is missing or not a string`
      : `${value['kind']}: metadata.generateName cannot be applied; give it a name`
  }
  for (const part of ['labels', 'annotations'] as const) {
    const pairs = metadata[part]
    if (pairs === undefined || pairs === null) continue
    const odd = isRecord(pairs)
      ? Object.entries(pairs).find(([, inner]) => typeof inner !== 'string')
      : undefined
    if (!isRecord(pairs)) return `${value['kind']} ${metadata['name']}: metadata.${part} is not a mapping`
    if (odd !== undefined)
      return `${value['kind']} ${metadata['name']}: metadata.${part}.${odd[0]} is not a string; quote it`
  }
  return undefined
}

function sentence(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
