import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keptVersionsOf, saveVersion } from '../../../src/kubeconfig/backup.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import { changeKubeconfig } from '../../../src/kubeconfig/transaction.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { files, folder, never } from './transaction-lab.ts'

describe('earlier versions', () => {
  test('the last ten are kept, newest last, readable by their owner only', async () => {
    const home = await folder()
    const path = join(home, 'config')
    const backups = join(home, 'state', 'kubeconfig')
    await writeFile(path, 'current-context: v0\n')
    const clock = manualClock({ startMs: Date.UTC(2026, 10, 24) })
    for (let version = 1; version <= 13; version += 1) {
      await clock.advance(1000)
      const edit = (text: string) => editKubeconfig(text, [{ kind: 'current', context: `v${version}` }], path)
      await changeKubeconfig(files, clock, { path, backups }, edit, never)
    }
    const names = await readdir(backups)
    expect(names).toHaveLength(10)
    const texts = await Promise.all(names.toSorted().map((name) => readFile(join(backups, name), 'utf8')))
    expect(texts).toEqual(
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((version) => `current-context: v${version}\n`),
    )
    expect((await stat(join(backups, names[0]!))).mode & 0o777).toBe(0o600)
    expect((await stat(backups)).mode & 0o777).toBe(0o700)
  })

  test('switches keep what was there before the first of them, and what others changed between two', async () => {
    const home = await folder()
    const path = join(home, 'config')
    const backups = join(home, 'backups')
    const clock = manualClock({ startMs: Date.UTC(2026, 10, 24) })
    const original = '# mine\ncurrent-context: a\n'
    await writeFile(path, original)
    const move = async (context: string) => {
      await clock.advance(1000)
      const edit = (text: string) => editKubeconfig(text, [{ kind: 'current', context }], path)
      await changeKubeconfig(files, clock, { path, backups, moves: true }, edit, never)
    }
    for (const context of ['b', 'c', 'd', 'a', 'b']) await move(context)
    expect(await readdir(backups)).toHaveLength(1)
    const changed = '# yours\ncurrent-context: b\n'
    await writeFile(path, changed)
    await move('c')
    const kept = await keptVersionsOf(files, backups, [path])
    expect(await Promise.all(kept.map(async (each) => readFile(each.path, 'utf8')))).toEqual([
      changed,
      original,
    ])
  })

  test('a run keeps what was there before its first change, whatever it changes after that', async () => {
    const home = await folder()
    const path = join(home, 'config')
    const backups = join(home, 'backups')
    const clock = manualClock({ startMs: Date.UTC(2026, 10, 24) })
    const set = async (run: string, context: string) => {
      await clock.advance(1000)
      const edit = (text: string) => editKubeconfig(text, [{ kind: 'current', context }], path)
      const owner = { pid: 1, machine: 'laptop', run, isAlive: () => true }
      await changeKubeconfig(files, clock, { path, backups }, edit, never, owner)
    }
    await writeFile(path, 'current-context: v0\n')
    for (let version = 1; version <= 12; version += 1) await set('1-1', `v${version}`)
    await set('1-2', 'last')
    const kept = await keptVersionsOf(files, backups, [path])
    expect(kept.map(({ run }) => run)).toEqual(['1-2', '1-1'])
    expect(await Promise.all(kept.map(async (each) => readFile(each.path, 'utf8')))).toEqual([
      'current-context: v12\n',
      'current-context: v0\n',
    ])
  })

  test('a version that is kept already is kept as of the last run that replaced it', async () => {
    const backups = join(await folder(), 'backups')
    const clock = manualClock({ startMs: Date.UTC(2026, 10, 24) })
    for (const run of ['1-1', '1-2']) {
      await saveVersion(files, clock, backups, '/config', 'text', { sizeBytes: 4, run })
      await saveVersion(files, clock, backups, '/config', 'in between', { sizeBytes: 10, run })
    }
    const kept = await keptVersionsOf(files, backups, ['/config'])
    expect(kept.map(({ run }) => run)).toEqual(['1-2'])
    expect(await readFile(kept[0]?.path ?? '', 'utf8')).toBe('text')
  })

  test('a version that is kept already is not kept twice; of a new file an empty one is kept', async () => {
    const home = await folder()
    const path = join(home, 'config')
    const backups = join(home, 'backups')
    const clock = manualClock({ auto: true })
    const set = (context: string) => (text: string) =>
      editKubeconfig(text, [{ kind: 'current', context }], path)
    await changeKubeconfig(files, clock, { path, backups }, set('a'), never)
    const [none] = await keptVersionsOf(files, backups, [path])
    expect(await readFile(none?.path ?? '', 'utf8')).toBe('')
    const first = await readFile(path, 'utf8')
    for (const context of ['b', 'c']) {
      await writeFile(path, first)
      await clock.sleep(1000)
      await changeKubeconfig(files, clock, { path, backups }, set(context), never)
    }
    expect(await readdir(backups)).toHaveLength(2)
  })

  test('of two files whose paths differ in a slash only are kept apart; those of earlier versions are found', async () => {
    const backups = join(await folder(), 'backups')
    const clock = manualClock({ startMs: 1_795_000_000_000 })
    for (const path of ['/home/a_b', '/home/a/b'])
      await saveVersion(files, clock, backups, path, path, { sizeBytes: 7 })
    await writeFile(join(backups, '_home_a_b.1700000000000'), 'of an earlier devk8s')
    const found = await keptVersionsOf(files, backups, ['/home/a/b'])
    expect(found.map(({ of, replacedAt }) => [of, replacedAt])).toEqual([
      ['/home/a/b', 1_795_000_000_000],
      ['/home/a/b', 1_700_000_000_000],
    ])
    expect(await readFile(found[0]?.path ?? '', 'utf8')).toBe('/home/a/b')
  })

  test('of one millisecond, or under a clock that was put back, keep their order', async () => {
    const backups = join(await folder(), 'backups')
    for (const [startMs, text] of [
      [5_000_000_000_000, 'one'],
      [5_000_000_000_000, 'two'],
      [4_000_000_000_000, 'three'],
    ] as const) {
      await saveVersion(files, manualClock({ startMs }), backups, '/config', text, {
        sizeBytes: text.length,
      })
    }
    const texts = (await keptVersionsOf(files, backups, ['/config'])).map(({ path }) =>
      readFile(path, 'utf8'),
    )
    expect(await Promise.all(texts)).toEqual(['three', 'two', 'one'])
  })
})
