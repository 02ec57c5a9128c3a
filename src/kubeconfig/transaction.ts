import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import { Secret } from '../ports/secret.ts'
import { saveVersion } from './backup.ts'
import type { LockOwner } from './lock.ts'
import { withLocks } from './lock.ts'

export interface KubeconfigPlace {
  /** As the user names it; a symlink is followed, and stays one. */
  readonly path: string
  /** Where the last versions are kept; none are when undefined. */
  readonly backups?: string
}

/**
 * Changes one kubeconfig file so that nobody loses anything: under client-go's lock, which kubectl takes too;
 * read inside the lock, so that a change another program made a moment ago is kept; the old version saved; the
 * new one put in its place whole. When `edit` returns the text it was given, nothing is written.
 * @param edit what the text becomes; a Secret when it holds a key. It is given '' for a missing file, and may
 *   throw to leave the file as it is.
 * @param owner this process, by which a lock that a killed devk8s left is known.
 * @returns whether the file was written.
 * @throws DevK8sError DK4032 when the lock stays taken, DK6001-DK6003 when the file system refuses; the signal's
 *   reason when aborted. The lock is released in every case.
 */
export async function changeKubeconfig(
  files: Files,
  clock: Clock,
  place: KubeconfigPlace,
  edit: (text: string) => string | Secret,
  signal: AbortSignal,
  owner?: LockOwner,
): Promise<boolean> {
  const target = (await files.realPath(place.path)) ?? place.path
  const folder = folderOf(target)
  // kubectl would make it 0755; credentials will lie in it.
  if ((await files.stat(folder)) === undefined) await files.makeFolder(folder, 0o700)
  const locked = async () => {
    const before = await files.readText(target)
    const edited = edit(before ?? '')
    const after = edited instanceof Secret ? edited : Secret.of(edited)
    if (isText(after, before ?? '')) return false
    signal.throwIfAborted()
    if (before !== undefined && before !== '' && place.backups !== undefined) {
      await saveVersion(files, clock, place.backups, target, before)
    }
    await files.write(target, after, { mode: 0o600 })
    return true
  }
  return withLocks(files, clock, [place.path, target], signal, locked, owner)
}

/** Whether a secret is exactly this text. */
export function isText(secret: Secret, text: string): boolean {
  let same = false
  secret.map((plain) => {
    same = plain === text
    return ''
  })
  return same
}

function folderOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/, '') || '/'
}
