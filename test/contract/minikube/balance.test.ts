import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Page, pages } from '../../fakes/minikube-pages.ts'

function testsOf(page: Page): string {
  return readdirSync(page.tests)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(page.tests, name), 'utf8'))
    .join('\n')
}

describe('behaviour pages', () => {
  test.for(pages())('$balance', (page) => {
    process.stdout.write(`${page.balance}\n`)
    const numbers = page.clauses.map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    expect(page.clauses.filter(({ evidence }) => evidence.length === 0)).toEqual([])
  })

  test.for(pages())('$subject cites only recordings that are in the fixtures', (page) => {
    const cited = page.clauses.flatMap(({ evidence }) => evidence.flatMap((each) => each.recording ?? []))
    expect(cited.filter((name) => !page.recordings.includes(name))).toEqual([])
  })

  test.for(pages())('$subject: every clause is named by a test', (page) => {
    const text = testsOf(page)
    const named = (number: number) =>
      new RegExp(`clause ${number}:|clause: '${number}'|\\('${number}'|\\['${number}'`).test(text)
    expect(page.clauses.filter(({ number }) => !named(number)).map(({ number }) => number)).toEqual([])
  })
})
