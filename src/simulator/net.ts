import type { Files } from '../ports/files.ts'
import { type Net, NetError, type NetReply } from '../ports/net.ts'
import { profileOfIngress, storeNow } from './cluster-time.ts'
import { type Downloads, releaseFile, serveRelease } from './downloads.ts'
import { answerIngress } from './ingress.ts'
import type { Machine } from './machine.ts'
import { answerRegistry } from './registry.ts'

/**
 * The network of a rehearsal: release files below any mirror, the node's ingress on port 80, ECR's private registries,
 * files of the machine for `file:` addresses, and nothing else. Every port is free.
 */
export function simulatedNet(machine: Machine, downloads: Downloads, files: Files): Net {
  return {
    canListen: async () => true,
    async get(request) {
      const url = new URL(request.url)
      if (url.protocol === 'file:') return readFile(files, pathOf(url), request.url)
      const ingress = await askIngress(machine, url, request.host ?? url.host)
      if (ingress !== undefined) return ingress
      const { internet } = await machine.laptop.read()
      const file = releaseFile(request.url)
      const registry = internet === 'none' ? undefined : answerRegistry(request, downloads.hashing)
      if (registry !== undefined) return registry
      if (isLoopback(url.hostname)) throw new NetError('refused', `connect ECONNREFUSED ${url.host}`)
      if (isAddress(url.hostname)) throw new NetError('timeout', `connect ETIMEDOUT ${url.host}`)
      if (file === undefined || internet === 'none') {
        throw new NetError('not-found', `getaddrinfo ENOTFOUND ${url.hostname}`)
      }
      return serveRelease(file, request, downloads)
    },
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.')
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.startsWith('[')
}

/** Undefined when the address leads to no node of the laptop's. */
async function askIngress(machine: Machine, url: URL, host: string): Promise<NetReply | undefined> {
  const laptop = await machine.laptop.read()
  const profile = profileOfIngress(laptop, url.hostname, url.port || '80')
  if (profile === undefined) return undefined
  const store = storeNow(machine, laptop, profile)
  const answer = store === undefined ? 'refused' : answerIngress(store, host, url.pathname)
  if (answer === 'refused') throw new NetError('refused', `connect ECONNREFUSED ${url.host}`)
  const bytes = new TextEncoder().encode(answer.page)
  return {
    status: answer.status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(bytes.length) },
    url: url.href,
    body: once(bytes),
  }
}

/** `file:///C:/x` names `C:/x`. */
function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname).replace(/^\/([a-zA-Z]:)/, '$1')
}

async function readFile(files: Files, path: string, url: string): Promise<NetReply> {
  const stat = await files.stat(path)
  if (stat?.kind !== 'file') return { status: 404, headers: {}, url, body: once(new Uint8Array(0)) }
  return {
    status: 200,
    headers: { 'content-length': String(stat.sizeBytes) },
    url,
    body: files.readStream(path),
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
