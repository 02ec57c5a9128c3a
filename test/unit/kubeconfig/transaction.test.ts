import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { realClock } from '../../../src/adapters/clock.ts'
import { realFiles } from '../../../src/adapters/files.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import { leftLocks } from '../../../src/kubeconfig/lock.ts'
import { changeKubeconfig, isText } from '../../../src/kubeconfig/transaction.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { manualClock } from '../../engine/manual-clock.ts'

const files = realFiles()
const never = new AbortController().signal
const original = 'apiVersion: v1\nkind: Config\ncurrent-context: work # mine\n'
const edited = original.replace('work', 'local')
const setLocal = (text: string) => editKubeconfig(text, [{ kind: 'current', context: 'local' }], 'config')

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'devk8s-kubeconfig-'))
}

async function problemOf(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isDevK8sError(error)) throw error ?? new Error('nothing was thrown')
  return error.problems[0]
}

describe('one change', () => {
  test('is written under the lock and leaves no other file', async () => {
    const home = await folder()
    const path = join(home, 'config')
    await writeFile(path, original, { mode: 0o640 })
    await chmod(path, 0o640)
    let lockSeen = false
    const edit = (text: string) => {
      lockSeen = existsSync(`${path}.lock`)
      return setLocal(text)
    }
    expect(await changeKubeconfig(files, realClock(), { path }, edit, never)).toBe(true)
    expect(lockSeen).toBe(true)
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
    const edit = (text: string) => {
      locks.push(existsSync(`${path}.lock`), existsSync(join(target, 'kubeconfig.lock')))
      return setLocal(text)
    }
    await changeKubeconfig(files, realClock(), { path }, edit, never)
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
    const edit = (text: string) => {
      written.push(readFileSync(`${path}.lock`, 'utf8'))
      return setLocal(text)
    }
    expect(await changeKubeconfig(files, clock, { path }, edit, never, owner)).toBe(true)
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
      stop.abort('SIGTERM')
      return setLocal(text)
    }
    await expect(changeKubeconfig(files, realClock(), { path }, edit, stop.signal)).rejects.toBe('SIGTERM')
    expect(existsSync(`${path}.lock`)).toBe(false)
    expect(await readFile(path, 'utf8')).toBe(original)
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

  test('a version that is kept already is not kept twice, and a new file has none', async () => {
    const home = await folder()
    const path = join(home, 'config')
    const backups = join(home, 'backups')
    const clock = manualClock({ auto: true })
    const set = (context: string) => (text: string) =>
      editKubeconfig(text, [{ kind: 'current', context }], path)
    await changeKubeconfig(files, clock, { path, backups }, set('a'), never)
    expect(existsSync(backups)).toBe(false)
    const first = await readFile(path, 'utf8')
    for (const context of ['b', 'c']) {
      await writeFile(path, first)
      await clock.sleep(1000)
      await changeKubeconfig(files, clock, { path, backups }, set(context), never)
    }
    expect(await readdir(backups)).toHaveLength(1)
  })
})

const kubectl = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((place) => join(place, process.platform === 'win32' ? 'kubectl.exe' : 'kubectl'))
  .find((place) => existsSync(place))

describe.skipIf(kubectl === undefined)('beside a real kubectl (skipped when none is on PATH)', () => {
  const run = promisify(execFile)

  // kubectl computes its change before it locks and may so undo what came meanwhile (facts sheet, 2.4): of its
  // own writes some are lost, and of ours one could be in theory; hence the retries of the test.
  test('of writers at once, each of ours is in the file', { retry: 2 }, async () => {
    const path = join(await folder(), 'config')
    await writeFile(path, original)
    const put = (name: string) => (text: string) =>
      editKubeconfig(
        text,
        [{ kind: 'put', section: 'contexts', name, fields: { cluster: 'c', user: 'u' } }],
        path,
      )
    const ours = Array.from({ length: 20 }, (_, index) => `ours-${index}`)
    const theirs = Array.from({ length: 8 }, (_, index) => `theirs-${index}`)
    const withRetry = async (name: string) => {
      for (let attempt = 0; attempt < 50; attempt += 1) {
        const args = ['config', '--kubeconfig', path, 'set-context', name, '--cluster=c']
        if (
          await run(kubectl!, args).then(
            () => true,
            () => false,
          )
        )
          return
        await realClock().sleep(20)
      }
    }
    await Promise.all([
      ...ours.map((name) => changeKubeconfig(files, realClock(), { path }, put(name), never)),
      ...theirs.map(withRetry),
    ])
    const names = parse(await readFile(path, 'utf8')).contexts.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(ours))
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  test('kubectl reads what we wrote, odd names included', async () => {
    const path = join(await folder(), 'config')
    const names = [
      'local',
      '433e40',
      'yes',
      '08',
      '12:30',
      'arn:aws:eks:eu-west-1:111122223333:cluster/x',
      'ä b',
    ]
    const edit = (text: string) =>
      editKubeconfig(
        text,
        names.map((name) => ({
          kind: 'put',
          section: 'contexts',
          name,
          fields: { cluster: name, user: name },
          marker: { profile: 'p' },
        })),
        path,
      )
    await changeKubeconfig(files, realClock(), { path }, edit, never)
    const { stdout } = await run(kubectl!, ['config', '--kubeconfig', path, 'get-contexts', '-o', 'name'])
    expect(stdout.trim().split('\n').toSorted()).toEqual(names.toSorted())
  })

  test('kubectl keeps the marker, and its rewriting needs no second change of ours', async () => {
    const path = join(await folder(), 'config')
    const edit = (text: string) =>
      editKubeconfig(
        text,
        [
          {
            kind: 'put',
            section: 'contexts',
            name: 'local',
            fields: { cluster: 'c' },
            marker: { profile: 'devk8s' },
          },
        ],
        path,
      )
    await changeKubeconfig(files, realClock(), { path }, edit, never)
    await run(kubectl!, ['config', '--kubeconfig', path, 'set-context', 'other', '--cluster=c'])
    expect(await changeKubeconfig(files, realClock(), { path }, edit, never)).toBe(false)
  })
})
