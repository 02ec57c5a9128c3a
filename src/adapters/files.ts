import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import * as fs from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { FileStat, FileWriter, Files } from '../ports/files.ts'
import { Secret } from '../ports/secret.ts'
import { errorCode, guarded, isAbsence, refuse } from './file-problems.ts'

/** The machine's file system. Refusals come as DevK8sError DK6001-DK6003 that name the path. */
export function realFiles(): Files {
  return {
    readText: (path) => guarded('read', path, () => orAbsent(fs.readFile(path, 'utf8'))),
    readStream,
    stat: (path) => guarded('look at', path, async () => asStat(await orAbsent(fs.stat(path)))),
    list: (path) =>
      guarded('list', path, async () => ((await orAbsent(fs.readdir(path))) ?? []).toSorted(byCodePoint)),
    write: (path, content, options) => guarded('write', path, () => write(path, content, options?.mode)),
    createExclusive: (path, content) => guarded('create', path, () => createExclusive(path, content)),
    append: (path, text) => guarded('write', path, () => fs.appendFile(path, text, { mode: 0o600 })),
    openWriter: (path, options) =>
      guarded('write', path, async () => writerOf(path, await fs.open(path, options.append ? 'a' : 'w'))),
    rename: (from, to) => guarded('replace', to, () => rename(from, to)),
    syncFolder: (path) => guarded('write', path, () => syncFolder(path)),
    async makeFolder(path, mode) {
      const options = mode === undefined ? { recursive: true } : { recursive: true, mode }
      await guarded('create', path, () => fs.mkdir(path, options))
    },
    chmod: (path, mode) => guarded('change', path, () => fs.chmod(path, mode)),
    remove: (path) =>
      guarded('remove', path, () => fs.rm(path, { recursive: true, force: true, maxRetries: 3 })),
    realPath: (path) => guarded('look at', path, () => orAbsent(fs.realpath(path))),
    freeBytes: (path) => guarded('look at', path, () => freeBytes(path)),
  }
}

async function orAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

async function* readStream(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>
  } catch (error) {
    refuse('read', path, error)
  }
}

function asStat(found: Awaited<ReturnType<typeof fs.stat>> | undefined): FileStat | undefined {
  if (found === undefined) return undefined
  return {
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
    sizeBytes: Number(found.size),
    mtimeMs: Number(found.mtimeMs),
    mode: Number(found.mode) & 0o7777,
  }
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * An existing file keeps its mode and owner; `mode` is that of a new one. What a symlink points to is replaced,
 * not the link: people keep their kubeconfig in a dotfiles folder.
 */
async function write(path: string, content: string | Secret, mode: number | undefined): Promise<void> {
  const target = await linkTarget(path)
  const before = await orAbsent(fs.stat(target))
  const finalMode = before === undefined ? mode : before.mode & 0o7777
  const temp = tempBeside(target)
  // 0600 until it is complete: the content may be a secret and the final mode is set before the rename.
  const handle = await fs.open(temp, 'wx', before === undefined && mode === undefined ? 0o644 : 0o600)
  try {
    try {
      await handle.writeFile(content instanceof Secret ? Secret.reveal(content) : content)
      if (finalMode !== undefined) await handle.chmod(finalMode)
      if (before !== undefined) await keepOwner(handle, before)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temp, target)
  } catch (error) {
    await fs.rm(temp, { force: true })
    throw error
  }
  await syncFolder(dirname(target))
}

/** Where a chain of symlinks ends, also when nothing is there yet. */
async function linkTarget(path: string): Promise<string> {
  const found = await orAbsent(fs.realpath(path))
  if (found !== undefined) return found
  let target = path
  // 40 is Linux' own limit (MAXSYMLINKS); a longer chain is a loop and realpath above has said so.
  for (let step = 0; step < 40; step += 1) {
    const next = await fs.readlink(target).catch(() => undefined)
    if (next === undefined) return target
    target = resolve(dirname(target), next)
  }
  return target
}

async function keepOwner(
  handle: fs.FileHandle,
  before: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const now = await handle.stat()
  if (now.uid === before.uid && now.gid === before.gid) return
  // Only root may give files away. For anybody else the folder allowed the write and the new owner is the writer.
  await handle.chown(before.uid, before.gid).catch(() => undefined)
}

/** On Windows a virus scanner or another reader holds a file for moments; rename then fails with one of these. */
const heldCodes = new Set(['EPERM', 'EACCES', 'EBUSY'])

async function rename(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fs.rename(from, to)
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
async function createExclusive(path: string, content: string): Promise<boolean> {
  if (content === '' || (await orAbsent(fs.lstat(path))) !== undefined) return createPlainly(path, content)
  const temp = tempBeside(path)
  try {
    await createPlainly(temp, content)
    await fs.link(temp, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    if (unlinkable.has(errorCode(error) ?? '')) return await createPlainly(path, content)
    throw error
  } finally {
    await fs.rm(temp, { force: true })
  }
}

/** File systems without hard links (exFAT, some network ones) answer with one of these. */
const unlinkable = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR'])

async function createPlainly(path: string, content: string): Promise<boolean> {
  let handle: fs.FileHandle
  try {
    handle = await fs.open(path, 'wx', 0o600)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (error) {
    // A file of ours without its content would look like somebody else's lock.
    await fs.rm(path, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  return true
}

const tempBeside = (path: string) =>
  join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)

function writerOf(path: string, handle: fs.FileHandle): FileWriter {
  return {
    write: (chunk) => guarded('write', path, () => handle.writeFile(chunk)),
    sync: () => guarded('write', path, () => handle.sync()),
    close: () => guarded('write', path, () => handle.close()),
  }
}

/** Network and FUSE file systems that cannot sync a folder answer with one of these; there is nothing to wait for. */
const unsyncable = new Set(['EINVAL', 'ENOTSUP', 'EBADF', 'EPERM', 'EISDIR'])

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await fs.open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!unsyncable.has(errorCode(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}

/** Of the nearest folder that exists: what will be created there will lie on that file system. */
async function freeBytes(path: string): Promise<number> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const space = await orAbsent(fs.statfs(folder))
    if (space !== undefined) return space.bavail * space.bsize
    if (folder === dirname(folder)) return 0
  }
}
