import { execFileSync } from 'node:child_process'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { keysOf, planted } from '../unit/guard/corpus.ts'
import { filesIn, newRepository, type Repository, resultOf } from './guard-lab.ts'
import { newHome } from './switch-lab.ts'

const root = resolve(import.meta.dirname, '../..')
const { id, secret, token } = keysOf('verb', 'ASIA')
const env = `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\nAWS_SESSION_TOKEN=${token}\n`

let repo: Repository
beforeEach(async () => {
  repo = await newRepository()
})

describe('what is shown', () => {
  test('is the place, what it is, and the way out; never the secret', async () => {
    await repo.put('deploy/.env', `# for later\n${env}`)
    const { exit, stdout, stderr } = await repo.run('guard scan')
    expect(exit).toBe(3)
    expect(stdout).toContain(`deploy/.env:2:19: AWS access key id (ASIA…${id.slice(-4)})\n`)
    expect(stdout).toContain('deploy/.env:3:23: AWS secret access key (40 characters)\n')
    expect(stdout).toContain('devk8s up')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('aws iam update-access-key --status Inactive')
    expect(stdout).toContain('3 secrets in 1 of 1 file.')
    for (const each of [id, secret, token, secret.slice(0, 12), token.slice(0, 24)])
      expect(stdout + stderr).not.toContain(each)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('as JSON is the same, as closed', async () => {
    await repo.put('.env', env)
    const said = await repo.run('guard scan --json')
    expect(said.exit).toBe(3)
    expect(resultOf(said).findings.map(({ kind, line, column }) => [kind, line, column])).toEqual([
      ['aws-access-key-id', 1, 19],
      ['aws-secret-access-key', 2, 23],
      ['aws-session-token', 3, 19],
    ])
    for (const each of [id, secret, token.slice(0, 24)]) expect(said.stdout).not.toContain(each)
  })

  test('of the whole corpus holds none of its secrets', async () => {
    const all = planted()
    for (const [index, { file, text }] of all.entries()) await repo.put(`${index}/${file}`, text)
    const said = await repo.run('guard scan')
    expect(said.exit).toBe(3)
    for (const [index, { name, file }] of all.entries()) {
      expect(said.stdout).toContain(`${index}/${file}:`)
      const own = keysOf(name)
      expect(said.stdout + said.stderr).not.toContain(own.secret)
      expect(said.stdout + said.stderr).not.toContain(own.id)
    }
  })

  test('nothing found ends with 0', async () => {
    await repo.put('a.txt', 'hello\n')
    expect(await repo.run('guard scan')).toMatchObject({ exit: 0, stdout: 'No keys in 1 file.\n' })
  })
})

describe('which files', () => {
  test('tracked and untracked ones, without those that git ignores, from here downwards', async () => {
    await repo.put('.gitignore', 'dist/\n*.local\n')
    for (const path of ['a.env', 'sub/b.env', 'dist/c.env', 'd.local', 'sub/räum lich\n.env'])
      await repo.put(path, env)
    await repo.git('add', 'a.env')
    expect(new Set(filesIn(await repo.run('guard scan --json')))).toEqual(
      new Set(['a.env', 'sub/b.env', 'sub/räum lich\n.env']),
    )
    const below = await repo.run('guard scan --json', { cwd: join(repo.folder, 'sub') })
    expect(new Set(filesIn(below))).toEqual(new Set(['b.env', 'räum lich\n.env']))
    // Named, it is scanned all the same.
    expect(new Set(filesIn(await repo.run('guard scan --json d.local')))).toEqual(new Set(['d.local']))
  })

  test('.guardignore has the syntax of .gitignore, for tracked files too, wherever one stands', async () => {
    await repo.put('.guardignore', '# made for tests\nfixtures/**\n!fixtures/real.env\n/top.env\n')
    for (const path of [
      'fixtures/a.env',
      'fixtures/real.env',
      'top.env',
      'sub/top.env',
      'sub/fixtures/a.env',
    ])
      await repo.put(path, env)
    const expected = new Set(['fixtures/real.env', 'sub/top.env', 'sub/fixtures/a.env'])
    expect(new Set(filesIn(await repo.run('guard scan --json')))).toEqual(expected)
    await repo.git('add', '.')
    expect(new Set(filesIn(await repo.run('guard scan --json')))).toEqual(expected)
    expect(new Set(filesIn(await repo.run('guard scan --json --staged')))).toEqual(expected)
    const below = await repo.run('guard scan --json', { cwd: join(repo.folder, 'sub') })
    expect(new Set(filesIn(below))).toEqual(new Set(['top.env', 'fixtures/a.env']))
    expect((await repo.run('guard scan --json top.env')).exit).toBe(0)
  })

  test('a comment allows a line, the one below it, and nothing without a reason', async () => {
    const line = `key = "${id}"`
    await repo.put(
      'a.txt',
      [
        `${line} # devk8s-guard: allow the key of a simulator`,
        line,
        '# devk8s-guard: allow the key of a simulator',
        line,
        line,
        `${line} # devk8s-guard: allow`,
        `${line} # secretlint-disable-line`,
        '',
      ].join('\n'),
    )
    const { findings } = resultOf(await repo.run('guard scan --json'))
    expect(findings.map((each) => each.line)).toEqual([2, 5, 6])
  })

  test('outside of a repository all files but node_modules; symlinks are not followed', async () => {
    const { folder, run } = await newHome('')
    const here = join(folder, 'plain')
    await mkdir(join(here, 'node_modules/x'), { recursive: true })
    await mkdir(join(here, 'sub'))
    await writeFile(join(folder, 'outside.env'), env)
    for (const path of ['sub/a.env', 'node_modules/x/b.env']) await writeFile(join(here, path), env)
    await symlink(join(folder, 'outside.env'), join(here, 'link.env'))
    await symlink(here, join(here, 'sub/loop'))
    const said = await run('guard scan --json', { cwd: here, env: repo.env })
    expect(new Set(filesIn(said))).toEqual(new Set(['sub/a.env']))
  })

  test('symlinks of a repository are not followed, deleted files and repositories within are passed by', async () => {
    await writeFile(join(repo.home.folder, 'outside.env'), env)
    await symlink(join(repo.home.folder, 'outside.env'), join(repo.folder, 'tracked.env'))
    await repo.put('gone.env', env)
    await repo.git('add', '.')
    await rm(join(repo.folder, 'gone.env'))
    await symlink(join(repo.home.folder, 'outside.env'), join(repo.folder, 'untracked.env'))
    await repo.git('init', '-q', 'inner')
    await repo.put('inner/a.env', env)
    const said = await repo.run('guard scan --json')
    expect([said.exit, resultOf(said)]).toMatchObject([0, { findings: [], read: 0, skipped: [] }])
  })

  test('binary, big and closed files are passed by with a word; odd encodings are read', async () => {
    await repo.put('image.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]))
    await repo.put('data', Buffer.from([0, 1, 2, 0, 255]))
    await repo.put('big.txt', 'x'.repeat(5 * 1024 * 1024 + 1))
    await repo.put('latin1.txt', Buffer.concat([Buffer.from([0xe4, 0xf6, 0xfc, 10]), Buffer.from(env)]))
    await repo.put('utf16le.txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(env, 'utf16le')]))
    await repo.put(
      'utf16be.txt',
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(env, 'utf16le').swap16()]),
    )
    await repo.put('bom.txt', `\uFEFF${env}`)
    await repo.put('closed.txt', env)
    await chmod(join(repo.folder, 'closed.txt'), 0)
    const said = await repo.run('guard scan --json')
    const closed = process.getuid?.() === 0 ? [] : [{ file: 'closed.txt', why: 'unreadable' }]
    expect(resultOf(said).skipped).toEqual([
      { file: 'big.txt', why: 'big' },
      ...closed,
      { file: 'data', why: 'binary' },
      { file: 'image.png', why: 'binary' },
    ])
    const found = filesIn(said)
    for (const file of ['latin1.txt', 'utf16le.txt', 'utf16be.txt', 'bom.txt'])
      expect(found.filter((each) => each === file)).toHaveLength(3)
    expect((await repo.run('guard scan')).stdout).toContain('Not read: 2 binary, 1 larger than 5 MiB')
  })

  test.for(['guard scan --json', 'guard scan --staged --json'])(
    'a text is read whatever its name is, and bytes are not: %s',
    async (line) => {
      const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])
      const umlauts = 'ä'.repeat(5_000)
      await repo.put('a/keys.png', env)
      await repo.put('b/app.db', `x${umlauts}\n${env}`)
      await repo.put('c/wide.pdf', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(env, 'utf16le')]))
      await repo.put('d/real.png', Buffer.concat([picture, Buffer.from(env)]))
      // No NUL in it, and no text either.
      await repo.put('e/real.gz', Buffer.concat([Buffer.alloc(9_000, 0x8b), Buffer.from(env)]))
      await repo.put('f/empty.ico', '')
      await repo.git('add', '.')
      const said = await repo.run(line)
      expect([...new Set(filesIn(said))]).toEqual(['a/keys.png', 'b/app.db', 'c/wide.pdf'])
      expect(resultOf(said).findings).toHaveLength(9)
      expect(resultOf(said).skipped).toEqual([
        { file: 'd/real.png', why: 'binary' },
        { file: 'e/real.gz', why: 'binary' },
      ])
    },
  )

  test('one that is not there is told, not left out', async () => {
    const { exit, stderr } = await repo.run('guard scan gone')
    expect([exit, stderr]).toEqual([2, expect.stringContaining('DK5092')])
  })
})

