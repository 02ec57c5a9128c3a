import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  historyKey,
  parseHistory,
  renderHistory,
  setOf,
  visitedBefore,
  withNamespace,
  withVisit,
} from '../../../src/contexts/history.ts'
import { backFrom, formatSpan, parseReturn, renderReturn } from '../../../src/contexts/returns.ts'

const none = parseHistory(undefined)
const names = (history: ReturnType<typeof parseHistory>, key: string, current?: string) =>
  visitedBefore(setOf(history, key), current).map(({ name }) => name)

describe('the history', () => {
  test('gives what was left, the latest first, each once, without the current one', () => {
    const left = ['a', 'b', 'a', 'c'].reduce(
      (history, name, at) => withVisit(history, 'k', { name, at }),
      none,
    )
    expect(names(left, 'k', 'b')).toEqual(['c', 'a'])
    expect(names(left, 'k')).toEqual(['c', 'a', 'b'])
    expect(names(left, 'other')).toEqual([])
  })

  test('keeps fifty visits, and fifty lists of files', () => {
    const many = Array.from({ length: 120 }, (_, at) => at)
    const one = many.reduce((history, at) => withVisit(history, 'k', { name: `c${at}`, at }), none)
    expect(setOf(one, 'k').contexts.map(({ name }) => name)).toEqual(many.slice(70).map((at) => `c${at}`))
    const sets = many.reduce((history, at) => withVisit(history, `k${at}`, { name: 'c', at }), none)
    expect(Object.keys(sets.sets)).toEqual(many.slice(70).map((at) => `k${at}`))
  })

  test('remembers one namespace for each context', () => {
    const twice = withNamespace(withNamespace(none, 'k', 'a', 'one'), 'k', 'a', 'two')
    expect(setOf(twice, 'k').namespaces).toEqual({ a: 'two' })
  })

  test('comes back as it was written, whatever the names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (key, name, at) => {
        const history = withNamespace(withVisit(none, key, { name, at }), key, name, name)
        expect(parseHistory(renderHistory(history))).toEqual(history)
        expect(setOf(parseHistory(renderHistory(history)), key).contexts).toEqual([{ name, at }])
      }),
    )
  })

  test.for([
    '',
    '{',
    '[]',
    'null',
    '{"version":2,"sets":{}}',
    '{"version":1,"sets":[]}',
    '{"version":1,"sets":{"k":{"contexts":[1,{"name":2}],"namespaces":3}}}',
  ])('%s is an empty one', (text) => {
    expect(names(parseHistory(text), 'k')).toEqual([])
  })

  test('belongs to a list of files, or to the file that binds a shell', () => {
    expect(historyKey(['/a', '/b', '/a'], undefined)).toBe('/a\n/b')
    expect(historyKey(['/run/1-x', '/a'], '/run/1-x')).toBe('/run/1-x')
  })
})

describe('an agreement to return', () => {
  const record = { version: 1, context: 'prod', back: 'dev', kubeconfig: ['/k'], until: 5 } as const

  test('comes back as it was written; anything else is none', () => {
    expect(parseReturn(renderReturn(record))).toEqual(record)
    expect(parseReturn(renderReturn({ ...record, back: null }))).toEqual({ ...record, back: null })
    for (const text of [
      undefined,
      '',
      '7',
      'null',
      '{"version":1}',
      JSON.stringify({ ...record, back: 3 }),
    ]) {
      expect(parseReturn(text)).toBeUndefined()
    }
  })

  test('leads to what was before a context that is itself lent', () => {
    expect(backFrom('prod', [{ file: '/f', record }])).toBe('dev')
    expect(backFrom('lab', [{ file: '/f', record }])).toBe('lab')
    expect(backFrom(undefined, [])).toBeNull()
  })

  test.for([
    [900_000, '15 minutes'],
    [60_000, '1 minute'],
    [7_200_000, '2 hours'],
    [5_400_000, '90 minutes'],
    [90_000, '90 seconds'],
  ] as const)('%i ms are %s', ([ms, text]) => {
    expect(formatSpan(ms)).toBe(text)
  })
})
