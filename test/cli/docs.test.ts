import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseArgs } from '../../src/cli/parse.ts'

/** Commands of a page: lines of code, and code within a sentence; `devk8s` alone is the program's name. */
function commandsIn(page: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')
  const fences = [...text.matchAll(/```sh\n([^]*?)```/g)].flatMap((match) => (match[1] ?? '').split('\n'))
  const spans = [...text.matchAll(/`(devk8s [^`]+)`/g)].map((match) => match[1] ?? '')
  const lines = [...fences.map((line) => line.replace(/\s+#.*$/, '').replace(/^.*\| /, '')), ...spans]
  return [...new Set(lines.filter((line) => line.startsWith('devk8s ')))]
}

describe.for(['roles.md', 'aws.md'])('docs/%s', (page) => {
  test('has commands', () => {
    expect(commandsIn(page).length).toBeGreaterThan(8)
  })

  test.for(commandsIn(page))('%s is a command', async (line) => {
    const parsed = await parseArgs(line.split(/\s+/).slice(1), {})
    expect({ line, kind: parsed.kind }).toEqual({ line, kind: 'request' })
  })
})
