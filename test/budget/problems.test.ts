import { readFileSync, readdirSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { registry } from '../../src/problems/registry.ts'

const root = resolve(import.meta.dirname, '../..')
const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith(join('budget', 'problems.test.ts')))
  .map((name) => readFileSync(join(root, 'test', name), 'utf8'))
  .join('\n')

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
  test('is reached by a test, which names it', () => {
    const names = readdirSync(join(root, 'src/problems'))
      .map((file) => readFileSync(join(root, 'src/problems', file), 'utf8'))
      .flatMap((text) => [...text.matchAll(/export const (\w+): ProblemKind = \{\s+code: '(DK\d+)'/g)])
    expect(names.length).toBe(registry.length)
    const unreached = names.filter(([, name, code]) => !new RegExp(`\\b(${name}|${code})\\b`).test(tests))
    expect(unreached.map(([, name, code]) => `${code} ${name}`)).toEqual([])
  })
  test('has a page, fresh from the registry', () => {
    const output = execFileSync(process.execPath, [join(root, 'scripts/docs.mjs'), '--check'], {
      encoding: 'utf8',
    })
    expect(output).not.toContain('stale')
  })
})
