// The agent as a whole: the cluster half (watches, keys, Events) wired to the server that answers.
//
// What it may do in the cluster, and nothing else (the objects are in src/roles/agent-objects.ts):
//
//   ClusterRole:  ""  pods, serviceaccounts, namespaces            list, watch
//                 ""  events                                       create, patch
//                 nonResourceURLs /openid/v1/jwks, /.well-known/openid-configuration   get
//   Role devk8s-system:  ""  configmaps [devk8s-aws]               list, watch
//                        ""  secrets    [devk8s-aws-sessions]      list, watch
//   Role kube-system:    ""  configmaps [pod-identity-webhook]     list, watch
//
// Names in [] are resourceNames: every list and watch of them has the field selector metadata.name, which RBAC takes for
// the name of a collection request. There is no `get`: an object that is not there is an empty list.

import { readFileSync } from 'node:fs'

import { startClusterView } from './cluster-view.ts'
import type { AgentConfig } from './config.ts'
import { startTeller } from './events.ts'
import { startKeySet } from './jwks.ts'
import { createKubeClient } from './kube-client.ts'
import { createAgentServer } from './server.ts'
import { createTokens } from './tokens.ts'
import type { Teller, Tokens, View } from './view.ts'

/** What the agent takes from its process. */
export interface AgentOutside {
  nowMs(): number
  /** One line of the log, without its end. */
  log(line: string): void
  /** Called once, when everything is in memory. */
  whenReady?(): void
}

/** What of the agent knows the cluster. */
export interface ClusterHalf {
  readonly view: View
  readonly tokens: Tokens
  readonly teller: Teller
  close(): Promise<void>
}

export interface RunningAgent {
  readonly address: string
  readonly port: number
  readonly view: View
  readonly tokens: Tokens
  readonly teller: Teller
  close(): Promise<void>
}

/**
 * Starts to watch, and returns at once: `view.isReady()` says when every list is in and the cluster's keys are known.
 *
 * @throws Error when the certificate authority cannot be read.
 */
export function startCluster(config: AgentConfig, outside: AgentOutside): ClusterHalf {
  const { timings, node, podUid } = config
  const { log, nowMs } = outside
  const ca = config.caFile === undefined ? undefined : readFileSync(config.caFile, 'utf8')
  const client = createKubeClient({ ...config, ca, requestMs: timings.requestMs })
  const keys = startKeySet({ client, timings, nowMs, log })
  const cluster = startClusterView({ client, node, podUid, timings, nowMs, log })
  const teller = startTeller({ client, node, timings, nowMs, log })
  return {
    view: { ...cluster.view, isReady: () => cluster.view.isReady() && keys.isReady() },
    tokens: createTokens(keys),
    teller,
    async close() {
      keys.stop()
      teller.stop()
      await cluster.stop()
      client.close()
    },
  }
}

/**
 * The whole agent: it listens at once, and says in `/healthz` when it is ready.
 *
 * @throws Error when it cannot listen, or the certificate authority cannot be read.
 */
export async function startAgent(config: AgentConfig, outside: AgentOutside): Promise<RunningAgent> {
  const cluster = startCluster(config, outside)
  const { view, tokens, teller } = cluster
  const { log, nowMs } = outside
  const server = createAgentServer({ view, tokens, teller, log, nowMs, version: config.version })
  try {
    const port = await server.listen(config.address, config.port)
    const waiting = untilReady(view, outside)
    log(`devk8s-aws ${config.version} listens on ${config.address}:${port}`)
    return {
      address: config.address,
      port,
      view,
      tokens,
      teller,
      async close() {
        clearInterval(waiting)
        await server.close()
        await cluster.close()
      },
    }
  } catch (error) {
    await cluster.close()
    throw error
  }
}

function untilReady(view: View, { log, nowMs, whenReady }: AgentOutside): NodeJS.Timeout {
  const startedAtMs = nowMs()
  const timer = setInterval(() => {
    if (!view.isReady()) return
    clearInterval(timer)
    log(`ready after ${nowMs() - startedAtMs} ms`)
    whenReady?.()
  }, 20)
  return timer
}
