import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import type { Files } from '../ports/files.ts'

/** The user's kubeconfig files, those that do not exist included. */
export function readKubeconfigs(files: Files, paths: readonly string[]): Promise<readonly KubeconfigFile[]> {
  return Promise.all(paths.map(async (path) => ({ path, text: await files.readText(path) })))
}

/** The same files with one text read again; a file that is still missing stays so. */
export function withText(
  files: readonly KubeconfigFile[],
  path: string,
  text: string,
): readonly KubeconfigFile[] {
  return files.map((file) =>
    file.path === path && (text !== '' || file.text !== undefined) ? { path, text } : file,
  )
}

export function backupsOf({ backups }: { readonly backups?: string }): { readonly backups?: string } {
  return backups === undefined ? {} : { backups }
}
