import * as sync from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { FileStat, FileWriter, Files, HowToWrite } from '../ports/files.ts'
import { Secret } from '../ports/secret.ts'
import { errorCode, guarded, isAbsence, refuse } from './file-problems.ts'
import type { NextTemp } from './temp-names.ts'
import { tempNames } from './temp-names.ts'

/**
 * The machine's file system. Refusals come as DevK8sError DK6001-DK6003 that name the path. What is done with a single
 * small file is done by synchronous calls: in a process that has just started each takes 0.05 ms, and 0.3 ms and more
 * by way of the thread pool, which makes a third of all that `devk8s switch` takes. Nothing that may last, such as
 * downloads and the removal of folders, is done so.
 */
export function realFiles(): Files {
  const nextTemp = tempNames()
  return {
    readText: (path) => guarded('read', path, async () => orAbsent(() => sync.readFileSync(path, 'utf8'))),
    readStream,
    stat: (path) => guarded('look at', path, async () => asStat(orAbsent(() => sync.statSync(path)))),
    list: (path) =>
      guarded('list', path, async () => (orAbsent(() => sync.readdirSync(path)) ?? []).toSorted(byCodePoint)),
    write: (path, content, options) => guarded('write', path, () => write(path, content, nextTemp, options)),
    createExclusive: (path, content) =>
      guarded('create', path, async () => createExclusive(path, content, nextTemp)),
    append: (path, text) => guarded('write', path, () => fs.appendFile(path, text, { mode: 0o600 })),
    openWriter: (path, options) =>
      guarded('write', path, async () => writerOf(path, await fs.open(path, options.append ? 'a' : 'w'))),
    rename: (from, to) => guarded('replace', to, () => rename(from, to)),
    link: (path, target) => guarded('create', path, () => link(path, target)),
    readLink: (path) => guarded('look at', path, () => readLink(path)),
    syncFolder: (path) => guarded('write', path, async () => syncFolder(path)),
    async makeFolder(path, mode) {
      const options = mode === undefined ? { recursive: true } : { recursive: true, mode }
      await guarded('create', path, () => fs.mkdir(path, options))
    },
    chmod: (path, mode) => guarded('change', path, async () => sync.chmodSync(path, mode)),
    remove: (path) => guarded('remove', path, () => remove(path)),
    realPath: (path) => guarded('look at', path, async () => orAbsent(() => sync.realpathSync.native(path))),
    freeBytes: (path) => guarded('look at', path, async () => freeBytes(path)),
  }
}

function orAbsent<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

async function* readStream(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* sync.createReadStream(path) as AsyncIterable<Uint8Array>
  } catch (error) {
    refuse('read', path, error)
  }
}

function asStat(found: sync.Stats | undefined): FileStat | undefined {
  if (found === undefined) return undefined
  return {
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
    sizeBytes: found.size,
    mtimeMs: found.mtimeMs,
    mode: found.mode & 0o7777,
  }
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * An existing file keeps its mode and owner; `mode` is that of a new one. What a symlink points to is replaced,
 * not the link: people keep their kubeconfig in a dotfiles folder.
 */
async function write(
  path: string,
  content: string | Secret,
  nextTemp: NextTemp,
  { mode, durable = true, inPlace = false }: HowToWrite = {},
): Promise<void> {
  const target = linkTarget(path)
  const before = orAbsent(() => sync.statSync(target))
  const bytes = Buffer.from(content instanceof Secret ? Secret.reveal(content) : content)
  const temp = nextTemp(target)
  let isReplaceable = (before?.nlink ?? 1) <= 1
  // 0600 until it is complete: the content may be a secret and the final mode is set before the rename.
  const firstMode = before === undefined && mode === undefined ? 0o644 : 0o600
  const descriptor = sync.openSync(temp, 'wx', firstMode)
  try {
    try {
      sync.writeFileSync(descriptor, bytes)
      if (before !== undefined && !keepOwner(descriptor, before)) isReplaceable = false
      const finalMode = before === undefined ? mode : before.mode & 0o7777
      // A temp file that is only the way back stays closed to the writer's group.
      const isToStay = isReplaceable || !inPlace
      if (isToStay && finalMode !== undefined && finalMode !== firstMode)
        sync.fchmodSync(descriptor, finalMode)
      if (durable) sync.fsyncSync(descriptor)
    } finally {
      sync.closeSync(descriptor)
    }
    await putInPlace(temp, target, bytes, { inPlace, isReplaceable })
  } catch (error) {
    removeFile(temp)
    throw error
  }
  if (durable) syncFolder(dirname(target))
}

/** A rename cannot replace a file that is mounted by itself, as containers get single files, or lies on a mount. */
const pinnedCodes = new Set(['EBUSY', 'EXDEV'])

/**
 * Gives a complete temp file the name of its target.
 * @param how.inPlace whether the target may be overwritten in place.
 * @param how.isReplaceable whether a rename would take nothing from it: its other names would be left behind with the old
 *   content, and a file of somebody else would become the writer's.
 */
async function putInPlace(
  temp: string,
  target: string,
  bytes: Buffer,
  { inPlace, isReplaceable }: { readonly inPlace: boolean; readonly isReplaceable: boolean },
): Promise<void> {
  if (isReplaceable || !inPlace) {
    try {
      await rename(temp, target)
      return
    } catch (error) {
      if (!inPlace || !pinnedCodes.has(errorCode(error) ?? '')) throw error
    }
  }
  // Not cut first, so that a reader finds no empty file; the whole content is in the temp file until this is done.
  const descriptor = sync.openSync(target, 'r+')
  try {
    sync.writeFileSync(descriptor, bytes)
    sync.ftruncateSync(descriptor, bytes.length)
    sync.fsyncSync(descriptor)
  } finally {
    sync.closeSync(descriptor)
  }
  removeFile(temp)
}

/** Where a chain of symlinks ends, also when nothing is there yet. */
function linkTarget(path: string): string {
  const found = orAbsent(() => sync.realpathSync.native(path))
  if (found !== undefined) return found
  let target = path
  // 40 is Linux' own limit (MAXSYMLINKS); a longer chain is a loop and realpath above has said so.
  for (let step = 0; step < 40; step += 1) {
    const next = linkOf(target)
    if (next === undefined) return target
    target = resolve(dirname(target), next)
  }
  return target
}

/** What a symlink says; undefined when it is none. */
function linkOf(path: string): string | undefined {
  try {
    return sync.readlinkSync(path)
  } catch {
    return undefined
  }
}

/** @returns whether the new file belongs to whom the old one did: only root may give files away. */
function keepOwner(descriptor: number, before: { readonly uid: number; readonly gid: number }): boolean {
  const now = sync.fstatSync(descriptor)
  if (now.uid === before.uid && now.gid === before.gid) return true
  try {
    sync.fchownSync(descriptor, before.uid, before.gid)
    return true
  } catch {
    return false
  }
}

/** On Windows a virus scanner or another reader holds a file for moments; rename then fails with one of these. */
const heldCodes = new Set(['EPERM', 'EACCES', 'EBUSY'])

async function rename(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      sync.renameSync(from, to)
      return
    } catch (error) {
      const held = process.platform === 'win32' && heldCodes.has(errorCode(error) ?? '')
      if (!held || attempt === 10) throw error
      await wait(attempt * 20)
    }
  }
}

