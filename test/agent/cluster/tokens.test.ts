import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'

import { startKeySet, type KeySet } from '../../../src/agent/jwks.ts'
import { usualTimings } from '../../../src/agent/timings.ts'
import { createTokens } from '../../../src/agent/tokens.ts'
import type { TokenClaims } from '../../../src/agent/view.ts'
import { agentApi, startTestAgent, type TokenOf } from '../../fakes/agent-api.ts'
import { signedToken, signingKey } from '../../fakes/agent-api-keys.ts'

const audience = 'pods.eks.amazonaws.com'
const issuer = 'https://kubernetes.default.svc'
const rsa = signingKey('RS256', 'rsa')
const ec = signingKey('ES256', 'ec')
const stranger = signingKey('ES256', 'ec')
const nowMs = Date.parse('2026-05-05T12:00:00Z')
const nowS = nowMs / 1000

/** Where a key set is asked of: reads once, from what is handed in. */
async function keysOf(jwks: readonly object[]): Promise<{ keys: KeySet; reads: () => number }> {
  let reads = 0
  const client = {
    get: (path: string) => {
      if (path === '/openid/v1/jwks') reads += 1
      return Promise.resolve(path === '/openid/v1/jwks' ? { keys: jwks } : { issuer })
    },
  }
  const keys = startKeySet({ client, timings: usualTimings, nowMs: () => Date.now(), log: () => undefined })
  while (!keys.isReady()) await new Promise((resolve) => setTimeout(resolve, 1))
  keys.stop()
  return { keys, reads: () => reads }
}

function claims(changes: object = {}) {
  return {
    aud: [audience],
    exp: nowS + 3600,
    iat: nowS,
    nbf: nowS,
    iss: issuer,
    'kubernetes.io': {
      namespace: 'shop',
      pod: { name: 'web-1', uid: 'pod-uid' },
      serviceaccount: { name: 'web', uid: 'account-uid' },
    },
    ...changes,
  }
}

const believed: TokenClaims = {
  namespace: 'shop',
  serviceAccount: 'web',
  serviceAccountUid: 'account-uid',
  podName: 'web-1',
  podUid: 'pod-uid',
  expiresAtMs: nowMs + 3600_000,
}

const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { keys } = await keysOf([
  rsa.jwk,
  ec.jwk,
  { kty: 'oct', k: 'AAAA', kid: 'oct' },
  { kty: 'EC', kid: 'broken' },
  7 as never,
])
const tokens = createTokens(keys)
const verify = (token: string) => tokens.verify(token, audience, nowMs)
const withSignature = (token: string, signature: string) => token.replace(/[^.]*$/, signature)
const good = signedToken(ec, claims())

describe('a token is believed', () => {
  test.each([
    ['signed by RS256', signedToken(rsa, claims())],
    ['signed by ES256', good],
    ['of one audience as text', signedToken(ec, claims({ aud: audience }))],
    ['of several audiences', signedToken(ec, claims({ aud: ['x', audience] }))],
    ['not valid before 4 s from now', signedToken(ec, claims({ nbf: nowS + 4 }))],
    [
      'extended, with the time to warn long ago',
      signedToken(ec, claims({ 'kubernetes.io': { ...claims()['kubernetes.io'], warnafter: nowS - 9999 } })),
    ],
  ])('%s', (_what, token) => {
    expect(verify(token)).toEqual(believed)
  })

  test('up to 5 s after its end, for clocks that differ', () => {
    expect(verify(signedToken(ec, claims({ exp: nowS - 4 })))).toEqual({
      ...believed,
      expiresAtMs: nowMs - 4000,
    })
  })
})

