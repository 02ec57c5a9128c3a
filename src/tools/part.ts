import type { Files } from '../ports/files.ts'
import type { DownloadPorts } from './download-ports.ts'

/** Beside the target, so that the rename stays within one file system; named by content, so that a resumed part is of the same file. */
export function partPath(to: string, sha256: string): string {
  return `${to}.part-${sha256.slice(0, 16)}`
}

export async function partSize(path: string, files: Files): Promise<number> {
  const found = await files.stat(path)
  return found?.kind === 'file' ? found.sizeBytes : 0
}

/** A file that grows and knows the hash of all it holds. */
export interface PartFile {
  write(chunk: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
  sizeBytes(): number
  /** Of everything written, the resumed beginning included. To be called once. */
  sha256(): string
}

/** Opens the part to go on after `from` bytes, which are read again for the hash; 0 begins anew. */
export async function openPart(
  path: string,
  from: number,
  { files, hashing }: Pick<DownloadPorts, 'files' | 'hashing'>,
): Promise<PartFile> {
  const hasher = hashing.sha256()
  let size = 0
  if (from > 0) {
    for await (const chunk of files.readStream(path)) {
      hasher.update(chunk)
      size += chunk.length
    }
  }
  const writer = await files.openWriter(path, { append: from > 0 })
  return {
    async write(chunk) {
      await writer.write(chunk)
      hasher.update(chunk)
      size += chunk.length
    },
    sync: () => writer.sync(),
    close: () => writer.close(),
    sizeBytes: () => size,
    sha256: () => hasher.hex(),
  }
}