/**
 * A file that says whose it is must never be seen empty, also not by who comes after a kill: it is written beside its
 * place, and a hard link gives it its name, which fails where one is.
 */
function createExclusive(path: string, content: string, nextTemp: NextTemp): boolean {
  // What is there, also a link to nowhere, would be found by the link as well; this leaves no temp file.
  if (content === '' || sync.lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    return createPlainly(path, content)
  const temp = nextTemp(path)
  // Somebody else's by chance: theirs must not get our name, and the caller tries again under the next one.
  if (!createPlainly(temp, content)) return false
  try {
    sync.linkSync(temp, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    if (unlinkable.has(errorCode(error) ?? '')) return createPlainly(path, content)
    throw error
  } finally {
    removeFile(temp)
  }
}

async function link(path: string, target: string): Promise<boolean> {
  try {
    await fs.symlink(target, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

async function readLink(path: string): Promise<string | undefined> {
  try {
    return await fs.readlink(path)
  } catch (error) {
    // EINVAL: something is there, and it is no symlink; Windows says UNKNOWN.
    if (isAbsence(error) || errorCode(error) === 'EINVAL' || errorCode(error) === 'UNKNOWN') return undefined
    throw error
  }
}

/** File systems without hard links (exFAT, some network ones) answer with one of these. */
const unlinkable = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR'])

function createPlainly(path: string, content: string): boolean {
  let descriptor: number
  try {
    descriptor = sync.openSync(path, 'wx', 0o600)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    // No fsync: such files say who is at work, and after a power cut nobody is.
    sync.writeFileSync(descriptor, content)
  } catch (error) {
    // A file of ours without its content would look like somebody else's lock.
    removeFile(path)
    throw error
  } finally {
    sync.closeSync(descriptor)
  }
  return true
}

function removeFile(path: string): void {
  try {
    sync.unlinkSync(path)
  } catch (error) {
    if (!isAbsence(error)) throw error
  }
}

/** `rm` is for folders: its recursive form looks at everything first, and has to be loaded. */
async function remove(path: string): Promise<void> {
  try {
    sync.unlinkSync(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    await fs.rm(path, { recursive: true, force: true, maxRetries: 3 })
  }
}

function writerOf(path: string, handle: fs.FileHandle): FileWriter {
  return {
    write: (chunk) => guarded('write', path, () => handle.writeFile(chunk)),
    sync: () => guarded('write', path, () => handle.sync()),
    close: () => guarded('write', path, () => handle.close()),
  }
}

/** Network and FUSE file systems that cannot sync a folder answer with one of these; there is nothing to wait for. */
const unsyncable = new Set(['EINVAL', 'ENOTSUP', 'EBADF', 'EPERM', 'EISDIR'])

function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = sync.openSync(path, 'r')
  try {
    sync.fsyncSync(descriptor)
  } catch (error) {
    if (!unsyncable.has(errorCode(error) ?? '')) throw error
  } finally {
    sync.closeSync(descriptor)
  }
}

/** Of the nearest folder that exists: what will be created there will lie on that file system. */
function freeBytes(path: string): number {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const space = orAbsent(() => sync.statfsSync(folder))
    if (space !== undefined) return space.bavail * space.bsize
    if (folder === dirname(folder)) return 0
  }
}
