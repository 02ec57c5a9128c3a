import { connect, Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createConnections } from '../../../src/agent/connections.ts'
import { askerAt, createPace, createSlots, quotaOf, type Asker } from '../../../src/agent/fairness.ts'
import { startAgent, type Ask } from './laptop-agent.ts'
import { cartAddress, newWorld, nodeAddress, otherAddress, podOf, startMs, viewOf } from './world.ts'

// Nobody's requests take the agent from others.

const own = '169.254.170.23'

describe('who is counted as one', () => {
  const view = viewOf(
    newWorld({ pods: [podOf('web'), podOf('host', { addresses: ['10.0.0.1'], hostNetwork: true })] }),
  )
  test.each([
    [cartAddress, 'pod uid-web'],
    ['10.0.0.1', 'node'],
    [own, 'node'],
    ['127.0.0.77', 'node'],
    ['10.244.0.77', 'unknown'],
  ])('%s: %s', (address, asker) => {
    expect(askerAt(address, own, view)).toBe(asker)
  })
})

describe('the pace', () => {
  test('twenty containers that start at once, with ten requests each, wait for nothing', () => {
    const pace = createPace()
    const turns = Array.from({ length: 200 }, () => pace.turnMs('pod a', startMs))
    expect(new Set(turns)).toEqual(new Set([0]))
  })

  test('then a hundred a second, the next ones a little later, the rest not at all; others feel nothing', () => {
    const pace = createPace()
    for (let index = 0; index < 200; index += 1) pace.turnMs('pod a', startMs)
    const turns = Array.from({ length: 30 }, () => pace.turnMs('pod a', startMs))
    expect(turns.slice(0, 3)).toEqual([10, 20, 30])
    expect(turns.slice(24)).toEqual([250, undefined, undefined, undefined, undefined, undefined])
    expect(pace.turnMs('pod b', startMs)).toBe(0)
    // The 225 have been paid for after 250 ms; each second makes a hundred more.
    expect(pace.turnMs('pod a', startMs + 1_250)).toBe(0)
    const second = Array.from({ length: 99 }, () => pace.turnMs('pod a', startMs + 1_250))
    expect(new Set(second)).toEqual(new Set([0]))
    expect(pace.turnMs('pod a', startMs + 1_250)).toBe(10)
  })

  test('a clock that is set back gives nothing, and askers of before are forgotten only when they are full', () => {
    const pace = createPace()
    for (let index = 0; index < 225; index += 1) pace.turnMs('pod a', startMs)
    for (let index = 0; index < 2_000; index += 1) pace.turnMs(`pod ${String(index)}`, startMs)
    expect(pace.turnMs('pod a', startMs)).toBeUndefined()
    expect(pace.turnMs('pod a', startMs - 3_600_000)).toBeUndefined()
  })

  test('slots: so many for each, so many over all', () => {
    const slots = createSlots({ all: 3, each: 2 })
    expect(['a', 'a', 'a', 'b', 'b'].map((each) => slots.enter(each))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ])
    slots.leave('a')
    expect(slots.enter('b')).toBe(true)
  })
})

describe('one that asks without pause', () => {
  const ask: Ask = { path: '/v2/credentials/x' }

  test('is told so with 503, and another is answered at once', async () => {
    await using agent = await startAgent()
    const all = Array.from({ length: 240 }, () => agent.ask(ask))
    const victim = agent.ask({ path: '/latest/meta-data/mac', from: otherAddress })
    expect((await victim).status).toBe(200)
    const got = await Promise.all(all)
    const late = got.filter(({ status }) => status === 503)
    expect(late).toHaveLength(15)
    expect(
      late.map(({ headers, body }) => [headers['retry-after'], (JSON.parse(body) as { code: string }).code]),
    ).toEqual(late.map(() => ['1', 'AwsTooFast']))
    expect(got.filter(({ status }) => status === 200)).toHaveLength(225)
    expect(agent.told.filter(({ reason }) => reason === 'AwsTooFast').map(({ pod }) => pod)).toContain(
      'shop/cart',
    )
  })

  test('with a body is told so at once: it would lie in memory meanwhile', async () => {
    await using agent = await startAgent()
    await Promise.all(Array.from({ length: 200 }, () => agent.ask(ask)))
    const got = await agent.ask({ method: 'POST', path: '/sts', body: 'Action=GetCallerIdentity' })
    expect([got.status, got.body]).toEqual([503, expect.stringContaining('<Code>ServiceUnavailable</Code>')])
  })
})

describe('connections', () => {
  const opened = (port: number, localAddress: string, count: number) =>
    Promise.all(
      Array.from(
        { length: count },
        () =>
          new Promise<Socket>((resolve) => {
            const socket = connect({ port, host: nodeAddress, localAddress }, () => resolve(socket))
            socket.on('error', () => {})
            socket.resume()
          }),
      ),
    )
  const closedOf = (sockets: readonly Socket[]) => sockets.filter(({ destroyed }) => destroyed).length
  const until = async (isSo: () => boolean) => {
    for (let turn = 0; turn < 400 && !isSo(); turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
  }

  test('of all addresses of the node are few together; the oldest idle one makes room', async () => {
    await using agent = await startAgent()
    const { connections } = quotaOf('node')
    const sockets = await opened(agent.port, nodeAddress, connections + 12)
    await until(() => closedOf(sockets) >= 12)
    expect(closedOf(sockets)).toBe(12)
    // The probe of the kubelet comes from the node as well.
    expect((await agent.ask({ path: '/healthz', from: nodeAddress })).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })

  test('of all addresses that are no pod’s share one quota', async () => {
    await using agent = await startAgent()
    const { connections } = quotaOf('unknown')
    const addresses = ['127.0.0.20', '127.0.0.21', '127.0.0.22', '127.0.0.23']
    const sockets = (await Promise.all(addresses.map((each) => opened(agent.port, each, 100)))).flat()
    await until(() => closedOf(sockets) >= 400 - connections)
    expect(closedOf(sockets)).toBe(400 - connections)
    expect((await agent.ask({ path: '/v2/credentials/x' })).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })

  test('beyond those of all, who has most gives one, never who has one', () => {
    const connections = createConnections()
    const admitted = (asker: Asker) => {
      const socket = new Socket()
      connections.admit(socket, asker)
      return socket
    }
    const first = admitted('pod small')
    let answer: () => void = () => {}
    const busy = new Promise<void>((resolve) => (answer = resolve))
    const greedy = Array.from({ length: 1_023 }, (_, index) => admitted(`pod greedy ${String(index % 5)}`))
    for (const socket of greedy) connections.inTurn(socket, () => busy)
    expect(closedOf(greedy)).toBe(0)
    const late = admitted('pod late')
    expect([closedOf(greedy), closedOf([first, late])]).toEqual([1, 0])
    answer()
    for (const socket of [first, late, ...greedy]) socket.destroy()
  })
})
