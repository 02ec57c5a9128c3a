import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanEvent, cleanJson, createRedaction } from '../../src/engine/redact.ts'

const secret = 'p"ss/w+rd ü?~~>>'
const forms: readonly [string, string][] = [
  ['plain', secret],
  ['within JSON', JSON.stringify({ token: secret })],
  ['base64', Buffer.from(secret).toString('base64')],
  ['base64 without padding', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  ['base64url', Buffer.from(secret).toString('base64url')],
  ['an address', `https://u:${encodeURIComponent(secret)}@x`],
  ['a form', `token=${encodeURIComponent(secret).replaceAll('%20', '+')}`],
]

test.each(forms)('%s is masked', (_, text) => {
  const redaction = createRedaction()
  redaction.remember(secret)
  const cleaned = redaction.clean(`before ${text} after`)
  expect(cleaned).toMatch(/^before .*\*\*\*.* after$/)
  expect(cleaned).not.toContain('w+rd')
  expect(cleaned).not.toContain(text)
})

test('whatever the secret, no form of it is left', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w/+"\\%é]{4,30}$/), (plain) => {
      const redaction = createRedaction()
      redaction.remember(plain)
      const texts = [plain, Buffer.from(plain).toString('base64'), encodeURIComponent(plain)]
      expect(texts.map((text) => redaction.clean(text))).toEqual(['***', '***', '***'])
    }),
  )
})

test('what is too short to be told from other text stays, and without secrets nothing changes', () => {
  const redaction = createRedaction()
  redaction.remember('up')
  expect(redaction.clean('devk8s up')).toBe('devk8s up')
})

test('events and values are cleaned to their depth, and keep their shape', () => {
  const redaction = createRedaction()
  redaction.remember('hunter22')
  expect(cleanJson({ a: ['hunter22', 1, null, true], b: { c: 'x hunter22' } }, redaction)).toEqual({
    a: ['***', 1, null, true],
    b: { c: 'x ***' },
  })
  expect(
    cleanEvent({ at: 1, type: 'asked', question: 'q', answer: 'hunter22', by: 'person' }, redaction),
  ).toEqual({ at: 1, type: 'asked', question: 'q', answer: '***', by: 'person' })
})

test('a program that runs for months remembers the last secrets, and those that it still uses', () => {
  const redaction = createRedaction()
  const nameOf = (index: number) => `secret+${index}!`
  for (let index = 0; index < 5_000; index += 1) {
    redaction.remember('long-term+key')
    redaction.remember(nameOf(index))
  }
  expect(redaction.clean(nameOf(0))).toBe(nameOf(0))
  expect(redaction.clean(`${nameOf(4_999)} long-term+key ${nameOf(4_900)}`)).toBe('*** *** ***')
})
