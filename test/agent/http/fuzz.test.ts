import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { startAgent, type RunningAgent } from './laptop-agent.ts'
import { sendRaw } from './raw.ts'
import { randomFrom, requestFrom } from './chance.ts'
import { canary, canaryKeyId, newWorld, startMs } from './world.ts'

// Ten thousand requests that nobody means, and some that somebody does, over raw sockets.

const count = 10_000
/** Between two requests on the agent’s clock, so that none is too fast. */
const betweenMs = 50
/** Growth for each request that would be one: what a connection leaves behind is more, and chance is less. */
const mostBytes = 60
const atOnce = 40

async function fuzz(agent: RunningAgent, seed: number, times: number): Promise<ReadonlyMap<string, number>> {
  const random = randomFrom(seed)
  const statuses = new Map<string, number>()
  let left = times
  const worker = async () => {
    while (left > 0) {
      left -= 1
      agent.world.nowMs += betweenMs
      const { bytes, end } = requestFrom(random)
      const got = await sendRaw(agent.port, bytes, end)
      for (const part of got.split(/(?=HTTP\/1\.1 \d{3} )/)) note(part, statuses)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return statuses
}

/** Only an answer that gives credentials may have any in it. */
function note(part: string, statuses: Map<string, number>): void {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(part)?.[1] ?? 'none'
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
  const leaks = status !== '200' && (part.includes(canary) || part.includes(canaryKeyId))
  if (leaks) statuses.set('leaked', (statuses.get('leaked') ?? 0) + 1)
}

function collectedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

const openSockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

test('10,000 requests of chance: no crash, no growth, no leak, nothing left open', async () => {
  const seed = Number(process.env['DEVK8S_TEST_SEED'] ?? 6)
  const agent = await startAgent(newWorld())
  try {
    // What is filled once, as caches and compiled code are, is full by then.
    await fuzz(agent, seed, count / 2)
    agent.told.length = 0
    const before = collectedBytes()
    const statuses = await fuzz(agent, seed + 1, count)
    agent.told.length = 0
    expect((collectedBytes() - before) / count).toBeLessThan(mostBytes)
    expect([...statuses.keys()].filter((each) => /^5|leaked/.test(each))).toEqual([])
    // That chance has gone everywhere: what is refused, what is answered, what is no request.
    const rare = ['200', '400', '403', '404', '405', '413'].filter((each) => (statuses.get(each) ?? 0) <= 10)
    expect(rare).toEqual([])
    expect(agent.log.filter((line) => line.startsWith('fault'))).toEqual([])
    expect(agent.log.join('\n')).not.toContain(canary)
    agent.world.nowMs = startMs
    expect((await agent.ask({ path: '/v2/credentials/cart' })).status).toBe(200)
  } finally {
    await agent[Symbol.asyncDispose]()
  }
  // Ends of connections that are still on their way.
  for (let turn = 0; turn < 1_000 && openSockets() > 0; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(openSockets()).toBe(0)
}, 120_000)
