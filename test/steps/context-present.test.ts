import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { parse, stringify } from 'yaml'
import { describe, expect, test } from 'vitest'
import { contextNameIn } from '../../src/kubeconfig/local-context.ts'
import { isDevK8sError } from '../../src/problems/problem.ts'
import type { Step } from '../../src/plan/step.ts'
import { runner as absent } from '../../src/steps/context-absent.ts'
import { runner as possible } from '../../src/steps/context-possible.ts'
import { runner } from '../../src/steps/context-present.ts'
import { lab, minikube } from './objects-lab.ts'
import type { Lab } from './objects-lab.ts'

type Want = Step<'context.present'>['want']

/** As minikube v1.38.1 leaves it (recorded running-k8s-001), certificates by path. */
function privateText(home: string, server = 'https://192.168.58.2:8443'): string {
  const extension = {
    'last-update': 'Mon, 23 Nov 2026 13:37:05 UTC',
    provider: 'minikube.sigs.k8s.io',
    version: 'v1.38.1',
  }
  return stringify({
    apiVersion: 'v1',
    clusters: [
      {
        cluster: {
          'certificate-authority': join(home, 'ca.crt'),
          extensions: [{ extension, name: 'cluster_info' }],
          server,
        },
        name: 'devk8s',
      },
    ],
    contexts: [
      {
        context: {
          cluster: 'devk8s',
          extensions: [{ extension, name: 'context_info' }],
          namespace: 'default',
          user: 'devk8s',
        },
        name: 'devk8s',
      },
    ],
    'current-context': 'devk8s',
    kind: 'Config',
    users: [
      {
        name: 'devk8s',
        user: { 'client-certificate': join(home, 'client.crt'), 'client-key': 'certs/client.key' },
      },
    ],
  })
}

const key = '-----BEGIN RSA PRIVATE KEY-----\nnot-a-key\n-----END RSA PRIVATE KEY-----\n'
const encodedKey = Buffer.from(key).toString('base64')

interface World extends Lab {
  readonly user: string
  step(want?: Partial<Want>): Step<'context.present'>
  gone(want?: Partial<Step<'context.absent'>['want']>): Step<'context.absent'>
  up(want?: Partial<Want>): Promise<void>
}

async function world(userText?: string): Promise<World> {
  const made = await lab()
  const { home, context } = made
  const user = join(home, '.kube', 'config')
  await mkdir(join(home, 'private', 'certs'), { recursive: true })
  await writeFile(join(home, 'private', 'devk8s'), privateText(home))
  await writeFile(join(home, 'ca.crt'), 'CA\n')
  await writeFile(join(home, 'client.crt'), 'CERT\n')
  await writeFile(join(home, 'private', 'certs', 'client.key'), key)
  if (userText !== undefined) {
    await mkdir(dirname(user))
    await writeFile(user, userText)
  }
  const backups = join(home, 'state', 'kubeconfig')
  const step = (want: Partial<Want> = {}): Step<'context.present'> => ({
    id: 'context',
    kind: 'context.present',
    title: 'Context',
    needs: [],
    want: {
      name: 'local',
      namespace: 'default',
      makeCurrent: 'if-none',
      userKubeconfig: [user],
      minikube: { ...minikube, kubeconfig: join(home, 'private', 'devk8s') },
      backups,
      ...want,
    },
  })
  return {
    ...made,
    user,
    step,
    gone: (want = {}) => ({
      id: 'context',
      kind: 'context.absent',
      title: 'Context',
      needs: [],
      want: { name: 'local', userKubeconfig: [user], minikubeProfile: 'devk8s', backups, ...want },
    }),
    async up(want) {
      const found = await runner.check(step(want), context)
      if (found.state === 'blocked') throw new Error(found.problem.detail)
      if (found.state !== 'ready') await runner.apply(step(want), found, context)
      expect(await runner.check(step(want), context)).toMatchObject({ state: 'ready' })
    },
  }
}

const work = `# my clusters
apiVersion: v1
kind: Config
current-context: work
clusters:
  - name: work # the company's
    cluster: {server: https://k8s.example.com:6443}
contexts:
  - name: work
    context: {cluster: work, user: me}
users:
  - name: me
    user: {token: not-a-real-token}
`

/** Every file below a folder with time and content: what must not change when nothing is to do. */
async function fingerprint(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).toSorted()
  const parts = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const { mtimeMs, ino, mode } = await stat(path)
      return [name, mtimeMs, ino, mode]
    }),
  )
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

async function problemOf(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isDevK8sError(error)) throw error ?? new Error('nothing was thrown')
  return error.problems[0]
}

