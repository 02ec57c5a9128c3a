import { chmod, mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Done, Laptop } from '../fakes/session.ts'
import { newLaptop } from '../fakes/session.ts'
import { kubeconfig, newHome } from './switch-lab.ts'

const sound = [
  'apiVersion: v1',
  'kind: Config',
  'clusters: [{name: c, cluster: {server: "https://c"}}]',
  'contexts: [{name: x, context: {cluster: c, user: u}}]',
  'current-context: x',
  'users: [{name: u, user: {token: t}}]',
  '',
].join('\n')

async function laptopWith(text: string, mode = 0o600) {
  const laptop = await newLaptop()
  const folder = join(laptop.home, '.kube')
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'config')
  await writeFile(file, text)
  await chmod(file, mode)
  return { laptop, folder, file }
}

interface Answer {
  readonly findings: readonly {
    readonly rule: string
    readonly severity: string
    readonly file: string
    readonly fixable: boolean
  }[]
  readonly fixed: readonly string[]
}
/** Without what is said for information only. */
function answerOf(done: Done): Answer {
  const answer = done.answer as unknown as Answer
  return { ...answer, findings: answer.findings.filter(({ severity }) => severity !== 'info') }
}
const rulesOf = (done: Done) => answerOf(done).findings.map(({ rule }) => rule)
const fix = (laptop: Laptop) => laptop.run('contexts lint --fix', { answers: { 'contexts.lint': true } })

test('a sound file is clean', async () => {
  const { laptop } = await laptopWith(sound)
  const done = await laptop.run('contexts lint')
  expect([done.exit, done.answer]).toEqual([0, { findings: [], fixed: [] }])
  expect((await (await newLaptop()).run('contexts lint')).exit).toBe(0)
})

test('what is for information only is told and ends with 0', async () => {
  const { laptop } = await laptopWith(sound.replace('users: [', 'users: [{name: old, user: {token: t}}, '))
  const done = await laptop.run('contexts lint')
  expect([done.exit, done.answer]).toMatchObject([
    0,
    { findings: [{ rule: 'unused-user', severity: 'info' }] },
  ])
})

test('a bound shell repeats its context, which is no finding', async () => {
  const home = await newHome(kubeconfig([{ name: 'dev' }], 'dev'))
  const env = { XDG_RUNTIME_DIR: join(home.folder, 'run') }
  const { stdout } = await home.run('env dev', { env, parentPid: process.pid })
  const [, KUBECONFIG = ''] = /^export KUBECONFIG='(.*)'$/m.exec(stdout) ?? []
  const done = await home.run('contexts lint', { env: { ...env, KUBECONFIG } })
  expect(done).toMatchObject({ exit: 0, stdout: 'Nothing is wrong with your kubeconfig files.\n' })
})

test('the simulated laptop of a rehearsal misses no plugin of other makers', async () => {
  const exec = '{command: kubectl, apiVersion: client.authentication.k8s.io/v1beta1}'
  const { laptop } = await laptopWith(sound.replace('{token: t}', `{exec: ${exec}}`))
  expect(rulesOf(await laptop.run('contexts lint'))).toEqual(['exec-missing'])
  expect((await laptop.run('contexts lint', { rehearsal: laptop.folder })).exit).toBe(0)
})

test('findings end with 3, and what needs a choice is left to the person', async () => {
  const { laptop, file } = await laptopWith(sound.replace('user: u', 'user: gone'))
  const done = await laptop.run('contexts lint')
  expect(done.exit).toBe(3)
  expect(answerOf(done).findings).toMatchObject([{ rule: 'dangling-user', file, line: 4, fixable: false }])
  expect((await laptop.run('contexts lint --fix')).exit).toBe(3)
})

test('a no mends nothing', async () => {
  const { laptop, file } = await laptopWith(sound, 0o644)
  const done = await laptop.run('contexts lint --fix', { answers: { 'contexts.lint': false } })
  expect([done.exit, done.problems[0]?.code]).toEqual([5, 'DK8050'])
  expect((await stat(file)).mode & 0o777).toBe(0o644)
})

