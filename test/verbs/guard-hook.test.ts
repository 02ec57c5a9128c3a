import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, lstat, mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { newRepository, type Repository } from './guard-lab.ts'

let repo: Repository
beforeEach(async () => {
  repo = await newRepository()
})

const hookIn = (name = '.git/hooks/pre-commit') => join(repo.folder, name)
const read = (name?: string) => readFile(hookIn(name), 'utf8')

/** What is there before and after install and remove. */
async function roundTrip(name: string): Promise<{ readonly installed: string; readonly before: string }> {
  const before = await read(name)
  const { mode } = await stat(hookIn(name))
  expect((await repo.run('guard install --yes')).exit).toBe(0)
  const installed = await read(name)
  expect((await stat(hookIn(name))).mode).toBe(mode)
  // Again: there is nothing left to ask.
  expect(await repo.run('guard install')).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining('already'),
  })
  expect(await read(name)).toBe(installed)
  expect((await repo.run('guard remove --yes')).exit).toBe(0)
  expect(await read(name)).toBe(before)
  expect((await stat(hookIn(name))).mode).toBe(mode)
  return { installed, before }
}

describe('a repository without hooks', () => {
  test('gets one that git runs, and has none afterwards', async () => {
    const names = await readdir(hookIn('.git/hooks')).catch(() => [])
    const { exit, stdout } = await repo.run('guard install --yes')
    expect([exit, stdout]).toEqual([
      0,
      expect.stringMatching(/pre-commit scans what is staged before each commit, with \S+\.\n$/),
    ])
    expect(await read()).toMatch(/^#!\/bin\/sh\n/)
    expect((await stat(hookIn())).mode & 0o111).toBe(0o111)
    execFileSync('sh', ['-n', hookIn()])
    expect(await repo.run('guard remove --yes')).toMatchObject({
      exit: 0,
      stdout: `Taken out of ${hookIn()}\n`,
    })
    expect(await readdir(hookIn('.git/hooks'))).toEqual(names)
    expect(await repo.run('guard remove')).toMatchObject({
      exit: 0,
      stdout: 'No hook of devk8s is installed here.\n',
    })
  })

  test('is shown the lines and asked', async () => {
    const { exit, stderr } = await repo.run('guard install')
    expect(exit).toBe(4)
    expect(stderr).toContain('DK8010')
    expect(stderr).toContain('guard scan --staged')
    await expect(lstat(hookIn())).rejects.toThrow('ENOENT')
  })

  test('is not needed for nothing', async () => {
    const { exit, stderr } = await repo.run('guard install --yes', { cwd: repo.home.folder })
    expect([exit, stderr]).toEqual([4, expect.stringContaining('DK5090')])
  })

  test('in a worktree goes where git looks, and works from a folder below', async () => {
    await repo.put('a.txt', 'a')
    await repo.git('add', '.')
    await repo.git('commit', '-qm', 'a')
    await repo.git('worktree', 'add', '-q', '../tree')
    await mkdir(join(repo.home.folder, 'tree/sub'))
    const { stdout } = await repo.run('guard install --yes', { cwd: join(repo.home.folder, 'tree/sub') })
    expect(stdout).toContain(`${hookIn()} scans`)
    expect(await read()).toContain('guard scan --staged')
  })

  test('with core.hooksPath, and says when that is for all repositories', async () => {
    await repo.git('config', 'core.hooksPath', 'tools/hooks')
    expect((await repo.run('guard install --yes')).stdout).toContain(
      `${hookIn('tools/hooks/pre-commit')} scans`,
    )
    // It may be committed: nothing of this machine in it.
    expect(await read('tools/hooks/pre-commit')).not.toContain('bin.js')
    await repo.run('guard remove --yes')
    const all = join(repo.home.folder, 'hooks')
    await repo.git('config', 'core.hooksPath', all)
    expect((await repo.run('guard install')).stderr).toContain('of all your repositories')
    expect((await repo.run('guard install --yes')).stdout).toContain(`${all}/pre-commit scans`)
  })
})

describe('beside a hook', () => {
  test.for([
    ['shell', '#!/bin/sh\nset -e\nnpm test\n'],
    ['shell that ends with exec', '#!/usr/bin/env bash\nexec make check'],
    ['shell without a first line', 'npm test\n'],
    ['a first line alone', '#!/bin/sh'],
    ['the smallest there is', '#!/bin/sh\n'],
  ] as const)('of %s', async ([, text]) => {
    await repo.put('.git/hooks/pre-commit', text, 0o755)
    const { installed } = await roundTrip('.git/hooks/pre-commit')
    for (const line of text.split('\n')) expect(installed).toContain(line)
    execFileSync('sh', ['-n'], { input: installed })
  })

  test.for([
    ['a program of Python', Buffer.from('#!/usr/bin/env python3\nprint("hi")\n')],
    ['a binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe, 0])],
  ] as const)('that is %s: it is run after ours', async ([, content]) => {
    await repo.put('.git/hooks/pre-commit', content, 0o755)
    expect((await repo.run('guard install --yes')).exit).toBe(0)
    expect(await read()).toContain('exec "$(dirname "$0")/pre-commit.before-devk8s" "$@"')
    expect(await readFile(hookIn('.git/hooks/pre-commit.before-devk8s'))).toEqual(content)
    expect((await repo.run('guard remove --yes')).exit).toBe(0)
    expect(await readFile(hookIn())).toEqual(content)
    await expect(lstat(hookIn('.git/hooks/pre-commit.before-devk8s'))).rejects.toThrow('ENOENT')
  })

  test('that is a link: what it leads to stays as it is', async () => {
    await repo.put('tools/check.sh', '#!/bin/sh\ntrue\n', 0o755)
    await mkdir(hookIn('.git/hooks'), { recursive: true })
    await symlink('../../tools/check.sh', hookIn())
    expect((await repo.run('guard install --yes')).exit).toBe(0)
    expect(await readFile(join(repo.folder, 'tools/check.sh'), 'utf8')).toBe('#!/bin/sh\ntrue\n')
    await repo.run('guard remove --yes')
    expect(await readlink(hookIn())).toBe('../../tools/check.sh')
  })

  test('that git passes by, since it is not executable, nothing is done', async () => {
    await repo.put('.git/hooks/pre-commit', '#!/bin/sh\nfalse\n', 0o644)
    const { exit, stderr } = await repo.run('guard install --yes')
    expect([exit, stderr]).toEqual([4, expect.stringContaining('DK5093')])
    expect(stderr).toContain(`chmod +x ${hookIn()}`)
    expect(await read()).toBe('#!/bin/sh\nfalse\n')
  })

  test('whose lines were changed by hand, nothing is taken away', async () => {
    await repo.run('guard install --yes')
    const broken = (await read()).replace('# <<< devk8s guard <<<', '')
    await writeFile(hookIn(), broken)
    const { exit, stderr } = await repo.run('guard remove --yes')
    expect([exit, stderr]).toEqual([4, expect.stringContaining('DK5096')])
    expect(await read()).toBe(broken)
  })
})

describe('managers of hooks', () => {
  test('husky: its own file, with nothing of this machine in it', async () => {
    await repo.put('.husky/pre-commit', 'npx lint-staged\n', 0o644)
    const { installed } = await roundTrip('.husky/pre-commit')
    expect(installed).toContain('devk8s guard scan --staged')
    expect(installed).not.toContain('/opt/')
    await expect(lstat(hookIn())).rejects.toThrow('ENOENT')
  })

  test('husky without such a hook', async () => {
    await mkdir(join(repo.folder, '.husky/_'), { recursive: true })
    await repo.git('config', 'core.hooksPath', '.husky/_')
    expect((await repo.run('guard install --yes')).exit).toBe(0)
    execFileSync('sh', ['-n', hookIn('.husky/pre-commit')])
    await repo.run('guard remove --yes')
    expect(await readdir(hookIn('.husky'))).toEqual(['_'])
  })

  test('lefthook', async () => {
    await repo.put('lefthook.yml', '# ours\npre-commit:\n  commands:\n    lint:\n      run: npm run lint\n')
    const { installed } = await roundTrip('lefthook.yml')
    expect(installed).toContain('    devk8s-guard:\n      run: >-\n        sh -c')
  })

  test('pre-commit', async () => {
    await repo.put(
      '.pre-commit-config.yaml',
      'repos:\n  - repo: https://git.acme.dev/h\n    rev: v1\n    hooks: [{id: a}]\n',
    )
    const { installed } = await roundTrip('.pre-commit-config.yaml')
    expect(installed).toContain('id: devk8s-guard')
  })

  test.for([
    ['lefthook.toml', '[pre-commit]\n', 'devk8s-guard:'],
    ['lefthook.yml', 'pre-commit: {commands: {a: {run: b}}}\n', 'devk8s-guard:'],
    ['.pre-commit-config.yaml', 'repos: []\n', '- id: devk8s-guard'],
  ] as const)(
    '%s that cannot be added to without a guess: the lines are shown',
    async ([name, text, lines]) => {
      await repo.put(name, text)
      const { exit, stderr } = await repo.run('guard install --yes')
      expect([exit, stderr]).toEqual([4, expect.stringContaining('DK5093')])
      expect(stderr).toContain(lines)
      expect(await read(name)).toBe(text)
    },
  )

  test('a manager that came later does not hide the hook from remove', async () => {
    await repo.run('guard install --yes')
    await repo.put('lefthook.yml', 'pre-commit:\n  commands:\n    lint:\n      run: npm run lint\n')
    expect((await repo.run('guard install')).stdout).toContain('already')
    await repo.run('guard remove --yes')
    await expect(lstat(hookIn())).rejects.toThrow('ENOENT')
  })
})

describe('files that the team shares', () => {
  /** What somebody else's machine makes of the entry, with these programs. */
  const runAs = (script: string, folder: string) =>
    spawnSync('sh', ['-c', script], {
      cwd: repo.folder,
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: 'utf8',
    })

  const shared = [
    ['.husky/pre-commit', 'true\n', (text: string) => text],
    [
      'lefthook.yml',
      'pre-commit:\n  commands:\n    a:\n      run: b\n',
      (text: string) => String(parse(text)['pre-commit'].commands['devk8s-guard'].run),
    ],
    [
      '.pre-commit-config.yaml',
      'repos:\n  - repo: local\n    hooks: []\n',
      (text: string) => String(parse(text).repos[0].hooks[0].entry),
    ],
  ] as const

  test.for(shared)(
    '%s: is asked for, runs whichever devk8s there is, and lets commits pass without',
    async ([name, before, scriptIn]) => {
      await repo.put(name, before)
      const asked = (await repo.run('guard install')).stderr.replaceAll(/\s+/g, ' ')
      expect(asked).toContain("is the team's")
      expect(asked).toContain('Where there is no devk8s, it says so and lets the commit pass.')
      const bare = { env: { ...repo.env, PATH: '/usr/bin:/bin' } }
      const { exit, stderr } = await repo.run('guard install --yes', bare)
      expect([exit, stderr.replaceAll(/\s+/g, ' ')]).toEqual([
        0,
        expect.stringContaining('There is no devk8s on your PATH, and none in node_modules'),
      ])
      const script = scriptIn(await read(name))
      const folder = join(repo.home.folder, 'bin')
      const without = runAs(script, folder)
      expect([without.status, without.stderr]).toEqual([
        0,
        expect.stringContaining('devk8s is not installed, so nobody has looked for keys'),
      ])
      const found = '#!/bin/sh\necho "$0 $*"\nexit 3\n'
      await repo.put('node_modules/.bin/devk8s', found, 0o755)
      const local = runAs(script, folder)
      expect([local.status === 0, local.stdout]).toEqual([
        false,
        'node_modules/.bin/devk8s guard scan --staged\n',
      ])
      await mkdir(folder)
      await writeFile(join(folder, 'devk8s'), found, { mode: 0o755 })
      expect(runAs(script, folder).stdout).toBe(`${folder}/devk8s guard scan --staged\n`)
    },
  )

  test('the devk8s that will run is named', async () => {
    await repo.put('.husky/pre-commit', 'true\n')
    await repo.put('node_modules/.bin/devk8s', '', 0o755)
    const { stdout } = await repo.run('guard install --yes', { env: { ...repo.env, PATH: '/usr/bin:/bin' } })
    expect(stdout).toContain(`with ${repo.folder}/node_modules/.bin/devk8s.`)
  })
})

test('what npx started does not write down where it lies', async () => {
  const scriptPath = '/home/me/.npm/_npx/1/node_modules/devk8s/dist/bin.js'
  await repo.run('guard install --yes', { scriptPath })
  expect(await read()).not.toContain('_npx')
  await chmod(hookIn(), 0o755)
  // Without devk8s on PATH the commit is refused, and it says what to do.
  const script = hookIn()
  expect(() =>
    execFileSync(script, { cwd: repo.folder, env: { PATH: '/usr/bin:/bin' }, stdio: 'pipe' }),
  ).toThrow(/git commit --no-verify/)
})
