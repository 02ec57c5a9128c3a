import type { Edit, Section } from '../kubeconfig/changes.ts'
import { sections } from '../kubeconfig/changes.ts'
import type { Kubeconfig } from '../kubeconfig/config.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { emptied } from '../kubeconfig/no-context.ts'
import type { Problem } from '../problems/problem.ts'
import { DevK8sError } from '../problems/problem.ts'

/** What goes, by the names of the entries; in whichever of the files they are. */
export type Going = { readonly [S in Section]: readonly string[] } & {
  /** `current-context` keeps naming a context that goes, so that the next file's does not come in force. */
  readonly keepsCurrent?: true
  /** The file that binds this shell, whose `current-context` must not become empty: see `noContext`. */
  readonly boundFile?: string
}

export type Removal = Going & {
  /** Each entry with its file, for people: what the removal is agreed to by. */
  readonly entries: readonly { readonly section: Section; readonly name: string; readonly file: string }[]
  /** Files whose `current-context` is emptied, with the name it has now. */
  readonly currents: readonly { readonly name: string; readonly file: string }[]
  /** Clusters and users that stay since these other contexts need them. */
  readonly kept: readonly {
    readonly section: Section
    readonly name: string
    readonly neededBy: readonly string[]
  }[]
}

export const contextNames = ({ contexts }: Pick<Kubeconfig, 'contexts'>): readonly string[] =>
  contexts.map(({ name }) => name)

const references = { clusters: 'cluster', users: 'user' } as const

/**
 * What removing these contexts takes along: their clusters and users, unless any other context of any file names them
 * (catalogue 23: kubie removes shared ones, kubectx leaves orphans).
 */
export function removalOf(
  files: readonly KubeconfigFile[],
  names: readonly string[],
): { readonly removal: Removal } | { readonly problem: Problem } {
  const parsed = parseAll(files)
  if ('problem' in parsed) return parsed
  const all = parsed.flatMap(({ config }) => config.contexts)
  const going = all.filter(({ name }) => names.includes(name))
  const staying = all.filter(({ name }) => !names.includes(name))
  const kept: Removal['kept'][number][] = []
  const orphans = (section: 'clusters' | 'users') => {
    const key = references[section]
    const named = new Set(going.map(({ fields }) => fields[key]).filter((name) => typeof name === 'string'))
    return [...named].filter((name) => {
      const neededBy = [
        ...new Set(staying.filter(({ fields }) => fields[key] === name).map((each) => each.name)),
      ]
      if (neededBy.length > 0) kept.push({ section, name, neededBy })
      return neededBy.length === 0
    })
  }
  const wanted = { contexts: names, clusters: orphans('clusters'), users: orphans('users') }
  return {
    removal: {
      ...wanted,
      kept,
      entries: parsed.flatMap(({ path: file, config }) =>
        (['contexts', 'clusters', 'users'] as const).flatMap((section) =>
          config[section]
            .filter(({ name }) => wanted[section].includes(name))
            .map(({ name }) => ({ section, name, file })),
        ),
      ),
      currents: parsed.flatMap(({ path: file, config: { currentContext: name } }) =>
        name !== undefined && names.includes(name) ? [{ name, file }] : [],
      ),
    },
  }
}

/**
 * A file without the entries that go. Clusters and users that another context has come to need meanwhile stay.
 * @param all the files as they are now.
 * @throws DevK8sError as `editKubeconfig` does.
 */
export function textWithout(
  { path, text = '' }: KubeconfigFile,
  all: readonly KubeconfigFile[],
  removal: Going,
): string {
  const now = parseAll(all)
  if ('problem' in now) throw new DevK8sError(now.problem)
  const file = now.find((each) => each.path === path)
  if (file === undefined) return text
  const others = now
    .flatMap(({ config }) => config.contexts)
    .filter(({ name }) => !removal.contexts.includes(name))
  const isNeeded = (section: Section, name: string) =>
    section !== 'contexts' && others.some(({ fields }) => fields[references[section]] === name)
  const edits: Edit[] = sections.flatMap((section) =>
    file.config[section]
      .filter(({ name }) => removal[section].includes(name) && !isNeeded(section, name))
      .map(({ name }): Edit => ({ kind: 'remove', section, name })),
  )
  const { currentContext } = file.config
  if (currentContext !== undefined && removal.contexts.includes(currentContext) && !removal.keepsCurrent) {
    edits.push({
      kind: 'current',
      context: emptied(
        path,
        now.map((each) => ({ path: each.path, current: each.config.currentContext })),
        removal.boundFile,
      ),
    })
  }
  return edits.length === 0 ? text : editKubeconfig(text, edits, path)
}
