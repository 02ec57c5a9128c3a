import type { Hasher, Hashing } from '../ports/hash.ts'

/**
 * Nobody can make a file that has a given sha256, so a simulated download says in its first line which hash it
 * stands for, and the simulator's Hashing believes that line as long as the file is what the line says it is. A
 * file that was cut short or altered has its real hash, as any other file has (host.md, clauses 5-7).
 */
export interface SimulatedFile {
  readonly tool: string
  readonly version: string
  readonly platform: string
}

const mark = '#!/devk8s/simulated-file'
/** The first line is never longer. */
const longestHeader = 400

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The whole file: `sizeBytes` of it, and the hash it will be found to have. */
export function makeFile(
  file: SimulatedFile,
  sizeBytes: number,
  hashing: Hashing,
  pinned: string | undefined,
): { readonly content: Uint8Array; readonly sha256: string } {
  const rest = filler(file, sizeBytes)
  const declared = pinned ?? hashOf(hashing, encoder.encode(`${file.tool} ${file.version} ${file.platform}`))
  const said = `${mark} ${file.tool} ${file.version} ${file.platform} declared-sha256=${declared}`
  const head = encoder.encode(`${said} content-sha256=${hashOf(hashing, encoder.encode(said), rest)}\n`)
  const content = new Uint8Array(head.length + rest.length)
  content.set(head)
  content.set(rest, head.length)
  return { content, sha256: declared }
}

function filler(file: SimulatedFile, sizeBytes: number): Uint8Array {
  const line = encoder.encode(`This is no program: a rehearsal's ${file.tool} ${file.version}.\n`)
  const bytes = new Uint8Array(sizeBytes)
  for (let at = 0; at < sizeBytes; at += line.length)
    bytes.set(line.subarray(0, Math.min(line.length, sizeBytes - at)), at)
  return bytes
}

function hashOf(hashing: Hashing, ...parts: readonly Uint8Array[]): string {
  const hash = hashing.sha256()
  for (const part of parts) hash.update(part)
  return hash.hex()
}

export interface Header extends SimulatedFile {
  readonly declared: string
  /** The line up to the hash of the content; that hash covers this text and all that follows the line. */
  readonly said: string
  readonly content: string
}

/** What the first line of a file says it is; undefined for any other file. */
export function readHeader(start: string): Header | undefined {
  const match =
    /^((\S+) (\S+) (\S+) (\S+) declared-sha256=([0-9a-f]{64})) content-sha256=([0-9a-f]{64})\n/.exec(start)
  if (match === null || match[2] !== mark) return undefined
  const [, said = '', , tool = '', version = '', platform = '', declared = '', content = ''] = match
  return { tool, version, platform, declared, said, content }
}

/** Hashing that takes a simulated file for what it stands for. */
export function simulatedHashing(real: Hashing): Hashing {
  return { ...real, sha256: () => believing(real) }
}

function believing(real: Hashing): Hasher {
  const whole = real.sha256()
  const content = real.sha256()
  let start = new Uint8Array(0)
  let isPastStart = false
  let header: Header | undefined
  return {
    update(chunk) {
      const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk
      whole.update(bytes)
      if (isPastStart) {
        content.update(bytes)
        return
      }
      start = concat(start, bytes)
      const end = start.indexOf(10)
      if (end < 0 && start.length < longestHeader) return
      isPastStart = true
      header = readHeader(decoder.decode(start.subarray(0, end + 1)))
      content.update(header?.said ?? '')
      content.update(start.subarray(end + 1))
    },
    hex: () => (header !== undefined && content.hex() === header.content ? header.declared : whole.hex()),
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
