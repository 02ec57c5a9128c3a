import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { arch, hostname, networkInterfaces } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { errorAnswer } from './answers.ts'
import { plainAddress, type Asked } from './asked.ts'
import { createConnections } from './connections.ts'
import { askerAt, createPace, createSlots, tooFastMs, type Pace, type Slots } from './fairness.ts'
import { createDecisions } from './grant.ts'
import { createHandedOut } from './handed-out.ts'
import { createMetadataTokens } from './imds-tokens.ts'
import { createJournal, type Journal } from './journal.ts'
import { machineOf, type Machine } from './machine.ts'
import type { Outcome } from './outcome.ts'
import { agentFault, tooFast, unreadable } from './refused-requests.ts'
import { admitted, answerOf, outcomeOf, routeOf, type RouteParts } from './routes.ts'
import type { Teller, Tokens, View } from './view.ts'
import { toldPodAt } from './who-asks.ts'
import { askedBy, bodyOf, hasBody, rawAnswer, refuseShape, send, unreadableStatus } from './wire.ts'

// The agent's HTTP: Node's server with narrow limits around endpoints that know nothing of it.

export interface AgentParts {
  readonly view: View
  readonly tokens: Tokens
  readonly teller: Teller
  readonly nowMs: () => number
  readonly log: (line: string) => void
  readonly version: string
  /** The node as the metadata service tells of it; this machine when it is left out. */
  readonly machine?: Machine
}

export interface AgentServer {
  /** Gives the port, which is another one for 0. Rejects when the address cannot be had. */
  listen(address: string, port: number): Promise<number>
  /** Ends all connections. */
  close(): Promise<void>
}

/** What a request and its connection may take; nothing that SDKs do comes near any of it. */
const limits = {
  headerBytes: 16_384,
  headersMs: 3_000,
  requestMs: 5_000,
  /** Clients that keep connections open ask again within some seconds or open another one. */
  keptMs: 10_000,
  stalledMs: 15_000,
  requestsOfConnection: 1_000,
  /** Held for the watches, each by its address. */
  held: { all: 512, each: 64 },
  /** Bodies that are read at a time, for each asker. */
  bodies: { all: 256, each: 32 },
  /** Access key ids that GetCallerIdentity still knows. */
  keysKnown: 2_000,
} as const

/**
 * The server of the agent. Every answer comes from `view` and `tokens`, in memory; what is refused is told to `teller`
 * where the pod is known. Nothing is ever logged but codes, names of pods and addresses.
 */
export function createAgentServer(parts: AgentParts): AgentServer {
  const { view, tokens, nowMs, version } = parts
  const handedOut = createHandedOut(limits.keysKnown)
  const serving: Serving = {
    view,
    tokens,
    nowMs,
    version,
    handedOut,
    held: createSlots(limits.held),
    bodies: createSlots(limits.bodies),
    pace: createPace(),
    decisions: createDecisions(),
    journal: createJournal({ ...parts, handedOut }),
    metadataTokens: createMetadataTokens(),
    machine:
      parts.machine ?? machineOf(hostname(), networkInterfaces(), arch(), new Date(nowMs()).toISOString()),
  }
  const connections = createConnections()
  const server = hardened()
  server.on('connection', (socket) => {
    const [from, own] = [socket.remoteAddress, socket.localAddress].map((each) => plainAddress(each ?? ''))
    connections.admit(socket, askerAt(from ?? '', own ?? '', view))
  })
  server.on('request', (request, response) => {
    connections.inTurn(request.socket, () =>
      answer(request, response, serving).catch((error: unknown) => {
        if (response.destroyed) return
        // Its message may quote what it failed on.
        parts.log(`fault ${error instanceof Error ? error.name : typeof error}`)
        send(response, errorAnswer(agentFault, agentFault.status), true)
      }),
    )
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
    const refused = rawAnswer(errorAnswer(unreadable, unreadableStatus(error.code)))
    connections.inTurn(socket, async () => void socket.end(refused, () => socket.destroy()))
  })
  return { listen: (address, port) => listen(server, address, port), close: () => close(server) }
}

interface Serving extends RouteParts {
  readonly bodies: Slots
  readonly pace: Pace
  readonly journal: Journal
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const asked = askedBy(request)
  const outcome = (await outOfTurn(request, asked, serving)) ?? (await whole(request, asked, serving))
  const route = routeOf(asked)
  serving.journal.record(outcome, route?.name ?? 'elsewhere', asked.address)
  send(response, answerOf(outcome, route), hasBody(request) && !request.complete)
}

/** Waits for the request’s turn. One with a body, which would lie in memory meanwhile, is refused at once instead. */
async function outOfTurn(
  request: IncomingMessage,
  asked: Asked,
  serving: Serving,
): Promise<Outcome | undefined> {
  const { view, pace, nowMs } = serving
  const turnMs = pace.turnMs(askerAt(asked.address, asked.own, view), nowMs())
  if (turnMs === 0) return undefined
  const isRefused = turnMs === undefined || hasBody(request)
  if (!hasBody(request)) await pause(turnMs ?? tooFastMs(Math.random()))
  return isRefused ? tooFast(toldPodAt(asked, view)) : undefined
}

/** What can be refused without the body is refused before it is read. */
async function whole(request: IncomingMessage, asked: Asked, serving: Serving): Promise<Outcome> {
  const { view, bodies } = serving
  const refused = refuseShape(request, () => toldPodAt(asked, view))
  if (refused !== undefined) return refused
  const found = admitted(asked, serving)
  if (found.is === 'refused') return found
  const body = await bodyOf(request, bodies, askerAt(asked.address, asked.own, view))
  return body.is === 'refused' ? body : outcomeOf({ ...asked, body: body.text }, found.route, serving)
}

function hardened(): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keptMs,
    connectionsCheckingInterval: 1_000,
    insecureHTTPParser: false,
    // Looked at by admission.ts, which explains.
    requireHostHeader: false,
  })
  // 0 for no limit of Node's: beyond one it would drop headers without a word, `X-Forwarded-For` among them.
  server.maxHeadersCount = 0
  server.maxRequestsPerSocket = limits.requestsOfConnection
  server.timeout = limits.stalledMs
  return server
}

function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, backlog: 511 }, () => {
      server.off('error', reject)
      const at = server.address()
      resolve(typeof at === 'object' && at !== null ? at.port : port)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
