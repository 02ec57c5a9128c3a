import type { Hasher, Hashing } from '../ports/hash.ts'

/**
 * Nobody can make a file that has a given sha256, so a simulated download says in its first line which hash it
 * stands for, and the simulator's Hashing believes that line as long as the rest of the file is what the line says
 * it is. A file that was cut short or altered has its real hash, as any other file has (host.md, clauses 5-7).
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
  const restHash = hashOf(hashing, rest)
  const declared = pinned ?? hashOf(hashing, encoder.encode(`${file.tool} ${file.version} ${file.platform}`))
  const header = `${mark} ${file.tool} ${file.version} ${file.platform} declared-sha256=${declared} rest-sha256=${restHash}\n`
  const head = encoder.encode(header)
  const content = new Uint8Array(head.length + rest.length)
  content.set(head)
  content.set(rest, head.length)
  return { content, sha256: declared }
}

function filler(file: SimulatedFile, sizeBytes: number): Uint8Array {
  const line = encoder.encode(`This is no program: a rehearsal's ${file.tool} ${file.version}.\n`)
  const bytes = new Uint8Array(sizeBytes)
  for (let at = 0; at < sizeBytes; at += line.length) bytes.set(line.subarray(0, Math.min(line.length, sizeBytes - at)), at)
  return bytes
}

function hashOf(hashing: Hashing, bytes: Uint8Array): string {
  const hash = hashing.sha256()
  hash.update(bytes)
  return hash.hex()
}

/** What the first line of a file says it is; undefined for any other file. */
export function readHeader(start: string): (SimulatedFile & { readonly declared: string; readonly rest: string }) | undefined {
  const match = /^(\S+) (\S+) (\S+) (\S+) declared-sha256=([0-9a-f]{64}) rest-sha256=([0-9a-f]{64})\n/.exec(start)
  if (match === null || match[1] !== mark) return undefined
  const [, , tool = '', version = '', platform = '', declared = '', rest = ''] = match
  return { tool, version, platform, declared, rest }
}

/** Hashing that takes a simulated file for what it stands for. */
export function simulatedHashing(real: Hashing): Hashing {
  return { sha256: () => believing(real) }
}

function believing(real: Hashing): Hasher {
  const whole = real.sha256()
  const rest = real.sha256()
  let start = new Uint8Array(0)
  let headerEnd: number | undefined
  return {
    update(chunk) {
      const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk
      whole.update(bytes)
      if (headerEnd !== undefined) {
        rest.update(bytes)
        return
      }
      start = concat(start, bytes)
      const end = start.indexOf(10)
      if (end < 0 || end > longestHeader) return
      headerEnd = end + 1
      rest.update(start.subarray(headerEnd))
    },
    hex() {
      const header = headerEnd === undefined ? undefined : readHeader(decoder.decode(start.subarray(0, headerEnd)))
      return header !== undefined && rest.hex() === header.rest ? header.declared : whole.hex()
    },
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
