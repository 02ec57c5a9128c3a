import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import { Secret } from '../ports/secret.ts'
import { saveVersion } from './backup.ts'
import { leftTemps } from './leftovers.ts'
import type { LockOwner } from './lock.ts'
import { withLocks } from './lock.ts'
import { targetOf } from './target.ts'

export interface KubeconfigPlace {
  /** As the user names it; a symlink is followed, and stays one. */
  readonly path: string
  /** Where the last versions are kept; none are when undefined. */
  readonly backups?: string
  /** The caller has looked at the file without the lock and found that something is to change. */
  readonly looked?: boolean
  /**
   * For entries that must be there afterwards. kubectl works out its change before it takes the lock and can so take
   * ours back without knowing (facts sheet, 2.4): when another program was seen at the file, it is looked at again until
   * it is quiet. Not for what the next command may rightly change, such as `current-context`.
   */
  readonly insist?: boolean
  /** Only `current-context` changes: see `saveVersion`. */
  readonly moves?: boolean
  /** The context it is about, for the advice when the file cannot be written. */
  readonly context?: string
}

export type EditText = (text: string) => string | Secret | Promise<string | Secret>

/**
 * Changes one kubeconfig file so that nobody loses anything: under client-go's lock, which kubectl takes too;
 * read inside the lock, so that a change another program made a moment ago is kept; the old version saved; the
 * new one put in its place whole. When `edit` returns the text it was given, nothing is written, and where that can be
 * seen without the lock, none is taken, as kubectl does it.
 * @param edit what the text becomes; a Secret when it holds a key. It is given '' for a missing file, and may
 *   throw to leave the file as it is. It may be called again, with another text.
 * @param owner this process, by which a lock that a killed devk8s left is known.
 * @returns whether the file was written.
 * @throws DevK8sError DK4031 when the file is not UTF-8, DK4032 when the lock stays taken, DK4040 when file or folder are
 *   read-only, DK6001-DK6003 when the file system refuses; the signal's reason when aborted. The lock is released in
 *   every case.
 */
export async function changeKubeconfig(
  files: Files,
  clock: Clock,
  place: KubeconfigPlace,
  edit: EditText,
  signal: AbortSignal,
  owner?: LockOwner,
): Promise<boolean> {
  const target = await targetOf(files, place.path)
  const look = place.looked === true ? undefined : await lookAt(files, clock, place.path, target, edit)
  if (look?.settled === true) return false
  if (look?.text === undefined) await makeFolderOf(files, place, target)
  const ports: Files = {
    ...files,
    createExclusive: (path, content) => refusable(place, () => files.createExclusive(path, content)),
  }
  let contended = false
  const locked = async (held: { readonly contended: boolean }) => {
    const before = await files.readText(target)
    const isAsSeen = look !== undefined && look.after !== undefined && look.text === before
    contended = held.contended || (look !== undefined && look.text !== before)
    const after = isAsSeen && look.after !== undefined ? look.after : await applied(edit, before)
    if (isText(after, before ?? '')) return false
    signal.throwIfAborted()
    await replace(files, clock, place, target, { before, after }, owner)
    return true
  }
  const written = await withLocks(ports, clock, [place.path, target], signal, locked, owner)
  if (!contended || place.insist !== true) return written
  const { insist } = await import('./insist.ts')
  const isAsWanted = async () => {
    const text = await files.readText(target)
    return isText(await applied(edit, text), text ?? '')
  }
  const again = () => withLocks(ports, clock, [place.path, target], signal, locked, owner)
  return (await insist(files, clock, target, { isAsWanted, again }, signal)) || written
}

interface Look {
  readonly text: string | undefined
  /** What `edit` makes of it; undefined when it refused, which counts only under the lock. */
  readonly after: Secret | undefined
  /** Nothing is to change, and nobody was writing meanwhile. */
  readonly settled: boolean
}

/** A program that writes in place may show half a file: what was changed within this time is read under the lock. */
const quietMs = 1000

async function lookAt(
  files: Files,
  clock: Clock,
  path: string,
  target: string,
  edit: EditText,
): Promise<Look> {
  const since = clock.now()
  const text = await files.readText(target)
  const after = await applied(edit, text).catch(() => undefined)
  if (after === undefined || !isText(after, text ?? '')) return { text, after, settled: false }
  if (text === undefined) return { text, after, settled: true }
  const locks = await Promise.all([...new Set([path, target])].map((each) => files.stat(`${each}.lock`)))
  const found = await files.stat(target)
  const isQuiet = found !== undefined && found.mtimeMs < since - quietMs
  return { text, after, settled: isQuiet && locks.every((lock) => lock === undefined) }
}

async function applied(edit: EditText, text: string | undefined): Promise<Secret> {
  const edited = await edit(text ?? '')
  return edited instanceof Secret ? edited : Secret.of(edited)
}

/** Under the lock: what killed writers left goes, the old version is kept, the new one takes its place. */
async function replace(
  files: Files,
  clock: Clock,
  place: KubeconfigPlace,
  target: string,
  { before, after }: { readonly before: string | undefined; readonly after: Secret },
  owner: LockOwner | undefined,
): Promise<void> {
  const found = await files.stat(target)
  const isReadOnly = found !== undefined && (found.mode & 0o222) === 0
  if (isReadOnly || before?.includes('\uFFFD') === true) {
    const { refuseText, refuseReadOnly } = await import('./write-refusal.ts')
    // A rename would go through; who took the right to write away wants the file as it is, and kubectl obeys that.
    if (isReadOnly) refuseReadOnly(place, `${target} is read-only`)
    refuseText(place)
  }
  for (const temp of await leftTemps(files, clock, target, owner)) await files.remove(temp)
  if (place.backups !== undefined) {
    await saveVersion(files, clock, place.backups, target, before ?? '', {
      sizeBytes: found?.sizeBytes ?? 0,
      ...(place.moves === undefined ? {} : { moves: place.moves }),
      ...(owner?.run === undefined ? {} : { run: owner.run }),
    })
  }
  // Overwriting in place can be cut short, so there must be a way back. It holds when devk8s is killed; a power cut may
  // cost both, since the version that is kept is not flushed either.
  const inPlace = before === undefined || before === '' || place.backups !== undefined
  await refusable(place, () => files.write(target, after, { mode: 0o600, inPlace }))
}

async function makeFolderOf(files: Files, place: KubeconfigPlace, target: string): Promise<void> {
  const folder = target.replace(/[/\\][^/\\]*$/, '') || '/'
  // kubectl would make it 0755; credentials will lie in it.
  if ((await files.stat(folder)) === undefined) await refusable(place, () => files.makeFolder(folder, 0o700))
}

/** Turns a refusal of the file system to write here into one that names the way round. */
async function refusable<T>(place: KubeconfigPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { refuseIfReadOnly } = await import('./write-refusal.ts')
    refuseIfReadOnly(place, error)
    throw error
  }
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
