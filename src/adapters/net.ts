import { createReadStream } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import { connect, createServer } from 'node:net'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseProxy, proxyFor, proxySettings } from '../machine/proxy-settings.ts'
import { shownAddress, shownProxy } from '../machine/shown-address.ts'
import { type Net, NetError, type NetReply } from '../ports/net.ts'
import { Secret } from '../ports/secret.ts'
import type { World } from '../world.ts'
import { errorCode, isAbsence } from './file-problems.ts'
import { netFaultOf } from './net-faults.ts'
import type { OnReveal } from './revealing.ts'

type Request = Parameters<Net['get']>[0]

/** GitHub answers a release download with one redirect; more than a handful is a loop. */
const redirectLimit = 8

export interface RealNetOptions {
  readonly env: World['env']
  /** Told of each secret at the moment it leaves the program, so that output can be kept free of it. */
  readonly onReveal?: OnReveal
}

/**
 * The machine's network. Certificates are checked against Node's own list and NODE_EXTRA_CA_CERTS, which Node reads
 * at its start. A request with `host` is not redirected: it is asked of one address, and the answer is the finding.
 */
export function realNet({ env, onReveal }: RealNetOptions): Net {
  return {
    async get(request) {
      let url = parsed(request.url)
      let headers = request.headers ?? {}
      let { authorization } = request
      for (const plain of authorization === undefined ? [] : Secret.revealOrigins(authorization))
        onReveal?.(plain)
      for (let hop = 0; hop <= redirectLimit; hop += 1) {
        if (url.protocol === 'file:') return readFile(url)
        const answer = await ask(url, { ...request, headers }, authorization, env)
        const next = request.host === undefined ? redirectOf(answer, url) : undefined
        if (next === undefined) return answer.reply
        answer.drop()
        // Another host must not see what was meant for the first one: ECR sends its layers from S3.
        if (next.origin !== url.origin) {
          headers = withoutCredentials(headers)
          authorization = undefined
        }
        url = next
      }
      throw new NetError('other', `${shownAddress(request.url)}: more than ${redirectLimit} redirects`)
    },
    canListen,
  }
}

interface Answer {
  readonly reply: NetReply
  drop(): void
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:', 'file:'].includes(url.protocol)) {
    throw new NetError('other', `${shownAddress(text)}: not an address of http, https or file`)
  }
  return url
}

/** What is sent there can be read by nobody on the way. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(?:localhost|\[::1\]|127(?:\.\d+){3})$/.test(hostname)
}

function redirectOf({ reply }: Answer, from: URL): URL | undefined {
  const location = reply.headers['location']
  if (![301, 302, 303, 307, 308].includes(reply.status) || location === undefined) return undefined
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  // An answer from outside must not make us read a file or give up encryption.
  const allowed = from.protocol === 'https:' ? ['https:'] : ['http:', 'https:']
  if (next === undefined || !allowed.includes(next.protocol)) {
    const [here, there] = [shownAddress(from.href), shownAddress(location)]
    throw new NetError('other', `${here}: redirected to ${there}, which is not allowed`)
  }
  return next
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers)
  return Object.fromEntries(entries.filter(([name]) => !/^(authorization|cookie)$/i.test(name)))
}

async function readFile(url: URL): Promise<NetReply> {
  const path = fileURLToPath(url)
  const base = { headers: {}, url: url.href }
  try {
    const found = await stat(path)
    if (!found.isFile()) return { ...base, status: 404, body: nothing() }
    const headers = { 'content-length': String(found.size) }
    return { ...base, status: 200, headers, body: createReadStream(path) as AsyncIterable<Uint8Array> }
  } catch (error) {
    if (isAbsence(error)) return { ...base, status: 404, body: nothing() }
    throw new NetError('other', `${path}: ${error instanceof Error ? error.message : 'unreadable'}`, {
      cause: error,
    })
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/** How one request travels: directly, through a CONNECT tunnel, or handed to the proxy as a whole. */
interface Way {
  readonly target: URL
  readonly options: http.RequestOptions
  readonly proxy?: string
}

async function wayTo(url: URL, env: World['env']): Promise<Way> {
  const value = proxyFor(url, proxySettings(env))
  if (value === undefined) return { target: url, options: {} }
  const proxy = parseProxy(value)
  const shown = shownProxy(value)
  if (proxy === undefined || !['http:', 'https:'].includes(proxy.protocol)) {
    throw new NetError('proxy', `the proxy ${shown} is not an http or https address`)
  }
  if (url.protocol === 'http:' && proxy.protocol === 'http:') {
    // A plain request goes to the proxy with the whole address as its path (RFC 9112, 3.2.2).
    return { target: proxy, options: { path: url.href, ...loginOf(proxy, shown) }, proxy: shown }
  }
  loginOf(proxy, shown)
  const { HttpsProxyAgent } = await import('./https-proxy.ts')
  return { target: url, options: { agent: new HttpsProxyAgent(proxy) }, proxy: shown }
}