describe('an empty machine', () => {
  test('gets a file with the context, certificates inside, and it is current', async () => {
    const { context, step, user, up } = await world()
    expect(await runner.check(step(), context)).toMatchObject({ state: 'absent' })
    await up()
    const value = parse(await readFile(user, 'utf8'))
    expect(value).toMatchObject({
      'current-context': 'local',
      clusters: [
        {
          name: 'devk8s-local',
          cluster: { server: 'https://192.168.58.2:8443', 'certificate-authority-data': btoa('CA\n') },
        },
      ],
      users: [
        {
          name: 'devk8s-local',
          user: { 'client-certificate-data': btoa('CERT\n'), 'client-key-data': encodedKey },
        },
      ],
      contexts: [
        { name: 'local', context: { cluster: 'devk8s-local', user: 'devk8s-local', namespace: 'default' } },
      ],
    })
    expect(JSON.stringify(value)).not.toContain('minikube.sigs.k8s.io')
    expect((await stat(user)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(user))).mode & 0o777).toBe(0o700)
  })

  test('before minikube has started, it is absent', async () => {
    const { context, step, home } = await world()
    await writeFile(join(home, 'private', 'devk8s'), 'apiVersion: v1\nkind: Config\n')
    expect(await runner.check(step(), context)).toMatchObject({
      state: 'absent',
      changes: [{ effect: 'create' }, { effect: 'create' }, { effect: 'create' }, { effect: 'in-place' }],
    })
    expect(await problemOf(runner.apply(step(), { state: 'absent', changes: [] }, context))).toMatchObject({
      code: 'DK4034',
    })
    const missing = { ...minikube, kubeconfig: join(home, 'none') }
    expect(await runner.check(step({ minikube: missing }), context)).toMatchObject({ state: 'absent' })
  })
})

test('a stopped cluster, whose entries minikube has taken out of its file, needs no change', async () => {
  const { up, context, step, home, user } = await world(work)
  await up()
  const before = await readFile(user, 'utf8')
  await writeFile(join(home, 'private', 'devk8s'), 'apiVersion: v1\nkind: Config\n')
  expect(await runner.check(step(), context)).toMatchObject({
    state: 'ready',
    notes: [{ level: 'info', text: expect.stringContaining('while the cluster is stopped') }],
  })
  expect(await runner.check(step({ makeCurrent: 'always' }), context)).toMatchObject({ state: 'drifted' })
  expect(await runner.check(step({ name: 'other' }), context)).toMatchObject({ state: 'drifted' })
  expect(await readFile(user, 'utf8')).toBe(before)
})

describe('a second run', () => {
  test('writes nothing at all', async () => {
    const { up, home } = await world(work)
    await up()
    const before = await fingerprint(home)
    await up()
    expect(await fingerprint(home)).toBe(before)
  })

  test('after kubectl has rewritten the file in its own style neither', async () => {
    const { up, user, context, step } = await world(work)
    await up()
    const sorted = stringify(parse(await readFile(user, 'utf8')), { sortMapEntries: true, lineWidth: 0 })
    await writeFile(user, sorted)
    expect(await runner.check(step(), context)).toMatchObject({ state: 'ready' })
  })
})

