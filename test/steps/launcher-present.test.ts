import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  test('goes by npx, in the same version, when Node or devk8s has moved', async () => {
    const { context, folder, want, step } = await world()
    const moved = step({ scriptPath: join(folder, 'gone.js') })
    await runner.apply(moved, { state: 'ready' }, context)
    const npx = join(folder, 'npx')
    await writeFile(npx, '#!/bin/sh\necho "npx $*"\n')
    await chmod(npx, 0o755)
    const { stdout } = await run(want.path, ['token', '--cluster', 'x'], { env: { PATH: folder } })
    expect(stdout).toBe('npx --yes devk8s@1.2.3 token --cluster x\n')
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
    'if not exist "C:\\Program Files\\nodejs\\node.exe" goto npx',
    'if not exist "C:\\Users\\100%%\\devk8s\\dist\\bin.js" goto npx',
    '"C:\\Program Files\\nodejs\\node.exe" "C:\\Users\\100%%\\devk8s\\dist\\bin.js" %*',
    'exit /b %errorlevel%',
    ':npx',
    'npx --yes devk8s@1.2.3 %*',
    'exit /b %errorlevel%',
    '',
  ])
})
