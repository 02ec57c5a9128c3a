import { describe, expect, test } from 'vitest'
import { shownAddress, shownProxy } from '../../../src/machine/shown-address.ts'

describe('shownAddress', () => {
  test.each([
    ['https://mirror.acme.test/tools', 'https://mirror.acme.test/tools'],
    ['https://me:hush@mirror.acme.test:8443/tools', 'https://***@mirror.acme.test:8443/tools'],
    ['https://hush@mirror.acme.test/tools', 'https://***@mirror.acme.test/tools'],
    ['https://mirror.acme.test/x?X-Amz-Signature=hush', 'https://mirror.acme.test/x?***'],
    ['https://mirror.acme.test/@scope/x', 'https://mirror.acme.test/@scope/x'],
    ['file:///home/a@b/minikube', 'file:///home/a@b/minikube'],
    ['https://me:hush@mirror:99999', 'https://***@mirror:99999'],
    ['me:hush@mirror/tools', '***@mirror/tools'],
    ['no address', 'no address'],
  ])('%s is shown as %s', (address, shown) => expect(shownAddress(address)).toBe(shown))
})

describe('shownProxy', () => {
  test.each([
    ['http://me:hush@proxy.corp:3128', 'http://proxy.corp:3128'],
    ['me:hush@proxy.corp:3128', 'http://proxy.corp:3128'],
    ['http://me:hush@proxy.corp:99999', '"http://***@proxy.corp:99999"'],
    ['http://me:12#hush@proxy.corp:3128', '"http://***@proxy.corp:3128"'],
    ['http://me:1/hush@proxy.corp:3128', '"http://***@proxy.corp:3128"'],
    ['http://me:hush@', '"http://***@"'],
    ['no proxy', '"no proxy"'],
  ])('%s is shown as %s', (value, shown) => expect(shownProxy(value)).toBe(shown))
})
