import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, readdir, realpath, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { beforeAll, describe, expect, test } from 'vitest'
import { realClock } from '../../src/adapters/clock.ts'
import { realFiles } from '../../src/adapters/files.ts'
import { editKubeconfig } from '../../src/kubeconfig/edit.ts'
import { changeKubeconfig } from '../../src/kubeconfig/transaction.ts'
import { realKubectl } from '../support/kubectl.ts'
import { bundleWriter, largeKubeconfig, startWriter } from '../support/kubeconfig-writers.ts'

const run = promisify(execFile)
const kubectl = await realKubectl()
const never = new AbortController().signal
const leftOut = 'none' in kubectl ? ` (left out: ${kubectl.none})` : ''
let writer = ''

beforeAll(async () => {
  writer = await bundleWriter()
})

async function newFile(text: string) {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-writers-')))
  const path = join(home, 'config')
  await writeFile(path, text, { mode: 0o600 })
  return { home, path, backups: join(home, 'backups') }
}

/** kubectl does not wait for the lock, so who needs its change tries again. */
async function withRetry(program: string, args: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const failed = await run(program, [...args]).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failed === undefined) return
    if (attempt === 200) throw failed
    await realClock().sleep(20)
  }
}

describe.skipIf('none' in kubectl)(`beside a real kubectl${leftOut}`, () => {
  const program = 'path' in kubectl ? kubectl.path : ''

  test(
    'of forty writers at once, twenty of them kubectl, each of ours is in the file',
    { timeout: 120_000 },
    async () => {
      const { home, path, backups } = await newFile(
        'apiVersion: v1\nkind: Config\ncurrent-context: work # mine\n',
      )
      const ours = Array.from({ length: 20 }, (_, index) => `ours-${index}`)
      const ended = await Promise.all([
        ...ours.map((name) => startWriter(writer, ['put', path, backups, name]).ended),
        ...ours.map((_, index) =>
          withRetry(program, [
            'config',
            '--kubeconfig',
            path,
            'set-context',
            `theirs-${index}`,
            '--cluster=c',
          ]),
        ),
      ])
      expect(ended.filter((end) => end !== undefined && end.code !== 0)).toEqual([])
      const { contexts } = parse(await readFile(path, 'utf8')) as { contexts: readonly { name: string }[] }
      expect(contexts.map(({ name }) => name)).toEqual(expect.arrayContaining(ours))
      expect((await readdir(home)).toSorted()).toEqual(['backups', 'config'])
    },
  )

  test('kubectl reads what we wrote, odd names included', async () => {
    const { path } = await newFile('')
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
    await changeKubeconfig(realFiles(), realClock(), { path }, edit, never)
    const { stdout } = await run(program, ['config', '--kubeconfig', path, 'get-contexts', '-o', 'name'])
    expect(stdout.trim().split('\n').toSorted()).toEqual(names.toSorted())
  })

  test('kubectl keeps the marker, and its rewriting needs no second change of ours', async () => {
    const { path } = await newFile('')
    const put = {
      kind: 'put',
      section: 'contexts',
      name: 'local',
      fields: { cluster: 'c' },
      marker: { profile: 'devk8s' },
    } as const
    const edit = (text: string) => editKubeconfig(text, [put], path)
    await changeKubeconfig(realFiles(), realClock(), { path }, edit, never)
    await run(program, ['config', '--kubeconfig', path, 'set-context', 'other', '--cluster=c'])
    expect(await changeKubeconfig(realFiles(), realClock(), { path }, edit, never)).toBe(false)
  })
})

test(
  'a reader never sees an empty or partial file during 200 writes of 1,000 contexts',
  { timeout: 60_000 },
  async () => {
    const { path, backups } = await newFile(largeKubeconfig(1000))
    const { ended } = startWriter(writer, ['switch', path, backups, '200'])
    const done = new AbortController()
    const writing = ended.finally(() => done.abort())
    const seen = new Map<string, string>()
    let reads = 0
    while (!done.signal.aborted) {
      const text = readFileSync(path, 'utf8')
      reads += 1
      const [line = ''] = /^current-context: .*$/m.exec(text) ?? []
      // All but one line must be the same in every read.
      const rest = text.replace(line, '')
      seen.set(rest, line)
      await new Promise(setImmediate)
    }
    expect(await writing).toMatchObject({ code: 0 })
    expect([...seen.keys()].map((text) => text.length)).toEqual([
      largeKubeconfig(1000, '').length - 'current-context: '.length,
    ])
    expect(readFileSync(path, 'utf8')).toBe(largeKubeconfig(1000, 'ctx-even-200'))
    expect(reads).toBeGreaterThan(200)
  },
)

describe('a killed writer', () => {
  /** Park and Miller's generator: the moments are random, and the same in each run. */
  function momentsMs(count: number, below: number): readonly number[] {
    let state = 20_261_124
    return Array.from({ length: count }, () => {
      state = (state * 48_271) % 2_147_483_647
      return (state / 2_147_483_647) * below
    })
  }

  test(
    'at 100 random moments leaves the old or the new content, and bars no one',
    { timeout: 120_000 },
    async () => {
      const { home, path, backups } = await newFile(largeKubeconfig(100))
      const slowest: number[] = []
      for (const moment of momentsMs(100, 25)) {
        const { child, said, ended } = startWriter(writer, ['switch', path, backups, '0'])
        const start = performance.now()
        // The first write also has to get past the lock of the one that was killed before.
        await said('writing')
        slowest.push(performance.now() - start)
        await realClock().sleep(moment)
        child.kill('SIGKILL')
        await ended
        const text = await readFile(path, 'utf8')
        const [, current = ''] = /^current-context: (\S+)$/m.exec(text) ?? []
        expect(current).toMatch(/^ctx-(?:odd|even)-\d+$/)
        expect(text).toBe(largeKubeconfig(100, current))
      }
      for (const name of (await readdir(home)).filter((each) => each.endsWith('.tmp'))) {
        await utimes(join(home, name), Date.now() / 1000 - 120, Date.now() / 1000 - 120)
      }
      // What the killed have left goes with the next change.
      expect(await startWriter(writer, ['switch', path, backups, '2']).ended).toMatchObject({ code: 0 })
      expect((await readdir(home)).toSorted()).toEqual(['backups', 'config'])
      expect(Math.max(...slowest)).toBeLessThan(5000)
      const { contexts } = parse(await readFile(path, 'utf8')) as { contexts: readonly unknown[] }
      expect(contexts).toHaveLength(100)
    },
  )

  test.each(['SIGINT', 'SIGTERM'] as const)('told to stop by %s takes its locks with it', async (signal) => {
    const { home, path } = await newFile('current-context: work\n')
    const link = join(home, 'link')
    await symlink(path, link)
    const { child, said, ended } = startWriter(writer, ['hold', link])
    await said('inside')
    expect([existsSync(`${path}.lock`), existsSync(`${link}.lock`)]).toEqual([true, true])
    child.kill(signal)
    expect(await ended).toMatchObject({ code: 0, output: `inside\nstopped by ${signal}\n` })
    expect((await readdir(home)).toSorted()).toEqual(['config', 'link'])
  })
})
