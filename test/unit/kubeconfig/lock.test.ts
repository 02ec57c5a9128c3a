import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, readFile, readdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realClock } from '../../../src/adapters/clock.ts'
import { leftLocks } from '../../../src/kubeconfig/lock.ts'
import { changeKubeconfig } from '../../../src/kubeconfig/transaction.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { Files } from '../../../src/ports/files.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { beforeWriting, files, folder, never, original, problemOf, setLocal } from './transaction-lab.ts'

describe('the lock', () => {
  test('of another program is waited for, then named with its age and the way to remove it', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, '')
    await chmod(`${path}.lock`, 0)
    const clock = manualClock({ auto: true, startMs: Date.now() + 3 * 3_600_000 })
    const found = await problemOf(changeKubeconfig(files, clock, { path }, setLocal, never))
    expect(found).toMatchObject({ code: 'DK4032', exit: 6, next: [`rm -f ${path}.lock`] })
    expect(found.detail).toContain('has been there for 3 h; waited 15 s')
    expect(clock.monotonic()).toBeGreaterThanOrEqual(15_000)
    expect(existsSync(`${path}.lock`)).toBe(true)
    expect(await readFile(path, 'utf8')).toBe(original)
  })

  const owner = { pid: 12, machine: 'laptop', isAlive: (pid: number) => pid === 11 }

  test('of a devk8s that is dead is taken over at once', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, 'devk8s 77 laptop\n')
    const clock = manualClock({ auto: true })
    const written: string[] = []
    const watched = beforeWriting(() => void written.push(readFileSync(`${path}.lock`, 'utf8')))
    expect(await changeKubeconfig(watched, clock, { path }, setLocal, never, owner)).toBe(true)
    expect(written).toEqual(['devk8s 12 laptop\n'])
    expect(clock.monotonic()).toBe(0)
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  test('with our own pid is that of an earlier process, as in a container', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, 'devk8s 12 laptop\n')
    const alive = { ...owner, isAlive: () => true }
    expect(await leftLocks(files, [path], alive)).toEqual([`${path}.lock`])
    const clock = manualClock({ auto: true })
    expect(await changeKubeconfig(files, clock, { path }, setLocal, never, alive)).toBe(true)
    expect(clock.monotonic()).toBe(0)
  })

  test('that a dead devk8s left on the target of a symlink is found too', async () => {
    const home = await realpath(await folder())
    const [path, target] = [join(home, 'config'), join(home, 'dotfile')]
    await writeFile(target, original)
    await symlink(target, path)
    await writeFile(`${target}.lock`, 'devk8s 77 laptop\n')
    expect(await leftLocks(files, [path], owner)).toEqual([`${target}.lock`])
    expect(await leftLocks(files, [path, target], owner)).toEqual([`${target}.lock`])
    expect(await leftLocks(files, [path], undefined)).toEqual([])
  })

  test('is taken on the target of a symlink also before that is there', async () => {
    const home = await realpath(await folder())
    const [path, middle, target] = [join(home, 'config'), join(home, 'middle'), join(home, 'dotfiles', 'kc')]
    await mkdir(join(home, 'dotfiles'))
    await symlink('middle', path)
    await symlink('dotfiles/kc', middle)
    const held: string[] = []
    const watched = beforeWriting(() => {
      held.push(...[path, target].filter((each) => existsSync(`${each}.lock`)))
    })
    await changeKubeconfig(watched, realClock(), { path }, setLocal, never, owner)
    expect(held).toEqual([path, target])
    expect(await readdir(join(home, 'dotfiles'))).toEqual(['kc'])
  })

  test('of a living process in another container of this machine is not taken over', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, 'devk8s 77 laptop pid:[4026531836]\n')
    const clock = manualClock({ auto: true, startMs: Date.now() })
    const inside = { ...owner, machine: 'laptop pid:[4026532999]' }
    const change = changeKubeconfig(files, clock, { path }, setLocal, never, inside)
    expect(await problemOf(change)).toMatchObject({
      code: 'DK4032',
      detail: expect.stringContaining('process 77, in another container of this machine') as string,
      next: [`rm -f ${path}.lock`],
    })
  })

  test.each([
    ['of a devk8s that lives', 'devk8s 11 laptop\n'],
    ['of one on another machine', 'devk8s 77 desk\n'],
    ['that does not say whose it is', 'devk8s\n'],
    ['of kubectl', ''],
  ])('%s is not taken over', async (_, content) => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, content)
    const clock = manualClock({ auto: true, startMs: Date.now() })
    const change = changeKubeconfig(files, clock, { path }, setLocal, never, owner)
    expect(await problemOf(change)).toMatchObject({ code: 'DK4032' })
    expect(await readFile(`${path}.lock`, 'utf8')).toBe(content)
  })

  test('that is released in time is taken', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, '')
    const clock = manualClock()
    const changed = changeKubeconfig(files, clock, { path }, setLocal, never)
    while (clock.sleepers === 0) await new Promise(setImmediate)
    await files.remove(`${path}.lock`)
    await clock.advance(1_000)
    expect(await changed).toBe(true)
  })

  test('is not waited for when the run is interrupted', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, '')
    const clock = manualClock()
    const stop = new AbortController()
    const changed = changeKubeconfig(files, clock, { path }, setLocal, stop.signal)
    while (clock.sleepers === 0) await new Promise(setImmediate)
    stop.abort('SIGINT')
    await expect(changed).rejects.toBe('SIGINT')
    expect(existsSync(`${path}.lock`)).toBe(true)
  })

  test('of ours is released when the run is interrupted inside it', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    const stop = new AbortController()
    const edit = (text: string) => {
      if (existsSync(`${path}.lock`)) stop.abort('SIGTERM')
      return setLocal(text)
    }
    await expect(
      changeKubeconfig(files, realClock(), { path, looked: true }, edit, stop.signal),
    ).rejects.toBe('SIGTERM')
    expect(existsSync(`${path}.lock`)).toBe(false)
    expect(await readFile(path, 'utf8')).toBe(original)
  })

  test('of a dead devk8s is taken over by one of several that find it', async () => {
    const home = await folder()
    const path = join(home, 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, 'devk8s 77 laptop\n')
    const isAlive = (pid: number) => pid < 50
    let inside = 0
    let most = 0
    const change = (pid: number) => {
      const watched: Files = {
        ...files,
        write: async (to, content, options) => {
          inside += 1
          most = Math.max(most, inside)
          await files.write(to, content, options)
          inside -= 1
        },
      }
      const edit = (text: string) => `${text}# ${pid}\n`
      return changeKubeconfig(watched, realClock(), { path }, edit, never, {
        pid,
        machine: 'laptop',
        isAlive,
      })
    }
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(change))
    expect(most).toBe(1)
    const text = await readFile(path, 'utf8')
    expect(text.match(/^# \d$/gm)?.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((pid) => `# ${pid}`))
    expect(await readdir(home)).toEqual(['config'])
  })

  test('a takeover that was killed itself is waited for a moment, then begun anew', async () => {
    const home = await folder()
    const path = join(home, 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, 'devk8s 77 laptop\n')
    await writeFile(`${path}.lock.takeover`, 'devk8s 78 laptop\n')
    const clock = manualClock({ auto: true, startMs: Date.now() })
    expect(await changeKubeconfig(files, clock, { path }, setLocal, never, owner)).toBe(true)
    expect(clock.monotonic()).toBeGreaterThan(9_000)
    expect(await readdir(home)).toEqual(['config'])
  })

  test('that was removed by hand and taken by kubectl is left to kubectl', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    const taken: Files = beforeWriting(() => {
      rmSync(`${path}.lock`)
      writeFileSync(`${path}.lock`, '')
    })
    expect(await changeKubeconfig(taken, realClock(), { path }, setLocal, never, owner)).toBe(true)
    expect(await readFile(`${path}.lock`, 'utf8')).toBe('')
  })

  test.each([
    ['devk8s 11 laptop\n', 'process 11.', ['ps -p 11']],
    ['devk8s 77 desk\n', 'process 77 on desk.', []],
    ['', 'It does not say whose it is.', []],
  ])('%j that stays is explained', async (content, words, first) => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, content)
    const clock = manualClock({ auto: true, startMs: Date.now() + 600_000 })
    const found = await problemOf(changeKubeconfig(files, clock, { path }, setLocal, never, owner))
    expect(found).toMatchObject({ code: 'DK4032', next: [...first, `rm -f ${path}.lock`] })
    expect(found.detail).toContain('has been there for 10 min; waited 15 s')
    expect(found.detail).toContain(words)
  })

  test('two who wait do not ask in step', async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    await writeFile(`${path}.lock`, '')
    const pauses: number[] = []
    let passed = 0
    const clock: Clock = {
      now: () => Date.now(),
      monotonic: () => passed,
      sleep: async (ms) => {
        pauses.push(ms)
        passed += ms + 0.123
      },
    }
    await problemOf(changeKubeconfig(files, clock, { path }, setLocal, never))
    expect(new Set(pauses).size).toBeGreaterThan(20)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(100)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10)
  })
})
