import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Home, kubeconfig, newHome } from './switch-lab.ts'

const before = kubeconfig(
  [
    { name: 'dev', namespace: 'payments' },
    { name: 'dev-2' },
    { name: 'staging', aliases: ['stage'] },
    { name: 'dev-live', protected: true },
  ],
  'staging',
)
const PATH = process.env['PATH'] ?? ''

let home: Home
beforeEach(async () => {
  home = await newHome(before)
})

const run = (words: readonly string[], script: string, signal?: AbortSignal) =>
  home.run(['exec', ...words, '--', 'sh', '-c', script], {
    env: { PATH, MINE: 'kept' },
    ...(signal === undefined ? {} : { signal }),
  })

const sorted = (text: string) => text.split('\n').slice(0, -1).toSorted()

describe('which contexts', () => {
  test.each([
    [['dev'], ['dev']],
    [
      ['stage', 'dev'],
      ['dev', 'staging'],
    ],
    // A pattern never means a protected context; what two words name is run once.
    [
      ['dev*', 'dev'],
      ['dev', 'dev-2'],
    ],
    [
      ['sta?ing', 'dev-?'],
      ['dev-2', 'staging'],
    ],
  ])('%j', async (words, names) => {
    const { exit, stdout } = await run(words, 'echo hi')
    expect(exit).toBe(0)
    expect(sorted(stdout).map((line) => line.split(' ')[0])).toEqual(names)
  })

  test.each([
    [['nosuch'], 2, 'DK4050'],
    [['dev-l'], 2, 'DK4052'],
    [['*-live'], 2, 'DK4073'],
  ])('%j is refused: exit %i, %s', async (words, exit, code) => {
    const done = await run(words, 'echo hi')
    expect(done).toMatchObject({ exit, stdout: '' })
    expect(done.stderr).toContain(code)
  })

  test('a protected one by its name needs --yes-prod, and the command to paste has it before --', async () => {
    const { stdout, stderr } = await run(['dev-live'], 'echo hi')
    expect(stdout).toBe('')
    expect(stderr).toContain("devk8s exec dev-live --yes-prod -- sh -c 'echo hi'")
    expect((await run(['dev-live', '--yes-prod'], 'echo hi')).stdout).toBe('dev-live | hi\n')
  })

  test.each([[['exec', 'dev']], [['exec', 'dev', '--']]])('%j lacks its command', async (line) => {
    const { exit, stderr } = await home.run(line)
    expect(exit).toBe(2)
    expect(stderr).toContain('DK2907')
    expect(stderr).toContain('devk8s exec dev -- kubectl get pods')
  })
})

describe('what the command sees and says', () => {
  test('its context first in KUBECONFIG, its environment, its folder; and no file is left', async () => {
    const { stdout } = await run(
      ['dev'],
      'echo "$MINE $PWD"; cat "${KUBECONFIG%%:*}"; echo "${KUBECONFIG#*:}"',
    )
    expect(stdout).toContain(`kept ${home.folder}\n`)
    expect(stdout).toMatch(/^dev \| current-context: "?dev"?$/m)
    expect(stdout).toMatch(/^dev \|     namespace: "?payments"?$/m)
    expect(stdout).toContain(`dev | ${home.config}\n`)
    expect(stdout).not.toContain('token')
    expect(await readdir(join(home.home, '.local/state/devk8s/run/shells'))).toEqual([])
    expect(await home.text()).toBe(before)
  })

  test('-n is the namespace for all of them', async () => {
    const { stdout } = await run(['dev', 'dev-2', '-n', 'other'], 'grep namespace "${KUBECONFIG%%:*}"')
    expect(sorted(stdout.replaceAll('"', ''))).toEqual([
      'dev   |     namespace: other',
      'dev-2 |     namespace: other',
    ])
  })

  test('lines begin with their context, aligned, each on its own stream', async () => {
    const { stdout, stderr } = await run(['dev', 'staging'], 'echo out; echo err >&2; printf unended')
    expect(sorted(stdout)).toEqual([
      'dev     | out',
      'dev     | unended',
      'staging | out',
      'staging | unended',
    ])
    expect(sorted(stderr)).toEqual(['dev     | err', 'staging | err'])
  })

  test('--quiet leaves the output, since that is what was asked for', async () => {
    expect((await run(['dev', '--quiet'], 'echo hi')).stdout).toBe('dev | hi\n')
  })

  test('JSON gathers it by context; ndjson has each line as it comes', async () => {
    const { stdout } = await run(
      ['dev', 'dev-2', '--json'],
      'echo $DEVK8S_BOUND_CONTEXT; echo no >&2; exit 3',
    )
    const outcome = (context: string) => ({
      context,
      exitCode: 3,
      outcome: 'exited',
      stdout: `${context}\n`,
      stderr: 'no\n',
    })
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      exit: 3,
      result: { contexts: [outcome('dev'), outcome('dev-2')] },
    })
    const lines = (await run(['dev', '--output', 'ndjson'], 'echo hi')).stdout.split('\n').slice(0, -1)
    expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toContainEqual(
      expect.objectContaining({ type: 'output', source: 'dev', fd: 1, text: 'hi' }),
    )
  })
})

