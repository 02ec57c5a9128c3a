import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reasonToKeep, runner } from '../../src/steps/files-absent.ts'
import type { Step } from '../../src/plan/step.ts'
import { testContext, testPorts } from '../unit/tools/support/outside.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-absent-'))
})
afterEach(() => rm(folder, { recursive: true }))

const stepOf = (...paths: string[]): Step<'files.absent'> => ({
  id: 'tools',
  kind: 'files.absent',
  title: 'Installed tools',
  needs: [],
  want: { paths, what: 'Installed tools' },
})
const contextOf = () => testContext(testPorts(), { HOME: folder })

test('lists what is there with its size, removes it, and is ready', async () => {
  const tools = join(folder, 'data', 'tools')
  await mkdir(join(tools, 'kubectl'), { recursive: true })
  await writeFile(join(tools, 'kubectl', 'kubectl'), Buffer.alloc(3 * 1024 * 1024))
  await writeFile(join(folder, 'data', 'last-profile'), 'default')
  const step = stepOf(tools, join(folder, 'data', 'last-profile'), join(folder, 'data', 'none'))
  const context = contextOf()
  const found = await runner.check(step, context)
  expect(found).toEqual({
    state: 'drifted',
    changes: [
      { field: tools, from: '3 MiB', effect: 'remove' },
      { field: join(folder, 'data', 'last-profile'), from: '7 bytes', effect: 'remove' },
    ],
  })
  await runner.apply(step, found, context)
  expect(await runner.check(step, contextOf())).toEqual({ state: 'ready' })
})

test('of a symlink only the link goes', async () => {
  await mkdir(join(folder, 'theirs'))
  await mkdir(join(folder, 'ours'))
  await symlink(join(folder, 'theirs'), join(folder, 'ours', 'link'))
  const step = stepOf(join(folder, 'ours', 'link'))
  await runner.apply(step, await runner.check(step, contextOf()), contextOf())
  expect((await stat(join(folder, 'theirs'))).isDirectory()).toBe(true)
  expect(await runner.check(step, contextOf())).toEqual({ state: 'ready' })
})

describe('what is never removed', () => {
  const env = { HOME: '/home/dev', USERPROFILE: 'C:\\Users\\Dev' }
  test.each([
    'devk8s/tools',
    '',
    '/',
    '/home',
    '/usr',
    '/home/dev',
    '/home/dev/',
    '/Home/Dev',
    '/home/dev/../dev',
    'C:\\',
    'C:\\Users',
    'C:\\Users\\Dev',
    'c:/users/dev',
  ])('%j', async (path) => {
    const context = testContext(testPorts(), env)
    expect(await runner.check(stepOf(path), context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK6004', detail: expect.stringContaining(JSON.stringify(path)) },
    })
    await expect(runner.apply(stepOf(path), { state: 'ready' }, context)).rejects.toMatchObject({
      problems: [{ code: 'DK6004' }],
    })
  })

  test.each(['/home/dev/.local/share/devk8s/tools', '/home/other/x', 'C:\\Users\\Dev\\AppData\\devk8s'])(
    'but %s is',
    (path) => {
      expect(reasonToKeep(path, env)).toBeUndefined()
    },
  )
})
