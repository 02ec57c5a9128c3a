import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realClock } from '../../../src/adapters/clock.ts'
import { guarded } from '../../../src/adapters/file-problems.ts'
import { withCurrent } from '../../../src/kubeconfig/current.ts'
import type { EditFile, UserFiles } from '../../../src/kubeconfig/user-files.ts'
import { changeUserFiles, ownerOf, readKubeconfigs } from '../../../src/kubeconfig/user-files.ts'
import type { Files } from '../../../src/ports/files.ts'
import type { Host } from '../../../src/ports/host.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { beforeWriting, files, folder, never, problemOf } from './transaction-lab.ts'

const host: Host = {
  read: () => Promise.reject(new Error('not asked')),
  self: { pid: 4711, machine: 'laptop' },
  isAlive: (pid) => pid === 1,
}
const clock = realClock()
const setTo =
  (name: string): EditFile =>
  ({ path, text = '' }) =>
    text === '' ? text : withCurrent(text, name, path)

const change = (places: UserFiles, edit: EditFile, through: Files = files) =>
  changeUserFiles({ files: through, clock, host }, places, edit, never)

async function three(...texts: readonly (string | undefined)[]) {
  const home = await folder()
  const paths = texts.map((_, index) => join(home, `config-${index}`))
  for (const [index, text] of texts.entries()) {
    if (text !== undefined) await writeFile(paths[index] ?? '', text)
  }
  return { home, paths, read: (index: number) => readFile(paths[index] ?? '', 'utf8') }
}

describe('changing the person’s files', () => {
  test('writes those that change, leaves the others and those that are missing, and says which', async () => {
    const { home, paths, read } = await three('current-context: a\n', 'current-context: b\n', undefined)
    expect(await change({ userKubeconfig: [...paths, ...paths] }, setTo('b'))).toEqual([paths[0]])
    expect(await read(0)).toBe('current-context: b\n')
    expect(await readdir(home)).toEqual(['config-0', 'config-1'])
  })

  test('makes a missing file when it gets a text, and keeps the old version of one that is there', async () => {
    const { home, paths, read } = await three('kind: Config\n', undefined)
    const backups = join(home, 'backups')
    const edit: EditFile = ({ text }) => Secret.of(`${text ?? ''}current-context: x\n`)
    const once: EditFile = (file, all) => (file.text?.includes('x') === true ? file.text : edit(file, all))
    expect(await change({ userKubeconfig: paths, backups }, once)).toEqual(paths)
    expect([await read(0), await read(1)]).toEqual([
      'kind: Config\ncurrent-context: x\n',
      'current-context: x\n',
    ])
    expect(await readdir(backups)).toHaveLength(2)
  })

  test('gives the edit all files as they are, what it wrote itself included', async () => {
    const { paths } = await three('one\n', 'two\n')
    const seen: string[] = []
    await change({ userKubeconfig: paths }, ({ path, text = '' }, all) => {
      seen.push(all.map((file) => file.text?.trim()).join('+'))
      return path === paths[0] ? 'first\n' : text
    })
    expect(seen.at(0)).toBe('one+two')
    expect(seen.at(-1)).toBe('first+two')
  })

  test('edits what another program wrote before the lock was taken', async () => {
    const { paths, read } = await three('current-context: a\n')
    let isFirst = true
    const meddled: Files = {
      ...files,
      createExclusive: async (path, content) => {
        if (isFirst) await writeFile(paths[0] ?? '', 'current-context: other\nkind: Config\n')
        isFirst = false
        return files.createExclusive(path, content)
      },
    }
    await change({ userKubeconfig: paths }, setTo('b'), meddled)
    expect(await read(0)).toBe('current-context: b\nkind: Config\n')
  })

  test.each(['EACCES', 'EROFS'])(
    'a member that cannot be written (%s) stops nothing unless it is to change',
    async (code) => {
      const { paths, read } = await three('current-context: b\n', 'current-context: a\n')
      const refused = Object.assign(new Error(code), { code })
      const isThere = (path: string) => path.startsWith(paths[0] ?? '')
      const closed: Files = {
        ...files,
        createExclusive: (path, content) =>
          isThere(path)
            ? guarded('create', path, () => Promise.reject(refused))
            : files.createExclusive(path, content),
      }
      expect(await change({ userKubeconfig: paths }, setTo('b'), closed)).toEqual([paths[1]])
      expect(await read(1)).toBe('current-context: b\n')
      const found = await problemOf(change({ userKubeconfig: paths, context: 'c' }, setTo('c'), closed))
      expect(found).toMatchObject({ code: 'DK4040', place: { file: paths[0] } })
      expect(found.next?.[0]).toContain('devk8s env c')
    },
  )

  test('a fault of the edit leaves that file and the later ones', async () => {
    const { home, paths, read } = await three('contexts: [', 'current-context: a\n')
    expect(await problemOf(change({ userKubeconfig: paths }, setTo('b')))).toMatchObject({ code: 'DK4030' })
    expect([await read(0), await read(1)]).toEqual(['contexts: [', 'current-context: a\n'])
    expect(await readdir(home)).toHaveLength(2)
  })

  test('insisting writes once when nobody else is at the file', async () => {
    const { paths, read } = await three('current-context: a\n')
    let writes = 0
    const watched = beforeWriting(() => {
      writes += 1
    })
    expect(await change({ userKubeconfig: paths, insist: true }, setTo('b'), watched)).toEqual(paths)
    expect(await read(0)).toBe('current-context: b\n')
    expect(writes).toBe(1)
  })
})

test('files are read in their order, a missing one without text, one named twice once', async () => {
  const { paths } = await three('a', undefined)
  expect(await readKubeconfigs(files, [...paths, paths[0] ?? ''])).toEqual([
    { path: paths[0], text: 'a' },
    { path: paths[1], text: undefined },
  ])
})

test('locks are taken by this process, where it is known', () => {
  const owner = ownerOf(host)
  expect(owner).toMatchObject({ pid: 4711, machine: 'laptop' })
  expect([owner?.isAlive(1), owner?.isAlive(2)]).toEqual([true, false])
  expect(ownerOf({ read: host.read, isAlive: host.isAlive })).toBeUndefined()
})