describe('how it ends', () => {
  test.each([
    ['the worst of them', '[ "$DEVK8S_BOUND_CONTEXT" = dev ] && exit 3; exit 9', 9],
    ['a signal as shells count it', 'kill -9 $$', 137],
    ['all well', 'true', 0],
    ['any code that a program may have', 'exit 200', 200],
  ])('%s', async (_, script, exit) => {
    expect((await run(['dev', 'dev-2'], script)).exit).toBe(exit)
  })

  test('a program that is not there is 127', async () => {
    const { exit, stderr } = await home.run(['exec', 'dev', '--', 'no-such-program'], { env: { PATH } })
    expect(exit).toBe(127)
    expect(stderr).toBe('dev | no-such-program: command not found\n')
  })

  test('a program that may not be started is 126', async () => {
    const path = join(home.folder, 'not-executable')
    await writeFile(path, '#!/bin/sh\n', { mode: 0o600 })
    const { exit, stderr } = await home.run(['exec', 'dev', '--', path], { env: { PATH } })
    expect(exit).toBe(126)
    expect(stderr).toContain('could not be started')
  })

  test('--fail-fast stops the others', async () => {
    const script = '[ "$DEVK8S_BOUND_CONTEXT" = dev ] && exit 4; exec sleep 60'
    const { exit, stdout } = await run(['dev', 'dev-2', 'staging', '--fail-fast', '--json'], script)
    expect(exit).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({
      result: { contexts: [{ exitCode: 4 }, { exitCode: null, outcome: 'aborted' }, { outcome: 'aborted' }] },
    })
  })

  test('Ctrl-C stops all of them, and nothing is claimed about what they did', async () => {
    const stop = new AbortController()
    const running = run(['dev', 'dev-2'], 'echo on; exec sleep 60', stop.signal)
    setTimeout(() => stop.abort('SIGINT'), 300)
    const { exit, stderr } = await running
    expect(exit).toBe(130)
    expect(stderr).not.toContain('Interrupted before')
  })

  test('no more than eight at a time', async () => {
    const names = Array.from({ length: 20 }, (_, at) => ({ name: `c${at}` }))
    await writeFile(home.config, kubeconfig(names))
    const log = join(home.folder, 'log')
    await run(['c*'], `echo start >> ${log}; sleep 0.1; echo end >> ${log}`)
    let running = 0
    let most = 0
    for (const line of (await home.text(log)).split('\n')) {
      running += line === 'start' ? 1 : line === 'end' ? -1 : 0
      most = Math.max(most, running)
    }
    expect({ running, most }).toEqual({ running: 0, most: 8 })
  })
})