describe('a token is not believed', () => {
  test.each([
    ['malformed', 'empty', ''],
    ['malformed', 'of two parts', 'a.b'],
    ['malformed', 'with a newline after it', `${good}\n`],
    ['malformed', 'with Bearer before it', `Bearer ${good}`],
    ['malformed', 'with padding', `${good}=`],
    ['malformed', 'too long', `${good}${'A'.repeat(9000)}`],
    ['malformed', 'no JSON in its head', good.replace(/^[^.]*/, 'AAAA')],
    ['malformed', 'alg none', signedToken(ec, claims(), { alg: 'none', kid: 'ec' })],
    ['malformed', 'alg none without a signature', `${b64({ alg: 'none', kid: 'ec' })}.${b64(claims())}.`],
    ['malformed', 'alg HS256 with the public key as its secret', hmacToken()],
    ['malformed', 'alg ES384', signedToken(ec, claims(), { alg: 'ES384', kid: 'ec' })],
    ['malformed', 'alg of another case', signedToken(ec, claims(), { alg: 'es256', kid: 'ec' })],
    ['malformed', 'with crit', signedToken(ec, claims(), { alg: 'ES256', kid: 'ec', crit: ['exp'] })],
    ['malformed', 'without a kid', signedToken(ec, claims(), { alg: 'ES256' })],
    ['malformed', 'kid of a number', signedToken(ec, claims(), { alg: 'ES256', kid: 1 })],
    ['malformed', 'without an end', signedToken(ec, claims({ exp: undefined }))],
    ['malformed', 'an end in words', signedToken(ec, claims({ exp: '2126' }))],
    ['malformed', 'a beginning in words', signedToken(ec, claims({ nbf: 'now' }))],
    [
      'unknown-key',
      'of a key that the cluster does not have',
      signedToken(ec, claims(), { alg: 'ES256', kid: 'other' }),
    ],
    [
      'unknown-key',
      'of a key that cannot sign tokens',
      signedToken(ec, claims(), { alg: 'ES256', kid: 'oct' }),
    ],
    ['bad-signature', 'of a stranger with the right kid', signedToken(stranger, claims())],
    ['bad-signature', 'RS256 said of the EC key', signedToken(ec, claims(), { alg: 'RS256', kid: 'ec' })],
    ['bad-signature', 'ES256 said of the RSA key', signedToken(rsa, claims(), { alg: 'ES256', kid: 'rsa' })],
    ['bad-signature', 'signature of zeros', withSignature(good, Buffer.alloc(64).toString('base64url'))],
    ['bad-signature', 'signature too short', withSignature(good, 'AAAA')],
    ['bad-signature', 'other claims under it', good.replace(/\.[^.]*\./, `.${b64(claims({ sub: 'x' }))}.`)],
    ['wrong-issuer', 'of another cluster', signedToken(ec, claims({ iss: 'https://other' }))],
    ['wrong-issuer', 'without an issuer', signedToken(ec, claims({ iss: undefined }))],
    ['wrong-audience', 'for STS', signedToken(ec, claims({ aud: ['sts.amazonaws.com'] }))],
    ['wrong-audience', 'for the API server', signedToken(ec, claims({ aud: [issuer] }))],
    ['wrong-audience', 'for nobody', signedToken(ec, claims({ aud: undefined }))],
    ['expired', 'over for 6 s', signedToken(ec, claims({ exp: nowS - 6 }))],
    ['not-yet-valid', 'from 6 s on', signedToken(ec, claims({ nbf: nowS + 6 }))],
    [
      'not-of-a-pod',
      'of a service account alone',
      signedToken(ec, claims({ 'kubernetes.io': { ...claims()['kubernetes.io'], pod: undefined } })),
    ],
    ['not-of-a-pod', 'of no service account', signedToken(ec, claims({ 'kubernetes.io': undefined }))],
  ])('%s: %s', (fault, _what, token) => {
    expect(verify(token)).toEqual({ fault })
  })

  function hmacToken() {
    const text = `${b64({ alg: 'HS256', kid: 'ec' })}.${b64(claims())}`
    return `${text}.${createHmac('sha256', JSON.stringify(ec.jwk)).update(text).digest('base64url')}`
  }
})

describe('what was believed once', () => {
  test('is asked for its audience and its end each time', () => {
    const token = signedToken(ec, claims({ exp: nowS + 10 }))
    expect(verify(token)).toMatchObject({ podUid: 'pod-uid' })
    expect(tokens.verify(token, 'sts.amazonaws.com', nowMs)).toEqual({ fault: 'wrong-audience' })
    expect(tokens.verify(token, audience, nowMs + 16_000)).toEqual({ fault: 'expired' })
    expect(tokens.verify(token, audience, nowMs)).toMatchObject({ podUid: 'pod-uid' })
  })

  test('is checked again without its signature: many thousands a second', () => {
    const token = signedToken(rsa, claims())
    verify(token)
    const start = performance.now()
    for (let n = 0; n < 5000; n += 1) verify(token)
    expect((performance.now() - start) / 5000).toBeLessThan(0.2)
  })

  test('is forgotten when there are too many, and believed again', () => {
    const many = Array.from({ length: 2100 }, (_, n) => signedToken(ec, claims({ jti: n })))
    expect(many.map(verify)).toEqual(many.map(() => believed))
    expect(verify(many[0] ?? '')).toEqual(believed)
  })
})

describe('the keys of the cluster', () => {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each.close()
  })

  async function lab() {
    const api = await agentApi()
    open.push(api)
    const agent = await startTestAgent({ api, timings: { keysAtMostEveryMs: 150 } })
    open.push(agent)
    const pod = api.addPod({ namespace: 'shop', name: 'web', serviceAccount: 'web', address: '127.0.0.1' })
    const of: TokenOf = { namespace: 'shop', serviceAccount: 'web', pod }
    const ask = (token: string) => agent.tokens.verify(token, audience, Date.now())
    return {
      api,
      agent,
      of,
      ask,
      reads: () => api.requests.filter((r) => r.path === '/openid/v1/jwks').length,
    }
  }

  test('a new one is read when a token has it, and what an old one signed is believed no longer when it is gone', async () => {
    const { api, agent, of, ask } = await lab()
    const before = api.issueToken(of)
    expect(ask(before)).toMatchObject({ podUid: of.pod?.uid })
    api.rotateKeys({ keepOld: true })
    const after = api.issueToken(of)
    expect(ask(after)).toEqual({ fault: 'unknown-key' })
    await agent.sees(() => !('fault' in ask(after)))
    expect(ask(before)).toMatchObject({ podUid: of.pod?.uid })
    api.rotateKeys()
    const last = api.issueToken(of)
    await agent.sees(() => !('fault' in ask(last)))
    expect([ask(before), ask(after)]).toEqual([{ fault: 'unknown-key' }, { fault: 'unknown-key' }])
  })

  test('a flood of tokens of strangers does not read them more often', async () => {
    const { api, of, ask, reads } = await lab()
    const start = Date.now()
    const forged = api.issueToken({ ...of, key: stranger })
    while (Date.now() - start < 400) {
      expect(ask(forged)).toEqual({ fault: 'unknown-key' })
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(reads()).toBeLessThanOrEqual(5)
    expect(reads()).toBeGreaterThan(1)
  })
})
