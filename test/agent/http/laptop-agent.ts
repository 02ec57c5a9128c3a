import { request } from 'node:http'
import { createAgentServer } from '../../../src/agent/server.ts'
import type { Machine } from '../../../src/agent/machine.ts'
import {
  cartAddress,
  newWorld,
  nodeAddress,
  recordingTeller,
  tokensOfWorld,
  viewOf,
  type Told,
  type World,
} from './world.ts'

// The agent on the loopback address of this machine, over a cluster in memory.

export interface Ask {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
  /** The address it comes from: that of the pod `cart` unless said. */
  readonly from?: string
}

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  /** Headers as they came, to look for what must not be in them. */
  readonly raw: string
}

export interface RunningAgent {
  readonly port: number
  readonly world: World
  readonly told: Told[]
  readonly log: string[]
  ask(what: Ask): Promise<Got>
  [Symbol.asyncDispose](): Promise<void>
}

export const machine: Machine = {
  name: 'minikube',
  address: '192.168.49.2',
  mac: '02:42:c0:a8:31:02',
  architecture: 'arm64',
  startedAt: '2026-11-25T09:00:00.500Z',
}

export async function startAgent(world: World = newWorld()): Promise<RunningAgent> {
  const told: Told[] = []
  const log: string[] = []
  const server = createAgentServer({
    view: viewOf(world),
    tokens: tokensOfWorld(),
    teller: recordingTeller(told),
    nowMs: () => world.nowMs,
    log: (line) => log.push(line),
    version: '1.2.3',
    machine,
  })
  const port = await server.listen(nodeAddress, 0)
  return {
    port,
    world,
    told,
    log,
    ask: (what) => askAt(port, what),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

export function askAt(
  port: number,
  { method = 'GET', path, headers = {}, body, from = cartAddress }: Ask,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: nodeAddress,
        localAddress: from,
        port,
        method,
        path,
        headers: headers as Record<string, string>,
        agent: false,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.once('end', () => {
          const { statusCode = 0, headers: got, rawHeaders } = response
          resolve({ status: statusCode, headers: got, body: text, raw: rawHeaders.join('\n') })
        })
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}

/** A metadata token of IMDSv2 for whoever is here. */
export async function metadataToken({ ask }: RunningAgent, seconds = 21_600): Promise<string> {
  const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': String(seconds) }
  return (await ask({ method: 'PUT', path: '/latest/api/token', headers })).body
}