describe('what a person has', () => {
  test('stays, every byte of it, and the old version is kept', async () => {
    const { up, user, home } = await world(work)
    await up()
    const after = await readFile(user, 'utf8')
    let at = 0
    for (const line of work.split('\n')) {
      at = after.indexOf(line, at)
      expect(at).not.toBe(-1)
    }
    expect(parse(after)['current-context']).toBe('work')
    const backups = join(home, 'state', 'kubeconfig')
    const [kept] = await readdir(backups)
    expect(await readFile(join(backups, kept!), 'utf8')).toBe(work)
  })

  test.each([
    ['never', work, 'work'],
    ['if-none', work, 'work'],
    ['always', work, 'local'],
    ['never', work.replace('current-context: work\n', ''), undefined],
    ['if-none', work.replace('current-context: work', 'current-context: ""'), 'local'],
  ] as const)('makeCurrent %s on %#: %s', async (makeCurrent, text, _current) => {
    const { up, user } = await world(text)
    await up({ makeCurrent })
    expect(parse(await readFile(user, 'utf8'))['current-context']).toBe(_current)
  })

  test('a namespace set on our context survives, one of the profile is followed', async () => {
    const { up, user } = await world(work)
    await up()
    const namespace = async () => parse(await readFile(user, 'utf8')).contexts[1].context.namespace
    await up({ namespace: 'shop' })
    expect(await namespace()).toBe('shop')
    await writeFile(
      user,
      (await readFile(user, 'utf8')).replace('namespace: shop\n      user', 'namespace: mine\n      user'),
    )
    expect(await namespace()).toBe('mine')
    await up({ namespace: 'other' })
    expect(await namespace()).toBe('mine')
  })

  test.each([
    [
      'context',
      { contexts: [{ name: 'local', context: { cluster: 'kind' } }] },
      'context "local" was not written by devk8s',
    ],
    [
      'cluster',
      { clusters: [{ name: 'devk8s-local', cluster: {} }] },
      'cluster "devk8s-local" was not written by devk8s',
    ],
    [
      'user',
      { users: [{ name: 'devk8s-local', user: {} }] },
      'user "devk8s-local" was not written by devk8s',
    ],
  ])('a %s of that name which is not ours is left alone', async (_, value, words) => {
    const text = stringify(value)
    const { context, step, user } = await world(text)
    const found = await runner.check(step(), context)
    expect(found).toMatchObject({ state: 'blocked', problem: { code: 'DK4033', exit: 4 } })
    if (found.state !== 'blocked') return
    expect(found.problem.detail).toContain(words)
    expect(found.problem.next[0]).toBe('devk8s up --context-name devk8s-local')
    expect(await problemOf(runner.apply(step(), { state: 'absent', changes: [] }, context))).toMatchObject({
      code: 'DK4033',
    })
    expect(await readFile(user, 'utf8')).toBe(text)
  })

  test('a context of another cluster of devk8s is left alone', async () => {
    const { up, context, step } = await world()
    await up()
    const other = step({ minikube: { ...step().want.minikube, profile: 'other' } })
    await writeFile(
      other.want.minikube.kubeconfig,
      (await readFile(other.want.minikube.kubeconfig, 'utf8')).replaceAll(': devk8s\n', ': other\n'),
    )
    expect(await runner.check(other, context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK4033', detail: expect.stringContaining('belongs to devk8s’ cluster "devk8s"') },
    })
  })

  test('a file that is not valid is not replaced', async () => {
    const { context, step, user } = await world('contexts: [\n')
    expect(await runner.check(step(), context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK4030', place: { line: 2 } },
    })
    expect(await problemOf(runner.apply(step(), { state: 'absent', changes: [] }, context))).toMatchObject({
      code: 'DK4030',
    })
    expect(await readFile(user, 'utf8')).toBe('contexts: [\n')
  })

  test('a symlinked file stays one', async () => {
    const { up, user, home } = await world()
    await mkdir(dirname(user))
    await writeFile(join(home, 'dotfile'), work)
    await symlink(join(home, 'dotfile'), user)
    await up()
    expect(await readFile(join(home, 'dotfile'), 'utf8')).toContain('name: local')
  })
})

describe('changes of the cluster', () => {
  test('another port is one change, named', async () => {
    const { up, user, home, context, step } = await world(work)
    await up()
    await writeFile(join(home, 'private', 'devk8s'), privateText(home, 'https://127.0.0.1:32771'))
    expect(await runner.check(step(), context)).toMatchObject({
      state: 'drifted',
      changes: [
        {
          field: `${user}: cluster devk8s-local server`,
          from: 'https://192.168.58.2:8443',
          to: 'https://127.0.0.1:32771',
        },
      ],
    })
    const before = (await readFile(user, 'utf8')).split('\n')
    await up()
    expect((await readFile(user, 'utf8')).split('\n').filter((line) => !before.includes(line))).toEqual([
      '      server: https://127.0.0.1:32771',
    ])
  })

  test('a new key is a change that shows no key', async () => {
    const { up, home, context, step, user } = await world(work)
    await up()
    await writeFile(join(home, 'private', 'certs', 'client.key'), 'another')
    const found = await runner.check(step(), context)
    expect(found).toMatchObject({ state: 'drifted' })
    expect(inspect(found, { depth: 9 })).not.toContain(btoa('another'))
    await up()
    expect(await readFile(user, 'utf8')).toContain(btoa('another'))
  })

  test('certificates that minikube embedded are taken as they are', async () => {
    const { up, home, user } = await world()
    const text = privateText(home)
      .replace(/certificate-authority: .*/, 'certificate-authority-data: Q0E=')
      .replace(/client-certificate: .*/, 'client-certificate-data: Q0VSVA==')
      .replace(/client-key: .*/, 'client-key-data: S0VZ')
    await writeFile(join(home, 'private', 'devk8s'), text)
    await up()
    expect(parse(await readFile(user, 'utf8')).users[0].user).toMatchObject({
      'client-certificate-data': 'Q0VSVA==',
      'client-key-data': 'S0VZ',
    })
  })

  test.each([
    [
      'a certificate file that is gone',
      (home: string) => privateText(home).replace('ca.crt', 'none.crt'),
      'none.crt',
    ],
    ['no address', (home: string) => privateText(home, ''), 'without an address'],
    [
      'no key',
      (home: string) => privateText(home).replace(/ +client-key: .*\n/, ''),
      'lacks a certificate or key',
    ],
  ])('%s is DK4034', async (_, text, words) => {
    const { context, step, home } = await world()
    await writeFile(join(home, 'private', 'devk8s'), text(home))
    const found = await problemOf(runner.check(step(), context))
    expect(found).toMatchObject({ code: 'DK4034', detail: expect.stringContaining(words) })
  })

  test('a private kubeconfig that is not valid says so', async () => {
    const { up, context, step, home } = await world()
    await up()
    await writeFile(join(home, 'private', 'devk8s'), 'a: [')
    // It is the cluster's step that writes it anew; the context is as it was.
    expect(await runner.check(step(), context)).toMatchObject({
      state: 'ready',
      notes: [{ text: expect.stringContaining('which is damaged') }],
    })
    expect(await problemOf(runner.apply(step(), { state: 'drifted', changes: [] }, context))).toMatchObject({
      code: 'DK4034',
      detail: expect.stringContaining('cannot be read'),
    })
  })
})

