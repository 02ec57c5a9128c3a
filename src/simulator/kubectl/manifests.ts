import { parseDocument, type YAMLParseError } from 'yaml'
import { isFields, type KubeObject, listOf } from '../kube-api/object.ts'
import { Failure } from './client.ts'

/** One object of standard input. */
export interface Manifest {
  readonly object: KubeObject
  /** It stood in a `List`: kubectl words some faults of those differently. */
  readonly isListed: boolean
}

/** Objects read before the first document that cannot be used, and that document's fault. */
export interface Manifests {
  readonly manifests: readonly Manifest[]
  /** Without `error: ` and newline. */
  readonly fault?: string
}

/**
 * The objects of standard input: YAML documents (1.1, as kubectl reads them: `y` is true) or JSON, `List`s
 * opened. A document that is broken, or not an object of Kubernetes, ends the reading; those before it count
 * (recorded 1.33/045, 048).
 */
export function parseManifests(text: string, isValidated: boolean): Manifests {
  const manifests: Manifest[] = []
  for (const document of text.split(/^---[^\S\n]*$/m)) {
    if (/^\s*(#.*\s*)*$/.test(document)) continue
    const parsed = parseDocument(document.replace(/^\n/, ''), { logLevel: 'silent', version: '1.1' })
    if (parsed.errors.length > 0) return { manifests, fault: brokenYaml(document, parsed.errors) }
    const value = parsed.toJS() as unknown
    const fault = isValidated ? shapeFault(value) : kindFault(value)
    if (fault !== undefined) return { manifests, fault }
    if (isFields(value)) manifests.push(...opened(value as unknown as KubeObject))
  }
  return { manifests }
}

function opened(object: KubeObject): readonly Manifest[] {
  if (object.kind !== 'List') return [{ object, isListed: false }]
  const items = listOf(object['items']).filter(isFields) as readonly unknown[] as readonly KubeObject[]
  return items.map((item) => ({ object: item, isListed: true }))
}

/**
 * Two of libyaml's complaints, as recorded: a key at a wrong depth counts from the line before it (1.33/045), an
 * unfinished value from its own line (1.33/048). The words of others are assumed to be the second's.
 */
function brokenYaml(document: string, errors: readonly YAMLParseError[]): string {
  const lines = document.trim().split('\n').length
  const at = errors[0]?.linePos?.[0].line ?? 1
  // Past the last line, the fault is that the text ended; within it, that something stands at the wrong depth.
  const said =
    at > lines
      ? `${lines}: did not find expected node content`
      : `${Math.max(1, at - 1)}: did not find expected key`
  return `error parsing STDIN: error converting YAML to JSON: yaml: line ${said}`
}

/** What kubectl's own validation asks of every object (kubernetes: kubectl/pkg/validation/schema.go). */
function shapeFault(value: unknown): string | undefined {
  if (!isFields(value)) return notValid('invalid object to validate')
  const items = value['kind'] === 'List' ? listOf(value['items']).filter(isFields) : [value]
  for (const item of items) {
    const unset = ['apiVersion', 'kind']
      .filter((field) => item[field] === undefined)
      .map((field) => `${field} not set`)
    if (unset.length > 0) return notValid(unset.length === 1 ? String(unset[0]) : `[${unset.join(', ')}]`)
  }
  return undefined
}

/** How `apply` words what its validation refuses (recorded 1.33/201). */
export function notValid(cause: string): string {
  return `error validating "STDIN": error validating data: ${cause}; if you choose to ignore these errors, turn validation off with --validate=false`
}

function kindFault(value: unknown): string | undefined {
  if (isFields(value) && value['kind'] !== undefined) return undefined
  return `unable to decode "STDIN": Object 'Kind' is missing in '${JSON.stringify(value)}'`
}

/** @throws Failure when nothing at all was given to apply (recorded 1.33/050). */
export function expectManifests(read: Manifests): Manifests {
  if (read.manifests.length > 0 || read.fault !== undefined) return read
  throw new Failure('error: no objects passed to apply\n')
}
