import type { Problem } from '../problems/problem.ts'
import type { KubeconfigFile } from './local-context.ts'
import type { Marker } from './marker.ts'
import { noContext } from './no-context.ts'
import type { Scan } from './scan.ts'
import { contextFields, scanKubeconfig } from './scan.ts'

/** One context, as kubectl finds it over several files: the first file that has the name wins. */
export interface ContextInFile {
  readonly name: string
  readonly file: string
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
  /** Set when devk8s wrote the context. */
  readonly marker?: Marker
}

/** What switching needs to know of the kubeconfig files. */
export interface KubeconfigView {
  /** In the order of the files. */
  readonly contexts: readonly ContextInFile[]
  /** The context in force: the first file that names one decides, also when it names `noContext`. */
  readonly current?: { readonly name: string; readonly file: string }
  /** Where kubectl writes `current-context` and new entries: the first file that exists, else the last of the list. */
  readonly defaultFile: string
  /** Every file that names a context in force, the one that decides first. Clearing one lets the next decide. */
  readonly namedIn?: readonly string[]
  /** What kubectl makes of the files although they can be read. */
  readonly warnings?: readonly ViewWarning[]
}

/** A file has two contexts of one name: kubectl refuses the whole file. The first of them is in the view. */
export interface ViewWarning {
  readonly kind: 'twice'
  readonly file: string
  readonly name: string
  /** Of each of them, from 1; empty when only the parser could read the file. */
  readonly lines: readonly number[]
}

interface FileView extends Pick<Scan, 'contexts' | 'spans'> {
  readonly current: string
}

/**
 * Reads what several files say together, by kubectl's rules (facts sheet, 2.1 and 2.2): of contexts and of
 * `current-context` the first file that has it wins, files that are missing say nothing, and one that cannot be read
 * fails the whole. By the line scanner where that is sure, else by the parser.
 */
export async function viewOf(
  files: readonly KubeconfigFile[],
): Promise<{ readonly view: KubeconfigView } | { readonly problem: Problem }> {
  const contexts = new Map<string, ContextInFile>()
  const named: { readonly name: string; readonly file: string }[] = []
  const warnings: ViewWarning[] = []
  for (const { path, text = '' } of distinct(files)) {
    const read = await fileView(text, path)
    if ('problem' in read) return read
    for (const context of read.contexts) {
      if (!contexts.has(context.name)) contexts.set(context.name, { ...context, file: path })
    }
    if (read.current !== '') named.push({ name: read.current, file: path })
    warnings.push(...duplicates(read, text, path))
  }
  const [first] = named
  const current = first?.name === noContext ? undefined : first
  return {
    view: {
      contexts: [...contexts.values()],
      ...(current === undefined ? {} : { current }),
      defaultFile: (files.find(({ text }) => text !== undefined) ?? files.at(-1))?.path ?? '',
      namedIn: named.map(({ file }) => file),
      ...(warnings.length === 0 ? {} : { warnings }),
    },
  }
}

/** The files in which `current-context` is to be cleared, so that none is in force (facts sheet, 2.2). */
export function filesToClear({ current, namedIn }: KubeconfigView): readonly string[] {
  return namedIn ?? (current === undefined ? [] : [current.file])
}

async function fileView(text: string, file: string): Promise<FileView | { readonly problem: Problem }> {
  const scan = scanKubeconfig(text)
  if (scan !== undefined) return { ...scan, current: scan.current?.value ?? '' }
  const { parseKubeconfig } = await import('./config.ts')
  const parsed = parseKubeconfig(text, file)
  if ('problem' in parsed) return parsed
  const { contexts, currentContext = '' } = parsed.config
  return { contexts: contexts.map(contextFields), spans: [], current: currentContext }
}

/** A file that is listed twice is read once, as kubectl does. */
function distinct(files: readonly KubeconfigFile[]): readonly KubeconfigFile[] {
  return [...new Map(files.toReversed().map((file) => [file.path, file])).values()].toReversed()
}

function duplicates({ contexts, spans }: FileView, text: string, file: string): readonly ViewWarning[] {
  const indexes = new Map<string, number[]>()
  for (const [index, { name }] of contexts.entries()) {
    const known = indexes.get(name)
    if (known === undefined) indexes.set(name, [index])
    else known.push(index)
  }
  return [...indexes]
    .filter(([, all]) => all.length > 1)
    .map(([name, all]) => {
      const lines = all
        .flatMap((index) => spans[index] ?? [])
        .map(({ at }) => text.slice(0, at).split('\n').length)
      return { kind: 'twice', file, name, lines }
    })
}