/** @throws NetError for a `%` that stands for itself, which the address may not have and no proxy could be told. */
function loginOf({ username, password }: URL, shown: string): { readonly auth?: string } {
  if (username === '' && password === '') return {}
  try {
    return { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }
  } catch {
    // URIError quotes nothing, and its cause would hold the password.
    throw new NetError(
      'proxy',
      `the login in the variable of proxy ${shown} holds a "%" that is not written as %25`,
    )
  }
}

async function ask(
  url: URL,
  request: Request,
  authorization: Secret | undefined,
  env: World['env'],
): Promise<Answer> {
  request.signal.throwIfAborted()
  const way = await wayTo(url, env)
  const { auth, ...options } = way.options
  const headers: Record<string, string> = { ...request.headers }
  headers['host'] = request.host ?? url.host
  if (authorization !== undefined) {
    // A proxy of plain http would read it as well; through a tunnel it cannot.
    if (!isPrivate(url) || (url.protocol === 'http:' && way.target !== url)) {
      throw new NetError('other', `${shownAddress(url.href)}: a secret is not sent without encryption`)
    }
    headers['authorization'] = Secret.reveal(authorization)
  }
  if (auth) headers['proxy-authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`
  const client = way.target.protocol === 'https:' ? https : http
  const sent = client.request(way.target, {
    ...options,
    headers,
    signal: request.signal,
    ...(request.host !== undefined && { servername: request.host.replace(/:\d+$/, '') }),
  })
  const answer = await firstWords(sent, url, request, way.proxy)
  // A body that nobody reads must not keep the process alive; while one is read, the idle timer does.
  answer.socket.unref()
  const reply: NetReply = {
    status: answer.statusCode ?? 0,
    headers: flat(answer.headers),
    url: url.href,
    body: bodyOf(answer, url, request),
  }
  return { reply, drop: () => void answer.destroy() }
}

/** Resolves with the answer's head; rejects with NetError, or with the signal's reason once aborted. */
function firstWords(
  sent: http.ClientRequest,
  url: URL,
  request: Request,
  proxy: string | undefined,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    let throughProxy = proxy === undefined
    const timer = setTimeout(() => {
      sent.destroy(new NetError('timeout', `${url.host}: no answer for ${request.idleTimeoutMs} ms`))
    }, request.idleTimeoutMs)
    sent.once('proxyConnect', (connect: { readonly statusCode: number }) => {
      throughProxy = connect.statusCode === 200
      if (throughProxy) return
      sent.destroy(new NetError('proxy', `the proxy ${proxy} answered ${connect.statusCode} for ${url.host}`))
    })
    sent.once('response', (answer) => {
      clearTimeout(timer)
      if (proxy !== undefined && answer.statusCode === 407) {
        answer.destroy()
        reject(new NetError('proxy', `the proxy ${proxy} asks for a user name and password (407)`))
      } else resolve(answer)
    })
    sent.once('error', (error) => {
      clearTimeout(timer)
      if (request.signal.aborted) reject(request.signal.reason)
      else if (error instanceof NetError) reject(error)
      else if (!throughProxy) {
        reject(new NetError('proxy', `the proxy ${proxy}: ${error.message}`, { cause: error }))
      } else reject(netFaultOf(error, url.host))
    })
    sent.end()
  })
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, value])
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

/** The body; a reader that stops, even before the first chunk, lets go of the connection. */
function bodyOf(answer: http.IncomingMessage, url: URL, request: Request): AsyncIterable<Uint8Array> {
  const chunks = chunksOf(answer, url, request)
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => chunks.next(),
      async return() {
        answer.destroy()
        return { done: true, value: undefined }
      },
    }),
  }
}

/** The idle limit is in force while a chunk is awaited, not while the reader is busy. */
async function* chunksOf(
  answer: http.IncomingMessage,
  url: URL,
  request: Request,
): AsyncGenerator<Uint8Array> {
  const chunks = answer[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(() => {
        answer.destroy(new NetError('timeout', `${url.host}: silent for ${request.idleTimeoutMs} ms`))
      }, request.idleTimeoutMs)
      const next = await chunks.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      yield next.value as Uint8Array
    }
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason
    throw error instanceof NetError ? error : netFaultOf(error, url.host)
  }
}

/**
 * A port that only root may bind counts as free when nothing answers there: Docker's daemon, which is to publish it,
 * may bind it.
 */
function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => {
      if (errorCode(error) === 'EACCES') whenAnswered(host, port, (taken) => resolve(!taken))
      else resolve(false)
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Tells whether something accepts connections there. A loopback port answers at once or not at all. */
function whenAnswered(host: string, port: number, tell: (taken: boolean) => void): void {
  const target = host === '0.0.0.0' ? '127.0.0.1' : host
  const socket = connect({ host: target, port, timeout: 1_000 })
  const end = (taken: boolean) => {
    socket.destroy()
    tell(taken)
  }
  socket.once('connect', () => end(true))
  socket.once('error', () => end(false))
  socket.once('timeout', () => end(false))
}
