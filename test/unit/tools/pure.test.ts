import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isWebPage } from '../../../src/tools/download-problems.ts'
import { isCompatible, parseVersion } from '../../../src/tools/on-path.ts'
import { folderOf } from '../../../src/tools/paths.ts'
import { type DownloadProgress, rateMeter } from '../../../src/tools/rate.ts'
import { parseReceipt, renderReceipt } from '../../../src/tools/receipt.ts'
import { parseChecksum, platformKeyOf, toolRelease } from '../../../src/tools/release.ts'

const hash = 'a'.repeat(64)

describe('toolRelease', () => {
  const spec = {
    version: 'v1.38.1',
    mirror: 'https://mirror.test/minikube/',
    sha256: { 'linux-amd64': 'ABC' },
  }
  test.each([
    ['minikube', 'linux', 'amd64', 'https://mirror.test/minikube/v1.38.1/minikube-linux-amd64'],
    ['minikube', 'darwin', 'arm64', 'https://mirror.test/minikube/v1.38.1/minikube-darwin-arm64'],
    ['minikube', 'win32', 'arm64', 'https://mirror.test/minikube/v1.38.1/minikube-windows-amd64.exe'],
    ['kubectl', 'linux', 'arm64', 'https://mirror.test/minikube/v1.38.1/bin/linux/arm64/kubectl'],
    ['kubectl', 'win32', 'amd64', 'https://mirror.test/minikube/v1.38.1/bin/windows/amd64/kubectl.exe'],
  ] as const)('%s for %s on %s', (tool, platform, arch, url) => {
    expect(toolRelease(tool, spec, { platform, arch })).toMatchObject({ url, checksumUrl: `${url}.sha256` })
  })

  test('the pin is that of the platform, in lower case; none is none', () => {
    expect(toolRelease('minikube', spec, { platform: 'linux', arch: 'amd64' }).sha256).toBe('abc')
    expect('sha256' in toolRelease('minikube', spec, { platform: 'darwin', arch: 'amd64' })).toBe(false)
  })

  test('a folder is a mirror too', () => {
    const release = toolRelease(
      'kubectl',
      { ...spec, mirror: 'file:///opt/m' },
      { platform: 'linux', arch: 'amd64' },
    )
    expect(release.url).toBe('file:///opt/m/v1.38.1/bin/linux/amd64/kubectl')
  })

  test('the processor decides, not what Node was built for', () => {
    expect(platformKeyOf({ platform: 'darwin', arch: 'arm64' })).toBe('darwin-arm64')
  })
})

test.each([
  [hash, hash],
  [`${hash}\n`, hash],
  [`${hash.toUpperCase()}  kubectl\n`, hash],
  [`${hash}0`, undefined],
  ['<html>', undefined],
  ['', undefined],
])('checksum file %j', (text, expected) => {
  expect(parseChecksum(text)).toBe(expected)
})

test.each([
  ['text/html', 'anything', true],
  ['application/octet-stream', '  <!doctype html><p>', true],
  [undefined, '<HTML>', true],
  [undefined, '\u007fELF', false],
  ['text/plain', hash, false],
])('a web page: %s %j is %s', (type, start, expected) => {
  expect(isWebPage(type, new TextEncoder().encode(start))).toBe(expected)
})

describe('versions', () => {
  test.each([
    [
      'minikube',
      '{"commit":"c93a4cb9311efc66b90d33ea03f75f2c4120e9b0","minikubeVersion":"v1.38.1"}\n',
      'v1.38.1',
    ],
    ['kubectl', '{"clientVersion":{"gitVersion":"v1.33.1"},"kustomizeVersion":"v5.6.0"}', 'v1.33.1'],
    ['kubectl', '{"clientVersion":null}', undefined],
    ['minikube', '{"minikubeVersion":"newest"}', undefined],
    ['minikube', 'minikube version: v1.38.1', undefined],
    ['minikube', 'null', undefined],
  ] as const)('%s says %j: %s', (tool, stdout, version) => {
    expect(parseVersion(tool, stdout)).toBe(version)
  })

  test.each([
    ['minikube', 'v1.38.1', 'v1.38.1', true],
    ['minikube', 'v1.38.0', 'v1.38.1', false],
    ['kubectl', 'v1.34.9', 'v1.35.1', true],
    ['kubectl', 'v1.36.0', 'v1.35.1', true],
    ['kubectl', 'v1.33.0', 'v1.35.1', false],
    ['kubectl', 'v2.35.1', 'v1.35.1', false],
    ['kubectl', 'nonsense', 'v1.35.1', false],
  ] as const)('%s %s for %s: %s', (tool, version, wanted, expected) => {
    expect(isCompatible(tool, version, wanted)).toBe(expected)
  })
})

describe('receipt', () => {
  test('reads what it wrote', () => {
    const receipts = fc.record({
      version: fc.string(),
      sha256: fc.string(),
      sizeBytes: fc.nat(),
      mtimeMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    })
    expect(() =>
      fc.assert(
        fc.property(receipts, (receipt) => {
          expect(parseReceipt(renderReceipt(receipt))).toEqual(receipt)
        }),
      ),
    ).not.toThrow()
  })

  test.each([
    undefined,
    '',
    '{',
    '[]',
    'null',
    '{"version":"v1"}',
    '{"version":"v1","sha256":"a","sizeBytes":"1"}',
  ])('%j is none', (text) => {
    expect(parseReceipt(text)).toBeUndefined()
  })
})

test('the rate is that of the last seconds, and told now and then', () => {
  let now = 0
  const told: DownloadProgress[] = []
  const meter = rateMeter(
    { alreadyBytes: 500, totalBytes: 100_500 },
    () => now,
    (progress) => told.push(progress),
  )
  for (let second = 1; second <= 20; second += 1) {
    now = second * 1_000
    meter.add(second <= 10 ? 1_000 : 100)
    meter.add(0)
  }
  expect(told).toHaveLength(20)
  expect(told[9]).toEqual({ bytes: 10_500, totalBytes: 100_500, bytesPerS: 1_000 })
  expect(told[19]).toMatchObject({ bytes: 11_500, bytesPerS: 100 })
})

test.each([
  ['/a/b', '/a'],
  ['/a', '/'],
  ['C:\\a\\b.exe', 'C:\\a'],
])('the folder of %s is %s', (path, folder) => {
  expect(folderOf(path)).toBe(folder)
})
