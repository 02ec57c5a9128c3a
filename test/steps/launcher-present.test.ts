import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { renderLauncher } from '../../src/contexts/launcher.ts'
import type { Step } from '../../src/plan/step.ts'
import { runner } from '../../src/steps/launcher-present.ts'
import { lab } from './objects-lab.ts'

const run = promisify(execFile)

async function world() {
  const { context } = await lab()
  // A blank and a quote in the way, as a user's folder may have them.
  const folder = join(await mkdtemp(join(tmpdir(), 'devk8s-launcher-')), "it's here")
  await mkdir(folder)
  const want = {
    path: join(folder, 'bin', 'devk8s'),
    nodePath: process.execPath,
    scriptPath: join(folder, 'main.js'),
    version: '1.2.3',
  }
  await writeFile(want.scriptPath, 'console.log(JSON.stringify(process.argv.slice(2)))\n')
  const step = (change: Partial<typeof want> = {}): Step<'launcher.present'> => ({
    id: 'launcher',
    kind: 'launcher.present',
    title: 'Launcher',
    want: { ...want, ...change },
    needs: [],
  })
  return { context, folder, want, step }
}

describe.skipIf(process.platform === 'win32')('the launcher', () => {
  test('starts this very program, with the arguments as they are', async () => {
    const { context, want, step } = await world()
    const found = await runner.check(step(), context)
    expect(found).toMatchObject({ state: 'absent', changes: [{ field: want.path, effect: 'create' }] })
    await runner.apply(step(), found, context)
    expect(await runner.check(step(), context)).toEqual({ state: 'ready' })
    expect((await stat(want.path)).mode & 0o777).toBe(0o755)
    const args = ['token', '--cluster', 'a b', '$HOME', '*', "it's"]
    const { stdout } = await run(want.path, args, { env: {} })
    expect(JSON.parse(stdout)).toEqual(args)
  })

  test('takes no Node from a relative folder on PATH', async () => {
    const { context, folder, want, step } = await world()
    await runner.apply(step({ nodePath: '/gone/node' }), { state: 'ready' }, context)
    await mkdir(join(folder, 'here'))
    await writeFile(join(folder, 'here/node'), '#!/bin/sh\necho taken\n', { mode: 0o755 })
    const ran = run(want.path, ['token'], { cwd: folder, env: { PATH: 'here:./here' } })
    await expect(ran).rejects.toMatchObject({ code: 4, stdout: '' })
  })

  test('takes the Node on PATH when its own is gone', async () => {
    const { context, folder, want, step } = await world()
    const moved = step({ nodePath: join(folder, 'gone', 'node') })
    await runner.apply(moved, { state: 'ready' }, context)
    const { stdout } = await run(want.path, ['token'], { env: { PATH: dirname(process.execPath) } })
    expect(JSON.parse(stdout)).toEqual(['token'])
    await expect(run(want.path, ['token'], { env: { PATH: folder } })).rejects.toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`${join(folder, 'gone', 'node')} is gone`),
    })
  })

  test('starts nothing of the folder it is in, nor npx, when devk8s is gone: it says what to run', async () => {
    const { context, folder, want, step } = await world()
    const moved = step({ scriptPath: join(folder, 'gone.js') })
    await runner.apply(moved, { state: 'ready' }, context)
    const trap = join(folder, 'node_modules', '.bin')
    await mkdir(trap, { recursive: true })
    for (const path of [join(folder, 'npx'), join(trap, 'devk8s'), join(folder, 'node')]) {
      await writeFile(path, '#!/bin/sh\necho trapped\n')
      await chmod(path, 0o755)
    }
    const ran = run(want.path, ['token', '--cluster', 'x'], { cwd: folder, env: { PATH: folder } })
    await expect(ran).rejects.toMatchObject({
      code: 4,
      stdout: '',
      stderr: `devk8s: ${join(folder, 'gone.js')} is gone, and no credentials were handed out. To mend it: npx devk8s@1.2.3 up, or devk8s contexts sync\n`,
    })
  })

  test('is written again when Node has moved, and made runnable again', async () => {
    const { context, want, step } = await world()
    await runner.apply(step(), { state: 'ready' }, context)
    const moved = step({ nodePath: '/opt/node24/bin/node' })
    const found = await runner.check(moved, context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: [{ field: want.path, to: `/opt/node24/bin/node ${want.scriptPath}`, effect: 'in-place' }],
    })
    await runner.apply(moved, found, context)
    expect(await readFile(want.path, 'utf8')).toContain("'/opt/node24/bin/node'")
    await chmod(want.path, 0o644)
    expect(await runner.check(moved, context)).toMatchObject({
      state: 'drifted',
      changes: [{ field: `${want.path} mode`, from: '644', to: '755' }],
    })
    await runner.apply(moved, found, context)
    expect(await runner.check(moved, context)).toEqual({ state: 'ready' })
  })
})

test('on Windows it is a command file whose exit code is the program’s', () => {
  const text = renderLauncher({
    path: 'C:\\Users\\a\\AppData\\Local\\devk8s\\bin\\devk8s.cmd',
    nodePath: 'C:\\Program Files\\nodejs\\node.exe',
    scriptPath: 'C:\\Users\\100%\\devk8s\\dist\\bin.js',
    version: '1.2.3',
  })
  expect(text.split('\r\n')).toEqual([
    '@echo off',
    expect.stringMatching(/^rem /),
    'setlocal',
    'set "DEVK8S_NODE=C:\\Program Files\\nodejs\\node.exe"',
    'if not exist "%DEVK8S_NODE%" for %%n in (node.exe) do set "DEVK8S_NODE=%%~$PATH:n"',
    'if not exist "C:\\Users\\100%%\\devk8s\\dist\\bin.js" goto script',
    'if "%DEVK8S_NODE%"=="" goto node',
    '"%DEVK8S_NODE%" "C:\\Users\\100%%\\devk8s\\dist\\bin.js" %*',
    'exit /b %errorlevel%',
    ':script',
    expect.stringMatching(
      /^>&2 echo devk8s: C:\\Users\\100%%\\devk8s\\dist\\bin\.js is gone, .* npx devk8s@1\.2\.3 up/,
    ),
    'exit /b 4',
    ':node',
    expect.stringMatching(/^>&2 echo devk8s: C:\\Program Files\\nodejs\\node\.exe is gone, /),
    'exit /b 4',
    '',
  ])
  expect(text).not.toMatch(/^\s*npx/m)
})
