import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'

/** How many versions of one file are kept. */
const keptVersions = 10

/** One version of a kubeconfig file that is kept. */
export interface KeptVersion {
  /** The kubeconfig file it is of; a symlink's target. */
  readonly of: string
  /** Where it is kept. */
  readonly path: string
  /** When the change came that replaced it; ms since 1970. */
  readonly replacedAt: number
}

/**
 * Keeps a version of a kubeconfig file: `<folder>/<path with _>-<checksum of the path>.<ms since 1970>`, mode 0600, the
 * oldest beyond ten removed. A version that equals the last one kept is not kept again. It is not fsynced: a power cut
 * may cost the backup, never the file.
 * @param sizeBytes the file's size, by which most versions are told apart without being read.
 * @param moves the change is a switch: a version that differs from the last one kept in `current-context` alone is not
 *   kept, so that ten switches do not use up what `undo` is for.
 */
export async function saveVersion(
  files: Files,
  clock: Clock,
  folder: string,
  path: string,
  text: string,
  sizeBytes: number,
  moves = false,
): Promise<void> {
  const names = await files.list(folder)
  if (names.length === 0) await files.makeFolder(folder, 0o700)
  const mine = versionsAmong(names, folder, path)
  const last = mine.at(-1)
  if (last !== undefined) {
    const isAlike = moves || (await files.stat(last.path))?.sizeBytes === sizeBytes
    const kept = isAlike ? await files.readText(last.path) : undefined
    if (kept === text || (moves && kept !== undefined && withoutCurrent(kept) === withoutCurrent(text)))
      return
  }
  // Two changes in one millisecond are two versions, and a clock that was put back does not change their order.
  const now = Math.max(clock.now(), (last?.replacedAt ?? 0) + 1)
  const name = `${nameOf(path)}-${checksum(path)}.${Math.trunc(now)}`
  await files.write(`${folder}/${name}`, text, { mode: 0o600, durable: false })
  for (const old of mine.slice(0, Math.max(0, mine.length + 1 - keptVersions))) await files.remove(old.path)
}

const withoutCurrent = (text: string) => text.replace(/^"?current-context"?:.*$/m, '')

/** The versions of these files that are kept, those replaced last first. Paths are those of the files themselves. */
export async function keptVersionsOf(
  files: Files,
  folder: string,
  paths: readonly string[],
): Promise<readonly KeptVersion[]> {
  const names = await files.list(folder)
  return paths
    .flatMap((path) => versionsAmong(names, folder, path))
    .toSorted((a, b) => b.replacedAt - a.replacedAt)
}

/** Oldest first. Names without the checksum are of earlier versions of devk8s. */
function versionsAmong(names: readonly string[], folder: string, path: string): readonly KeptVersion[] {
  const starts = [`${nameOf(path)}-${checksum(path)}.`, `${nameOf(path)}.`]
  return names
    .flatMap((name) => {
      const start = starts.find((each) => name.startsWith(each) && /^\d{13}$/.test(name.slice(each.length)))
      if (start === undefined) return []
      return [{ of: path, path: `${folder}/${name}`, replacedAt: Number(name.slice(start.length)) }]
    })
    .toSorted((a, b) => a.replacedAt - b.replacedAt)
}

/** The end of a long path says more than its start, and names may have 255 bytes. */
function nameOf(path: string): string {
  return path.replace(/[^A-Za-z0-9.-]+/g, '_').slice(-200)
}

/** FNV-1a, 32 bits: `a/b_c` and `a/b/c` have one name, and must not share their versions. */
function checksum(path: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < path.length; index += 1) {
    hash = Math.imul(hash ^ path.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
