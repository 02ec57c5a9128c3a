import { mkdir, mkdtemp, readdir, realpath, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { realClock } from '../../../src/adapters/clock.ts'
import { realFiles } from '../../../src/adapters/files.ts'
import { bindContext } from '../../../src/contexts/bind.ts'
import {
  boundFileOf,
  boundKubeconfig,
  boundName,
  boundOwner,
  ownKubeconfigs,
  renderBound,
} from '../../../src/contexts/bound.ts'
import { renderExport } from '../../../src/contexts/shell-syntax.ts'
import { viewOf } from '../../../src/kubeconfig/view.ts'

describe('the text', () => {
  test('reads as the context it was made of, by our reader and by YAML 1.1', async () => {
    const word = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('y', '010', '1e3', 'null', 'a: b', "it's", '~', 'on'),
    )
    await fc.assert(
      fc.asyncProperty(word, word, word, word, async (name, cluster, user, namespace) => {
        const marker = {
          team: 'acme',
          source: 'kops' as const,
          aliases: [name, 'x'],
          protected: true as const,
        }
        const text = renderBound(name, [{ name, cluster, user, namespace, marker }])
        const read = await viewOf([{ path: '/b', text }])
        expect(read).toMatchObject({
          view: { current: { name }, contexts: [{ name, cluster, user, namespace, marker }] },
        })
        expect(parse(text, { version: '1.1' })).toMatchObject({
          'current-context': name,
          contexts: [{ name, context: { cluster, user, namespace } }],
        })
      }),
    )
  })

  test('holds no cluster and no user', () => {
    const text = renderBound('a', [{ name: 'a', cluster: 'c', user: 'u' }])
    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }],
    })
    expect(parse(renderBound('', []))).toMatchObject({ 'current-context': '', contexts: [] })
  })
})

describe('the file', () => {
  test('names differ for contexts that differ, part no list of paths, and say whose they are', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 40 }),
        fc.string({ minLength: 1, maxLength: 40 }),
        (a, b) => {
          const [one, two] = [boundName(7, a, 'child'), boundName(7, b, 'child')]
          expect(one.toLowerCase() === two.toLowerCase()).toBe(a === b)
          expect(one).not.toMatch(/[:;/\\]/)
          expect(boundOwner(one)).toEqual({ pid: 7, boundFor: 'child' })
          expect(boundOwner(boundName(7, a, 'shell'))).toEqual({ pid: 7, boundFor: 'shell' })
        },
      ),
    )
    expect(boundOwner('notes')).toBeUndefined()
    expect(boundName(1, 'x'.repeat(1000), 'child').length).toBeLessThan(255)
  })

  test('is known by its place, and left out of the person’s own', () => {
    const list = ['/run/shells/12-dev', '/home/me/.kube/config']
    expect(boundFileOf(list, '/run/shells')).toBe('/run/shells/12-dev')
    expect(boundFileOf(list.toReversed(), '/run/shells')).toBeUndefined()
    expect(boundFileOf(['/run/shells-not/12-dev'], '/run/shells')).toBeUndefined()
    expect(ownKubeconfigs(list, '/run/shells')).toEqual(['/home/me/.kube/config'])
    expect(boundKubeconfig('/run/shells/13-a', list, '/run/shells', 'linux')).toBe(
      '/run/shells/13-a:/home/me/.kube/config',
    )
    expect(boundKubeconfig('C:\\r\\1-a', ['C:\\k'], 'C:\\r', 'win32')).toBe('C:\\r\\1-a;C:\\k')
  })
})

describe('binding', () => {
  const room = async (alive: readonly number[] = []) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-bound-')))
    const host = {
      read: () => Promise.reject(new Error('not asked')),
      isAlive: (pid: number) => alive.includes(pid),
    }
    const session = {
      env: {},
      layout: { data: folder, state: folder, runtime: folder, userKubeconfig: [join(folder, 'config')] },
      world: { pid: 100, parentPid: 200, platform: 'linux' as const },
      ports: { files: realFiles(), clock: realClock(), host },
      signal: new AbortController().signal,
    }
    return { session, shells: join(folder, 'shells') }
  }

  test('writes a file of this process for nobody else’s eyes, and counts depth', async () => {
    const { session, shells } = await room()
    const { file, env } = await bindContext(
      session,
      { name: 'dev', cluster: 'c', user: 'u' },
      { namespace: 'ops' },
    )
    expect(file).toBe(join(shells, '100-dev'))
    expect(env).toEqual({
      KUBECONFIG: `${file}:${session.layout.userKubeconfig[0]}`,
      DEVK8S_BOUND_CONTEXT: 'dev',
      DEVK8S_BOUND_DEPTH: '1',
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(shells)).mode & 0o777).toBe(0o700)
    const within = await bindContext({ ...session, env }, { name: 'b' }, { boundFor: 'shell' })
    expect(within.file).toBe(join(shells, 'env-200-b'))
    expect(within.env.DEVK8S_BOUND_DEPTH).toBe('2')
  })

  test('sweeps what the dead left a week later: who is not seen may live in a container beside us', async () => {
    const { session, shells } = await room([1])
    await mkdir(shells, { recursive: true })
    const long = Date.now() / 1000 - 8 * 86_400
    for (const name of ['1-a', '1-old', '2-new', '2-old', 'env-2-new', 'env-2-old', 'other-old']) {
      await writeFile(join(shells, name), '')
      if (name.endsWith('old')) await utimes(join(shells, name), long, long)
    }
    await bindContext(session, { name: 'dev' })
    const left = (await readdir(shells)).toSorted()
    expect(left).toEqual(['1-a', '1-old', '100-dev', '2-new', 'env-2-new', 'other-old'])
  })
})

test.for([
  ['posix', "/a b/it's", String.raw`export K='/a b/it'\''s'`],
  ['fish', String.raw`/a\b/it's`, String.raw`set -gx K '/a\\b/it\'s'`],
  ['powershell', 'C:\\it’s', "$env:K = 'C:\\it’’s'"],
] as const)('%s takes the value as one word', ([syntax, value, line]) => {
  expect(renderExport('K', value, syntax)).toBe(line)
})
