import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request as forward, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { serveKubeApi } from '../../../src/simulator/kube-api/server.ts'
import { emptyStore } from '../../../src/simulator/kube-api/store.ts'

/** Who sent a request, as far as TLS and the header tell. */
export interface Caller {
  readonly method: string
  readonly path: string
  readonly bearer?: string
  /** Common name and organisation of the client certificate. */
  readonly certificate?: { readonly CN: string; readonly O: string }
}

export interface TlsCluster {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** The server's own certificate, for `certificate-authority-data`. */
  readonly certificatePem: string
  readonly callers: readonly Caller[]
  close(): Promise<void>
}

/**
 * The simulated API server behind TLS: over plain http client-go sends no credentials and never runs a plugin (facts
 * kubeconfig, 9).
 * @param admit 200 lets a request through; 401 and 403 are answered as an API server would.
 * @param clientCa the CA whose client certificates count.
 */
export async function startTlsCluster(
  admit: (caller: Caller) => 200 | 401 | 403,
  clientCa?: string,
): Promise<TlsCluster> {
  const [key, certificatePem] = await Promise.all(
    ['mirror-key.pem', 'mirror-certificate.pem'].map(async (name) =>
      readFile(join(import.meta.dirname, name), 'utf8'),
    ),
  )
  const api = await serveKubeApi({ store: emptyStore(Date.now(), 'v1.33.1'), now: () => Date.now() })
  const callers: Caller[] = []
  const tls = {
    key,
    cert: certificatePem,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  }
  const server = createServer(tls, (incoming, outgoing) => {
    const caller = callerOf(incoming)
    callers.push(caller)
    const verdict = admit(caller)
    if (verdict === 200) pass(incoming, outgoing, api.url)
    else refuse(outgoing, verdict, incoming)
  })
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificatePem: certificatePem ?? '',
    callers,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => {
        server.close(done)
      })
      await api.close()
    },
  }
}

function callerOf({ method = '', url = '', headers, socket }: IncomingMessage): Caller {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  const { authorized } = socket as TLSSocket
  const subject = authorized ? (socket as TLSSocket).getPeerCertificate().subject : undefined
  return {
    method,
    path: url,
    ...(bearer === undefined ? {} : { bearer }),
    ...(subject === undefined ? {} : { certificate: { CN: String(subject.CN), O: String(subject.O) } }),
  }
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, url: string): void {
  const { method, headers } = incoming
  const onward = forward(`${url}${incoming.url}`, { ...(method && { method }), headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}

function refuse(outgoing: ServerResponse, code: 401 | 403, incoming: IncomingMessage): void {
  const reason = code === 401 ? 'Unauthorized' : 'Forbidden'
  const message = code === 401 ? 'Unauthorized' : `${incoming.method} is forbidden for this role`
  incoming.resume()
  outgoing.writeHead(code, { 'content-type': 'application/json' })
  outgoing.end(
    JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason,
      message,
      code,
      metadata: {},
    }),
  )
}
