import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import * as http from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { realNet } from '../../../src/adapters/net.ts'
import { netFaultOf } from '../../../src/adapters/net-faults.ts'
import { type Net, NetError, type NetReply } from '../../../src/ports/net.ts'
import { Secret } from '../../../src/ports/secret.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function listening(server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((done) => server.close(done))
  })
  return (server.address() as AddressInfo).port
}

const web = (handler: http.RequestListener) => listening(http.createServer(handler))
const direct = realNet({ env: {} })
const get = (url: string, more: Partial<Parameters<Net['get']>[0]> = {}, net = direct) =>
  net.get({ url, signal: new AbortController().signal, idleTimeoutMs: 5_000, ...more })

async function textOf(reply: NetReply): Promise<string> {
  let text = ''
  for await (const chunk of reply.body) text += new TextDecoder().decode(chunk)
  return text
}

describe('answers', () => {
  test('an error status is a value; headers come in lower case', async () => {
    const port = await web((_, answer) => answer.writeHead(503, { 'X-Why': 'busy' }).end('later'))
    const reply = await get(`http://127.0.0.1:${port}/a`)
    expect(reply).toMatchObject({ status: 503, headers: { 'x-why': 'busy' } })
    expect(await textOf(reply)).toBe('later')
  })

  test('redirects are followed and the last address is told', async () => {
    const port = await web((request, answer) => {
      if (request.url === '/end') answer.end('there')
      else answer.writeHead(302, { location: request.url === '/a' ? '/b' : './end' }).end('moved')
    })
    const reply = await get(`http://127.0.0.1:${port}/a`)
    expect(reply.url).toBe(`http://127.0.0.1:${port}/end`)
    expect(await textOf(reply)).toBe('there')
  })

  test.each([
    ['a loop', '/again'],
    ['a file', 'file:///etc/passwd'],
    ['no address', 'http://:bad'],
  ])('a redirect to %s is refused', async (_, location) => {
    const port = await web((_request, answer) => answer.writeHead(301, { location }).end())
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ fault: 'other' })
  })

  test('another host does not see the authorization', async () => {
    const seen: (string | undefined)[] = []
    const second = await web((request, answer) => {
      seen.push(request.headers.authorization, request.headers['x-keep'] as string)
      answer.end()
    })
    const first = await web((_, answer) =>
      answer.writeHead(307, { location: `http://127.0.0.1:${second}/` }).end(),
    )
    await get(`http://127.0.0.1:${first}/`, { headers: { Authorization: 'Bearer x', 'X-Keep': 'yes' } })
    expect(seen).toEqual([undefined, 'yes'])
  })

  describe('a secret authorization', () => {
    const canary = 'Basic Y2FuYXJ5OmNhbmFyeQ=='
    const authorization = Secret.of(canary)
    const seeing = (answer: http.RequestListener) => {
      const seen: (string | undefined)[] = []
      const listening = web((request, response) => {
        seen.push(request.headers.authorization)
        answer(request, response)
      })
      return { seen, listening }
    }
    const moved =
      (location: string): http.RequestListener =>
      (_, answer) =>
        void answer.writeHead(307, { location }).end()

    test('is sent to whom it is meant for, also where that sends on to itself', async () => {
      const { seen, listening } = seeing((request, answer) => {
        if (request.url === '/a') answer.writeHead(302, { location: '/b' })
        answer.end()
      })
      await get(`http://127.0.0.1:${await listening}/a`, { authorization })
      expect(seen).toEqual([canary, canary])
    })

    test('is not sent on to another host, nor back again from there', async () => {
      const there = seeing((_, answer) => void answer.writeHead(307, { location: back }).end())
      const here = seeing((request, answer) => {
        if (request.url === '/back') answer.end('back')
        else moved(`http://127.0.0.1:${elsewhere}/`)(request, answer)
      })
      const elsewhere = await there.listening
      const back = `http://127.0.0.1:${await here.listening}/back`
      const reply = await get(`http://127.0.0.1:${await here.listening}/a`, { authorization })
      expect(await textOf(reply)).toBe('back')
      expect([here.seen, there.seen]).toEqual([[canary, undefined], [undefined]])
    })

    test('is not sent over the network without encryption, nor to a proxy', async () => {
      const { seen, listening } = seeing((_, answer) => void answer.end())
      const port = await listening
      const proxied = realNet({ env: { HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: '' } })
      for (const net of [direct, proxied]) {
        const asked = get('http://registry.example/v2/', { authorization }, net)
        await expect(asked).rejects.toMatchObject({
          fault: 'other',
          message: 'http://registry.example/v2/: a secret is not sent without encryption',
        })
      }
      expect(seen).toEqual([])
    })

    test.each([
      ['a refused connection', 'http://127.0.0.1:1/'],
      ['a name that is none', 'https://registry.invalid/'],
      ['no address', 'nowhere'],
    ])('is in no error: %s', async (_, url) => {
      const error = await get(url, { authorization }).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(NetError)
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('Y2FuYXJ5')
    })

    test('is told of before it leaves', async () => {
      const told: string[] = []
      const net = realNet({ env: {}, onReveal: (plain) => void told.push(plain) })
      const port = await web((_, answer) => answer.end())
      const token = Secret.of('Y2FuYXJ5').map((text) => `Basic ${text}`)
      await get(`http://127.0.0.1:${port}/`, { authorization: token }, net)
      expect(told).toEqual(['Y2FuYXJ5'])
    })
  })

  test('a Host of its own is sent, and its redirect is the finding', async () => {
    const port = await web((request, answer) =>
      answer.writeHead(308, { location: `https://${request.headers.host}/` }).end(),
    )
    const reply = await get(`http://127.0.0.1:${port}/`, { host: 'sample.local' })
    expect(reply).toMatchObject({ status: 308, headers: { location: 'https://sample.local/' } })
  })
})