describe('a context of ours under another name', () => {
  test('is renamed with its cluster and user; current-context and a namespace set since go along', async () => {
    const { up, user, context, step } = await world()
    await up({ name: 'first' })
    await writeFile(
      user,
      (await readFile(user, 'utf8')).replace('namespace: default\n    user', 'namespace: mine\n    user'),
    )
    expect(await runner.check(step(), context)).toMatchObject({
      state: 'drifted',
      changes: [
        { field: `${user}: cluster`, from: 'devk8s-first', to: 'devk8s-local' },
        { field: `${user}: user`, from: 'devk8s-first', to: 'devk8s-local' },
        { field: `${user}: context`, from: 'first', to: 'local' },
        { field: `${user}: current-context`, from: 'first', to: 'local' },
      ],
    })
    await up()
    const now = parse(await readFile(user, 'utf8')) as {
      contexts: { name: string; context: { namespace: string } }[]
    }
    expect(now.contexts.map(({ name, context: { namespace } }) => [name, namespace])).toEqual([
      ['local', 'mine'],
    ])
    expect(now).toMatchObject({ 'current-context': 'local', clusters: [{ name: 'devk8s-local' }] })
  })

  test('that kubectl renamed gets its name back', async () => {
    const { up, user, context, step } = await world()
    await up({ makeCurrent: 'never' })
    const renamed = (await readFile(user, 'utf8')).replace('  name: local\n', '  name: mine\n')
    await writeFile(user, renamed)
    expect(await runner.check(step({ makeCurrent: 'never' }), context)).toMatchObject({
      changes: [{ from: 'mine', to: 'local' }],
    })
    await up({ makeCurrent: 'never' })
    expect(await readFile(user, 'utf8')).not.toContain('mine')
  })

  test('keeps its name while the one wanted is somebody else’s', async () => {
    const foreign = stringify({ contexts: [{ name: 'local', context: { cluster: 'kind' } }] })
    const { up, user, context, step } = await world(foreign)
    expect(await runner.check(step(), context)).toMatchObject({ problem: { code: 'DK4033' } })
    await up({ name: 'second' })
    const before = await readFile(user, 'utf8')
    expect(await runner.check(step(), context)).toMatchObject({
      state: 'ready',
      detail: { name: 'second' },
      notes: [{ text: expect.stringContaining('keeps the name second') }],
    })
    await up()
    expect(await readFile(user, 'utf8')).toBe(before)
    const wanted = { ...step().want, minikubeProfile: 'devk8s' }
    expect(contextNameIn([{ path: user, text: before }], wanted)).toBe('second')
    expect(contextNameIn([{ path: user, text: undefined }], wanted)).toBe('local')
    expect(contextNameIn([{ path: user, text: '- a' }], wanted)).toBe('local')
  })

  test('goes when the cluster is destroyed', async () => {
    const { up, user, gone, context } = await world(work)
    await up({ name: 'first', makeCurrent: 'always' })
    const found = await absent.check(gone(), context)
    expect(found).toMatchObject({
      state: 'drifted',
      changes: expect.arrayContaining([
        { field: `${user}: context first`, effect: 'remove' },
        { field: `${user}: current-context`, from: 'first', effect: 'remove' },
      ]),
    })
    await absent.apply(gone(), found, context)
    expect(await readFile(user, 'utf8')).toBe(work.replace('current-context: work', 'current-context: ""'))
  })
})

