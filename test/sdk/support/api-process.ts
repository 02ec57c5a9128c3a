import { createInterface } from 'node:readline'
import { agentApi } from '../../fakes/agent-api.ts'

// The API server for a namespace: a program that does what lines of JSON on its standard input say, one answer each, and
// ends with it.

const api = await agentApi()
const say = (value: unknown) => process.stdout.write(`${JSON.stringify({ value })}\n`)
say({ url: api.url, tokenFile: api.tokenFile })

for await (const line of createInterface(process.stdin)) {
  const { call, args } = JSON.parse(line) as { readonly call: keyof typeof api; readonly args: never[] }
  const member = api[call] as unknown
  say(typeof member === 'function' ? (member(...args) as unknown) : member)
}
await api.close()
