import { existsSync } from 'node:fs'
import {
  chmod,
  link,
  lstat,
  mkdir,
  readFile,
  readdir,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { guarded } from '../../../src/adapters/file-problems.ts'
import { realClock } from '../../../src/adapters/clock.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import { changeKubeconfig, isText } from '../../../src/kubeconfig/transaction.ts'
import type { Files } from '../../../src/ports/files.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { manualClock, type ManualClock } from '../../engine/manual-clock.ts'
import {
  beforeWriting,
  edited,
  files,
  folder,
  never,
  original,
  problemOf,
  setLocal,
} from './transaction-lab.ts'

describe('one change', () => {
  test('is written under the lock and leaves no other file', async () => {
    const home = await folder()
    const path = join(home, 'config')
    await writeFile(path, original, { mode: 0o640 })
    await chmod(path, 0o640)
    const locks: boolean[] = []
    const watched = beforeWriting(() => void locks.push(existsSync(`${path}.lock`)))
    expect(await changeKubeconfig(watched, realClock(), { path }, setLocal, never)).toBe(true)
    expect(locks).toEqual([true])
    expect(await readFile(path, 'utf8')).toBe(edited)
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect(await readdir(home)).toEqual(['config'])
  })

  test('makes a new file 0600 in a new folder 0700', async () => {
    const path = join(await folder(), '.kube', 'config')
    await changeKubeconfig(files, realClock(), { path }, setLocal, never)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
    expect(parse(await readFile(path, 'utf8'))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'local',
    })
  })

  test('that changes nothing writes nothing', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, edited)
    await utimes(path, 1000, 1000)
    const { ino } = await stat(path)
    expect(await changeKubeconfig(files, realClock(), { path }, setLocal, never)).toBe(false)
    expect(await stat(path)).toMatchObject({ ino, mtimeMs: 1_000_000 })
  })

  test('keeps a symlink, and locks the link as well as its target', async () => {
    const home = await folder()
    const target = join(home, 'dotfiles')
    await mkdir(target)
    await writeFile(join(target, 'kubeconfig'), original)
    const path = join(home, 'config')
    await symlink(join(target, 'kubeconfig'), path)
    const locks: boolean[] = []
    const watched = beforeWriting(() => {
      locks.push(existsSync(`${path}.lock`), existsSync(join(target, 'kubeconfig.lock')))
    })
    await changeKubeconfig(watched, realClock(), { path }, setLocal, never)
    expect(locks).toEqual([true, true])
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(await readFile(join(target, 'kubeconfig'), 'utf8')).toBe(edited)
  })

  test('that throws leaves the file and no lock', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, 'contexts: [')
    expect(await problemOf(changeKubeconfig(files, realClock(), { path }, setLocal, never))).toMatchObject({
      code: 'DK4030',
    })
    expect(await readFile(path, 'utf8')).toBe('contexts: [')
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  test('a secret text is written in plain and compared without being shown', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    const edit = (text: string) => Secret.of('local').map((name) => text.replace('work', name))
    expect(await changeKubeconfig(files, realClock(), { path }, edit, never)).toBe(true)
    expect(await changeKubeconfig(files, realClock(), { path }, edit, never)).toBe(false)
    expect(await readFile(path, 'utf8')).toBe(edited)
    expect(isText(Secret.of('a'), 'a')).toBe(true)
    expect(isText(Secret.of('a'), 'b')).toBe(false)
  })
})

test('of forty writers at once, each is in the file', async () => {
  const path = join(await folder(), 'config')
  const names = Array.from({ length: 40 }, (_, index) => `ours-${index}`)
  const put = (name: string) => (text: string) =>
    editKubeconfig(
      text,
      [{ kind: 'put', section: 'contexts', name, fields: { cluster: 'c', user: 'u' } }],
      path,
    )
  await Promise.all(names.map((name) => changeKubeconfig(files, realClock(), { path }, put(name), never)))
  const found = parse(await readFile(path, 'utf8')).contexts.map(({ name }: { name: string }) => name)
  expect(found.toSorted()).toEqual(names.toSorted())
})

