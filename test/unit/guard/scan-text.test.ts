import { describe, expect, test } from 'vitest'
import { secretlint } from '../../../src/adapters/secretlint.ts'
import { ownHits } from '../../../src/guard/rules.ts'
import { scanText } from '../../../src/guard/scan-text.ts'
import { innocent, keysOf, planted } from './corpus.ts'

const lint = secretlint(ownHits)
const kindsIn = async (file: string, text: string) =>
  (await scanText(file, text, lint)).map(({ kind }) => kind).toSorted()

describe('planted secrets', () => {
  const all = planted()
  test('are sixty and more', () => expect(all.length).toBeGreaterThanOrEqual(60))
  test.for(all)('$name', async ({ file, text, kinds }) => {
    expect(await kindsIn(file, text)).toEqual(kinds.toSorted())
  })
  // Google's keys are told by the whole file.
  const parts = all.filter(({ kinds }) => !kinds.includes('gcp-key'))
  test.for(parts)('$name, at the end of a long file', async ({ file, text, kinds }) => {
    const found = await scanText(file, `${'# nothing here\n'.repeat(2_000)}${text}`, lint)
    expect(found.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted())
    expect(Math.min(...found.map(({ line }) => line))).toBeGreaterThan(2_000)
  })
})

test('a key that a name tells of is told to stand in base64', async () => {
  const { secret } = keysOf('encoded')
  const text = `kind: Secret\ndata:\n  AWS_SECRET_ACCESS_KEY: ${btoa(secret)}\n`
  const found = await scanText('secret.yaml', text, lint)
  expect(found).toMatchObject([{ kind: 'aws-secret-access-key', shown: '56 characters', encoded: true }])
  expect(await scanText('.env', `AWS_SECRET_ACCESS_KEY=${secret}`, lint)).toMatchObject([{ encoded: false }])
})

describe('innocent look-alikes', () => {
  const all = innocent()
  test('are forty and more', () => expect(all.length).toBeGreaterThanOrEqual(40))
  test.for(all)('$name', async ({ file, text }) => {
    expect(await scanText(file, text, lint)).toEqual([])
  })
})

describe('texts that are made to be slow', () => {
  const { id } = keysOf('slow')
  test.for([
    ['names without a secret', 'secret_key = value : '.repeat(50_000)],
    ['values without a name', `value: ${'a1B'.repeat(14).slice(0, 40)} `.repeat(20_000)],
    ['comments behind a name', 'aws_secret_key: # # # #\n# # # # /* <!-- /* <!--\n'.repeat(20_000)],
    ['comments that never end', `aws_secret_key: ${'/*<!--'.repeat(100_000)}`],
    ['one run', 'A'.repeat(1_000_000)],
    ['prefixes', 'IQoJb3JpZ2lu'.repeat(80_000)],
    ['beginnings of addresses', '://a:b'.repeat(150_000)],
    ['at signs', '@'.repeat(300_000)],
    ['base64 of base64', 'QUFBQUFBQUFB'.repeat(80_000)],
    ['beginnings of tokens', 'eyJhbGciOiJI.eyJhbGciOiJIUzI1.'.repeat(30_000)],
    ['lines of base64', `${'QUFB'.repeat(16)}\n`.repeat(15_000)],
    ['ids', `${id}\n`.repeat(5_000)],
  ] as const)('%s', { timeout: 10_000 }, async ([, text]) => {
    // Worth a look, and more: it reaches every rule.
    const lure = `${'a1'.repeat(20)} secret_key AKIA${'A'.repeat(16)} kind: Config users: eyJhbGciOiJI PRIVATE KEY\n`
    const found = await scanText('slow.txt', `${lure}${text}`, lint)
    expect(found.length).toBe(text.startsWith(id) ? 5_000 : 0)
  })
})
