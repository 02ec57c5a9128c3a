import { describe, expect, test } from 'vitest'
import { authOf, authText } from '../../../src/contexts/auth.ts'
import { datedCredentials, expiryText, tokenExpiry } from '../../../src/contexts/expiry.ts'
import { userFields } from '../../../src/contexts/list-show.ts'

const exec = (command: string, ...args: readonly string[]) => ({ exec: { command, args } })

describe('how a user signs in', () => {
  test.each([
    ['exec aws', exec('aws', 'eks', 'get-token'), {}],
    ['exec gke-gcloud-auth-plugin', exec('/usr/lib/gke-gcloud-auth-plugin'), {}],
    ['exec aws', exec('C:\\Program Files\\aws.exe', 'eks'), {}],
    ['devk8s token', exec('/home/me/.local/share/devk8s/bin/devk8s', 'token', '--cluster', 'x'), {}],
    ['exec devk8s', exec('devk8s', 'something'), {}],
    ['oidc', exec('kubectl', 'oidc-login', 'get-token', '--oidc-issuer-url=https://i'), {}],
    ['oidc', { 'auth-provider': { name: 'oidc', config: {} } }, {}],
    ['auth-provider azure', { 'auth-provider': { name: 'azure' } }, {}],
    ['client cert', { 'client-certificate-data': 'x', 'client-key-data': 'y' }, {}],
    ['client cert', { 'client-certificate': '/c.pem' }, {}],
    ['client cert + token', { 'client-certificate': '/c.pem', token: 't' }, {}],
    ['token', { token: 't' }, {}],
    ['tokenFile', { token: 't', tokenFile: '/t' }, {}],
    ['basic', { username: 'u', password: 'p' }, {}],
    ['proxy', {}, { 'proxy-url': 'http://p' }],
    ['none', {}, {}],
    ['none', { token: '', 'client-certificate': null }, {}],
    ['as jane', { as: 'jane' }, {}],
    ['token as jane', { token: 't', as: 'jane' }, {}],
  ] as const)('%s: %j', (text, user, cluster) => {
    expect(authText(authOf(user, cluster, true))).toBe(text)
  })

  test('a user that no file has is missing; a context without one has none', () => {
    expect(authOf(undefined, {}, true)).toEqual({ methods: ['missing'] })
    expect(authText(authOf(undefined, undefined, false))).toBe('none')
  })
})

const jwt = (payload: unknown) => `h.${btoa(JSON.stringify(payload)).replace(/=+$/, '')}.s`

describe('until when', () => {
  test.each([
    [jwt({ exp: 1_700_000_000 }), 1_700_000_000_000],
    [
      `${jwt({ exp: 1_700_000_000, note: '>>>???' }).replaceAll('+', '-').replaceAll('/', '_')}\n`,
      1_700_000_000_000,
    ],
    [jwt({}), undefined],
    [jwt({ exp: 'soon' }), undefined],
    ['k8s-aws-v1.aHR0cHM6', undefined],
    ['a.b.c', undefined],
    ['', undefined],
  ])('the token %s', (token, end) => {
    expect(tokenExpiry(token)).toBe(end)
  })

  test.each([
    [-1, 'expired'],
    [0, 'expired'],
    [1, 'in 1 min'],
    [59 * 60_000, 'in 59 min'],
    [60 * 60_000, 'in 1 h'],
    [25 * 3_600_000, 'in 1 d'],
    [400 * 24 * 3_600_000, 'in 400 d'],
    [800 * 24 * 3_600_000, 'in 2 y'],
  ])('%i ms from now is %s', (ms, text) => {
    expect(expiryText(1_000_000 + ms, 1_000_000)).toBe(text)
  })

  test.each([
    [{ 'client-certificate-data': btoa('PEM') }, [{ kind: 'certificate', text: 'PEM' }]],
    [{ 'client-certificate': 'pki/c.pem' }, [{ kind: 'certificate-file', path: '/home/me/.kube/pki/c.pem' }]],
    [{ 'client-certificate': '/abs/c.pem' }, [{ kind: 'certificate-file', path: '/abs/c.pem' }]],
    // Embedded data wins over a file, as in client-go.
    [
      { 'client-certificate': '/c', 'client-certificate-data': btoa('P') },
      [{ kind: 'certificate', text: 'P' }],
    ],
    [{ token: 't', tokenFile: 'tok' }, [{ kind: 'token-file', path: '/home/me/.kube/tok' }]],
    [{ 'auth-provider': { name: 'oidc', config: { 'id-token': 'x' } } }, [{ kind: 'token', text: 'x' }]],
    [
      exec('/d/devk8s', 'token', '--client-certificate', '/c.pem', '--token-file', '/t'),
      [
        { kind: 'certificate-file', path: '/c.pem' },
        { kind: 'token-file', path: '/t' },
      ],
    ],
    [exec('aws', 'eks', '--token-file', '/t'), []],
    [{}, []],
  ] as const)('%j', (fields, found) => {
    expect(datedCredentials(fields, '/home/me/.kube/config')).toEqual(found)
  })
})

describe('what may be shown of a user', () => {
  test('secrets and whatever is unknown are masked, paths and names are not', () => {
    const shown = userFields({
      token: 's1',
      password: 's2',
      'client-key-data': 's3',
      'client-certificate-data': 'abcd',
      'client-key': '/key.pem',
      username: 'jane',
      'id-token': 's4',
      'auth-provider': {
        name: 'oidc',
        config: { 'client-id': 'me', 'client-secret': 's5', 'refresh-token': 's6' },
      },
      exec: {
        command: 'kubelogin',
        args: [
          '--oidc-client-secret=s7',
          '--token',
          's8',
          '--token-file',
          '/t',
          '--oidc-issuer-url=https://i',
        ],
        env: [
          { name: 'AWS_PROFILE', value: 'dev' },
          { name: 'MY_TOKEN', value: 's9' },
        ],
      },
    })
    expect(JSON.stringify(shown)).not.toMatch(/s\d/)
    expect(shown).toMatchObject({
      token: '***',
      'client-certificate-data': '(4 characters)',
      'client-key': '/key.pem',
      username: 'jane',
      'auth-provider': { config: { 'client-id': 'me', 'client-secret': '***' } },
      exec: {
        args: [
          '--oidc-client-secret=***',
          '--token',
          '***',
          '--token-file',
          '***',
          '--oidc-issuer-url=https://i',
        ],
        env: [
          { name: 'AWS_PROFILE', value: 'dev' },
          { name: 'MY_TOKEN', value: '***' },
        ],
      },
    })
  })
})
