import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const kinds = ['moto', 'source', 'docs', 'measured', 'assumed', 'design'] as const

interface Clause {
  readonly number: number
  /** The first piece of evidence: the strongest. */
  readonly kind: string | undefined
}

const page = readFileSync(join(import.meta.dirname, '../../../src/simulator/aws.md'), 'utf8')
const clauses = page.split('\n').flatMap((line): readonly Clause[] => {
  const number = /^(\d+)\. /.exec(line)?.[1]
  if (number === undefined) return []
  const evidence = / — (.*)$/.exec(line)?.[1] ?? ''
  return [
    {
      number: Number(number),
      kind: kinds.find(
        (kind) => evidence === kind || evidence.startsWith(`${kind} `) || evidence.startsWith(`${kind},`),
      ),
    },
  ]
})
const tests = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts') && name !== 'balance.test.ts')
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('\n')

describe('the page of AWS', () => {
  test('has its clauses numbered from 1, each with its evidence', () => {
    expect(clauses.map(({ number }) => number)).toEqual(clauses.map((_, index) => index + 1))
    expect(clauses.filter(({ kind }) => kind === undefined)).toEqual([])
  })

  test('every clause is named by a test, and no test names one that is not there', () => {
    const isNamed = (number: number) =>
      tests.includes(`clause ${number}:`) || tests.includes(`['${number}', '`)
    expect(clauses.filter(({ number }) => !isNamed(number)).map(({ number }) => number)).toEqual([])
    const named = [...tests.matchAll(/clause (\d+):/g)].map(([, number]) => Number(number))
    expect(named.filter((number) => number > clauses.length)).toEqual([])
  })

  test('prints its balance', () => {
    const count = (kind: string) => clauses.filter((clause) => clause.kind === kind).length
    const parts = kinds.map((kind) => `${count(kind)} ${kind}`)
    process.stdout.write(`aws: ${clauses.length} clauses: ${parts.join(', ')}\n`)
    expect(kinds.reduce((sum, kind) => sum + count(kind), 0)).toBe(clauses.length)
  })
})
