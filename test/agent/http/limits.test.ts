import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startAgent } from './laptop-agent.ts'
import { sendRaw } from './raw.ts'
import { newWorld, strangeAddress } from './world.ts'

// What no client of HTTP would send.

const statusesIn = (got: string) => [...got.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, code]) => code)
const later = () => pause(100)

const closing = 'Host: 127.0.0.1\r\nConnection: close\r\n'

describe('requests that are none', () => {
  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['half a request', 'GET /healthz HTTP/1.1\r\nHost: 127', 408],
    ['a header without end', `GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
    ['many headers', `GET /healthz HTTP/1.1\r\n${closing}${'a: b\r\n'.repeat(100)}\r\n`, 431],
    ['two lengths', `POST /sts HTTP/1.1\r\n${closing}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
    [
      'length and chunks',
      `POST /sts HTTP/1.1\r\n${closing}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'a long body where none is taken',
      `GET /healthz HTTP/1.1\r\n${closing}Content-Length: 9999\r\n\r\n`,
      413,
    ],
    ['a body that is too long', `POST /sts HTTP/1.1\r\n${closing}Content-Length: 99999\r\n\r\n`, 413],
    ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 403],
    ['no host, as HTTP/1.0 has it', 'GET /healthz HTTP/1.0\r\n\r\n', 403],
    ['an empty host', 'GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 403],
    ['two hosts', `GET /v2/credentials/x HTTP/1.1\r\n${closing}Host: 169.254.170.2\r\n\r\n`, 403],
    [
      'a line break in a header',
      `GET /v1/credentials HTTP/1.1\r\n${closing}Authorization: a\nb\r\n\r\n`,
      400,
    ],
    [
      'a request to upgrade',
      `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
      200,
    ],
  ])('%s: an answer, and the end', async (_, text, status) => {
    await using agent = await startAgent()
    const got = await sendRaw(agent.port, text, status === 200 ? 'end' : 'keep')
    expect(got.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `))
    expect((await agent.ask({ path: '/healthz' })).status).toBe(200)
  })

  test('half a request, and the end of it: an answer', async () => {
    await using agent = await startAgent()
    const got = await sendRaw(agent.port, 'GET /healthz HTTP/1.1\r\nHost: 127')
    expect(got).toMatch(/^HTTP\/1.1 400 /)
  })

  test('CONNECT is no way through', async () => {
    await using agent = await startAgent()
    const got = await sendRaw(agent.port, `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${closing}\r\n`)
    expect(got).toBe('')
  })

  test('several requests on one connection are answered in their order', async () => {
    await using agent = await startAgent()
    const ask = (path: string, end: boolean) =>
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${end ? 'Connection: close\r\n' : ''}\r\n`
    const got = await sendRaw(
      agent.port,
      [ask('/healthz', false), ask('/nothing', false), ask('/latest/meta-data/mac', true)].join(''),
    )
    expect(statusesIn(got)).toEqual(['200', '404', '200'])
  })

  test('what cannot be read takes nothing from the answer to the request before it, which is held', async () => {
    await using agent = await startAgent(newWorld({ changed: later() }))
    const text = 'GET /v2/credentials/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGARBAGE\r\n\r\n'
    const got = await sendRaw(agent.port, text, 'keep', strangeAddress)
    expect(statusesIn(got)).toEqual(['503', '400'])
  })

  test('who sends many without waiting for an answer loses the connection', async () => {
    await using agent = await startAgent(newWorld({ changed: later() }))
    const text = 'GET /v2/credentials/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(500)
    expect(statusesIn(await sendRaw(agent.port, text, 'keep', strangeAddress))).toEqual([])
    expect(agent.log).toEqual([])
  })

  test.each(['PUT /latest/api/token', 'GET /latest/meta-data/mac'])(
    '%s with a body of no bytes in chunks, or a short one, is answered as without',
    async (line) => {
      await using agent = await startAgent()
      const head = `${line} HTTP/1.1\r\n${closing}X-aws-ec2-metadata-token-ttl-seconds: 60\r\n`
      const chunks = await sendRaw(agent.port, `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)
      const short = await sendRaw(agent.port, `${head}Content-Length: 3\r\n\r\nabc`)
      expect([statusesIn(chunks), statusesIn(short)]).toEqual([['200'], ['200']])
    },
  )

  test('a body is not read of a request that is refused anyway', async () => {
    await using agent = await startAgent()
    // It never comes.
    const head = 'POST /sts HTTP/1.1\r\nHost: rebound.example.com\r\nContent-Length: 5000\r\n\r\n'
    expect(statusesIn(await sendRaw(agent.port, head, 'keep'))).toEqual(['403'])
  })
})