test('modes, text, locks and temp files of the dead are mended together; a version is kept', async () => {
  const { laptop, folder, file } = await laptopWith(
    sound.replace('current-context: x', 'current-context: 08'),
    0o644,
  )
  const hourAgo = Date.now() / 1000 - 7200
  for (const [name, text] of [
    ['config.lock', 'devk8s 99999999 laptop\n'],
    ['.config.99999999-m3x-1.tmp', 'half'],
  ] as const) {
    await writeFile(join(folder, name), text)
    await utimes(join(folder, name), hourAgo, hourAgo)
  }
  const before = await laptop.run('contexts lint')
  expect(rulesOf(before).toSorted()).toEqual([
    'dangling-current',
    'left-temp',
    'misread-name',
    'mode',
    'stale-lock',
  ])
  const done = await fix(laptop)
  expect([done.exit, rulesOf(done)]).toEqual([0, []])
  expect(answerOf(done).fixed).toHaveLength(5)
  expect(await readFile(file, 'utf8')).toBe(sound.replace('current-context: x', 'current-context: ""'))
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['config'])
  expect((await laptop.run('contexts undo --list')).answer).toMatchObject({ versions: [{ file }] })
})

test('an old lock that does not say whose it is stays, and is named', async () => {
  const { laptop, folder } = await laptopWith(sound)
  const lock = join(folder, 'config.lock')
  await writeFile(lock, '')
  await chmod(lock, 0)
  expect((await laptop.run('contexts lint')).exit).toBe(0)
  await utimes(lock, Date.now() / 1000 - 600, Date.now() / 1000 - 600)
  const done = await fix(laptop)
  expect(done.exit).toBe(3)
  expect(answerOf(done).findings).toMatchObject([{ rule: 'stale-lock', file: lock, fixable: false }])
  expect(await readdir(folder)).toEqual(['config', 'config.lock'])
})

test('files and programs that are not there are found missing, a token that ended is found ended', async () => {
  const jwt = ['{}', '{"exp":1700000000}', 's'].map((part) => btoa(part).replaceAll('=', '')).join('.')
  const { laptop, folder } = await laptopWith(
    [
      'clusters:',
      '- name: c',
      '  cluster: {server: "https://c", certificate-authority: ca.pem}',
      'users:',
      '- name: u',
      '  user: {exec: {command: ./no-such-program, apiVersion: client.authentication.k8s.io/v1beta1}}',
      '- name: v',
      `  user: {token: ${jwt}}`,
      '',
    ].join('\n'),
  )
  expect(rulesOf(await laptop.run('contexts lint'))).toEqual([
    'missing-file',
    'exec-missing',
    'credential-expired',
  ])
  await writeFile(join(folder, 'ca.pem'), '')
  await writeFile(join(folder, 'no-such-program'), '')
  expect(rulesOf(await laptop.run('contexts lint'))).toEqual(['credential-expired'])
})

test('a client certificate that has ended is found, in the entry and in a file', async () => {
  const certificate = new URL('../e2e/support/mirror-certificate.pem', import.meta.url)
  const data = (await readFile(certificate)).toString('base64')
  const { laptop, folder } = await laptopWith(
    [
      `users:`,
      `- {name: u, user: {client-certificate-data: ${data}, client-key-data: QQ==}}`,
      `- {name: v, user: {client-certificate: me.crt, client-key-data: QQ==}}`,
      '',
    ].join('\n'),
  )
  await writeFile(join(folder, 'me.crt'), await readFile(certificate))
  await laptop.clock.sleep(200 * 365 * 86_400_000)
  const done = await laptop.run('contexts lint')
  expect(answerOf(done).findings).toMatchObject([
    { rule: 'credential-expired', line: 2 },
    { rule: 'credential-expired', line: 3 },
  ])
})

test("kubectl's own preferences are read", async () => {
  const ours = '{name: devk8s.dev, extension: {provider: devk8s.dev, team: t, source: eks}}'
  const exec = '{command: ./devk8s, apiVersion: client.authentication.k8s.io/v1beta1}'
  const { laptop, folder } = await laptopWith(
    `users: [{name: u, user: {exec: ${exec}, extensions: [${ours}]}}]\n`,
  )
  await writeFile(join(folder, 'devk8s'), '')
  await writeFile(join(folder, 'kuberc'), 'credentialPluginPolicy: DenyAll\n')
  const done = await laptop.run('contexts lint')
  expect(answerOf(done).findings).toMatchObject([{ rule: 'kuberc-policy', file: join(folder, 'kuberc') }])
})
