import type { Problem } from '../problems/problem.ts'
import type { Section } from './changes.ts'
import { bodyKey, sections } from './changes.ts'
import { readDocument } from './document.ts'
import type { NamedEntry } from './entries.ts'
import { namedEntry } from './entries.ts'

/** What a kubeconfig file says, as far as kubectl would read it. */
export type Kubeconfig = { readonly [S in Section]: readonly NamedEntry[] } & {
  /** Undefined when unset or empty. */
  readonly currentContext: string | undefined
}

/**
 * Reads kubeconfig text; a file without content is an empty config.
 * @param file the path, only named in the problem.
 */
export function parseKubeconfig(
  text: string,
  file: string,
): { readonly config: Kubeconfig } | { readonly problem: Problem } {
  const read = readDocument(text, file)
  if ('problem' in read) return read
  const { value } = read.document
  const current = value['current-context']
  const [clusters, users, contexts] = sections.map((section) => entries(value[section], bodyKey[section]))
  return {
    config: {
      clusters: clusters ?? [],
      users: users ?? [],
      contexts: contexts ?? [],
      currentContext: typeof current === 'string' && current !== '' ? current : undefined,
    },
  }
}

function entries(list: unknown, key: string): readonly NamedEntry[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown) => namedEntry(item, key) ?? [])
}
