import { describe, expect, test } from 'vitest'
import { realClock } from '../../../src/adapters/clock.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import { realHost } from '../../../src/adapters/host.ts'

describe('clock', () => {
  test('sleeps, and stops sleeping with the reason of the signal', async () => {
    const clock = realClock()
    const before = clock.monotonic()
    await clock.sleep(5)
    expect(clock.monotonic()).toBeGreaterThan(before)
    const abort = new AbortController()
    const sleeping = clock.sleep(60_000, abort.signal)
    abort.abort('SIGTERM')
    await expect(sleeping).rejects.toBe('SIGTERM')
    expect(clock.now()).toBeGreaterThan(Date.UTC(2024))
  })
})

test('sha256 in pieces is the sha256 of the whole (FIPS 180-2, B.1)', () => {
  const hasher = realHashing().sha256()
  hasher.update('a')
  hasher.update(new TextEncoder().encode('bc'))
  expect(hasher.hex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

describe('host', () => {
  test('says what this machine is', async () => {
    const facts = await realHost().read()
    expect(facts.platform).toBe(process.platform)
    expect(facts.nodeArch).toBe(process.arch)
    expect(['amd64', 'arm64', 'other']).toContain(facts.arch)
    expect(facts.cpus).toBeGreaterThan(0)
    expect(facts.memoryMiB).toBeGreaterThan(100)
    expect(facts.interfaces.every(({ cidr }) => cidr.includes('/'))).toBe(true)
  })

  test('knows a living process from a dead one', () => {
    const host = realHost()
    expect(host.isAlive(process.pid)).toBe(true)
    // Linux ends at 2^22, so this one cannot be.
    expect(host.isAlive(2 ** 30)).toBe(false)
    expect(host.isAlive(0)).toBe(false)
    expect(host.isAlive(-1)).toBe(false)
  })
})
