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
  /** The run of devk8s that replaced it; versions of earlier devk8s do not say. */
  readonly run?: string
}

/** The change that replaces a version. */
export interface Replacement {
  /** The file's size, by which most versions are told apart without being read. */
  readonly sizeBytes: number
  /**
   * The change is a switch: a version that differs from the last one kept in `current-context` alone is not kept, so
   * that ten switches do not use up what `undo` is for.
   */
  readonly moves?: boolean
  /**
   * The run of devk8s that makes it. A run keeps what was there before its first change of the file and nothing between
   * its changes: `up` may make a dozen. The versions that it kept of several files belong together.
   */
  readonly run?: string
}

/**
 * Keeps a version of a kubeconfig file: `<folder>/<path with _>-<checksum of the path>.<ms since 1970>.<run>`, mode
 * 0600, the oldest beyond ten removed. One that equals the last one kept takes its place. It is not fsynced: a power cut
 * may cost the backup, never the file.
 * @param text '' for a file that is empty or not there yet.
 */
export async function saveVersion(
  files: Files,
  clock: Clock,
  folder: string,
  path: string,
  text: string,
  { sizeBytes, moves = false, run }: Replacement,
): Promise<void> {
  const names = await files.list(folder)
  if (names.length === 0) await files.makeFolder(folder, 0o700)
  const mine = versionsAmong(names, folder, path)
  if (run !== undefined && mine.some((version) => version.run === run)) return
  const last = mine.at(-1)
  let isKept = false
  if (last !== undefined) {
    const isAlike = moves || (await files.stat(last.path))?.sizeBytes === sizeBytes
    const kept = isAlike ? await files.readText(last.path) : undefined
    if (moves && kept !== undefined && withoutCurrent(kept) === withoutCurrent(text)) return
    isKept = kept === text
  }
  // Two changes in one millisecond are two versions, and a clock that was put back does not change their order.
  const now = Math.max(clock.now(), (last?.replacedAt ?? 0) + 1)
  const name = `${nameOf(path)}-${checksum(path)}.${Math.trunc(now)}${run === undefined ? '' : `.${run}`}`
  await files.write(`${folder}/${name}`, text, { mode: 0o600, durable: false })
  const others = isKept ? mine.slice(0, -1) : mine
  const old = others.slice(0, Math.max(0, others.length + 1 - keptVersions))
  for (const each of [...old, ...mine.slice(others.length)]) await files.remove(each.path)
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

const ending = /^(\d{13})(?:\.([a-z0-9-]+))?$/

/** Oldest first. Names without the checksum are of earlier versions of devk8s. */
function versionsAmong(names: readonly string[], folder: string, path: string): readonly KeptVersion[] {
  const starts = [`${nameOf(path)}-${checksum(path)}.`, `${nameOf(path)}.`]
  return names
    .flatMap((name) => {
      const start = starts.find((each) => name.startsWith(each) && ending.test(name.slice(each.length)))
      if (start === undefined) return []
      const [, at, run] = ending.exec(name.slice(start.length)) ?? []
      const version = { of: path, path: `${folder}/${name}`, replacedAt: Number(at) }
      return [run === undefined ? version : { ...version, run }]
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
