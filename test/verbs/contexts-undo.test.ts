import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withCurrent } from '../../src/kubeconfig/current.ts'
import { changeKubeconfig } from '../../src/kubeconfig/transaction.ts'
import { realFiles } from '../../src/adapters/files.ts'
import type { Laptop } from '../fakes/session.ts'
import { newLaptop } from '../fakes/session.ts'
import { kubeconfig, newHome } from './switch-lab.ts'

const never = new AbortController().signal

function textOf(current: string, names: readonly string[]): string {
  const contexts = names.map((name) => `- context:\n    cluster: c\n    user: u\n  name: ${name}\n`)
  return `apiVersion: v1\nkind: Config\ncontexts:\n${contexts.join('')}current-context: ${current} # mine\n`
}

async function laptopWith(text: string) {
  const laptop = await newLaptop()
  const file = join(laptop.home, '.kube', 'config')
  await mkdir(join(laptop.home, '.kube'), { recursive: true })
  await writeFile(file, text)
  return { laptop, file }
}

/** A change by devk8s. */
async function change(laptop: Laptop, file: string, edit: (text: string) => string | Promise<string>) {
  await laptop.clock.sleep(60_000)
  const backups = join(laptop.home, '.local', 'state', 'devk8s', 'kubeconfig')
  await changeKubeconfig(realFiles(), laptop.clock, { path: file, backups }, edit, never)
}

const twoChanges = async () => {
  const { laptop, file } = await laptopWith(textOf('dev', ['dev', 'prod']))
  await change(laptop, file, (text) => withCurrent(text, 'prod', file))
  await change(laptop, file, () => textOf('prod', ['prod', 'staging']))
  await laptop.clock.sleep(60_000)
  return { laptop, file }
}

test('the list says what was changed after each version', async () => {
  const { laptop, file } = await twoChanges()
  const { exit, answer } = await laptop.run('contexts undo --list')
  expect(exit).toBe(0)
  expect(answer).toMatchObject({
    versions: [
      { version: 1, file, changes: ['added staging', 'removed dev'] },
      { version: 2, file, changes: ['current-context "dev" → "prod"'] },
    ],
  })
})

test('the last change is undone after a yes, and undoing that brings it back', async () => {
  const { laptop, file } = await twoChanges()
  const undone = await laptop.run('contexts undo', { answers: { 'contexts.undo': true } })
  expect(undone.answer).toEqual({
    restored: true,
    files: [{ file, changes: ['added dev', 'removed staging'] }],
  })
  expect(await readFile(file, 'utf8')).toBe(textOf('prod', ['dev', 'prod']))
  await laptop.run('contexts undo', { answers: { 'contexts.undo': true } })
  expect(await readFile(file, 'utf8')).toBe(textOf('prod', ['prod', 'staging']))
})

test.each(['2', 'id'])('a version is named by its number or its id (%s)', async (how) => {
  const { laptop, file } = await twoChanges()
  const { answer } = await laptop.run('contexts undo --list')
  const [, second] = (answer as unknown as { versions: readonly { id: string }[] }).versions
  await laptop.run(`contexts undo ${how === 'id' ? second?.id : how}`, { answers: { 'contexts.undo': true } })
  expect(await readFile(file, 'utf8')).toBe(textOf('dev', ['dev', 'prod']))
})

test('a no leaves the file', async () => {
  const { laptop, file } = await twoChanges()
  const { exit, problems } = await laptop.run('contexts undo', { answers: { 'contexts.undo': false } })
  expect([exit, problems[0]?.code]).toEqual([5, 'DK8050'])
  expect(await readFile(file, 'utf8')).toBe(textOf('prod', ['prod', 'staging']))
})

test('a version that is not kept is a problem that says which are', async () => {
  const { laptop } = await twoChanges()
  const { exit, problems } = await laptop.run('contexts undo 7')
  expect(exit).toBe(2)
  expect(problems[0]).toMatchObject({
    code: 'DK4041',
    detail: '"7" is none of the versions that are kept. There are 1 to 2.',
  })
  const { laptop: fresh } = await laptopWith('')
  expect((await fresh.run('contexts undo')).problems[0]?.code).toBe('DK4041')
  expect((await fresh.run('contexts undo --list')).answer).toEqual({ versions: [] })
})

test('what the file says already is not restored again', async () => {
  const { laptop, file } = await twoChanges()
  await writeFile(file, textOf('prod', ['dev', 'prod']))
  const { exit, answer } = await laptop.run('contexts undo')
  expect([exit, answer]).toEqual([0, { restored: false, files: [{ file, changes: [] }] }])
})

test('a change that comes between question and answer is not overwritten', async () => {
  const { laptop, file } = await twoChanges()
  const { exit, problems } = await laptop.run('contexts undo', {
    through: (ports) => ({
      ...ports,
      prompts: {
        ask: async () => {
          await writeFile(file, 'current-context: other\n')
          return true as never
        },
      },
    }),
  })
  expect([exit, problems[0]?.code]).toEqual([1, 'DK4042'])
  expect(await readFile(file, 'utf8')).toBe('current-context: other\n')
})

test('what a run changed in several files comes back together', async () => {
  const home = await newHome(kubeconfig([{ name: 'dev' }, { name: 'z' }], 'dev'))
  const second = join(home.folder, 'second')
  await writeFile(second, kubeconfig([{ name: 'z' }, { name: 'other' }], 'z'))
  const env = { KUBECONFIG: `${home.config}:${second}` }
  const before = [await home.text(), await home.text(second)]
  expect((await home.run('contexts remove z --yes', { env })).exit).toBe(0)
  const { stdout } = await home.run('contexts undo --list --json', { env })
  const versions = [
    { version: 1, file: second, changes: ['removed z', 'current-context "z" → (none)'] },
    { version: 1, file: home.config, changes: ['removed z'] },
  ]
  expect(JSON.parse(stdout)).toMatchObject({ result: { versions } })
  const undone = await home.run('contexts undo --yes', { env })
  expect(undone.stdout.split('\n')).toHaveLength(3)
  expect([await home.text(), await home.text(second)]).toEqual(before)
  await home.run('contexts undo --yes', { env })
  expect(await home.text()).not.toContain('name: z')
  expect(await home.text(second)).not.toContain('name: z')
})

test('a file that devk8s has made can be emptied again', async () => {
  const { laptop, file } = await laptopWith('')
  await rm(file)
  await change(laptop, file, () => textOf('dev', ['dev']))
  const { answer } = await laptop.run('contexts undo', { answers: { 'contexts.undo': true } })
  expect(answer).toMatchObject({ restored: true, files: [{ file }] })
  expect(await readFile(file, 'utf8')).toBe('')
})
