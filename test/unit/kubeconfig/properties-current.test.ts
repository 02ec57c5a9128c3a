import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseKubeconfig } from '../../../src/kubeconfig/config.ts'
import { withCurrent } from '../../../src/kubeconfig/current.ts'
import { editKubeconfig } from '../../../src/kubeconfig/edit.ts'
import { contextFields, scanKubeconfig } from '../../../src/kubeconfig/scan.ts'
import { withNamespaceOf } from '../../../src/kubeconfig/namespace.ts'
import { kubeconfig, oddNames, someName } from './generated.ts'

const file = '/home/dev/.kube/config'
const runs = { numRuns: 1000, seed: 4 }

/** What lies between the longest common start and the longest common end. */
function difference(before: string, after: string): { readonly old: string; readonly now: string } {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  const longest = Math.min(before.length, after.length) - start
  while (end < longest && before.at(-1 - end) === after.at(-1 - end)) end += 1
  return { old: before.slice(start, before.length - end), now: after.slice(start, after.length - end) }
}

/** How many lines are not the same, a line more counted as one. */
function linesDiffering(before: string, after: string): number {
  const [a, b] = [before.split('\n'), after.split('\n')]
  if (a.length === b.length) return a.filter((line, index) => line !== b[index]).length
  return b.length - a.length
}

function asParsed(text: string) {
  const parsed = parseKubeconfig(text, file)
  if ('problem' in parsed) return { refused: parsed.problem.detail }
  const { contexts, currentContext } = parsed.config
  return { contexts: contexts.map(contextFields), current: currentContext ?? '' }
}

function asScanned(text: string) {
  const scan = scanKubeconfig(text)
  if (scan === undefined) return undefined
  return { contexts: scan.contexts, current: scan.current?.value ?? '' }
}

describe('for any kubeconfig', () => {
  test('after withCurrent one line differs, and the values of everything else are those of before', async () => {
    await fc.assert(
      fc.asyncProperty(kubeconfig, fc.oneof(someName, fc.constant(undefined)), async (given, name) => {
        const { text, style, content } = given
        const after = await withCurrent(text, name, file)
        const before = asParsed(text)
        const isSame = before.current === (name ?? '')
        const { old, now } = difference(text, after)
        expect(old).not.toContain('\n')
        // Two for JSON, where a comma goes behind the line before; an empty file gets a frame.
        const isLineByLine = !style.special.startsWith('json') && Object.keys(content).length > 0
        expect(now.trim().split('\n').length).toBeLessThanOrEqual(isLineByLine ? 1 : 3)
        expect(isLineByLine ? linesDiffering(text, after) : Number(!isSame)).toBe(Number(!isSame))
        expect(after === text).toBe(isSame)
        expect(asParsed(after)).toEqual({ ...before, current: name ?? '' })
      }),
      runs,
    )
  })

  test('after withNamespaceOf one line differs, and the values of everything else are those of before', async () => {
    await fc.assert(
      fc.asyncProperty(kubeconfig, fc.nat(), someName, async ({ text, style }, which, namespace) => {
        const before = asParsed(text)
        const { contexts = [] } = before
        const chosen = contexts[which % Math.max(1, contexts.length)]
        fc.pre(chosen !== undefined)
        const after = await withNamespaceOf(text, chosen.name, namespace, file)
        const wanted = contexts.map((each) => (each === chosen ? { ...each, namespace } : each))
        expect(asParsed(after)).toEqual({ ...before, contexts: wanted })
        const isLineByLine = style.special === 'none' || style.special === 'anchors'
        expect(isLineByLine ? linesDiffering(text, after) : 0).toBeLessThanOrEqual(1)
        expect(isLineByLine ? difference(text, after).old : '').not.toContain('\n')
      }),
      runs,
    )
  })

  test('the scanner and the parser say the same', () => {
    fc.assert(
      fc.property(kubeconfig, ({ text, style }) => {
        const scanned = asScanned(text)
        const mayDecline = ['flow', 'anchors', 'documents'].includes(style.special)
        expect(mayDecline || scanned !== undefined).toBe(true)
        expect(scanned ?? asParsed(text)).toEqual(asParsed(text))
      }),
      runs,
    )
  })

  test('what is broken is declined or read as the parser reads it', () => {
    const pieces = [
      '',
      ' ',
      '  ',
      '\n',
      '"',
      "'",
      '#',
      ': ',
      ':',
      '- ',
      '-',
      '{',
      ']',
      '|',
      '&a ',
      '\n\n',
      'x',
      '\r',
      '?',
      '1',
    ]
    const breaks = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.constantFrom(...pieces)), {
      minLength: 1,
      maxLength: 3,
    })
    let taken = 0
    fc.assert(
      fc.property(kubeconfig, breaks, ({ text }, all) => {
        const broken = all.reduce((now, [where, length, piece]) => {
          const at = where % (now.length + 1)
          return now.slice(0, at) + piece + now.slice(at + length)
        }, text)
        const scanned = asScanned(broken)
        if (scanned === undefined) return
        taken += 1
        expect(scanned).toEqual(asParsed(broken))
      }),
      { ...runs, numRuns: 3000 },
    )
    expect(taken).toBeGreaterThan(300)
  })

  test('where both can, the scanner changes the bytes that the parser would', async () => {
    await fc.assert(
      fc.asyncProperty(kubeconfig, someName, async ({ text, style }, name) => {
        fc.pre(style.special === 'none' && scanKubeconfig(text)?.insertion !== undefined)
        expect((await withCurrent(text, name, file)).replaceAll(/ +(?=\r?\n|$)/g, '')).toBe(
          editKubeconfig(text, [{ kind: 'current', context: name }], file).replaceAll(/ +(?=\r?\n|$)/g, ''),
        )
      }),
      { ...runs, numRuns: 300 },
    )
  })

  test('YAML 1.1 reads the name that was meant', async () => {
    await fc.assert(
      fc.asyncProperty(kubeconfig, fc.constantFrom(...oddNames), async ({ text, style }, name) => {
        fc.pre(style.special !== 'documents')
        const after = await withCurrent(text, name, file)
        const read = parse(after, { version: '1.1', uniqueKeys: false }) as {
          readonly 'current-context'?: unknown
        }
        expect(read['current-context']).toBe(name)
      }),
      runs,
    )
  })
})
