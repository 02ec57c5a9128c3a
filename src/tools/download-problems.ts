import { shownAddress } from '../machine/shown-address.ts'
import { NetError, type NetFault } from '../ports/net.ts'
import {
  certificateNotTrusted,
  connectionCut,
  connectionRefused,
  connectionTimedOut,
  nameNotFound,
  networkFails,
  proxyFails,
} from '../problems/network.ts'
import { type Problem, type ProblemKind, problem } from '../problems/problem.ts'
import { downloadIsWebPage, downloadRefused, noSuchRelease } from '../problems/tools.ts'

/** Faults of the line that may be gone at the next try; the others stay until somebody acts. */
export function isPassing(fault: NetFault): boolean {
  return fault === 'cut' || fault === 'timeout'
}

/** Statuses by which a server says "not now" (RFC 9110; 429 is RFC 6585). */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

const kinds: Readonly<Record<NetFault, ProblemKind>> = {
  'not-found': nameNotFound,
  refused: connectionRefused,
  timeout: connectionTimedOut,
  tls: certificateNotTrusted,
  cut: connectionCut,
  proxy: proxyFails,
  other: networkFails,
}

/** What a failed request for an address means to the person, with what to try. */
export function problemOfFault(error: NetError, address: string): Problem {
  const url = shownAddress(address)
  return problem(kinds[error.fault], {
    detail: `${url}: ${error.message}`,
    next: nextAfter(error.fault, url),
  })
}

function nextAfter(fault: NetFault, url: string): readonly string[] {
  switch (fault) {
    case 'tls':
      return ['export NODE_EXTRA_CA_CERTS=/path/to/company-ca.pem', `curl -vI ${url}`]
    case 'proxy':
      return ['env | grep -i proxy', `curl -vI ${url}`]
    case 'not-found':
    case 'refused':
    case 'timeout':
    case 'cut':
    case 'other':
      return [`curl -vI ${url}`, ...otherWays]
  }
}

/** For a machine that never reaches the publisher: the company's proxy, a mirror, a folder carried over by hand. */
const otherWays = [
  'export HTTPS_PROXY=http://proxy.example.com:3128',
  'devk8s up --tools-mirror file:///path/to/mirror',
  'devk8s up --rehearse',
]

/** What an HTTP status that brings no file means. A `file:` address has 404 only. */
export function problemOfStatus(status: number, address: string): Problem {
  const url = shownAddress(address)
  const kind = status === 404 || status === 410 ? noSuchRelease : downloadRefused
  const detail = url.startsWith('file:') ? `${url}: there is no such file.` : `${url} answered ${status}.`
  return problem(kind, { detail, next: url.startsWith('file:') ? [] : [`curl -I ${url}`] })
}

/** An HTML page where a binary or a checksum was asked for: by its type, or by its first bytes. */
export function isWebPage(contentType: string | undefined, start: Uint8Array): boolean {
  if (/^\s*(text\/html|application\/xhtml\+xml)/i.test(contentType ?? '')) return true
  const text = String.fromCharCode(...start.subarray(0, 64))
  return /^\s*(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype\s+html|html|head|body|\?xml)/i.test(text)
}

export function webPageProblem(asked: string, answered: string): Problem {
  const from = asked === answered ? '' : ` (by way of ${shownAddress(answered)})`
  return problem(downloadIsWebPage, {
    detail: `${shownAddress(asked)} was answered with an HTML page${from}.`,
    next: [`curl -L ${shownAddress(asked)} | head -20`],
  })
}
