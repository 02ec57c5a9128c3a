import type { Secret } from './secret.ts'

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'other'
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** Permission bits, e.g. 0o600. */
  readonly mode: number
}

export interface FileWriter {
  write(chunk: Uint8Array): Promise<void>
  /** Flushes to the disk itself (fsync). */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface HowToWrite {
  /** Of a new file; one that is there keeps its own. */
  readonly mode?: number
  /** False for what may be lost in a power cut: no fsync. It is whole all the same. */
  readonly durable?: boolean
  /**
   * True when the file may be overwritten in place where it cannot be replaced: it has several names (hard links), is
   * mounted by itself, or belongs to somebody whose a new file could not be. A reader, or a kill in the middle, may then
   * see it half written.
   */
  readonly inPlace?: boolean
}

/** The one door to the file system. Paths are absolute. Absence is `undefined`, never an error. */
export interface Files {
  readText(path: string): Promise<string | undefined>
  readStream(path: string): AsyncIterable<Uint8Array>
  stat(path: string): Promise<FileStat | undefined>
  /** The names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>
  /** Whole or not at all: temp file beside it, fsync, rename. Keeps mode and follows a symlink. */
  write(path: string, content: string | Secret, options?: HowToWrite): Promise<void>
  /** Creates the file only when none is there; false when one is (O_EXCL). */
  createExclusive(path: string, content: string): Promise<boolean>
  append(path: string, text: string): Promise<void>
  openWriter(path: string, options: { readonly append: boolean }): Promise<FileWriter>
  rename(from: string, to: string): Promise<void>
  /** Makes a symlink at `path`; false when anything is there already, a symlink that leads nowhere included. */
  link(path: string, target: string): Promise<boolean>
  /** Where the symlink at `path` leads, as it is written in it; undefined when there is none. */
  readLink(path: string): Promise<string | undefined>
  /** fsyncs a folder, so that a rename in it survives a power cut. Nothing on Windows. */
  syncFolder(path: string): Promise<void>
  makeFolder(path: string, mode?: number): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  /** Removes a file or a whole folder; nothing there is fine. */
  remove(path: string): Promise<void>
  /** Follows symlinks; undefined when nothing is there. */
  realPath(path: string): Promise<string | undefined>
  freeBytes(path: string): Promise<number>
}
