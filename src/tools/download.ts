import { shownAddress } from '../machine/shown-address.ts'
import { NetError, type NetReply } from '../ports/net.ts'
import type { DownloadPorts } from './download-ports.ts'
import { diskFull } from '../problems/host.ts'
import { DevK8sError, type Problem, fail, isDevK8sError, problem } from '../problems/problem.ts'
import { downloadTruncated, wrongChecksum } from '../problems/tools.ts'
import { expectedChecksum } from './checksum.ts'
import {
  isPassing,
  isPassingStatus,
  isWebPage,
  problemOfFault,
  problemOfStatus,
  webPageProblem,
} from './download-problems.ts'
import { type PartFile, openPart, partPath, partSize } from './part.ts'
import { folderOf } from './paths.ts'
import { type DownloadProgress, rateMeter } from './rate.ts'

export interface DownloadRequest {
  /** `https:`, `http:` or `file:`. */
  readonly url: string
  /** Where the finished file is to lie; its folder is made. */
  readonly to: string
  /** Pinned; without it the file at `checksumUrl` says what to expect. */
  readonly sha256?: string
  readonly checksumUrl: string
}

export interface Downloaded {
  readonly sha256: string
  readonly sizeBytes: number
}

/** Tries in a row without any progress worth the name. */
const triesWithoutProgress = 4
/** So many new bytes make a try worth another one. */
const progressBytes = 1024 * 1024
const idleTimeoutMs = 30_000
/** Left free beside the download itself, so that the machine can still breathe. */
const spareBytes = 50 * 1024 * 1024

/**
 * Fetches a program: into a part file beside its place, hashed as it arrives, then fsync, mode 755, rename and fsync
 * of the folder. Nothing unverified ever has the final name. The part file carries the expected hash in its name and
 * is kept when the line fails, so the next try, in this run or a later one, goes on with `Range`; a server that does
 * not do ranges, or has another file by now, starts again from zero.
 * @throws DevK8sError with the reason (DK1010-DK1015, DK6001-DK6003, DK7001-DK7007); the signal's reason when aborted.
 */
