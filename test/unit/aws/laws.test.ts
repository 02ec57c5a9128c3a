import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shownWords } from '../../../src/aws/fault.ts'
import { parseKeyset } from '../../../src/aws/keyset.ts'
import { parseKopsDescription } from '../../../src/aws/kops-spec.ts'
import { parseProcessAnswer } from '../../../src/aws/process.ts'
import { planCredentials } from '../../../src/aws/profiles.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'
const random = (alphabet: string, minLength: number, maxLength: number) =>
  fc
    .array(fc.constantFrom(...alphabet.split('')), { minLength, maxLength })
    .map((chars) => chars.join(''))
    .filter((text) => /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text))
const secretKey = random(`${letters}${letters.toUpperCase()}0123456789+/`, 40, 40)
const keyId = random(`${letters.toUpperCase()}234567${letters}`, 30, 30).map(
  (text) => `ASIA${text.toUpperCase().slice(0, 16)}`,
)

describe('laws', () => {
  test('no key is shown, wherever it stands in the words of others', () => {
    const key = fc.oneof(secretKey, keyId)
    fc.assert(
      fc.property(
        fc.constantFrom('', 'key ', 'arn:x:', '"', '(', 'token=, '),
        key,
        fc.constantFrom('', '.', '"', ' is bad', ')'),
        (before, text, after) => {
          expect(shownWords(`${before}${text}${after}`)).not.toContain(text)
        },
      ),
    )
  })

  test('the words of people stay', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        expect(shownWords(words.join(' '))).toBe(words.join(' '))
      }),
    )
  })

  test('any text is read or is not, and is never quoted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        const found = parseProcessAnswer(text, 0)
        expect('reason' in found && text.length > 12 ? found.reason.includes(text) : false).toBe(false)
        expect([undefined, 'object']).toContain(
          (await parseKeyset(text)) === undefined ? undefined : 'object',
        )
        expect([undefined, 'object']).toContain(
          (await parseKopsDescription(text)) === undefined ? undefined : 'object',
        )
      }),
    )
  })

  test('every profile has a plan or a fault, whatever the files say', () => {
    const key = fc.constantFrom(
      'role_arn',
      'source_profile',
      'credential_source',
      'sso_session',
      'aws_access_key_id',
      'aws_secret_access_key',
      'mfa_serial',
      'credential_process',
    )
    const name = fc.constantFrom('a', 'b', 'c')
    const section = fc.dictionary(key, fc.oneof(name, fc.constant('Environment')))
    fc.assert(
      fc.property(fc.dictionary(name, section), name, (profiles, profile) => {
        const plan = planCredentials(profile, profiles, {})
        expect('fault' in plan || plan.hops.length <= 3).toBe(true)
      }),
    )
  })
})
