import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { realNet } from '../../../src/adapters/net.ts'
import { diskFull } from '../../../src/problems/host.ts'
import { type DevK8sError, fail } from '../../../src/problems/problem.ts'
import { NetError, type Net, type NetFault } from '../../../src/ports/net.ts'
import { type DownloadRequest, download } from '../../../src/tools/download.ts'
import { partPath } from '../../../src/tools/part.ts'
import type { DownloadProgress } from '../../../src/tools/rate.ts'
import { type Behaviour, type Mirror, sha256Of, startMirror } from './support/mirror.ts'
import { manualClock, testPorts } from './support/outside.ts'

const content = new Uint8Array(300_000).map((_, index) => (index * 7919) % 251)
const sha256 = sha256Of(content)
let folder = ''
let mirror: Mirror | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-download-'))
})
afterEach(async () => {
  await mirror?.close()
  mirror = undefined
  await rm(folder, { recursive: true })
})

interface Setup {
  readonly behaviours?: readonly Behaviour[]
  readonly checksum?: string
  readonly request?: Partial<DownloadRequest>
  readonly net?: Net
  readonly freeBytes?: number
  readonly signal?: AbortSignal
}

async function run(setup: Setup = {}) {
  mirror = await startMirror(content, setup.behaviours, setup.checksum)
  const clock = manualClock()
  const seen: DownloadProgress[] = []
  const base = realFiles()
  const files = {
    ...base,
    freeBytes: setup.freeBytes === undefined ? base.freeBytes : async () => setup.freeBytes ?? 0,
  }
  // The idle limit of the download is half a minute; a test does not wait for it.
  const real = realNet({ env: {} })
  const net: Net = { ...real, get: (request) => real.get({ ...request, idleTimeoutMs: 200 }) }
  const ports = testPorts({ clock, files, net: setup.net ?? net })
  const url = `${mirror.base}/tool`
  const to = join(folder, 'bin', 'tool')
  const request = { url, checksumUrl: `${url}.sha256`, to, ...setup.request }
  const done = download(request, ports, (now) => seen.push(now), setup.signal ?? new AbortController().signal)
  return { done, clock, seen, to, mirror, url }
}

const left = () => readdir(join(folder, 'bin'))
const codeOf = (code: string) => ({ problems: [expect.objectContaining({ code })] })
/** No wrong byte is ever found under the final name. */
async function expectInstalled(to: string) {
  expect(sha256Of(await readFile(to))).toBe(sha256)
  expect((await stat(to)).mode & 0o777).toBe(0o755)
  expect(await left()).toEqual(['tool'])
}

describe('a file that arrives', () => {
  test('is verified against the published checksum, executable and alone', async () => {
    const { done, seen, to } = await run()
    expect(await done).toEqual({ sha256, sizeBytes: content.length })
    await expectInstalled(to)
    expect(seen.at(-1)).toMatchObject({ bytes: content.length, totalBytes: content.length })
  })

  test('is verified against the pin, and the checksum file is not asked for', async () => {
    const { done, to } = await run({ checksum: 'nonsense', request: { sha256 } })
    await done
    await expectInstalled(to)
  })

  test('comes from a folder just as well', async () => {
    await writeFile(join(folder, 'published'), content)
    await writeFile(join(folder, 'published.sha256'), sha256)
    const url = pathToFileURL(join(folder, 'published')).href
    const { done, to } = await run({ request: { url, checksumUrl: `${url}.sha256` } })
    await done
    await expectInstalled(to)
  })

  test('replaces a file that was there, whole', async () => {
    const { done, to } = await run()
    await done
    await writeFile(to, 'damaged')
    await mirror?.close()
    await (
      await run()
    ).done
    await expectInstalled(to)
  })
})