describe('context.possible', () => {
  const stepOf = ({ want }: Step<'context.present'>): Step<'context.possible'> => ({
    id: 'context.possible',
    kind: 'context.possible',
    title: 'Room',
    needs: [],
    want: { name: want.name, userKubeconfig: want.userKubeconfig, minikubeProfile: want.minikube.profile },
  })

  test.each([
    ['no file', undefined, undefined],
    ['a file without that name', work, undefined],
    ['the name of somebody else', 'contexts: [{name: local, context: {cluster: kind}}]\n', 'DK4033'],
    ['no kubeconfig', '- a\n', 'DK4030'],
  ])('%s', async (_, text, code) => {
    const { step, context } = await world(text)
    const found = await possible.check(stepOf(step()), context)
    expect(found.state === 'blocked' ? found.problem.code : undefined).toBe(code)
    await possible.apply(stepOf(step()), found, context)
  })

  test('an entry of ours is no obstacle', async () => {
    const { up, step, context } = await world(work)
    await up()
    expect(await possible.check(stepOf(step()), context)).toEqual({ state: 'ready' })
  })
})

describe('KUBECONFIG with several files', () => {
  test.each([
    ['the first that exists', [undefined, work, 'kind: Config\n'], 1],
    ['the last, when none exists', [undefined, undefined, undefined], 2],
    ['the one that has it', ['kind: Config\n', 'kind: Config\n', 'ours'], 2],
  ] as const)('the context goes to %s', async (_, texts, expected) => {
    const { up, home, user } = await world()
    await up()
    const ours = await readFile(user, 'utf8')
    const paths = await Promise.all(
      texts.map(async (text, index) => {
        const path = join(home, `config-${index}`)
        if (text !== undefined) await writeFile(path, text === 'ours' ? ours : text)
        return path
      }),
    )
    await up({ userKubeconfig: paths, namespace: 'new' })
    for (const [index, path] of paths.entries()) {
      const has = existsSync(path) && (await readFile(path, 'utf8')).includes('name: local')
      expect(has).toBe(index === expected)
    }
  })
})

describe('context.absent', () => {
  test('gives back the file as it was', async () => {
    const { up, user, gone, context } = await world(work)
    await up({ makeCurrent: 'never' })
    const found = await absent.check(gone(), context)
    expect(found).toMatchObject({ state: 'drifted' })
    expect(found.state === 'drifted' && found.changes.map(({ effect }) => effect)).toEqual([
      'remove',
      'remove',
      'remove',
    ])
    await absent.apply(gone(), found, context)
    expect(await readFile(user, 'utf8')).toBe(work)
    expect(await absent.check(gone(), context)).toEqual({ state: 'ready' })
  })

  test('unsets the current context when it is ours', async () => {
    const { up, user, gone, context } = await world()
    await up()
    await absent.apply(gone(), { state: 'drifted', changes: [] }, context)
    expect(parse(await readFile(user, 'utf8'))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [],
      users: [],
      contexts: [],
      'current-context': '',
    })
  })

  test('leaves what is not ours, and its current-context', async () => {
    const text = stringify({
      contexts: [{ name: 'local', context: { cluster: 'kind' } }],
      'current-context': 'local',
    })
    const { user, gone, context } = await world(text)
    expect(await absent.check(gone(), context)).toEqual({ state: 'ready' })
    await absent.apply(gone(), { state: 'drifted', changes: [] }, context)
    expect(await readFile(user, 'utf8')).toBe(text)
  })

  test('of a machine without kubeconfig is ready, of a broken one blocked', async () => {
    const { user, gone, context } = await world()
    expect(await absent.check(gone(), context)).toEqual({ state: 'ready' })
    await mkdir(dirname(user))
    await writeFile(user, '- a\n')
    expect(await absent.check(gone(), context)).toMatchObject({
      state: 'blocked',
      problem: { code: 'DK4030' },
    })
    expect(await problemOf(absent.apply(gone(), { state: 'drifted', changes: [] }, context))).toMatchObject({
      code: 'DK4030',
    })
  })

  test('clears every file that names it as current', async () => {
    const { up, home, user, gone, context } = await world()
    await up()
    const second = join(home, 'second')
    await writeFile(second, 'current-context: local\n')
    const both = { userKubeconfig: [user, second] }
    await absent.apply(gone(both), { state: 'drifted', changes: [] }, context)
    expect(await readFile(second, 'utf8')).toBe('current-context: ""\n')
    expect(await absent.check(gone(both), context)).toEqual({ state: 'ready' })
  })
})
