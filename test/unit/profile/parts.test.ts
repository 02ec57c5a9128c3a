import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearest } from '../../../src/problems/nearest.ts'
import { quote, renderPath, renderValue } from '../../../src/profile/faults.ts'
import { parseProfileText } from '../../../src/profile/document.ts'
import { baseNameOf, folderOf, isAbsolute, resolvePath } from '../../../src/profile/paths.ts'
import { findSecrets } from '../../../src/profile/secrets.ts'
import { parseMiB } from '../../../src/profile/units.ts'

describe('paths, without the machine', () => {
  test.each([
    ['/a/b', 'c', '/a/b/c'],
    ['/a/b', './c/../d', '/a/b/d'],
    ['/a/b', '../../../c', '/c'],
    ['/a', '/b//c/', '/b/c'],
    ['/a', '~/x', '/home/me/x'],
    ['/a', '~', '/home/me'],
    ['/a', '~me', '/a/~me'],
    ['/', 'a', '/a'],
    ['/a', '..', '/'],
    ['/a', 'b\\c', '/a/b\\c'],
    ['C:\\a', 'b/c', 'C:\\a\\b\\c'],
    ['C:\\a', '..\\b', 'C:\\b'],
    ['C:\\a', 'D:/b', 'D:\\b'],
    ['\\\\host\\share\\a', '..\\..\\b', '\\\\host\\share\\b'],
  ])('%s and %s make %s', (folder, path, whole) => {
    expect(resolvePath(folder, path, '/home/me')).toBe(whole)
  })

  test('folders, names and roots', () => {
    expect([folderOf('/a/b'), folderOf('/a'), folderOf('/'), folderOf('C:\\a'), folderOf('C:\\')]).toEqual([
      '/a',
      '/',
      '/',
      'C:\\',
      'C:\\',
    ])
    expect([baseNameOf('/a/b.yaml'), baseNameOf('C:\\a\\b')]).toEqual(['b.yaml', 'b'])
    expect([isAbsolute('/a'), isAbsolute('a'), isAbsolute('C:\\a'), isAbsolute('~')]).toEqual([
      true,
      false,
      true,
      false,
    ])
  })
})

test.each([
  ['6g', 6144],
  ['6G', 6144],
  ['6Gi', 6144],
  ['6 GiB', 6144],
  ['6144m', 6144],
  ['6144Mi', 6144],
  ['6144MB', 6144],
  ['1.5g', 1536],
  ['1t', 1_048_576],
  [6144, 6144],
  ['6144', undefined],
  ['g', undefined],
  ['-6g', undefined],
  [0, undefined],
  [1.5, undefined],
  ['0g', undefined],
])('%s is %s MiB', (size, mib) => {
  expect(parseMiB(size)).toBe(mib)
})

test('words of a fault', () => {
  expect(renderPath(['a', 0, 'b.c', 'd-e'])).toBe('a[0]."b.c".d-e')
  expect(renderValue('x'.repeat(100))).toHaveLength(81)
  expect(renderValue('AKIAIOSFODNN7EXAMPLE')).toBe('***')
  expect([nearest('Dokcer', ['docker']), nearest('zzz', ['docker']), nearest('x', [])]).toEqual([
    'docker',
    undefined,
    undefined,
  ])
  expect([quote('/a/b'), quote("/a b/it's")]).toEqual(['/a/b', `'/a b/it'\\''s'`])
})

describe('secrets', () => {
  test.each([
    'registry.acme.test/team/app:1.2.3',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    '099477eaf248bcb5bcea8ce78a2898e93ac01461c35189da1848c3de82ecd22e',
    'https://mirror.acme.test:8443/a@b',
    'arn:aws:iam::123456789012:role/developer',
    'Projects/acme/k8s/manifests/overlays/dev',
  ])('%s is none', (text) => {
    expect(findSecrets({ a: text, images: [text] })).toEqual([])
  })

  test('a source that is named is none, a literal is one', () => {
    expect(findSecrets({ token: { env: 'TOKEN' }, password: 'ask', tokenFile: './t', secret: '' })).toEqual(
      [],
    )
    expect(findSecrets({ user: { 'api-key': 'x', API_TOKEN: ['y'] } }).map(({ path }) => path)).toEqual([
      ['user', 'api-key'],
      ['user', 'API_TOKEN', 0],
    ])
  })
})

test('reading never throws, and a place is always within the file', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-c:{}[\]&*!|>'"#\-\s<,?%@]{0,40}$/)),
      (text) => {
        const { faults, tree } = parseProfileText('/x', text)
        expect(tree !== undefined || faults.length > 0).toBe(true)
        const lines = text.split(/\r\n|\r|\n/).length
        for (const { place } of faults) expect(place?.line).toBeLessThanOrEqual(lines)
      },
    ),
    { numRuns: 500 },
  )
})
