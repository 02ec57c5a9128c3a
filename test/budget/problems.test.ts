import { readFileSync, readdirSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assertedWords } from './asserted.ts'
import { registry } from '../../src/problems/registry.ts'

const root = resolve(import.meta.dirname, '../..')
const asserted = new Set(
  readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('budget'))
    .flatMap((name) => [...assertedWords(readFileSync(join(root, 'test', name), 'utf8'))]),
)

describe('every problem', () => {
  test('has a code of its own', () => {
    expect(new Set(registry.map(({ code }) => code)).size).toBe(registry.length)
  })
  test('has the form of a problem', () => {
    const bad = registry.filter(
      ({ code, title, hint }) =>
        !/^DK[1-9]\d{3}$/.test(code) || title.endsWith('.') || !hint.endsWith('.') || hint.length < 40,
    )
    expect(bad.map(({ code }) => code)).toEqual([])
  })
  test('is named, or its code, within an assertion or a table of tests (read from the text of the tests, not from a run)', () => {
    const names = readdirSync(join(root, 'src/problems'))
      .map((file) => readFileSync(join(root, 'src/problems', file), 'utf8'))
      .flatMap((text) => [...text.matchAll(/export const (\w+): ProblemKind = \{\s+code: '(DK\d+)'/g)])
    expect(names.length).toBe(registry.length)
    const unreached = names.filter(([, name = '', code = '']) => !asserted.has(name) && !asserted.has(code))
    expect(unreached.map(([, name, code]) => `${code} ${name}`)).toEqual([])
  })
  test('has a page, fresh from the registry', () => {
    const output = execFileSync(process.execPath, [join(root, 'scripts/docs.mjs'), '--check'], {
      encoding: 'utf8',
    })
    expect(output).not.toContain('stale')
  })
})

describe('what counts as asserted', () => {
  test.each([
    ["expect(found).toMatchObject({ problem: { code: 'DK1' } })", true],
    ['await expect(run()).rejects.toMatchObject({ problems: [{ code: x.DK1 }] })', true],
    ["test.each([['a', 'DK1']])('%s', () => {})", true],
    ["test.for<[string]>([\n  ['DK1'],\n])('%s', () => {})", true],
    ["const cases: readonly string[] = ['DK1']\ntest.for(cases)('%s', () => {})", true],
    ["export const cases = [['a (', 'DK1']]", true],
    ["const problem = { code: 'DK1' }\nexpect(told(problem)).toBe('x')", true],
    ["// expect(DK1)\nconst code = 'DK1'", false],
    ["fail(DK1, { detail: 'x' })\nexpect(1).toBe(1)", false],
    ["import { DK1 } from './x.ts'", false],
    ["test('DK1 is told', () => {\n  expect(1).toBe(1)\n})", false],
    ['expect(text).toMatch(/\\(/)\nfail(DK1)', false],
  ])('%j: %s', (source, isAsserted) => {
    expect(assertedWords(source).has('DK1')).toBe(isAsserted)
  })
})
