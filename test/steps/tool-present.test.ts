import { chmod, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Step } from '../../src/plan/step.ts'
import type { Ran } from '../../src/ports/exec.ts'
import { runner } from '../../src/steps/tool-present.ts'
import { type Mirror, sha256Of, startMirror } from '../unit/tools/support/mirror.ts'
import { testContext, testPorts } from '../unit/tools/support/outside.ts'

const content = new TextEncoder().encode('#!/bin/sh\necho hello\n')
const sha256 = sha256Of(content)
let folder = ''
let mirror: Mirror
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-tool-'))
  mirror = await startMirror(content)
})
afterEach(async () => {
  await mirror.close()
  await rm(folder, { recursive: true })
})

const stepOf = (want: Partial<Step<'tool.present'>['want']> = {}): Step<'tool.present'> => ({
  id: 'tool.minikube',
  kind: 'tool.present',
  title: 'minikube',
  needs: [],
  want: {
    tool: 'minikube',
    version: 'v1.38.1',
    path: join(folder, 'tools', 'minikube', 'v1.38.1', 'minikube'),
    source: 'managed',
    url: `${mirror.base}/minikube`,
    checksumUrl: `${mirror.base}/minikube.sha256`,
    ...want,
  },
})

async function bring(step: Step<'tool.present'>) {
  const context = testContext(testPorts())
  const found = await runner.check(step, context)
  if (found.state !== 'ready') await runner.apply(step, found, context)
  return { found, after: await runner.check(step, testContext(testPorts())), context }
}

describe('a managed tool', () => {
  test.each([{ sha256 }, {}])('absent, downloaded, ready (pin: %j)', async (pin) => {
    const step = stepOf(pin)
    const { found, after, context } = await bring(step)
    expect(found).toMatchObject({
      state: 'absent',
      changes: [{ field: step.want.path, to: step.want.url, effect: 'create' }],
    })
    expect(after).toMatchObject({ state: 'ready', detail: { sha256, version: 'v1.38.1' } })
    expect(context.seen.at(-1)).toMatchObject({ bytes: content.length, fraction: 1 })
  })

  test('a mirror that wants a login gets it, and nothing that is said shows it', async () => {
    const url = `${mirror.base}/minikube`.replace('://', '://me:hush@')
    const step = stepOf({ url, checksumUrl: `${url}.sha256` })
    const { found, after, context } = await bring(step)
    expect(after.state).toBe('ready')
    expect(JSON.stringify([found, after, context.seen])).not.toContain('hush')
    const refused = runner.apply(
      stepOf({ url, checksumUrl: `${url}.sha256`, path: join(folder, 'other'), sha256: '0'.repeat(64) }),
      { state: 'absent', changes: [] },
      testContext(testPorts()),
    )
    await expect(refused).rejects.toMatchObject({
      problems: [{ detail: expect.stringContaining('***@'), next: [expect.not.stringContaining('hush')] }],
    })
  })

  test('looking again reads no byte of it', async () => {
    await bring(stepOf())
    const ports = testPorts()
    const files = {
      ...ports.files,
      readStream: () => {
        throw new Error('read')
      },
    }
    expect(await runner.check(stepOf(), testContext(testPorts({ files })))).toMatchObject({ state: 'ready' })
  })

  test('only touched: hashed again, still ready', async () => {
    await bring(stepOf())
    await utimes(stepOf().want.path, 1, 1)
    expect(await runner.check(stepOf(), testContext(testPorts()))).toMatchObject({ state: 'ready' })
  })

  test('damaged: drifted, and mended', async () => {
    const step = stepOf({ sha256 })
    await bring(step)
    await writeFile(step.want.path, 'half')
    const { found, after } = await bring(step)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: step.want.path, from: `sha256 ${sha256Of('half')}`, to: `sha256 ${sha256}` }],
    })
    expect(after).toMatchObject({ state: 'ready' })
    expect(await readFile(step.want.path)).toEqual(Buffer.from(content))
  })

  test('not executable any more: given back without a download', async () => {
    const step = stepOf()
    await bring(step)
    await chmod(step.want.path, 0o644)
    const asked = mirror.ranges.length
    const { found, after } = await bring(step)
    expect(found).toMatchObject({ state: 'drifted', changes: [{ effect: 'in-place' }] })
    expect(after).toMatchObject({ state: 'ready' })
    expect((await stat(step.want.path)).mode & 0o777).toBe(0o755)
    expect(mirror.ranges).toHaveLength(asked)
  })

  test('a file that nobody verified is not trusted', async () => {
    const step = stepOf()
    await bring(step)
    await rm(`${step.want.path}.json`)
    const { found, after } = await bring(step)
    expect(found).toMatchObject({ state: 'drifted', changes: [{ from: 'not verified' }] })
    expect(after).toMatchObject({ state: 'ready' })
  })

  test('a folder in its place makes way', async () => {
    await mkdir(join(stepOf().want.path, 'inside'), { recursive: true })
    const { found, after } = await bring(stepOf())
    expect(found).toMatchObject({ state: 'drifted', changes: [{ from: 'not a file' }] })
    expect(after).toMatchObject({ state: 'ready' })
  })
})

describe('a tool on PATH', () => {
  const answering = (answer: Partial<Ran>) => {
    const calls: string[][] = []
    const ran = {
      outcome: 'exited',
      exitCode: 0,
      signal: null,
      stdout: '',
      stderr: '',
      durationMs: 1,
    } as const
    const ports = testPorts({
      exec: {
        find: async () => undefined,
        run: async ({ program, args }) => {
          calls.push([program, ...args])
          return { ...ran, ...answer }
        },
      },
    })
    return { calls, context: testContext(ports) }
  }
  const path = '/usr/bin/minikube'

  test('of the right version is ready, and asked once', async () => {
    const { calls, context } = answering({ stdout: '{"minikubeVersion":"v1.38.1"}' })
    const step = stepOf({ source: 'path', path })
    expect(await runner.check(step, context)).toMatchObject({ state: 'ready', detail: { source: 'path' } })
    await runner.check(step, context)
    expect(calls).toEqual([[path, 'version', '-o', 'json']])
  })

  test.each<[string, Partial<Ran>, string, string]>([
    ['another version', { stdout: '{"minikubeVersion":"v1.30.0"}' }, 'DK1020', 'is v1.30.0'],
    ['no version', { stdout: 'hello', stderr: 'what?\n' }, 'DK1020', 'does not say its version'],
    ['a failure', { exitCode: 1, stdout: '{"minikubeVersion":"v1.38.1"}' }, 'DK1020', 'does not say'],
    ['nothing there', { outcome: 'not-found', exitCode: null }, 'DK1001', path],
  ])('%s is blocked, and nothing of the user is touched', async (_, answer, code, detail) => {
    const { context } = answering(answer)
    const step = stepOf({ source: 'path', path })
    const found = await runner.check(step, context)
    expect(found).toMatchObject({
      state: 'blocked',
      problem: { code, detail: expect.stringContaining(detail) },
    })
    await expect(runner.apply(step, found, context)).rejects.toMatchObject({ problems: [{ code }] })
  })
})