describe('no change', () => {
  async function settledFile(text = edited) {
    const path = join(await folder(), 'config')
    await writeFile(path, text)
    await utimes(path, 1000, 1000)
    return path
  }

  test('takes no lock, so that it succeeds where nothing can be written', async () => {
    const path = await settledFile()
    const unwritable: Files = {
      ...files,
      createExclusive: () => Promise.reject(new Error('a lock was taken')),
    }
    expect(await changeKubeconfig(unwritable, realClock(), { path }, setLocal, never)).toBe(false)
  })

  test('of a missing file leaves it missing, and its folder too', async () => {
    const path = join(await folder(), 'no', 'config')
    expect(await changeKubeconfig(files, realClock(), { path }, (text) => text, never)).toBe(false)
    expect(existsSync(join(path, '..'))).toBe(false)
  })

  test.each(['a lock is there', 'it was written a moment ago'])(
    'is seen under the lock when %s',
    async (when) => {
      const path = await settledFile('')
      if (when === 'a lock is there') await writeFile(`${path}.lock`, 'devk8s 77 laptop\n')
      else await utimes(path, new Date(), new Date())
      // As a program that writes in place leaves it: first cut, then filled, under its lock.
      const filling: Files = {
        ...files,
        createExclusive: async (lock, content) => {
          await writeFile(path, 'contexts: [a]')
          return files.createExclusive(lock, content)
        },
      }
      const owner = { pid: 12, machine: 'laptop', isAlive: () => false }
      const withoutA = (text: string) => text.replace('[a]', '[]')
      expect(await changeKubeconfig(filling, realClock(), { path }, withoutA, never, owner)).toBe(true)
      expect(await readFile(path, 'utf8')).toBe('contexts: []')
    },
  )
})

describe('what may not be written', () => {
  test('a file whose mode forbids it is left, and the way round is named', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await chmod(path, 0o400)
    const change = changeKubeconfig(files, realClock(), { path, context: 'prod eu' }, setLocal, never)
    const found = await problemOf(change)
    expect(found).toMatchObject({ code: 'DK4040', place: { file: path } })
    expect(found.next[0]).toBe(`eval "$(devk8s env 'prod eu')"`)
    expect(await readFile(path, 'utf8')).toBe(original)
    expect(await readdir(join(path, '..'))).toEqual(['config'])
  })

  test.each(['EACCES', 'EROFS'])(
    'a folder that refuses with %s is named with the way round',
    async (code) => {
      const path = join(await folder(), 'config')
      await writeFile(path, original)
      const refused = Object.assign(new Error(code), { code })
      const closed: Files = {
        ...files,
        createExclusive: (lock) => guarded('create', lock, () => Promise.reject(refused)),
      }
      const found = await problemOf(changeKubeconfig(closed, realClock(), { path }, setLocal, never))
      expect(found).toMatchObject({ code: 'DK4040', next: [`eval "$(devk8s env NAME)"`, `ls -ld ${path}`] })
      expect(found.detail).toContain(code)
    },
  )

  test('a full disk is what it is', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    const refused = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
    const full: Files = { ...files, write: (to) => guarded('write', to, () => Promise.reject(refused)) }
    const found = await problemOf(changeKubeconfig(full, realClock(), { path }, setLocal, never))
    expect(found).toMatchObject({ code: 'DK6002' })
    expect(await readdir(join(path, '..'))).toEqual(['config'])
  })

  test.each([
    ['Latin-1', Buffer.from('# caf\xe9\ncurrent-context: work\n', 'latin1')],
    ['UTF-16', Buffer.from('\uFEFFcurrent-context: work\n', 'utf16le')],
  ])('%s text would come back as something else, so it is refused', async (_, bytes) => {
    const path = join(await folder(), 'config')
    await writeFile(path, bytes)
    const found = await problemOf(
      changeKubeconfig(files, realClock(), { path }, (text) => `${text}# more\n`, never),
    )
    expect(found).toMatchObject({ code: 'DK4031', detail: expect.stringContaining('not UTF-8') })
    expect(await readFile(path)).toEqual(bytes)
  })
})

