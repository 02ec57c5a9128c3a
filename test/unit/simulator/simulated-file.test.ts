import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import { makeFile, readHeader, simulatedHashing } from '../../../src/simulator/simulated-file.ts'

const file = { tool: 'kubectl', version: 'v1.35.1', platform: 'linux/amd64' }
const pinned = 'ab'.repeat(32)

function hashOf(bytes: Uint8Array, chunkBytes: number): string {
  const hash = simulatedHashing(realHashing()).sha256()
  for (let at = 0; at < bytes.length; at += chunkBytes) hash.update(bytes.subarray(at, at + chunkBytes))
  return hash.hex()
}

function realHashOf(bytes: Uint8Array): string {
  const hash = realHashing().sha256()
  hash.update(bytes)
  return hash.hex()
}

describe('simulated files and their hash', () => {
  test('clause 5: a whole file has the hash it declares, however it arrives', () => {
    const { content, sha256 } = makeFile(file, 5_000, realHashing(), pinned)
    expect(sha256).toBe(pinned)
    const holds = fc.property(
      fc.integer({ min: 1, max: 6_000 }),
      (chunk) => hashOf(content, chunk) === pinned,
    )
    expect(() => fc.assert(holds)).not.toThrow()
  })

  test('without a pinned hash it has one of its own, the same each time', () => {
    const [one, two] = [
      makeFile(file, 100, realHashing(), undefined),
      makeFile(file, 100, realHashing(), undefined),
    ]
    expect(one.sha256).toBe(two.sha256)
    expect(hashOf(one.content, 64)).toBe(one.sha256)
  })

  test('clause 6: cut short or altered, it has its real hash', () => {
    const { content } = makeFile(file, 5_000, realHashing(), pinned)
    const holds = fc.property(fc.integer({ min: 0, max: content.length - 1 }), (at) => {
      const short = content.subarray(0, at)
      const other = content.slice()
      other[at] = (other[at] ?? 0) ^ 1
      return hashOf(short, 512) !== pinned && hashOf(other, 512) !== pinned
    })
    expect(() => fc.assert(holds)).not.toThrow()
  })

  test('any other file has its real hash', () => {
    const holds = fc.property(fc.uint8Array(), (bytes) => hashOf(bytes, 7) === realHashOf(bytes))
    expect(() => fc.assert(holds)).not.toThrow()
  })

  test('the first line says which program it stands for', () => {
    const { content } = makeFile(file, 10, realHashing(), pinned)
    expect(readHeader(new TextDecoder().decode(content))).toMatchObject({ ...file, declared: pinned })
    expect(readHeader('#!/bin/sh\n')).toBeUndefined()
  })
})
