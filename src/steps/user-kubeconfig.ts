import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import type { LockOwner } from '../kubeconfig/lock.ts'
import type { Files } from '../ports/files.ts'
import type { Host } from '../ports/host.ts'

/** The user's kubeconfig files, those that do not exist included. */
export function readKubeconfigs(files: Files, paths: readonly string[]): Promise<readonly KubeconfigFile[]> {
  return Promise.all(paths.map(async (path) => ({ path, text: await files.readText(path) })))
}

/** Who takes the locks of these files. */
export function ownerOf(host: Host): LockOwner | undefined {
  return host.self === undefined ? undefined : { ...host.self, isAlive: (pid) => host.isAlive(pid) }
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
