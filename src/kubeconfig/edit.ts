import { kubeconfigUneditable } from '../problems/kubernetes.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { bodyKey, fieldsAfter, sections } from './changes.ts'
import type { Edit, Fields, Section } from './changes.ts'
import type { KubeconfigDocument } from './document.ts'
import { isEqual, readDocument } from './document.ts'
import {
  applySplices,
  currentSplices,
  putSplices,
  removeSplices,
  renameSplices,
  skeleton,
} from './splices.ts'

/**
 * Changes the entries named and nothing else: every other byte stays, with comments, order, anchors, unknown
 * fields, line endings, a byte order mark and later documents. The result is read again and compared with what
 * was intended; text that needs no change comes back as it is.
 * @param file the path, only named in problems.
 * @throws DevK8sError DK4030 when the text is no kubeconfig, DK4031 when only these entries cannot be changed.
 */
export function editKubeconfig(text: string, edits: readonly Edit[], file: string): string {
  const before = mustRead(text, file)
  refuseDuplicates(before, edits, file)
  if (isEqual(intended(before.value, edits), before.value)) return text
  let document = before
  for (const pass of passesOf(edits)) document = editOnce(document, pass, file)
  verify(before, document, edits, file)
  return document.bom + document.body
}

/** At most one edit of each section in a pass, so that no two change one place; the text is read between passes. */
function passesOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const passes: Edit[][] = []
  const used = new Map<string, number>()
  for (const edit of edits) {
    const place = edit.kind === 'current' ? edit.kind : edit.section
    const index = used.get(place) ?? 0
    used.set(place, index + 1)
    ;(passes[index] ??= []).push(edit)
  }
  return passes
}

function mustRead(text: string, file: string): KubeconfigDocument {
  const read = readDocument(text, file)
  if ('problem' in read) throw new DevK8sError(read.problem)
  return read.document
}

function editOnce(document: KubeconfigDocument, edits: readonly Edit[], file: string): KubeconfigDocument {
  const base =
    document.root === undefined || document.root.items.length === 0 ? startOf(document, file) : document
  const splices = edits.flatMap((edit) => {
    switch (edit.kind) {
      case 'put':
        return putSplices(base, edit)
      case 'remove':
        return removeSplices(base, edit)
      case 'rename':
        return renameSplices(base, edit)
      case 'current':
        return currentSplices(base, edit.context)
    }
  })
  return reread(base.bom + applySplices(base.body, splices), file)
}

/** A file without content gets kubectl's own frame first. */
function startOf(document: KubeconfigDocument, file: string): KubeconfigDocument {
  if (document.laterDocuments > 0) {
    unsafe(file, 'its first YAML document is empty and others follow')
  }
  return reread(document.bom + skeleton(document), file)
}

function reread(text: string, file: string): KubeconfigDocument {
  const read = readDocument(text, file)
  if ('problem' in read) unsafe(file, 'the change would have damaged it')
  return read.document
}

/** The first document's plain value after the edits: what the text has to say once it is changed. */
function intended(value: KubeconfigDocument['value'], edits: readonly Edit[]): Record<string, unknown> {
  const after: Record<string, unknown> = { ...value }
  for (const edit of edits) {
    if (edit.kind === 'current') {
      const now = after['current-context']
      // An absent, null and empty value all mean that there is none.
      if ((now ?? '') !== (edit.context ?? '')) after['current-context'] = edit.context ?? ''
      continue
    }
    const list = entriesOf(after, edit.section)
    const found = list.find((entry) => nameOf(entry) === edit.name)
    if (edit.kind === 'remove') {
      if (found !== undefined) after[edit.section] = list.filter((entry) => entry !== found)
      continue
    }
    if (edit.kind === 'rename') {
      after[edit.section] = list.map((entry) => (entry === found ? { ...entry, name: edit.to } : entry))
      continue
    }
    const key = bodyKey[edit.section]
    const fields = fieldsAfter(found?.[key] as Fields | undefined, edit)
    after[edit.section] =
      found === undefined
        ? [...list, { name: edit.name, [key]: fields }]
        : list.map((entry) => (entry === found ? { ...entry, [key]: fields } : entry))
  }
  return after
}

type Entry = Readonly<Record<string, unknown>>

function entriesOf(value: Readonly<Record<string, unknown>>, section: Section): readonly Entry[] {
  return (value[section] as readonly Entry[] | undefined | null) ?? []
}

function nameOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? (entry as Entry)['name'] : undefined
}

/** kubectl refuses a file with a name twice, and which of the two to change would be a guess. */
function refuseDuplicates(document: KubeconfigDocument, edits: readonly Edit[], file: string): void {
  for (const edit of edits) {
    if (edit.kind === 'current') continue
    const same = entriesOf(document.value, edit.section).filter((entry) => nameOf(entry) === edit.name)
    if (same.length > 1) unsafe(file, `"${edit.name}" is ${same.length} times in "${edit.section}"`)
  }
}

function verify(
  before: KubeconfigDocument,
  after: KubeconfigDocument,
  edits: readonly Edit[],
  file: string,
): void {
  const frame = before.root === undefined || before.root.items.length === 0 ? after.value : {}
  const wanted = normal({ ...pick(frame, ['apiVersion', 'kind']), ...intended(before.value, edits) })
  if (!isEqual(normal(after.value), wanted) || after.laterDocuments !== before.laterDocuments) {
    unsafe(file, 'the change would have reached entries that are not ours')
  }
}

function pick(value: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)))
}

/** An empty or null list and a missing one say the same, and so do an empty current-context and none. */
function normal(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value).filter(([key, inner]) => {
    if ((sections as readonly string[]).includes(key)) return Array.isArray(inner) && inner.length > 0
    return key !== 'current-context' || (inner !== null && inner !== '')
  })
  return Object.fromEntries(entries)
}

function unsafe(file: string, why: string): never {
  fail(kubeconfigUneditable, { detail: `${file}: ${why}. The file was not touched.`, place: { file } })
}
