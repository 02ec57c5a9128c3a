import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { userFields } from '../../../src/contexts/list-show.ts'
import { shownArgs, shownVariables, withoutPassword } from '../../../src/contexts/mask.ts'
import { fieldChanges } from '../../../src/contexts/remote-changes.ts'

describe('arguments of a plugin', () => {
  test.each([
    [
      'plugin',
      '--api-key SEKRET1 --auth=SEKRET2 -p SEKRET3 -pSEKRET',
      '--api-key *** --auth=*** -p *** -p***',
    ],
    ['plugin', '--client-credential=SEK4 SEKRET', '--client-credential=*** ***'],
    ['sh', '-c SEKRET', '-c ***'],
    ['aws', '--region eu-west-1 eks get-token --cluster-name acme --output json', undefined],
    ['/d/devk8s', 'token --cluster acme --aws-profile dev --protect acme', undefined],
    [
      'devk8s',
      'token --token-env PASS --client-key /k -- vault --auth=SEKRET',
      'token --token-env PASS --client-key /k -- vault --auth=***',
    ],
    // Only in an entry of ours is that a path.
    ['plugin', '--client-key SEKRET', '--client-key ***'],
    [
      'kubelogin',
      'get-token --oidc-issuer-url=https://u:SEKRET@issuer',
      'get-token --oidc-issuer-url=https://***@issuer',
    ],
  ])('%s %s', (command, args, shown) => {
    expect(shownArgs({ command, args: args.split(' ') }).join(' ')).toBe(shown ?? args)
  })

  test('a secret is never shown, wherever it stands among unknown words', () => {
    const word = fc.constantFrom('--x', '-y', '--z=1', 'SEKRET', '--a=SEKRET', 'eks', '--')
    fc.assert(
      fc.property(fc.array(word), (args) => {
        expect(shownArgs({ command: 'plugin', args }).join(' ')).not.toContain('SEKRET')
      }),
    )
  })
})

test('variables show their values when those are known to be harmless', () => {
  const env = [
    { name: 'AWS_PROFILE', value: 'dev' },
    { name: 'FOO', value: 'SEKRET' },
    { name: 'CLIENT_PIN', value: 'SEKRET' },
  ]
  expect(shownVariables(env)).toEqual([
    { name: 'AWS_PROFILE', value: 'dev' },
    { name: 'FOO', value: '***' },
    { name: 'CLIENT_PIN', value: '***' },
  ])
})

test('what a user is impersonated with is named without its values', () => {
  expect(
    userFields({ 'as-user-extra': { ticket: ['SEKRET'] }, exec: { command: 'c', other: 'SEKRET' } }),
  ).toEqual({
    'as-user-extra': { ticket: '***' },
    exec: { command: 'c', other: '***' },
  })
})

describe('addresses', () => {
  const cases = [
    ['https://u:pa/ss@w0rd@old', 'https://***@old'],
    ['http://bob:s3cr@et/x@proxy', 'http://***@proxy'],
    ['alice:S3CRET@proxy.example:3128', '***@proxy.example:3128'],
    ['https://host:6443/path', 'https://host:6443/path'],
  ] as const
  test.each(cases)('%s', (address, shown) => {
    expect(withoutPassword(address)).toBe(shown)
    expect(fieldChanges({ 'proxy-url': address }, {}, ['proxy-url'])).toMatchObject([{ from: shown }])
  })
})

test('an entry that is wanted shows no secret of its plugin either', () => {
  const exec = { command: 'vault', args: ['--auth', 'SEKRET'] }
  expect(fieldChanges({}, { exec }, [])).toMatchObject([{ to: 'vault --auth ***' }])
})
