import type { Ports } from '../ports/ports.ts'

/** The sha256 of a file's content, as 64 lower-case hexadecimal digits. Stops with the signal's reason. */
export async function hashFile(
  path: string,
  { files, hashing }: Pick<Ports, 'files' | 'hashing'>,
  signal: AbortSignal,
): Promise<string> {
  const hasher = hashing.sha256()
  for await (const chunk of files.readStream(path)) {
    signal.throwIfAborted()
    hasher.update(chunk)
  }
  return hasher.hex()
}