describe('--staged', () => {
  test('reads the index: a half-added file, a new name, nothing of what was deleted', async () => {
    await repo.put('old.env', env)
    await repo.put('dropped.env', env)
    await repo.put('kept.env', env)
    await repo.git('add', '.')
    await repo.git('commit', '-qm', 'before')
    await repo.git('mv', 'old.env', 'new.env')
    await repo.git('rm', '-q', 'dropped.env')
    // Staged with the key, cleaned since in the working tree; and the other way round.
    await repo.put('half.txt', `a\n${env}b\n`)
    await repo.git('add', 'half.txt')
    await repo.put('half.txt', 'a\nb\n')
    await repo.put('later.txt', 'a\n')
    await repo.git('add', 'later.txt')
    await repo.put('later.txt', env)
    const said = await repo.run('guard scan --json --staged')
    expect(said.exit).toBe(3)
    expect(new Set(filesIn(said))).toEqual(new Set(['half.txt', 'new.env']))
    expect(resultOf(said).findings[0]).toMatchObject({ file: 'half.txt', line: 2, column: 19 })
    const only = await repo.run('guard scan --json --staged new.env')
    expect(new Set(filesIn(only))).toEqual(new Set(['new.env']))
  })

  test('works before the first commit, with many files, and with bytes that are no text', async () => {
    for (let index = 0; index < 50; index += 1) await repo.put(`${index}.txt`, `line\n`.repeat(index))
    await repo.put('bytes', Buffer.from([0xff, 0xfe, 0, 10, 0xc3, 10]))
    await repo.put('latin1.env', Buffer.concat([Buffer.from([0xe4, 0xff, 10]), Buffer.from(env)]))
    await repo.put('z.env', env)
    await repo.git('add', '.')
    const said = await repo.run('guard scan --json --staged')
    expect(new Set(filesIn(said))).toEqual(new Set(['latin1.env', 'z.env']))
    expect(resultOf(said).read).toBe(52)
  })

  test('passes by what is too big, symlinks and submodules', async () => {
    await repo.put('big.txt', env.repeat(8_000))
    await symlink(env.slice(0, 60), join(repo.folder, 'link'))
    await repo.git('add', '.')
    const said = await repo.run('guard scan --json --staged')
    expect(resultOf(said)).toMatchObject({ findings: [], skipped: [{ file: 'big.txt', why: 'big' }] })
  })

  test('goes by the index that a hook is told of', async () => {
    await repo.put('a.env', env)
    const other = { ...repo.env, GIT_INDEX_FILE: join(repo.folder, '.git/other-index') }
    execFileSync('git', ['add', 'a.env'], { cwd: repo.folder, env: other })
    expect((await repo.run('guard scan --staged')).exit).toBe(0)
    expect((await repo.run('guard scan --staged', { env: other })).exit).toBe(3)
  })

  test('is of a repository, and needs git', async () => {
    const { folder, run } = await newHome('')
    const outside = await run('guard scan --staged', { cwd: folder, env: repo.env })
    expect([outside.exit, outside.stderr]).toEqual([4, expect.stringContaining('DK5090')])
    const without = await repo.run('guard scan --staged', { env: { HOME: repo.home.home, PATH: '/nowhere' } })
    expect([without.exit, without.stderr]).toEqual([4, expect.stringContaining('DK5091')])
  })

  test('tells what git says when it cannot answer', async () => {
    await writeFile(join(repo.folder, '.git/index'), 'no index')
    const { exit, stderr } = await repo.run('guard scan --staged')
    expect([exit, stderr]).toEqual([1, expect.stringContaining('DK5097')])
    expect(stderr).toContain('index')
  })
})

describe('subjects', () => {
  test('a rehearsal has no git: it reads the files as they are', async () => {
    await repo.put('a.env', env)
    const said = await repo.run('guard scan --rehearse --json')
    expect([said.exit, new Set(filesIn(said))]).toEqual([3, new Set(['a.env'])])
    const staged = await repo.run('guard scan --staged --rehearse')
    expect([staged.exit, staged.stderr]).toEqual([4, expect.stringContaining('DK5090')])
  })

  test.for(['--cluster --staged', '--cluster src', '- src', '- --staged'])(
    '%s are one too many',
    async (words) => {
      const { exit, stderr } = await repo.run(`guard scan ${words}`)
      expect([exit, stderr]).toEqual([2, expect.stringContaining('DK5095')])
    },
  )

  test('- needs a pipe', async () => {
    const { exit, stderr } = await repo.run('guard scan -', { stdinIsTTY: true })
    expect([exit, stderr]).toEqual([2, expect.stringContaining('DK5098')])
  })
})

test('this repository has no keys in it', async () => {
  const said = await repo.run('guard scan --json', { cwd: root })
  expect(resultOf(said).findings).toEqual([])
  expect(resultOf(said).read).toBeGreaterThan(500)
})
