import { describe, expect, test } from 'vitest'
import { head, loadText, problemsOf } from './load-helper.ts'
import type { MalformedCase } from './malformed-cases.ts'
import { cluster, keys, remote, reserved, rest, secrets, syntax, wholeFiles } from './malformed-cases.ts'

const mark = '¶'

/** The text without its marks, and where they stood. */
function unmark(marked: string) {
  const places: { line: number; column: number }[] = []
  let text = ''
  for (const part of marked.split(mark).slice(0, -1)) {
    text += part
    const lines = text.split('\n')
    places.push({ line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 })
  }
  return { text: marked.replaceAll(mark, ''), places }
}

async function check({ codes, text: marked, says }: MalformedCase, prefix: string) {
  const { text, places } = unmark(prefix + marked)
  const problems = await problemsOf(loadText(text))
  const found = problems.map(({ code, place }) => ({ code, line: place?.line, column: place?.column }))
  expect(found).toEqual(codes.split(' ').map((code, index) => ({ code, ...places[index] })))
  for (const { place, exit, next } of problems) {
    expect(place?.file).toMatch(/devk8s\.yaml$/)
    expect(exit).toBe(2)
    expect(next).toEqual([`devk8s profile validate ${place?.file}`])
  }
  expect(problems.map(({ detail }) => detail).join('\n')).toMatch(says ?? /./)
  return problems
}

describe('malformed profiles are refused, each at its place', () => {
  test.each(wholeFiles)('file: $title', async (each) => {
    await check(each, '')
  })
  test.each([...syntax, ...keys, ...cluster, ...rest, ...reserved, ...remote])('$title', async (each) => {
    await check(each, head)
  })
  test.each(secrets)('secret: $title', async (each) => {
    const problems = await check(each, head)
    const said = JSON.stringify(problems.map(({ detail, evidence, next }) => [detail, evidence, next]))
    for (const word of ['AKIAIOSFODNN7EXAMPLE', 'hunter2', 'abcdef', '123456', 'ghp_', 'eyJ', 'wJalr']) {
      expect(said).not.toContain(word)
    }
  })

  test('the table is long enough', () => {
    const all = [wholeFiles, syntax, keys, cluster, rest, reserved, remote, secrets].flat()
    expect(all.length).toBeGreaterThanOrEqual(100)
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length)
  })
})
