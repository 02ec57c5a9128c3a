import type { ClientRequest } from 'node:http'
import type { Agent, AgentOptions } from 'node:https'
import { HttpsProxyAgent } from './https-proxy.ts'
import { shownProxy } from '../machine/shown-address.ts'
import { NetError } from '../ports/net.ts'

/** An agent that reaches `host` through a tunnel of the proxy. A refusal of the proxy is told as the proxy's. */
export function tunnelAgent(proxy: URL, host: string, options: AgentOptions): Agent {
  const agent = new HttpsProxyAgent(proxy, options)
  agent.on('proxyConnect', (answer: { readonly statusCode: number }, request: ClientRequest) => {
    if (answer.statusCode === 200) return
    const shown = shownProxy(proxy.href)
    // Else its answer would be read as AWS's.
    request.destroy(new NetError('proxy', `the proxy ${shown} answered ${answer.statusCode} for ${host}`))
  })
  return agent
}