describe('faults', () => {
  test('refused', async () => {
    const port = await listening(createServer())
    await closing.pop()?.()
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      name: 'NetError',
      fault: 'refused',
    })
  })

  test('silence before the answer', async () => {
    const port = await web(() => undefined)
    await expect(get(`http://127.0.0.1:${port}/`, { idleTimeoutMs: 150 })).rejects.toMatchObject({
      fault: 'timeout',
    })
  })

  test('silence within the answer', async () => {
    const port = await web((_, answer) => void answer.writeHead(200, { 'content-length': '9' }).write('half'))
    const reply = await get(`http://127.0.0.1:${port}/`, { idleTimeoutMs: 150 })
    await expect(textOf(reply)).rejects.toMatchObject({ fault: 'timeout' })
  })

  test('a cut in the middle, also behind an announced length', async () => {
    const port = await web((_, answer) => {
      answer.writeHead(200, { 'content-length': '9' }).write('half', () => answer.destroy())
    })
    await expect(get(`http://127.0.0.1:${port}/`).then(textOf)).rejects.toMatchObject({ fault: 'cut' })
  })

  test('no TLS at the other end', async () => {
    const port = await web((_, answer) => answer.end())
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ fault: 'tls' })
  })

  test('an abort gives the reason of the signal, before and within the answer', async () => {
    const port = await web((_, answer) => void answer.writeHead(200, { 'content-length': '9' }).write('half'))
    const abort = new AbortController()
    const reply = await get(`http://127.0.0.1:${port}/`, { signal: abort.signal })
    const reading = textOf(reply)
    abort.abort('SIGINT')
    await expect(reading).rejects.toBe('SIGINT')
    await expect(get(`http://127.0.0.1:${port}/`, { signal: abort.signal })).rejects.toBe('SIGINT')
  })

  test.each(['nonsense', 'ftp://host/x'])('%s is no address', async (url) => {
    await expect(get(url)).rejects.toMatchObject({ fault: 'other' })
  })

  test.each([
    ['ENOTFOUND', 'not-found'],
    ['EAI_AGAIN', 'not-found'],
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['ECONNRESET', 'cut'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['EWHATEVER', 'other'],
  ])('%s is %s', (code, fault) => {
    const error = Object.assign(new Error('text'), { code })
    expect(netFaultOf(error, 'h')).toMatchObject({ fault, message: 'h: text' })
    expect(netFaultOf(new AggregateError([error]), 'h')).toMatchObject({ fault })
  })
})

