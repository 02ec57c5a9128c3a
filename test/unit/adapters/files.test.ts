import {
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  lstat,
  writeFile,
  chmod,
  mkdir,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { guarded } from '../../../src/adapters/file-problems.ts'
import { Secret } from '../../../src/ports/secret.ts'

const files = realFiles()
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devk8s-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('absence is a value', () => {
  test('of a file, a folder, and a path below a file', async () => {
    await writeFile(join(folder, 'file'), '')
    for (const path of [join(folder, 'none'), join(folder, 'file', 'below')]) {
      expect(await files.readText(path)).toBeUndefined()
      expect(await files.stat(path)).toBeUndefined()
      expect(await files.realPath(path)).toBeUndefined()
      expect(await files.list(path)).toEqual([])
      await files.remove(path).catch(() => undefined)
    }
    expect(await files.stat(join(folder, 'file'))).toMatchObject({ kind: 'file', sizeBytes: 0 })
  })
})

describe('write', () => {
  test('makes a new file with the given mode and leaves no temp file', async () => {
    const path = join(folder, 'new')
    await files.write(path, 'text', { mode: 0o600 })
    expect(await readFile(path, 'utf8')).toBe('text')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['new'])
  })

  test('keeps the mode of an existing file', async () => {
    const path = join(folder, 'old')
    await writeFile(path, 'before')
    await chmod(path, 0o640)
    await files.write(path, 'after', { mode: 0o600 })
    expect((await stat(path)).mode & 0o777).toBe(0o640)
  })

  test('replaces what a chain of symlinks points to, also when nothing is there yet', async () => {
    await mkdir(join(folder, 'dotfiles'))
    await symlink(join('dotfiles', 'link'), join(folder, 'config'))
    await symlink('config.real', join(folder, 'dotfiles', 'link'))
    await files.write(join(folder, 'config'), 'one')
    await files.write(join(folder, 'config'), 'two')
    expect((await lstat(join(folder, 'config'))).isSymbolicLink()).toBe(true)
    expect(await readFile(join(folder, 'dotfiles', 'config.real'), 'utf8')).toBe('two')
  })

  test('reveals a secret only into the file', async () => {
    await files.write(join(folder, 'secret'), Secret.of('hush'), { mode: 0o600 })
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('hush')
  })

  test('a target that cannot be replaced stays, without a temp file, and is a problem that names it', async () => {
    const path = join(folder, 'taken')
    await mkdir(join(path, 'inside'), { recursive: true })
    await expect(files.write(path, 'text')).rejects.toMatchObject({
      problems: [{ code: 'DK6003', detail: expect.stringContaining(path) }],
    })
    expect(await readdir(folder)).toEqual(['taken'])
  })
})

test('createExclusive says whether it made the file', async () => {
  const path = join(folder, 'lock')
  expect(await files.createExclusive(path, 'a')).toBe(true)
  expect(await files.createExclusive(path, 'b')).toBe(false)
  expect(await readFile(path, 'utf8')).toBe('a')
})

test('createExclusive is won by one of many, and its file is whole from the first moment', async () => {
  const path = join(folder, 'lock')
  const done = new AbortController()
  const seen = new Set<string | undefined>()
  const look = async () => {
    while (!done.signal.aborted) seen.add(await files.readText(path))
  }
  const watching = look()
  const won = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => files.createExclusive(path, `process ${index}`)),
  )
  done.abort()
  await watching
  expect(won.filter(Boolean)).toHaveLength(1)
  seen.delete(undefined)
  expect([...seen].filter((text) => text !== `process ${won.indexOf(true)}`)).toEqual([])
  expect(await readdir(folder)).toEqual(['lock'])
})

test('a writer appends or begins anew, and a stream reads it back', async () => {
  const path = join(folder, 'part')
  for (const [append, text] of [
    [false, 'first'],
    [true, ' second'],
  ] as const) {
    const writer = await files.openWriter(path, { append })
    await writer.write(new TextEncoder().encode(text))
    await writer.sync()
    await writer.close()
  }
  let read = ''
  for await (const chunk of files.readStream(path)) read += new TextDecoder().decode(chunk)
  expect(read).toBe('first second')
})

test('append, list, rename, syncFolder, chmod, remove', async () => {
  await files.makeFolder(join(folder, 'a', 'b'), 0o700)
  await files.append(join(folder, 'a', 'log'), 'one\n')
  await files.append(join(folder, 'a', 'log'), 'two\n')
  await files.rename(join(folder, 'a', 'log'), join(folder, 'a', 'a-log'))
  await files.syncFolder(join(folder, 'a'))
  await files.chmod(join(folder, 'a', 'a-log'), 0o755)
  expect(await files.list(join(folder, 'a'))).toEqual(['a-log', 'b'])
  expect(await files.readText(join(folder, 'a', 'a-log'))).toBe('one\ntwo\n')
  expect(await files.stat(join(folder, 'a', 'a-log'))).toMatchObject({ mode: 0o755 })
  await files.remove(join(folder, 'a'))
  await files.remove(join(folder, 'a'))
  expect(await files.list(folder)).toEqual([])
})

test('free space is that of the nearest folder that exists', async () => {
  expect(await files.freeBytes(join(folder, 'not', 'yet'))).toBeGreaterThan(0)
})

describe('what the file system refuses is a problem', () => {
  test.each([
    ['EACCES', 'DK6001'],
    ['EPERM', 'DK6001'],
    ['ENOSPC', 'DK6002'],
    ['EDQUOT', 'DK6002'],
    ['EROFS', 'DK6003'],
  ])('%s is %s', async (code, expected) => {
    const refused = guarded('write', '/some where/file', () =>
      Promise.reject(Object.assign(new Error('x'), { code })),
    )
    await expect(refused).rejects.toMatchObject({
      problems: [{ code: expected, detail: expect.stringContaining(`/some where/file: `) }],
      cause: { code },
    })
  })

  test('an error without a system code is not dressed up', async () => {
    const bug = new TypeError('bug')
    await expect(guarded('write', '/x', () => Promise.reject(bug))).rejects.toBe(bug)
  })
})
