import { describe, expect, test } from 'vitest'
import type { KubeconfigFile } from '../../../src/kubeconfig/local-context.ts'
import type { KubeconfigView } from '../../../src/kubeconfig/view.ts'
import { filesToClear, viewOf } from '../../../src/kubeconfig/view.ts'

async function view(...files: readonly KubeconfigFile[]): Promise<KubeconfigView> {
  const read = await viewOf(files)
  if ('problem' in read) throw new Error(read.problem.detail)
  return read.view
}

const at = (path: string, text: string | undefined): KubeconfigFile => ({ path, text })
const context = (name: string, cluster: string) => `- name: ${name}\n  context:\n    cluster: ${cluster}\n`
const config = (current: string, ...contexts: readonly string[]) =>
  `current-context: ${current}\ncontexts:${contexts.length === 0 ? ' []' : ''}\n${contexts.join('')}`

describe('several files', () => {
  test('the first file that has a name wins, by whichever way each is read', async () => {
    const seen = await view(
      at('/a', config('""', context('dev', 'one'))),
      at('/b', '{contexts: [{name: dev, context: {cluster: two}}, {name: prod, context: {cluster: three}}]}'),
      at(
        '/c',
        JSON.stringify({ contexts: [{ name: 'prod' }, { name: 'local', context: { namespace: '' } }] }),
      ),
    )
    expect(seen.contexts).toEqual([
      { name: 'dev', file: '/a', cluster: 'one' },
      { name: 'prod', file: '/b', cluster: 'three' },
      { name: 'local', file: '/c' },
    ])
  })

  test('the first that names a current context decides, whether it exists or not', async () => {
    const seen = await view(
      at('/a', config('""')),
      at('/b', config('gone')),
      at('/c', config('dev', context('dev', 'x'))),
    )
    expect(seen.current).toEqual({ name: 'gone', file: '/b' })
    expect(filesToClear(seen)).toEqual(['/b', '/c'])
  })

  test('a view of its own names the file that decides as the one to clear', () => {
    expect(filesToClear({ contexts: [], defaultFile: '/a', current: { name: 'x', file: '/b' } })).toEqual([
      '/b',
    ])
    expect(filesToClear({ contexts: [], defaultFile: '/a' })).toEqual([])
  })

  test.each([
    ['the first file that exists', [at('/a', undefined), at('/b', ''), at('/c', '')], '/b'],
    ['the last when none does', [at('/a', undefined), at('/b', undefined)], '/b'],
  ])('new entries go to %s', async (_, files, expected) => {
    const seen = await view(...files)
    expect(seen.defaultFile).toBe(expected)
    expect(seen).toMatchObject({ contexts: [], namedIn: [] })
    expect(seen.current).toBeUndefined()
  })

  test('a file that is listed twice is read once', async () => {
    const seen = await view(
      at('/a', config('dev', context('dev', 'x'))),
      at('/a', config('dev', context('dev', 'x'))),
    )
    expect(filesToClear(seen)).toEqual(['/a'])
    expect(seen.warnings).toBeUndefined()
  })

  test('one that cannot be read fails the whole, as with kubectl', async () => {
    const read = await viewOf([at('/a', config('dev')), at('/b', 'contexts: [')])
    expect(read).toMatchObject({ problem: { code: 'DK4030', place: { file: '/b' } } })
  })
})

describe('a name twice in one file', () => {
  const twice = config('dev', context('dev', 'one'), context('other', 'x'), context('dev', 'two'))

  test('is read, the first of them, with a warning that says where both are', async () => {
    const seen = await view(at('/a', twice))
    expect(seen.contexts).toMatchObject([{ name: 'dev', cluster: 'one' }, { name: 'other' }])
    expect(seen.warnings).toEqual([{ kind: 'twice', file: '/a', name: 'dev', lines: [3, 9] }])
  })

  test('is warned of without places where only the parser reads the file', async () => {
    const seen = await view(at('/a', `${twice}x: &anchor y\n`))
    expect(seen.warnings).toEqual([{ kind: 'twice', file: '/a', name: 'dev', lines: [] }])
  })
})
