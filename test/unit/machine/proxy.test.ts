import { describe, expect, test } from 'vitest'
import { checkProxy } from '../../../src/machine/proxy.ts'
import { isExcepted, parseProxy, proxyFor, proxySettings } from '../../../src/machine/proxy-settings.ts'
import { cluster, laptop, mac, windows } from './support.ts'

describe('which proxy', () => {
  test.each([
    ['http://mirror.test/', { http_proxy: 'a:1' }, 'a:1'],
    ['http://mirror.test/', { HTTP_PROXY: 'A:1', http_proxy: 'a:1' }, 'A:1'],
    ['http://mirror.test/', { HTTPS_PROXY: 'a:1' }, undefined],
    ['https://mirror.test/', { HTTP_PROXY: 'a:1' }, undefined],
    ['https://mirror.test/', { HTTPS_PROXY: '', https_proxy: 'a:1' }, 'a:1'],
    ['https://mirror.test/', { ALL_PROXY: 'a:1' }, 'a:1'],
    ['https://mirror.test/', { HTTPS_PROXY: 'a:1', NO_PROXY: 'mirror.test' }, undefined],
    ['https://mirror.test:8443/', { HTTPS_PROXY: 'a:1', NO_PROXY: 'mirror.test:443' }, 'a:1'],
    ['https://mirror.test/', { HTTPS_PROXY: 'a:1', NO_PROXY: 'mirror.test:443' }, undefined],
    ['file:///x', { HTTPS_PROXY: 'a:1', HTTP_PROXY: 'a:1' }, undefined],
    ['http://localhost:1/', { HTTP_PROXY: 'a:1' }, undefined],
    ['http://127.8.0.1/', { HTTP_PROXY: 'a:1' }, undefined],
    ['http://[::1]/', { HTTP_PROXY: 'a:1' }, undefined],
  ] as const)('%s with %j: %s', (url, env, expected) => {
    expect(proxyFor(new URL(url), proxySettings(env))).toBe(expected)
  })

  test.each([
    ['a.example.com', 'example.com', true],
    ['a.example.com', '.example.com', true],
    ['a.example.com', '*.example.com', true],
    ['example.com', '.example.com', false],
    ['Example.COM', 'example.com', true],
    ['notexample.com', 'example.com', false],
    ['anything', '*', true],
    ['10.97.1.2', '10.96.0.0/12', true],
    ['10.112.0.1', '10.96.0.0/12', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['fd00::5', 'fd00::/8', true],
    ['fd00::5', '10.0.0.0/8', false],
    ['fd00::5', 'fd00::5', true],
    ['name', '10.0.0.0/8', false],
  ])('%s under %s: %s', (host, entry, expected) => {
    expect(isExcepted(host, '443', [entry])).toBe(expected)
  })

  test.each([
    ['http://proxy:3128', 'http://proxy:3128'],
    ['proxy:3128', 'http://proxy:3128'],
    [' https://me:x@proxy ', 'https://me:x@proxy'],
    ['socks5://proxy:1080', 'socks5://proxy:1080'],
    ['http://', undefined],
    ['http://:3128', undefined],
    ['no proxy', undefined],
    ['proxy:port', undefined],
  ])('%j is %s', (value, expected) => {
    expect(parseProxy(value)?.href.replace(/\/$/, '')).toBe(expected)
  })
})

describe('checkProxy', () => {
  const proxy = 'http://me:hush@proxy.test:3128'
  const all = 'localhost,127.0.0.1,10.96.0.0/12,192.168.49.0/24,.svc,.cluster.local'
  const judged = (env: Record<string, string>, over = {}, host = laptop) => {
    const found = checkProxy(env, { ...cluster, ...over }, host)
    expect(JSON.stringify(found)).not.toContain('hush')
    return found.state === 'blocked' ? found.problem.code : found.notes ? 'warning' : 'ready'
  }

  test.each<[string, Record<string, string>, object, typeof laptop]>([
    ['ready', {}, {}, laptop],
    ['ready', { HTTPS_PROXY: proxy, NO_PROXY: all }, {}, laptop],
    ['ready', { HTTPS_PROXY: '' }, {}, laptop],
    ['DK7010', { HTTPS_PROXY: 'http://me:hush@' }, {}, laptop],
    ['DK7010', { HTTPS_PROXY: 'http://me:hush@proxy.corp:99999' }, {}, laptop],
    ['DK7010', { HTTPS_PROXY: 'http://me:1#hush@proxy.corp:3128' }, {}, laptop],
    ['DK7010', { http_proxy: 'no proxy' }, {}, laptop],
    ['DK7010', { http_proxy: 'no proxy' }, {}, windows],
    ['DK7011', { HTTPS_PROXY: proxy }, {}, laptop],
    ['DK7011', { HTTPS_PROXY: proxy, NO_PROXY: all }, { subnet: '10.1.0.0/24' }, laptop],
    ['DK7011', { HTTPS_PROXY: proxy, NO_PROXY: all }, { staticIp: '10.1.0.7' }, laptop],
    ['DK7011', { HTTPS_PROXY: proxy }, { driver: 'vfkit' }, mac],
    // Docker Desktop's node is asked for at 127.0.0.1.
    ['warning', { HTTPS_PROXY: proxy }, {}, mac],
    ['warning', { HTTPS_PROXY: proxy, NO_PROXY: '192.168.49.0/24' }, {}, laptop],
    ['warning', { HTTPS_PROXY: proxy, https_proxy: 'http://other', NO_PROXY: all }, {}, laptop],
    ['warning', { HTTPS_PROXY: proxy, NO_PROXY: all, no_proxy: 'other' }, {}, laptop],
  ])('%s for %j, %j', (expected, env, over, host) => {
    expect(judged(env, over, host)).toBe(expected)
  })

  test('the command to paste keeps what was excepted and adds what is missing', () => {
    const found = checkProxy({ HTTPS_PROXY: proxy, NO_PROXY: 'corp.test' }, cluster, laptop)
    expect(found).toMatchObject({
      problem: { next: ['export NO_PROXY="corp.test,192.168.49.0/24,10.96.0.0/12,.svc,.cluster.local"'] },
    })
  })
})