describe('proxies', () => {
  const unresolvable = 'http://mirror.invalid/tool'

  test('a plain request goes to the proxy whole, with its login', async () => {
    const port = await web((request, answer) =>
      answer.end(`${request.url} ${request.headers['proxy-authorization']} ${request.headers.host}`),
    )
    const net = realNet({ env: { HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${port}` } })
    const login = Buffer.from('me:p@ss').toString('base64')
    expect(await textOf(await get(unresolvable, {}, net))).toBe(
      `${unresolvable} Basic ${login} mirror.invalid`,
    )
  })

  test('https asks for a tunnel; a refusal is a proxy fault without the password', async () => {
    const asked: (string | undefined)[] = []
    const server = http.createServer()
    server.on('connect', (request, socket) => {
      asked.push(request.url)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    const port = await listening(server)
    const net = realNet({ env: { https_proxy: `http://me:secret@127.0.0.1:${port}` } })
    const error = await get('https://mirror.invalid/tool', {}, net).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ fault: 'proxy', message: expect.stringContaining('403') })
    expect(String(error)).not.toContain('secret')
    expect(asked).toEqual(['mirror.invalid:443'])
  })

  test('a tunnel that opens leads to the server: what fails behind it is not the proxy', async () => {
    const server = http.createServer()
    server.on('connect', (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.once('data', () => socket.end('not TLS at all'))
    })
    const net = realNet({ env: { HTTPS_PROXY: `http://127.0.0.1:${await listening(server)}` } })
    await expect(get('https://mirror.invalid/tool', {}, net)).rejects.toMatchObject({ fault: 'tls' })
  })

  test('a proxy that is not there, that wants a login, that is of an unknown kind', async () => {
    const port = await web((_, answer) => answer.writeHead(407).end())
    const gone = await listening(createServer())
    await closing.pop()?.()
    for (const proxy of [
      `http://127.0.0.1:${port}`,
      `127.0.0.1:${gone}`,
      'socks5://127.0.0.1:1',
      'http://',
    ]) {
      const net = realNet({ env: { HTTP_PROXY: proxy } })
      await expect(get(unresolvable, {}, net)).rejects.toMatchObject({ fault: 'proxy' })
    }
  })

  test.each([
    'http://user:s3cretpw@proxy.corp:99999',
    'http://user:s3cretpw@',
    'http://user:12#s3cretpw@proxy.corp:3128',
    'socks5://user:s3cretpw@proxy.corp:3128',
    'user:s3cretpw@proxy corp',
    'http://user:%s3cretpw@proxy.corp:3128',
  ])('a proxy variable that cannot be used (%s) is told without its login', async (value) => {
    for (const url of [unresolvable, 'https://mirror.invalid/tool']) {
      const net = realNet({ env: { HTTP_PROXY: value, HTTPS_PROXY: value } })
      const error = await get(url, {}, net).catch((caught: unknown) => caught)
      const { fault, message } = error as { readonly fault: string; readonly message: string }
      expect({ fault, told: /s3cret|user:/.test(message) }).toEqual({ fault: 'proxy', told: false })
    }
  })

  test('no address in a fault shows its login or its query', async () => {
    const port = await web((request, answer) => {
      const location = request.url?.startsWith('/loop')
        ? '/loop?sig=s3cret'
        : 'ftp://me:s3cret@host/x?sig=s3cret'
      answer.writeHead(302, { location }).end()
    })
    for (const url of [
      `me:s3cret@127.0.0.1:${port}/loop`,
      `http://me:s3cret@127.0.0.1:${port}/loop`,
      `http://me:s3cret@127.0.0.1:${port}/`,
    ]) {
      const error = await get(url).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ fault: 'other', message: expect.not.stringContaining('s3cret') })
    }
  })

  test('NO_PROXY goes round it', async () => {
    const port = await web((_, answer) => answer.end('direct'))
    const net = realNet({ env: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.0/8' } })
    expect(await textOf(await get(`http://127.0.0.1:${port}/`, {}, net))).toBe('direct')
  })
})

test('file addresses are read; what is not there is 404', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-net-'))
  closing.push(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'tool'), 'binary')
  const reply = await get(pathToFileURL(join(folder, 'tool')).href)
  expect(reply).toMatchObject({ status: 200, headers: { 'content-length': '6' } })
  expect(await textOf(reply)).toBe('binary')
  for (const path of [folder, join(folder, 'none')]) {
    expect(await get(pathToFileURL(path).href)).toMatchObject({ status: 404 })
  }
})

test('canListen tells whether a port is taken', async () => {
  const port = await listening(createServer())
  expect(await direct.canListen('127.0.0.1', port)).toBe(false)
  await closing.pop()?.()
  expect(await direct.canListen('127.0.0.1', port)).toBe(true)
})