describe('a line that breaks', () => {
  test('goes on where it was cut, for the same file only', async () => {
    const { done, clock, to, mirror } = await run({
      behaviours: [{ kind: 'cut', afterBytes: 100_000 }, { kind: 'serve' }],
    })
    await done
    await expectInstalled(to)
    expect(mirror.ranges[0]).toBe('none')
    expect(mirror.ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
    expect(mirror.ifRanges[1]).toMatch(/^"/)
    expect(clock.slept).toEqual([1_000])
  })

  test('starts again where the server knows no ranges', async () => {
    const { done, to } = await run({
      behaviours: [{ kind: 'cut', afterBytes: 100_000 }, { kind: 'no-ranges' }],
    })
    await done
    await expectInstalled(to)
  })

  test('goes on in a later run', async () => {
    const first = await run({
      behaviours: [
        { kind: 'cut', afterBytes: 100_000 },
        { kind: 'status', status: 404 },
      ],
    })
    await expect(first.done).rejects.toMatchObject(codeOf('DK1013'))
    expect(await left()).toEqual([expect.stringMatching(/^tool\.part-/)])
    await first.mirror.close()
    const second = await run({ request: { sha256 } })
    await second.done
    expect(second.mirror.ranges[0]).toMatch(/^bytes=[1-9]\d*-$/)
    await expectInstalled(second.to)
  })

  test.each([
    ['is of another file', new Uint8Array(50_000), 2],
    ['is longer than the file', new Uint8Array(content.length + 1), 2],
    ['is already whole', content, 1],
  ])('a part that %s ends in the right file', async (_, part, asked) => {
    const to = join(folder, 'bin', 'tool')
    await realFiles().makeFolder(join(folder, 'bin'))
    await writeFile(partPath(to, sha256), part)
    const { done, mirror } = await run({ request: { sha256 } })
    await done
    await expectInstalled(to)
    expect(mirror.ranges).toHaveLength(asked)
  })

  test('waits longer and longer, and gives up after four tries without progress', async () => {
    const { done, clock, mirror } = await run({ behaviours: [{ kind: 'status', status: 503 }] })
    await expect(done).rejects.toMatchObject(codeOf('DK1014'))
    expect(mirror.ranges).toHaveLength(4)
    expect(clock.slept).toEqual([1_000, 2_000, 4_000])
  })

  test('a server that goes silent: DK7003, and what arrived is kept', async () => {
    const { done } = await run({ behaviours: [{ kind: 'stall', afterBytes: 1_000 }] })
    await expect(done).rejects.toMatchObject(codeOf('DK7003'))
    expect(await left()).toEqual([expect.stringMatching(/^tool\.part-/)])
  })

  test('a server that cuts each time: DK7005', async () => {
    const { done } = await run({ behaviours: [{ kind: 'cut', afterBytes: 1_000 }] })
    await expect(done).rejects.toMatchObject(codeOf('DK7005'))
  })

  test('a range that was not asked for is not glued on', async () => {
    const { done, to } = await run({
      behaviours: [{ kind: 'cut', afterBytes: 100_000 }, { kind: 'wrong-range' }, { kind: 'serve' }],
    })
    await done
    await expectInstalled(to)
  })

  test('a file that changes meanwhile is fetched anew', async () => {
    const net = realNet({ env: {} })
    let asked = 0
    const old = content.map((byte) => byte ^ 1)
    const { done, to, mirror } = await run({
      request: { sha256 },
      behaviours: [{ kind: 'cut', afterBytes: 100_000 }, { kind: 'serve' }],
      net: {
        ...net,
        get: (request) => {
          asked += 1
          mirror.replace(asked === 1 ? old : content)
          return net.get(request)
        },
      },
    })
    await done
    await expectInstalled(to)
    expect(mirror.ranges.at(-1)).toMatch(/^bytes=/)
  })
})

describe('what must not be installed', () => {
  test.each<[string, Behaviour, string]>([
    ['other bytes', { kind: 'lie' }, 'DK1010'],
    ['a web page by its type', { kind: 'html', type: 'text/html; charset=utf-8' }, 'DK1012'],
    ['a web page by its beginning', { kind: 'html', type: 'application/octet-stream' }, 'DK1012'],
    ['404', { kind: 'status', status: 404 }, 'DK1013'],
    ['403', { kind: 'status', status: 403 }, 'DK1014'],
  ])('%s', async (_, behaviour, code) => {
    const { done, clock } = await run({ behaviours: [behaviour] })
    await expect(done).rejects.toMatchObject(codeOf(code))
    expect(clock.slept).toEqual([])
    expect(await left()).toEqual([])
  })

  test('a wrong file leaves nothing at all and names both hashes', async () => {
    const { done } = await run({ behaviours: [{ kind: 'lie' }] })
    await expect(done).rejects.toMatchObject({
      problems: [{ detail: expect.stringContaining(sha256Of(content.map((byte) => byte ^ 1))) }],
    })
    expect(await left()).toEqual([])
  })

  test.each([
    ['no checksum in the checksum file', 'see the web site', 'DK1015'],
    ['a web page for the checksum', '<html>sign in</html>', 'DK1012'],
  ])('%s', async (_, checksum, code) => {
    const { done } = await run({ checksum })
    await expect(done).rejects.toMatchObject(codeOf(code))
  })

  test('an answer that ends before its announced length without an error: DK1011', async () => {
    const net: Net = {
      canListen: async () => true,
      get: async ({ url }) => ({
        status: 200,
        url,
        headers: { 'content-length': '10' },
        body: (async function* () {
          yield new Uint8Array(4)
        })(),
      }),
    }
    const { done } = await run({ net, request: { sha256 } })
    await expect(done).rejects.toMatchObject(codeOf('DK1011'))
  })
})

describe('what stands in the way', () => {
  test.each<[NetFault, string]>([
    ['not-found', 'DK7001'],
    ['refused', 'DK7002'],
    ['timeout', 'DK7003'],
    ['tls', 'DK7004'],
    ['cut', 'DK7005'],
    ['proxy', 'DK7006'],
    ['other', 'DK7007'],
  ])('%s is %s, for the file and for its checksum, with something to try', async (fault, code) => {
    const net: Net = {
      canListen: async () => true,
      get: () => Promise.reject(new NetError(fault, 'the reason')),
    }
    for (const request of [{ sha256 }, {}]) {
      const { done } = await run({ net, request })
      await expect(done).rejects.toMatchObject({
        problems: [{ code, detail: expect.stringContaining('the reason') }],
      })
      const hint = await done.catch((error: DevK8sError) => error.problems[0].next)
      expect(hint).not.toEqual([])
      await mirror?.close()
    }
  })

  test('a disk without room is found before anything is written', async () => {
    const { done } = await run({ freeBytes: 1_000_000 })
    await expect(done).rejects.toMatchObject(codeOf('DK6002'))
    expect(await left()).toEqual([])
  })

  test('a disk that fills up meanwhile gets its space back', async () => {
    mirror = await startMirror(content)
    const files = realFiles()
    const full = {
      ...files,
      openWriter: async (path: string, options: { readonly append: boolean }) => {
        const writer = await files.openWriter(path, options)
        return { ...writer, write: async () => fail(diskFull, { detail: `${path}: no space left.` }) }
      },
    }
    const request = { url: `${mirror.base}/tool`, checksumUrl: '', sha256, to: join(folder, 'bin', 'tool') }
    const done = download(request, testPorts({ files: full }), () => undefined, new AbortController().signal)
    await expect(done).rejects.toMatchObject(codeOf('DK6002'))
    expect(await left()).toEqual([])
  })

  test('an abort stops at once and keeps what arrived', async () => {
    const abort = new AbortController()
    const { done, to } = await run({
      signal: abort.signal,
      behaviours: [{ kind: 'stall', afterBytes: 100_000 }],
      net: {
        canListen: async () => true,
        get: (request) => {
          setTimeout(() => abort.abort('SIGINT'), 50)
          return realNet({ env: {} }).get(request)
        },
      },
      request: { sha256 },
    })
    await expect(done).rejects.toBe('SIGINT')
    expect(await left()).toEqual([partPath(to, sha256).split('/').at(-1)])
  })
})
