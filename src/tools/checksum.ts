import { shownAddress } from '../machine/shown-address.ts'
import { NetError } from '../ports/net.ts'
import { DevK8sError, type Problem, fail } from '../problems/problem.ts'
import { checksumUnreadable } from '../problems/tools.ts'
import type { DownloadPorts } from './download-ports.ts'
import {
  isPassing,
  isPassingStatus,
  isWebPage,
  problemOfFault,
  problemOfStatus,
  webPageProblem,
} from './download-problems.ts'
import { parseChecksum } from './release.ts'

const tries = 4
const idleTimeoutMs = 15_000
/** A checksum file is under 200 bytes; more than this is something else. */
const limitBytes = 64 * 1024

/**
 * The sha256 that the publisher states in the file at `url`, 64 lower-case hexadecimal digits.
 * @throws DevK8sError DK1012-DK1015 or DK7001-DK7007; the signal's reason when aborted.
 */
export async function expectedChecksum(
  url: string,
  ports: DownloadPorts,
  signal: AbortSignal,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const tried = await readOnce(url, ports, signal)
    if ('text' in tried) {
      return (
        parseChecksum(tried.text) ??
        fail(checksumUnreadable, {
          detail: `${shownAddress(url)} says ${JSON.stringify(tried.text.slice(0, 60))}.`,
          next: [`curl -L ${shownAddress(url)}`],
        })
      )
    }
    if (attempt === tries) throw new DevK8sError(tried.passing)
    await ports.clock.sleep(1_000 * 2 ** (attempt - 1), signal)
  }
}

async function readOnce(
  url: string,
  { net }: DownloadPorts,
  signal: AbortSignal,
): Promise<{ readonly text: string } | { readonly passing: Problem }> {
  try {
    const reply = await net.get({ url, signal, idleTimeoutMs })
    if (reply.status !== 200) {
      await reply.body[Symbol.asyncIterator]().return?.()
      const refusal = problemOfStatus(reply.status, url)
      if (isPassingStatus(reply.status)) return { passing: refusal }
      throw new DevK8sError(refusal)
    }
    const bytes = await firstBytes(reply.body)
    if (isWebPage(reply.headers['content-type'], bytes)) throw new DevK8sError(webPageProblem(url, reply.url))
    return { text: new TextDecoder().decode(bytes) }
  } catch (error) {
    if (!(error instanceof NetError)) throw error
    const known = problemOfFault(error, url)
    if (isPassing(error.fault)) return { passing: known }
    throw new DevK8sError(known, { cause: error })
  }
}

async function firstBytes(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let bytes = new Uint8Array()
  for await (const chunk of body) {
    const more = new Uint8Array(bytes.length + chunk.length)
    more.set(bytes)
    more.set(chunk, bytes.length)
    bytes = more
    if (bytes.length > limitBytes) break
  }
  return bytes
}
