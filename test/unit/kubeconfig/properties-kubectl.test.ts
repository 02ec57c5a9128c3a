import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withCurrent } from '../../../src/kubeconfig/current.ts'
import { scanKubeconfig } from '../../../src/kubeconfig/scan.ts'
import { kubeconfig, oddNames, someName } from './generated.ts'

const run = promisify(execFile)
const kubectl = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((place) => join(place, process.platform === 'win32' ? 'kubectl.exe' : 'kubectl'))
  .find((path) => existsSync(path))

/** Starting kubectl takes some 50 ms. */
const sample = { numRuns: 40, seed: 4 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-kubectl-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Seen {
  readonly 'current-context'?: string
  readonly contexts?: readonly { readonly name: string }[]
}

/** What kubectl reads in this text; undefined when it refuses it. */
async function asKubectl(text: string): Promise<Seen | undefined> {
  const path = join(folder, 'config')
  await writeFile(path, text)
  const args = ['config', 'view', '--raw', '-o', 'json', '--kubeconfig', path]
  return run(kubectl!, args).then(
    ({ stdout }) => JSON.parse(stdout) as Seen,
    () => undefined,
  )
}

describe.skipIf(kubectl === undefined)('a real kubectl (skipped when none is on PATH)', () => {
  test('reads after withCurrent what it read before, and the context that was meant', async () => {
    let taken = 0
    const name = fc.oneof(someName, fc.constantFrom(...oddNames))
    await fc.assert(
      fc.asyncProperty(kubeconfig, name, async ({ text }, context) => {
        const before = await asKubectl(text)
        if (before === undefined) return
        taken += 1
        const after = await asKubectl(await withCurrent(text, context, '/config'))
        expect(after).toEqual({ ...before, 'current-context': context })
      }),
      sample,
    )
    expect(taken).toBeGreaterThan(30)
  }, 60_000)

  test('finds the contexts that the scanner finds', async () => {
    await fc.assert(
      fc.asyncProperty(kubeconfig, async ({ text }) => {
        const scan = scanKubeconfig(text)
        fc.pre(scan !== undefined)
        const seen = await asKubectl(text)
        expect(seen).toBeDefined()
        expect((seen?.contexts ?? []).map((each) => each.name).toSorted()).toEqual(
          scan?.contexts.map((each) => each.name).toSorted(),
        )
        expect(seen?.['current-context'] ?? '').toBe(scan?.current?.value ?? '')
      }),
      { ...sample, numRuns: 30 },
    )
  }, 60_000)
})
