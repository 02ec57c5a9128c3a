import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'

/**
 * Whether the cluster or user that a context names may be missing from all files: a search for its name, as every
 * writer of kubeconfigs puts it, that costs next to nothing. Says yes too often rather than make a switch wait for
 * the parser; who gets a yes looks closer.
 */
export function mayDangle(
  files: readonly KubeconfigFile[],
  { name, cluster, user }: Pick<ContextInFile, 'name' | 'cluster' | 'user'>,
): boolean {
  if (cluster === undefined || user === undefined) return true
  return [cluster, user].some((wanted) => {
    // The context itself, the cluster and the user may all be called the same.
    const needed = [name, cluster, user].filter((each) => each === wanted).length
    return countNames(files, wanted, needed) < needed
  })
}

function countNames(files: readonly KubeconfigFile[], name: string, enough: number): number {
  let count = 0
  for (const form of [
    `name: ${name}`,
    `name: ${JSON.stringify(name)}`,
    `name: '${name}'`,
    `"name":${JSON.stringify(name)}`,
    `"name": ${JSON.stringify(name)}`,
  ]) {
    for (const { text = '' } of files) {
      for (
        let at = text.indexOf(form);
        at !== -1 && count < enough;
        at = text.indexOf(form, at + form.length)
      ) {
        if (/^[\s,}#]?$/.test(text.charAt(at + form.length))) count += 1
      }
    }
  }
  return count
}

/** What a context names and no file has, for sure: `cluster "x"`, `user "y"`. */
export async function danglingOf(files: readonly KubeconfigFile[], name: string): Promise<readonly string[]> {
  const { contextEntries } = await import('./list-entries.ts')
  const read = contextEntries(files)
  const found = 'problem' in read ? undefined : read.contexts.find((context) => context.name === name)
  if (found === undefined) return []
  return [
    ...(found.clusterEntry === undefined ? [`cluster "${found.cluster ?? ''}"`] : []),
    ...(found.userEntry === undefined ? [`user "${found.user ?? ''}"`] : []),
  ]
}