export async function download(
  request: DownloadRequest,
  ports: DownloadPorts,
  progress: (now: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<Downloaded> {
  const expected = request.sha256 ?? (await expectedChecksum(request.checksumUrl, ports, signal))
  await ports.files.makeFolder(folderOf(request.to))
  const fetch = { url: request.url, part: partPath(request.to, expected), ports, progress, signal }
  for (let restarted = false; ; restarted = true) {
    const { resumed, ...got } = await fetchWhole(fetch)
    if (got.sha256 === expected) {
      await install(fetch.part, request.to, ports)
      return got
    }
    await ports.files.remove(fetch.part)
    // Pieces of two tries may be of two files; one whole answer may not.
    if (resumed && !restarted) continue
    fail(wrongChecksum, {
      detail: `${shownAddress(request.url)} has sha256 ${got.sha256}, expected ${expected}.`,
      next: [`curl -L ${shownAddress(request.checksumUrl)}`],
    })
  }
}

async function install(part: string, to: string, { files }: DownloadPorts): Promise<void> {
  await files.chmod(part, 0o755)
  await files.rename(part, to)
  await files.syncFolder(folderOf(to))
}

interface Fetch {
  readonly url: string
  readonly part: string
  readonly ports: DownloadPorts
  readonly progress: (now: DownloadProgress) => void
  readonly signal: AbortSignal
}

/** The whole file; `resumed` when it was put together from more than one answer. */
type Whole = Downloaded & { readonly resumed: boolean }

/** One try's end: whole, or a reason that may be gone next time. */
type Tried =
  | { readonly whole: Whole }
  | { readonly passing: Problem; readonly gainedBytes: number; readonly etag: string | undefined }

async function fetchWhole(fetch: Fetch): Promise<Whole> {
  let etag: string | undefined
  for (let failures = 0; ;) {
    const tried = await fetchOnce(fetch, etag)
    if ('whole' in tried) return tried.whole
    etag = tried.etag
    failures = tried.gainedBytes >= progressBytes ? 1 : failures + 1
    if (failures >= triesWithoutProgress) throw new DevK8sError(tried.passing)
    // 1, 2, 4 s: long enough for a router to come back, short enough for a person to watch.
    await fetch.ports.clock.sleep(1_000 * 2 ** (failures - 1), fetch.signal)
  }
}

async function fetchOnce(fetch: Fetch, knownEtag: string | undefined): Promise<Tried> {
  const { files, net } = fetch.ports
  const have = await partSize(fetch.part, files)
  let etag = knownEtag
  try {
    const headers = rangeHeaders(have, etag)
    const reply = await net.get({ url: fetch.url, headers, signal: fetch.signal, idleTimeoutMs })
    if (reply.status !== 200 && reply.status !== 206) {
      await discard(reply)
      // 416: the part is as long as the file or longer, so it is whole or it is wrong; the hash decides.
      if (reply.status === 416 && have > 0) return { whole: await hashPart(fetch, have) }
      const refusal = problemOfStatus(reply.status, fetch.url)
      if (isPassingStatus(reply.status)) return { passing: refusal, gainedBytes: 0, etag }
      throw new DevK8sError(refusal)
    }
    etag = reply.headers['etag']
    return { ...(await receive(fetch, reply, have)), etag }
  } catch (error) {
    if (!(error instanceof NetError)) throw error
    const known = problemOfFault(error, fetch.url)
    if (!isPassing(error.fault)) throw new DevK8sError(known, { cause: error })
    const gainedBytes = (await partSize(fetch.part, files)) - have
    return { passing: known, gainedBytes, etag }
  }
}

/** Lets go of an answer whose body nobody wants. */
async function discard(reply: NetReply): Promise<void> {
  await reply.body[Symbol.asyncIterator]().return?.()
}

function rangeHeaders(haveBytes: number, etag: string | undefined): Readonly<Record<string, string>> {
  if (haveBytes === 0) return {}
  // A weak validator must not be used here (RFC 9110, 13.1.5).
  const strong = etag !== undefined && !etag.startsWith('W/')
  return { range: `bytes=${haveBytes}-`, ...(strong && { 'if-range': etag }) }
}

/** Where in the file the answer begins: only a 206 that says so goes on; anything else is the file from its start. */
function startOf(reply: NetReply, haveBytes: number): number {
  if (reply.status !== 206) return 0
  const start = /^bytes (\d+)-/.exec(reply.headers['content-range'] ?? '')?.[1]
  if (start !== undefined && Number(start) === haveBytes) return haveBytes
  throw new NetError(
    'cut',
    `the server sent another range than asked for (${reply.headers['content-range']})`,
  )
}

function totalOf(reply: NetReply, from: number): number | undefined {
  const length = Number(reply.headers['content-length'] ?? Number.NaN)
  // With a content encoding the length counts other bytes than those that arrive.
  if (!Number.isSafeInteger(length) || reply.headers['content-encoding'] !== undefined) return undefined
  return from + length
}

async function receive(
  fetch: Fetch,
  reply: NetReply,
  have: number,
): Promise<{ readonly whole: Whole } | { readonly passing: Problem; readonly gainedBytes: number }> {
  const from = startOf(reply, have)
  const total = totalOf(reply, from)
  await needSpace(fetch, (total ?? 0) - from)
  const part = await openPart(fetch.part, from, fetch.ports)
  try {
    await copyBody(fetch, reply, part, total)
    await part.sync()
  } catch (error) {
    // A full disk wants its space back, and a web page is no beginning of anything; only what a line cut is kept.
    if (isDevK8sError(error)) await fetch.ports.files.remove(fetch.part)
    throw error
  } finally {
    await part.close()
  }
  const sizeBytes = part.sizeBytes()
  if (total === undefined || sizeBytes >= total) {
    return { whole: { sha256: part.sha256(), sizeBytes, resumed: from > 0 } }
  }
  return { passing: truncated(fetch.url, sizeBytes, total), gainedBytes: sizeBytes - from }
}

async function copyBody(
  fetch: Fetch,
  reply: NetReply,
  part: PartFile,
  total: number | undefined,
): Promise<void> {
  const begun = { alreadyBytes: part.sizeBytes(), ...(total !== undefined && { totalBytes: total }) }
  const meter = rateMeter(begun, () => fetch.ports.clock.monotonic(), fetch.progress)
  let isStart = part.sizeBytes() === 0
  for await (const chunk of reply.body) {
    if (isStart && isWebPage(reply.headers['content-type'], chunk)) {
      throw new DevK8sError(webPageProblem(fetch.url, reply.url))
    }
    isStart = false
    await part.write(chunk)
    meter.add(chunk.length)
  }
  meter.flush()
}

async function needSpace({ part, ports: { files } }: Fetch, bytes: number): Promise<void> {
  const free = await files.freeBytes(folderOf(part))
  if (free >= bytes + spareBytes) return
  const mib = (count: number) => Math.ceil(count / 1024 / 1024)
  fail(diskFull, {
    detail: `${folderOf(part)}: ${mib(free)} MiB free, the download needs ${mib(bytes + spareBytes)} MiB.`,
    next: ['df -h'],
  })
}

async function hashPart({ part: path, ports }: Fetch, size: number): Promise<Whole> {
  const part = await openPart(path, size, ports)
  await part.close()
  return { sha256: part.sha256(), sizeBytes: part.sizeBytes(), resumed: true }
}

function truncated(url: string, got: number, total: number): Problem {
  return problem(downloadTruncated, {
    detail: `${shownAddress(url)}: ${got} of ${total} bytes arrived.`,
    next: [`curl -I ${shownAddress(url)}`],
  })
}
