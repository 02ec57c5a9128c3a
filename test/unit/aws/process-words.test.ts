import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { processFailed } from '../../../src/aws/advice.ts'
import { shownOfProcess } from '../../../src/aws/process.ts'

describe('what a credential_process said on stderr', () => {
  test.each([
    [String.raw`{"SecretAccessKey":"16scwCLURvab\/vvByFenPLV9Fzi+Iuh4reQBhC4H"`, '{"SecretAccessKey": ***'],
    ['enc 16scwCLURvab%2FvvByFenPLV9Fzi%2BIuh4reQBhC4H', 'enc ***'],
    ['{"SessionToken": "FwoGZXIvYXdzEcanary/short+tok"}', '{"SessionToken": ***'],
    ['password: hunter2secret okta', 'password: ***'],
    [String.raw`{\"SecretAccessKey\":\"abc\"}`, String.raw`{\"SecretAccessKey\": ***`],
    ['aws_secret_access_key = abc def', 'aws_secret_access_key = ***'],
    ['ran saml2aws --password hunter2 --quiet', 'ran saml2aws --password ***'],
    ['--token=abc', '--token= ***'],
    ['\u001B[31msecret\u001B[0m: x', 'secret: ***'],
    ['key AKIAIOSFODNN7EXAMPLE is bad', 'key *** is bad'],
    [
      'proxyconnect tcp: dial https://bob:hunter2@proxy.corp:3128 refused',
      'proxyconnect tcp: dial *** refused',
    ],
    ['dial ftp://bob:hunter@proxy refused', 'dial ftp://***@proxy refused'],
    ['Enter password for bob: hunter2', 'Enter password for bob: ***'],
    ['Password (bob)= x9 hunter2', 'Password (bob)= ***'],
    ['wrong passcode 123456 for bob', 'wrong passcode *** for bob'],
    ['Authorization Bearer abcdefghijklmnopqrs', 'Authorization Bearer ***'],
    ['session FwoGZXIvYXd', 'session ***'],
    ['SecretAccessKey 16scwCLURv$PLV9Fzi', 'SecretAccessKey ***'],
    ['ticket QWERTYuiopASDFGHjklZXCVBnmQWERTYuiop', 'ticket ***'],
  ])('%s', (line, shown) => {
    expect(shownOfProcess(line)).toBe(shown)
  })

  test.each([
    'Error: no session for acme, run okta-login',
    'could not reach https://idp.example.com/app',
    'NoCredentialProviders: no valid providers in chain',
    'Your token has expired',
    '/bin/sh: 1: okta-aws: not found',
  ])('stays: %s', (line) => {
    expect(shownOfProcess(line)).toBe(line)
  })

  test('no key is shown, in whichever encoding and between whatever it stands', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('')
    const key = fc
      .array(fc.constantFrom(...alphabet), { minLength: 40, maxLength: 40 })
      .map((chars) => chars.join(''))
      .filter((text) => /^(?=.*\d)(?=.*[A-Za-z])/.test(text))
    const encoded = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => encodeURIComponent(text),
      (text) => text.replaceAll('/', String.raw`\/`),
      (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
      (text) => Buffer.from(text).toString('base64'),
    )
    const around = fc.constantFrom('', ' ', '"', "'", '(', 'x: ', '=', ',')
    fc.assert(
      fc.property(around, key, encoded, around, (before, text, encode, after) => {
        const value = encode(text)
        expect(shownOfProcess(`${before}${value}${after}`)).not.toContain(value.slice(0, 12))
      }),
    )
  })

  test('a line without end is read to a word’s end, and no further', () => {
    const value = '16scwCLURvabvvByFenPLV9FziIuh4reQBhC4H'
    const shown = shownOfProcess(`${`${value} `.repeat(51)}${value}`)
    expect(shown.split(' ').every((word) => word === '***')).toBe(true)
  })

  test('the last five lines, each without its values, and short', () => {
    const said = ['1', '2', 'token: a', 'word '.repeat(100), '5', '6']
    const { evidence = [] } = processFailed('x', 'vault', 'ended with exit code 1', said)
    expect(evidence).toEqual(['2', 'token: ***', expect.stringMatching(/^(?:word ){59}word…$/), '5', '6'])
  })
})
