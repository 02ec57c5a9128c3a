import { lstat, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Home, newHome } from './switch-lab.ts'

const scriptPath = '/opt/node_modules/devk8s/dist/bin.js'
let home: Home
let bin: string
beforeEach(async () => {
  home = await newHome('')
  bin = join(home.home, '.local/bin')
})

const run = (line: string, PATH = bin) => home.run(line, { scriptPath, env: { PATH } })
const leadsTo = (name: string) => readlink(join(bin, name))

describe('alias install', () => {
  test('links both names, and is done the second time', async () => {
    const { exit, stdout } = await run('alias install --yes')
    expect(exit).toBe(0)
    expect(stdout).toBe(`kubectx is devk8s now: ${bin}/kubectx\nkubens is devk8s now: ${bin}/kubens\n`)
    expect([await leadsTo('kubectx'), await leadsTo('kubens')]).toEqual([scriptPath, scriptPath])
    // Without --yes: there is nothing left to ask.
    const again = await run('alias install --json')
    expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, result: { installed: [] } })
  })

  test('asks first, and shows what it would do', async () => {
    const { stderr } = await run('alias install')
    expect(stderr).toContain('DK8010')
    expect(stderr).toContain(`${bin}/kubectx -> ${scriptPath}`)
    await expect(lstat(bin)).rejects.toThrow('ENOENT')
  })

  test('one name, another folder', async () => {
    expect((await run('alias install kubens --folder tools --yes')).exit).toBe(0)
    expect(await readlink(join(home.folder, 'tools/kubens'))).toBe(scriptPath)
    await expect(lstat(join(home.folder, 'tools/kubectx'))).rejects.toThrow('ENOENT')
  })

  test('a link to a devk8s that is gone is renewed', async () => {
    await mkdir(bin, { recursive: true })
    await symlink('/gone/node_modules/devk8s/dist/bin.js', join(bin, 'kubectx'))
    expect((await run('alias install kubectx --yes')).exit).toBe(0)
    expect(await leadsTo('kubectx')).toBe(scriptPath)
  })

  test.each([
    ['a program', async (path: string) => writeFile(path, '#!/bin/sh\n')],
    ['a link of somebody else', async (path: string) => symlink('/opt/kubectx/kubectx', path)],
    ['a folder', async (path: string) => mkdir(path)],
  ])('%s is never replaced, and then nothing is done at all', async (_, put) => {
    await mkdir(bin, { recursive: true })
    await put(join(bin, 'kubens'))
    const { exit, stderr } = await run('alias install --yes')
    expect(exit).toBe(4)
    expect(stderr).toContain('DK4074')
    await expect(lstat(join(bin, 'kubectx'))).rejects.toThrow('ENOENT')
  })

  test('from the cache of npx it is refused', async () => {
    const borrowed = '/home/me/.npm/_npx/1/node_modules/devk8s/dist/bin.js'
    const { exit, stderr } = await home.run('alias install --yes', { scriptPath: borrowed })
    expect(exit).toBe(4)
    expect(stderr).toContain('DK4075')
    expect(stderr).toContain('npm install -g devk8s')
  })

  test('says when the folder is not on PATH, or another program comes first', async () => {
    expect((await run('alias install --yes', '/usr/bin')).stderr).toContain('is not on your PATH')
    const other = join(home.folder, 'other')
    await mkdir(other)
    await writeFile(join(other, 'kubectx'), '#!/bin/sh\n', { mode: 0o755 })
    const { stderr } = await run('alias install', `${other}:${bin}`)
    expect(stderr.replaceAll(/\s+(?:\[[^\]]*\])?\s*/g, ' ')).toContain(
      `${other}/kubectx comes before ${bin}/kubectx`,
    )
  })

  test('on Windows a command file and an entry by its name', async () => {
    const layout = { LOCALAPPDATA: '' }
    const { exit } = await home.run(['alias', 'install', 'kubens', '--yes'], {
      platform: 'win32',
      scriptPath: 'C:\\npm\\node_modules\\devk8s\\dist\\bin.js',
      env: layout,
    })
    expect(exit).toBe(0)
    const data = `${home.home}\\AppData\\Local\\devk8s\\names\\kubens.mjs`
    expect(await readFile(data, 'utf8')).toContain('file:///C:/npm/node_modules/devk8s/dist/bin.js')
    expect(await readFile(`${home.home}\\.local\\bin\\kubens.cmd`, 'utf8')).toContain('kubens.mjs" %*')
  })
})

describe('alias remove', () => {
  test('takes its own away and leaves what others put there', async () => {
    await run('alias install kubectx --yes')
    await writeFile(join(bin, 'kubens'), 'theirs')
    const { exit, stdout, stderr } = await run('alias remove --yes')
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `Removed ${bin}/kubectx\n` })
    expect(stderr).toContain(`${bin}/kubens stays`)
    expect(await readFile(join(bin, 'kubens'), 'utf8')).toBe('theirs')
  })

  test('nothing there is no fault and no question', async () => {
    const { exit, stdout } = await run('alias remove')
    expect(exit).toBe(0)
    expect(stdout).toContain('None of kubectx, kubens')
  })
})
