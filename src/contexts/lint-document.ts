import { isMap, isScalar, isSeq } from 'yaml'
import { bodyKey, sections } from '../kubeconfig/changes.ts'
import type { Section } from '../kubeconfig/changes.ts'
import type { KubeconfigDocument, Node } from '../kubeconfig/document.ts'
import { pairOf, readDocument } from '../kubeconfig/document.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import type { Marker } from '../kubeconfig/marker.ts'
import { markerOf } from '../kubeconfig/marker.ts'
import type { Problem } from '../problems/problem.ts'
import type { Finding } from './lint-finding.ts'

/** An entry with its line. Names that YAML 1.2 reads as numbers are taken as they are written. */
export interface LintEntry {
  readonly name: string
  readonly line: number
  readonly fields: Readonly<Record<string, unknown>>
  readonly marker?: Marker
  readonly node?: Node
}

/** A kubeconfig file that can be read. */
export interface LintFile {
  readonly path: string
  readonly document: KubeconfigDocument
  readonly entries: { readonly [S in Section]: readonly LintEntry[] }
  readonly current?: { readonly name: string; readonly line: number }
}

/** A scalar without quotes that kubectl takes for something else than text. */
interface Misread {
  readonly source: string
  readonly start: number
  readonly end: number
  /** What it is in the file, e.g. `the name of a context`. */
  readonly what: string
}

export function readForLint({
  path,
  text = '',
}: KubeconfigFile): { readonly file: LintFile } | { readonly problem: Problem } {
  const read = readDocument(text, path)
  if ('problem' in read) return read
  const { document } = read
  const [clusters, users, contexts] = sections.map((section) => entriesOf(document, section))
  const current = document.root === undefined ? undefined : pairOf(document.root, 'current-context')
  const name = current?.value ? textOfNode(current.value, document) : ''
  return {
    file: {
      path,
      document,
      entries: { clusters: clusters ?? [], users: users ?? [], contexts: contexts ?? [] },
      ...(current === undefined || name === ''
        ? {}
        : { current: { name, line: lineAt(document.body, current.key.range[0]) } }),
    },
  }
}

function entriesOf(document: KubeconfigDocument, section: Section): readonly LintEntry[] {
  const list = document.root === undefined ? undefined : pairOf(document.root, section)?.value
  const plains = document.value[section]
  if (!isSeq(list) || !Array.isArray(plains)) return []
  return (list.items as readonly Node[]).flatMap((item, index) => {
    const plain: unknown = plains[index]
    if (!isRecord(plain)) return []
    const body = plain[bodyKey[section]]
    const fields = isRecord(body) ? body : {}
    const marker = markerOf(fields)
    const named = isMap(item) ? pairOf(item, 'name')?.value : undefined
    const name = named ? textOfNode(named, document) : plain['name']
    return [
      {
        name: typeof name === 'string' ? name : '',
        line: lineAt(document.body, item.range[0]),
        fields,
        node: item,
        ...(marker === undefined ? {} : { marker }),
      },
    ]
  })
}

/** What a scalar says as text: a number or a boolean as it is written. */
function textOfNode(node: Node, { value }: KubeconfigDocument): string {
  if (!isScalar(node)) return typeof value['current-context'] === 'string' ? value['current-context'] : ''
  if (typeof node.value === 'string') return node.value
  return node.value === null ? '' : (node.source ?? '')
}

/** The line of an offset, from 1. */
export function lineAt(body: string, offset: number): number {
  let line = 1
  for (let at = body.indexOf('\n'); at !== -1 && at < offset; at = body.indexOf('\n', at + 1)) line += 1
  return line
}

/** What can be seen in the text alone: names that are there twice, misread scalars, further documents. */
export function textFindings(file: LintFile): readonly Finding[] {
  return [...duplicates(file), ...misreads(file), ...laterDocuments(file)]
}

function duplicates({ path, entries }: LintFile): readonly Finding[] {
  return sections.flatMap((section) =>
    entries[section].flatMap((entry, index) => {
      const first = entries[section].findIndex(({ name }) => name === entry.name)
      const earlier = entries[section][first]
      if (first === index || earlier === undefined) return []
      return [
        {
          rule: 'duplicate-name',
          severity: 'error' as const,
          file: path,
          line: entry.line,
          text: `${section.slice(0, -1)} "${entry.name}" is there already in line ${earlier.line}`,
          advice: 'kubectl refuses the whole file. Remove or rename one of the two.',
        },
      ]
    }),
  )
}

function misreads(file: LintFile): readonly Finding[] {
  return misreadScalars(file.document).map(({ source, start, what }) => ({
    rule: 'misread-name',
    severity: 'error',
    file: file.path,
    line: lineAt(file.document.body, start),
    text: `${what} is written as ${source} without quotes, which kubectl does not take for text`,
    advice: `kubectl refuses the whole file. Write "${source}".`,
    fix: { kind: 'text', path: file.path, does: `put quotes around ${source}` },
  }))
}

function laterDocuments({ path, document }: LintFile): readonly Finding[] {
  const second = document.documents[1]
  if (document.laterDocuments === 0 || second === undefined) return []
  return [
    {
      rule: 'later-document',
      severity: 'warning',
      file: path,
      line: lineAt(document.body, second.range[0]),
      text: 'a second YAML document follows',
      advice:
        'kubectl ignores it, and deletes it when it next writes the file. Put it into a file of its own.',
    },
  ]
}

/** YAML 1.1 as kubectl reads it: booleans, null, and numbers in all their forms (facts sheet, 2.5). */
const notText =
  /^(?:y|n|yes|no|on|off|true|false|null|~|[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|\d[\d_]*|(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:e[-+]?\d+)?|\.inf)|\.nan)$/i

/** The scalars that have to be text and are not, as kubectl reads them: names, and the words of exec plugins. */
export function misreadScalars({ root, json }: KubeconfigDocument): readonly Misread[] {
  if (root === undefined || json) return []
  const found: Misread[] = []
  const look = (node: unknown, what: string) => {
    if (!isScalar(node) || node.type !== 'PLAIN' || !node.range) return
    const source = node.source ?? ''
    if (source !== '' && notText.test(source)) {
      found.push({ source, start: node.range[0], end: node.range[1], what })
    }
  }
  look(pairOf(root, 'current-context')?.value, 'current-context')
  for (const section of sections) {
    const list = pairOf(root, section)?.value
    for (const item of isSeq(list) ? list.items : []) {
      if (!isMap(item)) continue
      const one = section.slice(0, -1)
      look(pairOf(item, 'name')?.value, `the name of a ${one}`)
      const body = pairOf(item, bodyKey[section])?.value
      if (!isMap(body)) continue
      for (const key of namesWithin[section]) look(pairOf(body, key)?.value, `the ${key} of a ${one}`)
      const exec = section === 'users' ? pairOf(body, 'exec')?.value : undefined
      const args = isMap(exec) ? pairOf(exec, 'args')?.value : undefined
      for (const arg of isSeq(args) ? args.items : []) look(arg, 'an argument of an exec plugin')
    }
  }
  return found
}

const namesWithin = {
  clusters: ['tls-server-name'],
  users: ['username', 'password', 'as'],
  contexts: ['cluster', 'user', 'namespace'],
} as const
