import { usualTimings, type Timings } from './timings.ts'

/** What the agent is started with. */
export interface AgentConfig {
  /** Of the API server, `https://…`; `http://` for tests. */
  readonly apiUrl: string
  /** File with the agent's own service account token, which the kubelet renews. */
  readonly tokenFile: string
  /** File with the certificate authority of the API server; undefined for `http:`. */
  readonly caFile: string | undefined
  readonly address: string
  /** 0 takes a free one. */
  readonly port: number
  /** Pods of this node only; undefined: of all. */
  readonly node: string | undefined
  /** Its own pod, which tells whether the node has started again (node-start.ts); undefined: it runs in none. */
  readonly podUid: string | undefined
  readonly version: string
  readonly timings: Timings
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Reads the agent's environment. All of it has defaults inside a cluster:
 *
 * | variable | default |
 * |---|---|
 * | `DEVK8S_AGENT_API_URL` | `https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT` |
 * | `DEVK8S_AGENT_TOKEN_FILE`, `DEVK8S_AGENT_CA_FILE` | of the mounted service account |
 * | `DEVK8S_AGENT_ADDRESS`, `DEVK8S_AGENT_PORT` | 169.254.170.23, 8170 |
 * | `DEVK8S_AGENT_NODE` | pods of all nodes |
 * | `DEVK8S_AGENT_POD_UID` | it runs in no pod |
 * | `DEVK8S_AGENT_VERSION` | `unknown` |
 *
 * @throws Error in words for what cannot be used.
 */
export function agentConfig(env: Readonly<Record<string, string | undefined>>): AgentConfig {
  const apiUrl = env['DEVK8S_AGENT_API_URL'] || clusterUrl(env)
  if (!/^https?:\/\//.test(apiUrl) || !URL.canParse(apiUrl))
    throw new Error(`DEVK8S_AGENT_API_URL is no http or https URL: ${apiUrl}`)
  const isPlain = apiUrl.startsWith('http:')
  const portText = env['DEVK8S_AGENT_PORT'] || '8170'
  const port = Number(portText)
  if (!/^\d{1,5}$/.test(portText) || port > 65_535)
    throw new Error(`DEVK8S_AGENT_PORT is no port: ${portText}`)
  return {
    apiUrl: apiUrl.replace(/\/+$/, ''),
    tokenFile: env['DEVK8S_AGENT_TOKEN_FILE'] || `${accountFolder}/token`,
    caFile: env['DEVK8S_AGENT_CA_FILE'] || (isPlain ? undefined : `${accountFolder}/ca.crt`),
    address: env['DEVK8S_AGENT_ADDRESS'] || '169.254.170.23',
    port,
    node: env['DEVK8S_AGENT_NODE'] || undefined,
    podUid: env['DEVK8S_AGENT_POD_UID'] || undefined,
    version: env['DEVK8S_AGENT_VERSION'] || 'unknown',
    timings: usualTimings,
  }
}

function clusterUrl(env: Readonly<Record<string, string | undefined>>): string {
  const host = env['KUBERNETES_SERVICE_HOST']
  if (!host)
    throw new Error('KUBERNETES_SERVICE_HOST is not set: this runs in a pod, or with DEVK8S_AGENT_API_URL')
  // An IPv6 cluster has the bare address here.
  return `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] || '443'}`
}
