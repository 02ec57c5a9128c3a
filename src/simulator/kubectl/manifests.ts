import { parseDocument, type YAMLParseError } from 'yaml'
import { isFields, type KubeObject, listOf } from '../kube-api/object.ts'
import { Failure } from './client.ts'

/** Objects read before the first document that cannot be read, and that document's fault. */
export interface Manifests {
  readonly objects: readonly KubeObject[]
  /** kubectl's line, with its newline. */
  readonly fault?: string
}

/**
 * The objects of standard input: YAML documents or JSON, `List`s opened. A broken document stops there; those
 * before it count (recorded 1.33/045, 048).
 */
export function parseManifests(text: string): Manifests {
  const objects: KubeObject[] = []
  for (const document of text.split(/^---[^\S\n]*$/m)) {
    if (document.trim() === '') continue
    const parsed = parseDocument(document.replace(/^\n/, ''), { logLevel: 'silent' })
    if (parsed.errors.length > 0) return { objects, fault: brokenYaml(document, parsed.errors) }
    const value = parsed.toJS() as unknown
    if (!isFields(value)) continue
    if (value['kind'] === undefined) return { objects, fault: missingKind(value) }
    const items = value['kind'] === 'List' ? listOf(value['items']).filter(isFields) : [value]
    objects.push(...(items as unknown as KubeObject[]))
  }
  return { objects }
}

/**
 * Two of libyaml's complaints, as recorded: a key at a wrong depth counts from the line before it (1.33/045), an
 * unfinished value from its own line (1.33/048). The words of others are assumed to be the second's.
 */
function brokenYaml(document: string, errors: readonly YAMLParseError[]): string {
  const lines = document.trim().split('\n').length
  const [first] = errors
  const at = first?.linePos?.[0].line ?? 1
  // Past the last line, the fault is that the text ended; within it, that something stands at the wrong depth.
  const isUnfinished = at > lines
  const said = isUnfinished
    ? `${lines}: did not find expected node content`
    : `${Math.max(1, at - 1)}: did not find expected key`
  return `error: error parsing STDIN: error converting YAML to JSON: yaml: line ${said}\n`
}

function missingKind(value: unknown): string {
  return `error: unable to decode "STDIN": Object 'Kind' is missing in '${JSON.stringify(value)}'\n`
}

/** @throws Failure when nothing at all was given (recorded 1.33/050). */
export function expectManifests(manifests: Manifests, verb: string): Manifests {
  if (manifests.objects.length === 0 && manifests.fault === undefined) {
    throw new Failure(`error: no objects passed to ${verb}\n`)
  }
  return manifests
}