describe('a file that a rename would take apart', () => {
  test('with a second name keeps both, with the old version kept first', async () => {
    const home = await folder()
    const path = join(home, 'config')
    await writeFile(path, `${original}# a longer tail\n`)
    await link(path, join(home, 'other name'))
    const { ino } = await stat(path)
    const place = { path, backups: join(home, 'backups') }
    expect(await changeKubeconfig(files, realClock(), place, () => edited, never)).toBe(true)
    expect(await readFile(join(home, 'other name'), 'utf8')).toBe(edited)
    expect(await stat(path)).toMatchObject({ ino, nlink: 2 })
    const [version] = await readdir(place.backups)
    expect(await readFile(join(place.backups, version ?? ''), 'utf8')).toBe(`${original}# a longer tail\n`)
    expect((await readdir(home)).toSorted()).toEqual(['backups', 'config', 'other name'])
  })

  test('is not overwritten in place when there is no way back', async () => {
    const home = await folder()
    const path = join(home, 'config')
    await writeFile(path, original)
    await link(path, join(home, 'other name'))
    await changeKubeconfig(files, realClock(), { path }, setLocal, never)
    expect(await readFile(path, 'utf8')).toBe(edited)
    expect(await readFile(join(home, 'other name'), 'utf8')).toBe(original)
  })
})

describe('what killed writers left', () => {
  const owner = { pid: 12, machine: 'laptop', isAlive: (pid: number) => pid === 11 }
  const minutesAgo = (minutes: number) => Date.now() / 1000 - minutes * 60

  test.each([
    ['.config.77-m3x-1.tmp', 2, false],
    ['.config.lock.77-m3x-1.tmp', 2, false],
    ['.config.lock.takeover.77-m3x-1.tmp', 2, false],
    ['.config.77-m3x-1.tmp', 0, true],
    ['.config.11-m3x-1.tmp', 2, true],
    ['.config.11-m3x-1.tmp', 70, false],
    ['.config.0a1b2c3d4e5f.tmp', 2, true],
    ['.config.0a1b2c3d4e5f.tmp', 70, false],
    ['.config.mine.tmp', 70, true],
    ['.other.77-m3x-1.tmp', 70, true],
    ['config.77-m3x-1.tmp', 70, true],
  ])('%s of %i min ago stays: %s', async (name, minutes, stays) => {
    const home = await folder()
    const path = join(home, 'config')
    await writeFile(path, original)
    await writeFile(join(home, name), 'half')
    await utimes(join(home, name), minutesAgo(minutes), minutesAgo(minutes))
    await changeKubeconfig(files, realClock(), { path }, setLocal, never, owner)
    expect(existsSync(join(home, name))).toBe(stays)
  })
})

describe('a writer that works out its change before it locks', () => {
  const withOurs = (text: string) => (text.includes('ours') ? text : `${text}# ours\n`)

  /** Files at which another program is seen once, and which that program overwrites right after our first write. */
  function overwritten(path: string, clock: ManualClock): Files {
    let writes = 0
    return {
      ...files,
      createExclusive: async (lock, content) => {
        // Somebody has written between our look and our lock.
        if (writes === 0) await writeFile(path, `${original}# theirs\n`)
        return files.createExclusive(lock, content)
      },
      remove: async (lock) => {
        await files.remove(lock)
        writes += 1
        if (writes === 1) await writeFile(path, `${original}# theirs again\n`)
        await clock.sleep(1)
      },
    }
  }

  test('does not take away what is insisted on', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    const clock = manualClock({ auto: true, startMs: Date.now() })
    const place = { path, insist: true }
    expect(await changeKubeconfig(overwritten(path, clock), clock, place, withOurs, never)).toBe(true)
    expect(await readFile(path, 'utf8')).toBe(`${original}# theirs again\n# ours\n`)
    expect(clock.monotonic()).toBeLessThan(5000)
  })

  test('has the last word about anything else', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    const clock = manualClock({ auto: true, startMs: Date.now() })
    expect(await changeKubeconfig(overwritten(path, clock), clock, { path }, withOurs, never)).toBe(true)
    expect(await readFile(path, 'utf8')).toBe(`${original}# theirs again\n`)
  })
})
