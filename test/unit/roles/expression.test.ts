import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchExpression } from '../../../src/agent/expression.ts'
import { matchGlob } from '../../../src/agent/restrictions.ts'

type Row = readonly [expression: string, text: string, matches: boolean | null]

/** What Go says of random expressions and globs; null where it takes the expression for none. */
const recorded = JSON.parse(
  await readFile(resolve(import.meta.dirname, '../../fixtures/go-regexp/matches.json'), 'utf8'),
) as { readonly regexp: readonly Row[]; readonly glob: readonly Row[] }

describe('expressions mean what they mean to kube2iam and kiam', () => {
  test('as Go’s regexp has it, 360 times', () => {
    const told = recorded.regexp.map(([expression, text]): Row => {
      const matches = matchExpression(expression, text)
      return [expression, text, typeof matches === 'boolean' ? matches : null]
    })
    expect(told).toEqual(recorded.regexp)
    expect(told).toHaveLength(360)
  })

  test('as its glob library has it, 100 times', () => {
    expect(recorded.glob.map(([glob, text]): Row => [glob, text, matchGlob(glob, text)])).toEqual(
      recorded.glob,
    )
  })

  test.each([
    [String.raw`\pL`, 'is not read here'],
    ['(?=a)', 'that Go’s regular expressions do not have'],
    ['a**', 'repeats what is repeated'],
    ['(a', 'a ( without its )'],
    ['a)', 'a ) without its ('],
    ['[a', 'a [ without its ]'],
    ['[[:nope:]]', 'which is no class'],
    [String.raw`\x{FFFFFFFF}`, 'which is no character'],
    ['a{2,1}', 'counts nothing'],
    ['(a{500}){3}', 'too much'],
    ['[z-a]', 'runs backwards'],
    ['*', 'nothing before it'],
    ['{2}', 'nothing before it'],
    ['('.repeat(300) + ')'.repeat(300), 'nested too deep'],
    ['a'.repeat(2_001), 'longer than 2000'],
  ])('%s is not taken', (expression, why) => {
    expect(matchExpression(expression, 'app')).toEqual({ fault: expect.stringContaining(why) })
  })

  test.each(['(a+)+$', '(a|a)*$', '(a|aa)+$', '(.*)*x', '((a*)*)*b', '(a?){500}b', '(((a?b?)*c?)*d?)*x'])(
    '%s keeps nobody waiting',
    (expression) => {
      const started = performance.now()
      matchExpression(expression, `${'a'.repeat(699)}!`)
      // JavaScript's own takes longer than the universe is old for most of these.
      expect(performance.now() - started).toBeLessThan(500)
    },
  )

  test('whatever the expression is, it is matched, not, or named unreadable', () => {
    const piece = fc.constantFrom(
      'a',
      '(',
      ')',
      '|',
      '*',
      '+',
      '?',
      '[',
      ']',
      '^',
      '$',
      '{1,9}',
      '\\',
      '-',
      ',',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.string({ maxLength: 60 }), (pieces, text) => {
        const matches = matchExpression(pieces.join(''), text)
        expect(typeof matches === 'boolean' || matches.fault.length > 0).toBe(true)
      }),
    )
  })
})
