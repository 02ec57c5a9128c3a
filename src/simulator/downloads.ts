import type { Clock } from '../ports/clock.ts'
import type { Hashing } from '../ports/hash.ts'
import { NetError, type NetReply } from '../ports/net.ts'
import { makeFile, type SimulatedFile } from './simulated-file.ts'

/** A few MB, so that progress can be seen; the real ones have 50 to 140 MB. */
const sizeBytes = 3 * 1024 * 1024
const chunkBytes = 64 * 1024
/** How long a whole download takes at speed 1, in ms. */
const downloadMs = 900

export interface Downloads {
  readonly clock: Clock
  readonly speed: number
  readonly hashing: Hashing
  /** sha256 by file name or end of the address, e.g. `v1.38.1/minikube-linux-amd64`. */
  readonly pinned: Readonly<Record<string, string>>
  /** The value of the fault `tools.download`. */
  readonly fault: string | undefined
  /** Notes that a fault that happens once has happened; false when it had before. */
  playOnce(key: string): Promise<boolean>
}

export interface Wanted {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** The release file that an address below any mirror names (facts sheet 2.2, 2.4); undefined for other addresses. */
export function releaseFile(url: string): (SimulatedFile & { readonly isChecksum: boolean }) | undefined {
  const path = new URL(url).pathname
  const isChecksum = path.endsWith('.sha256')
  const bare = isChecksum ? path.slice(0, -'.sha256'.length) : path
  const minikube = /\/(v\d+\.\d+\.\d+[\w.-]*)\/minikube-(linux|darwin|windows)-(amd64|arm64)(?:\.exe)?$/.exec(
    bare,
  )
  const kubectl =
    /\/(v\d+\.\d+\.\d+[\w.-]*)\/bin\/(linux|darwin|windows)\/(amd64|arm64)\/kubectl(?:\.exe)?$/.exec(bare)
  const found = minikube ?? kubectl
  if (found === null) return undefined
  const [, version = '', os = '', arch = ''] = found
  return { tool: minikube === null ? 'kubectl' : 'minikube', version, platform: `${os}/${arch}`, isChecksum }
}

/**
 * Answers a request for a release file as its publisher would: with `Range`, ETag and length.
 * @throws NetError for the faults that end a connection.
 */
export async function serveRelease(
  file: SimulatedFile & { readonly isChecksum: boolean },
  wanted: Wanted,
  downloads: Downloads,
): Promise<NetReply> {
  const { fault, hashing } = downloads
  await downloads.clock.sleep(40 / downloads.speed, wanted.signal)
  if (fault === 'refused') throw new NetError('refused', `connect ECONNREFUSED ${new URL(wanted.url).host}`)
  if (fault === 'no-such-host') {
    throw new NetError('not-found', `getaddrinfo ENOTFOUND ${new URL(wanted.url).hostname}`)
  }
  if (fault === 'not-found') return text(wanted.url, 404, 'Not Found\n', 'text/plain')
  if (fault === 'html' && !file.isChecksum) return text(wanted.url, 200, portal, 'text/html; charset=utf-8')
  const made = makeFile(
    file,
    sizeBytes,
    hashing,
    pinnedHash(wanted.url.replace(/\.sha256$/, ''), downloads.pinned),
  )
  if (file.isChecksum) return text(wanted.url, 200, made.sha256, 'text/plain')
  const content = fault === 'wrong-hash' ? spoilt(made.content) : made.content
  const cuts = fault === 'cut' && (await downloads.playOnce(`tools.download=cut ${wanted.url}`))
  return body(content, wanted, downloads, cuts)
}

const portal =
  '<!DOCTYPE html>\n<html><head><title>Log in to the network</title></head><body>Please log in.</body></html>\n'

function text(url: string, status: number, content: string, type: string): NetReply {
  const bytes = new TextEncoder().encode(content)
  return {
    status,
    headers: { 'content-type': type, 'content-length': String(bytes.length) },
    url,
    body: once(bytes),
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

/** The longest key that the address ends in; several files of different versions have one name. */
function pinnedHash(url: string, pinned: Downloads['pinned']): string | undefined {
  const path = new URL(url).pathname
  const [best] = Object.keys(pinned)
    .filter((key) => path === key || path.endsWith(`/${key.replace(/^\/+/, '')}`) || url === key)
    .toSorted((a, b) => b.length - a.length)
  return best === undefined ? undefined : pinned[best]
}

function spoilt(content: Uint8Array): Uint8Array {
  const other = content.slice()
  other[other.length - 2] = 33
  return other
}

function body(content: Uint8Array, wanted: Wanted, downloads: Downloads, cuts: boolean): NetReply {
  const etag = '"simulated-1"'
  const headers = { 'content-type': 'application/octet-stream', etag, 'accept-ranges': 'bytes' }
  const from = rangeStart(wanted, etag)
  if (from >= content.length) {
    return {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${content.length}` },
      url: wanted.url,
      body: once(new Uint8Array(0)),
    }
  }
  const rest = content.subarray(from)
  const range = `bytes ${from}-${content.length - 1}/${content.length}`
  return {
    status: from > 0 ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(rest.length),
      ...(from > 0 ? { 'content-range': range } : {}),
    },
    url: wanted.url,
    body: stream(rest, content.length, wanted, downloads, cuts),
  }
}

function rangeStart({ headers }: Wanted, etag: string): number {
  const known = headers?.['if-range']
  if (known !== undefined && known !== etag) return 0
  return Number(/^bytes=(\d+)-$/.exec(headers?.['range'] ?? '')?.[1] ?? 0)
}

async function* stream(
  rest: Uint8Array,
  wholeBytes: number,
  { signal }: Wanted,
  { clock, speed, fault }: Downloads,
  cuts: boolean,
): AsyncIterable<Uint8Array> {
  const end = fault === 'truncated' ? Math.floor(rest.length / 2) : rest.length
  const slowness = fault === 'slow' ? 8 : 1
  for (let at = 0; at < end; at += chunkBytes) {
    if (cuts && at > rest.length / 2) throw new NetError('cut', 'socket hang up')
    await clock.sleep((slowness * downloadMs * chunkBytes) / wholeBytes / speed, signal)
    yield rest.subarray(at, Math.min(at + chunkBytes, end))
  }
}
