import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchContext, matchPattern } from '../../../src/contexts/match.ts'
import type { ContextInFile } from '../../../src/kubeconfig/view.ts'

const context = (
  name: string,
  {
    aliases = [],
    guarded = false,
  }: { readonly aliases?: readonly string[]; readonly guarded?: boolean } = {},
): ContextInFile => ({
  name,
  file: '/k',
  ...(aliases.length > 0 || guarded
    ? {
        marker: {
          team: 'acme',
          source: 'eks' as const,
          aliases,
          ...(guarded ? { protected: true as const } : {}),
        },
      }
    : {}),
})

const contexts = [
  context('dev'),
  context('dev-two'),
  context('staging-eu', { aliases: ['s'] }),
  context('Lab'),
  context('prod-eu', { aliases: ['p'], guarded: true }),
  context('prod-lab'),
  context('arn:aws:eks:eu-west-1:123456789012:cluster/acme'),
]

const found = (word: string, among: readonly ContextInFile[] = contexts) => {
  const match = matchContext(word, among)
  if (match.kind === 'found') return match.context.name
  return match.kind === 'ambiguous' ? match.candidates.map(({ name }) => name) : match.kind
}

describe('a word', () => {
  test.for<readonly [string, unknown]>([
    ['dev', 'dev'], // the whole name, although two begin so
    ['s', 'staging-eu'], // an alias, although several hold the letter
    ['p', 'prod-eu'],
    ['prod-eu', 'prod-eu'],
    ['dev-', 'dev-two'],
    ['stag', 'staging-eu'],
    ['prod', 'prod-lab'], // the protected one does not count
    ['de', ['dev', 'dev-two']],
    ['cluster/', 'arn:aws:eks:eu-west-1:123456789012:cluster/acme'],
    ['lab', 'prod-lab'], // a part as it is written goes before capitals
    ['LAB', 'Lab'],
    ['STAGING', 'staging-eu'],
    ['PROD-EU', 'none'],
    ['rod-e', 'none'],
    ['nothing', 'none'],
    ['', 'none'],
  ])('%s means %o', ([word, meant]) => {
    expect(found(word)).toEqual(meant)
  })

  test('an alias that two have is ambiguous, and a name wins over an alias', () => {
    const two = [context('a', { aliases: ['x'] }), context('b', { aliases: ['x'] })]
    expect(found('x', two)).toEqual(['a', 'b'])
    expect(found('x', [...two, context('x')])).toBe('x')
  })

  test('that is part of protected ones alone names them', () => {
    expect(matchContext('rod-e', contexts)).toMatchObject({ kind: 'none', protected: [{ name: 'prod-eu' }] })
  })

  test('finds a protected context by its name or alias and by nothing else', () => {
    const name = fc.stringMatching(/^[a-zA-Z-]{1,8}$/)
    fc.assert(
      fc.property(name, fc.uniqueArray(name), name, (guarded, others, word) => {
        const all = [
          ...others.filter((each) => each !== guarded).map((each) => context(each)),
          context(guarded, { aliases: ['alias-of-it'], guarded: true }),
        ]
        const match = matchContext(word, all)
        const isIt = match.kind === 'found' && match.context.name === guarded
        expect(isIt).toBe(word === guarded)
      }),
    )
  })
})

describe('a pattern', () => {
  test.for<readonly [string, readonly string[]]>([
    ['dev*', ['dev', 'dev-two']],
    ['dev-???', ['dev-two']],
    [
      '*',
      ['dev', 'dev-two', 'staging-eu', 'Lab', 'prod-lab', 'arn:aws:eks:eu-west-1:123456789012:cluster/acme'],
    ],
    ['s', ['staging-eu']],
    ['prod-e*', []],
    ['de.', []],
    ['*:cluster/*', ['arn:aws:eks:eu-west-1:123456789012:cluster/acme']],
  ])('%s', ([pattern, names]) => {
    expect(matchPattern(pattern, contexts).map(({ name }) => name)).toEqual(names)
  })
})
