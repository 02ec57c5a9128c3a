import type { NamedEntry } from '../kubeconfig/entries.ts'
import type { Section } from '../kubeconfig/changes.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import type { Parsed } from '../kubeconfig/local-context.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { scanEntries } from '../kubeconfig/scan.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import type { Problem } from '../problems/problem.ts'

/** An entry with the file that it was found in. */
export interface FoundEntry extends NamedEntry {
  readonly file: string
}

/** A context with all that stands behind it, over all files. */
export interface ContextEntries extends ContextInFile {
  readonly isCurrent: boolean
  readonly contextEntry: FoundEntry
  /** Undefined when no file has the entry that the context names. */
  readonly clusterEntry?: FoundEntry
  readonly userEntry?: FoundEntry
}

/**
 * All contexts of these files with their clusters and users, by kubectl's rules: the first file that has a name wins,
 * for each entry on its own (facts sheet, 2.1). In the order of the files.
 */
export function contextEntries(
  files: readonly KubeconfigFile[],
): { readonly contexts: readonly ContextEntries[] } | { readonly problem: Problem } {
  const parsed: Parsed[] = []
  for (const file of files) {
    const { path, text = '' } = file
    const config = scanEntries(text)
    // What the scanner is not sure of is the parser's, which is thorough and slow.
    const read = config === undefined ? parseAll([file]) : [{ path, exists: true, config }]
    if ('problem' in read) return read
    parsed.push(...read)
  }
  const current = parsed.map(({ config }) => config.currentContext).find((name) => name !== undefined)
  const indexes = { clusters: indexOf(parsed, 'clusters'), users: indexOf(parsed, 'users') }
  const contexts = [...indexOf(parsed, 'contexts').values()].map((entry): ContextEntries => {
    const cluster = textOf(entry.fields['cluster'])
    const user = textOf(entry.fields['user'])
    const namespace = textOf(entry.fields['namespace'])
    const clusterEntry = indexes.clusters.get(cluster ?? '')
    const userEntry = indexes.users.get(user ?? '')
    return {
      name: entry.name,
      file: entry.file,
      isCurrent: entry.name === current,
      contextEntry: entry,
      ...(cluster === undefined ? {} : { cluster }),
      ...(user === undefined ? {} : { user }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(entry.marker === undefined ? {} : { marker: entry.marker }),
      ...(clusterEntry === undefined ? {} : { clusterEntry }),
      ...(userEntry === undefined ? {} : { userEntry }),
    }
  })
  return { contexts }
}

function indexOf(parsed: readonly Parsed[], section: Section): ReadonlyMap<string, FoundEntry> {
  const index = new Map<string, FoundEntry>()
  for (const { path, config } of parsed) {
    for (const entry of config[section]) {
      if (!index.has(entry.name)) index.set(entry.name, { ...entry, file: path })
    }
  }
  return index
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
