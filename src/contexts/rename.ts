import type { Edit } from '../kubeconfig/changes.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import type { Problem } from '../problems/problem.ts'
import { DevK8sError } from '../problems/problem.ts'
import { contextNames } from './remove.ts'

export interface Renaming {
  readonly from: string
  readonly to: string
  /** The files whose entry gets the new name; others that have it too were hidden behind it, and stay. */
  readonly files: readonly string[]
}

/**
 * Where a context is to be renamed: in the first of the person's files that has it, as kubectl does, and in the file
 * that binds this shell, which repeats the entry.
 * @param bound the path of that file; undefined in a shell that is not bound.
 */
export function renaming(
  files: readonly KubeconfigFile[],
  { from, to }: Pick<Renaming, 'from' | 'to'>,
  bound: string | undefined,
): Renaming | { readonly problem: Problem } {
  const parsed = parseAll(files)
  if ('problem' in parsed) return parsed
  const holders = parsed.filter(({ config }) => contextNames(config).includes(from)).map(({ path }) => path)
  const own = holders.find((path) => path !== bound)
  return { from, to, files: holders.filter((path) => path === own || path === bound) }
}

/**
 * A file with the context renamed: its entry keeps its place, and `current-context` follows in each file that names it.
 * An entry of the new name that is in the way goes first; whether it may is the caller's affair.
 * @throws DevK8sError as `editKubeconfig` does.
 */
export function renamedText({ path, text = '' }: KubeconfigFile, { from, to, files }: Renaming): string {
  const parsed = parseAll([{ path, text }])
  if ('problem' in parsed) throw new DevK8sError(parsed.problem)
  const [file] = parsed
  if (file === undefined) return text
  const moves = files.includes(path) && contextNames(file.config).includes(from)
  const edits: readonly Edit[] = [
    ...(contextNames(file.config).includes(to)
      ? [{ kind: 'remove', section: 'contexts', name: to } as const]
      : []),
    ...(moves ? [{ kind: 'rename', section: 'contexts', name: from, to } as const] : []),
    ...(file.config.currentContext === from ? [{ kind: 'current', context: to } as const] : []),
  ]
  return edits.length === 0 ? text : editKubeconfig(text, edits, path)
}
