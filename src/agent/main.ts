// The agent's entry: the only file of it that reads the environment and ends the process. No top-level await: the bundle
// is CommonJS, since an `import` of node:http evaluates all that it exports, its WebSocket among them, which is 10 MiB.
import { startAgent } from './agent.ts'
import { agentConfig } from './config.ts'

// Nobody who reads the log may end the agent by leaving.
process.stdout.on('error', () => {})
const log = (line: string) => void process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const outside = { nowMs: () => Date.now(), log, whenReady: tidyUp }
  const agent = await startAgent(agentConfig(process.env), outside)
  const stop = () => {
    log('ends')
    // Nothing that hangs may hold the pod for its grace period, which is 2 s.
    setTimeout(() => process.exit(0), 1500).unref()
    void agent.close().finally(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

/** What the first lists left behind is a third of all memory, and nothing would collect it for hours. Needs --expose-gc. */
function tidyUp(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

main().catch((error: unknown) => {
  log(`cannot start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
})
