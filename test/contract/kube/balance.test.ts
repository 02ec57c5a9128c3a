import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { recordingIds } from '../../fakes/kube-recording.ts'
import { session } from './session.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const pages = fileURLToPath(new URL('../../../src/simulator/', import.meta.url))

interface Clause {
  readonly id: string
  readonly origin: string
}

function clausesOf(page: string): readonly Clause[] {
  const lines = readFileSync(`${pages}${page}.md`, 'utf8').split('\n')
  return lines.flatMap((line) => {
    const found = /^(\d+)\. .* \[(recorded|source|assumed)([^\]]*)\]$/.exec(line)
    if (/^\d+\. /.test(line) && found === null) throw new Error(`${page}: no origin in: ${line}`)
    return found === null ? [] : [{ id: `${page} ${found[1]}`, origin: `${found[2]}${found[3]}` }]
  })
}

const tests = readdirSync(here)
  .filter((name) => name.endsWith('.test.ts') && name !== 'balance.test.ts')
  .map((name) => readFileSync(`${here}${name}`, 'utf8'))
  .join('\n')

const replayed = session.map((number) => `recorded 1.33/${number}`)

/** Its recording is replayed, or a test's title says `kubectl 3` or, in a list, `kubectl 3, 5, 8`. */
function isTested({ id, origin }: Clause): boolean {
  if (replayed.includes(origin)) return true
  const [page = '', number = ''] = id.split(' ')
  const lists = tests.matchAll(new RegExp(`\\b${page} ((?:\\d+, )*\\d+)\\b`, 'g'))
  return [...lists].some((list) => (list[1] ?? '').split(', ').includes(number))
}

describe.each(['kube-api', 'kubectl'])('the page of %s', (page) => {
  const clauses = clausesOf(page)

  test('has its clauses numbered from 1', () => {
    expect(clauses.map(({ id }) => id)).toEqual(clauses.map((_, i) => `${page} ${i + 1}`))
  })

  test('names only recordings that are kept', () => {
    const kept = recordingIds()
    const missing = clauses.filter(
      ({ origin }) => origin.startsWith('recorded') && !kept.includes(origin.slice('recorded '.length)),
    )
    expect(missing).toEqual([])
  })

  test('every clause is replayed, or named by a test', () => {
    expect(clauses.filter((clause) => !isTested(clause)).map(({ id }) => id)).toEqual([])
  })

  test('prints its balance', () => {
    const count = (origin: string): number =>
      clauses.filter((clause) => clause.origin.startsWith(origin)).length
    const line = `${page}: ${clauses.length} clauses, ${count('recorded')} recorded, ${count('source')} from source, ${count('assumed')} assumed`
    process.stdout.write(`${line}\n`)
    expect(count('recorded') + count('source') + count('assumed')).toBe(clauses.length)
  })
})
