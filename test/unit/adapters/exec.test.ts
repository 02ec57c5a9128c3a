import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { childEnvironment } from '../../../src/adapters/child-environment.ts'
import { realExec } from '../../../src/adapters/exec.ts'
import type { Command } from '../../../src/ports/exec.ts'
import { Secret } from '../../../src/ports/secret.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-exec-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const path = process.env['PATH'] ?? ''
const exec = realExec({ env: { PATH: path, HOME: '/nowhere', AWS_SECRET_ACCESS_KEY: 'x', KUBECONFIG: '/k' } })
const how = (timeoutMs = 10_000, signal = new AbortController().signal) => ({ timeoutMs, signal })
const node = (code: string, more: Partial<Command> = {}): Command => ({
  tool: 'system',
  program: process.execPath,
  args: ['-e', code],
  changes: false,
  ...more,
})

describe('every end is a value', () => {
  test('an exit code, with both streams whole', async () => {
    const ran = await exec.run(
      node('console.log("out\\n"); console.error("err"); process.exitCode = 7'),
      how(),
    )
    expect(ran).toMatchObject({
      outcome: 'exited',
      exitCode: 7,
      signal: null,
      stdout: 'out\n\n',
      stderr: 'err\n',
    })
  })

  test('a signal', async () => {
    const ran = await exec.run(node('process.kill(process.pid, "SIGKILL")'), how())
    expect(ran).toMatchObject({ outcome: 'signalled', exitCode: null, signal: 'SIGKILL' })
  })

  test('the time limit', async () => {
    const ran = await exec.run(node('console.log("begun"); setInterval(() => {}, 1000)'), how(400))
    expect(ran).toMatchObject({ outcome: 'timed-out', exitCode: null, stdout: 'begun\n' })
  })

  test('an abort, in time and before the start', async () => {
    const abort = new AbortController()
    const running = exec.run(node('console.log("up"); setInterval(() => {}, 1000)'), {
      ...how(10_000, abort.signal),
      onLine: () => abort.abort('SIGINT'),
    })
    expect(await running).toMatchObject({ outcome: 'aborted', exitCode: null })
    expect(await exec.run(node(''), how(10_000, abort.signal))).toMatchObject({ outcome: 'aborted' })
  })

  test('a program that does not heed SIGTERM is killed', async () => {
    const patient = realExec({ env: { PATH: path }, killDelayMs: 100 })
    const deaf = node('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)')
    const ran = await patient.run(deaf, how(500))
    expect(ran).toMatchObject({ outcome: 'timed-out', stdout: 'up\n' })
    expect(ran.durationMs).toBeLessThan(4_000)
  })

  test('a program that is not there, by name and by path', async () => {
    for (const program of ['devk8s-no-such-program', join(folder, 'none')]) {
      const ran = await exec.run({ ...node(''), program }, how())
      expect(ran).toMatchObject({ outcome: 'not-found', exitCode: null })
    }
  })
})

test('its id is told once it has started, and never when it has not', async () => {
  const ids: number[] = []
  const told = { ...how(), onStart: (pid: number) => ids.push(pid) }
  const { stdout } = await exec.run(node('console.log(process.pid)'), told)
  await exec.run({ ...node(''), program: 'devk8s-no-such-program' }, told)
  expect(ids).toEqual([Number(stdout)])
})

test('a file the system will not start is DK1002', async () => {
  const program = join(folder, 'tool')
  await writeFile(program, 'not a program')
  await expect(exec.run({ ...node(''), program }, how())).rejects.toMatchObject({
    problems: [{ code: 'DK1002', detail: expect.stringContaining(program) }],
  })
})

test('output without end is stopped: DK1003', async () => {
  const endless = node('const b = "x".repeat(1 << 20); for (;;) require("fs").writeSync(1, b)')
  await expect(exec.run(endless, how(60_000))).rejects.toMatchObject({ problems: [{ code: 'DK1003' }] })
})

test('a grandchild that keeps the pipe open does not keep us waiting', async () => {
  const code =
    'require("child_process").spawn("sleep", ["20"], { stdio: "inherit", detached: true }).unref(); console.log("done"); process.exit(0)'
  const ran = await exec.run(node(code), how())
  expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: 'done\n' })
  expect(ran.durationMs).toBeLessThan(8_000)
})

test('lines arrive whole, per stream, the last one also without a line end', async () => {
  const lines: string[] = []
  const code =
    'process.stdout.write("a"); setTimeout(() => { process.stdout.write("b\\r\\n\\nc"); console.error("e") }, 50)'
  const ran = await exec.run(node(code), { ...how(), onLine: (fd, line) => lines.push(`${fd}:${line}`) })
  expect(lines.filter((line) => line.startsWith('1'))).toEqual(['1:ab', '1:', '1:c'])
  expect(lines).toContain('2:e')
  expect(ran).toMatchObject({ stdout: 'ab\r\n\nc', stderr: 'e\n' })
})

describe('what the child is given', () => {
  const show = 'process.stdin.on("data", (d) => process.stdout.write(d)); process.stdin.resume()'

  test('standard input, also a secret; otherwise none', async () => {
    expect((await exec.run(node(show, { stdin: Secret.of('hush') }), how())).stdout).toBe('hush')
    expect((await exec.run(node(show), how())).stdout).toBe('')
  })

  test('an allow-listed environment and what the command adds', async () => {
    const ran = await exec.run(
      node('console.log(JSON.stringify(process.env))', {
        env: { KUBECONFIG: '/mine', TOKEN: Secret.of('t') },
        cwd: folder,
      }),
      how(),
    )
    const env = JSON.parse(ran.stdout) as Record<string, string>
    expect(env).toMatchObject({ HOME: '/nowhere', KUBECONFIG: '/mine', TOKEN: 't', LC_ALL: 'C' })
    expect(env['AWS_SECRET_ACCESS_KEY']).toBeUndefined()
  })
})

describe('childEnvironment', () => {
  test.each([
    ['PATH', true],
    ['Path', true],
    ['MINIKUBE_HOME', true],
    ['MINIKUBE_DRIVER', false],
    ['DOCKER_HOST', true],
    ['https_proxy', true],
    ['NO_PROXY', true],
    ['NODE_EXTRA_CA_CERTS', true],
    ['SSH_AUTH_SOCK', true],
    ['SystemRoot', true],
    ['ProgramFiles(x86)', true],
    ['KUBECONFIG', false],
    ['AWS_PROFILE', false],
    ['LANGUAGE', false],
    ['LANG', false],
    ['WT_SESSION', false],
    ['NODE_OPTIONS', false],
  ])('%s: %s', (name, kept) => {
    expect(name in childEnvironment({ [name]: 'v' })).toBe(kept)
  })

  test('English and no variable that is not set', () => {
    expect(childEnvironment({ LC_ALL: 'de_DE', HOME: undefined })).toEqual({ LC_ALL: 'C' })
  })
})

describe('find', () => {
  test('looks on the given PATH only', async () => {
    const program = join(folder, 'tool')
    await writeFile(program, '#!/bin/sh\n')
    await chmod(program, 0o755)
    const here = realExec({ env: { PATH: folder } })
    expect(await here.find('tool')).toBe(program)
    expect(await here.find('node')).toBeUndefined()
    expect(await realExec({ env: {} }).find('tool')).toBeUndefined()
  })
})
