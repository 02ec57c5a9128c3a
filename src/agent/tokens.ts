import { createHash, verify } from 'node:crypto'

import { fields, isRecord, listIn, parsedJson, textIn } from './json.ts'
import type { KeySet, VerifyKey } from './jwks.ts'
import type { TokenClaims, TokenFault, Tokens } from './view.ts'

/** Tokens of a cluster have about 1,200 characters. */
const longestToken = 8192
/** Clocks of node and API server, which are the same machine nearly always. */
const leewayMs = 5000
/** More than a node has pods, and than each of them has tokens. */
const mostBelieved = 2048

/**
 * Checks projected service account tokens (RS256, ES256) with the cluster's keys. What was believed once is remembered by
 * the token's hash, so that the signature is checked once: SDKs come back with the same token for an hour.
 */
export function createTokens(keys: Pick<KeySet, 'issuer' | 'find' | 'missed' | 'onWithdrawn'>): Tokens {
  const believed = new Map<string, Claims>()
  keys.onWithdrawn(() => believed.clear())
  return {
    verify(token, audience, nowMs) {
      if (token.length > longestToken) return { fault: 'malformed' }
      const hash = createHash('sha256').update(token).digest('base64')
      const known = believed.get(hash)
      const read = known ?? readToken(token, keys)
      if ('fault' in read) return read
      const fault = faultOf(read, audience, nowMs)
      if (fault) {
        if (fault === 'expired') believed.delete(hash)
        return { fault }
      }
      remember(believed, hash, read)
      return read.of
    },
  }
}

interface Claims {
  readonly of: TokenClaims
  readonly audiences: readonly string[]
  readonly notBeforeMs: number
}

type Fault = { readonly fault: TokenFault }

/** The last used is the last of the map; the first goes when there are too many. */
function remember(believed: Map<string, Claims>, hash: string, claims: Claims): void {
  believed.delete(hash)
  believed.set(hash, claims)
  const [oldest] = believed.keys()
  if (believed.size > mostBelieved && oldest !== undefined) believed.delete(oldest)
}

function readToken(token: string, keys: Pick<KeySet, 'issuer' | 'find' | 'missed'>): Claims | Fault {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token)
  const [, head = '', body = '', signature = ''] = parts ?? []
  const header = parts ? partIn(head) : undefined
  // `crit` names what a checker has to understand; nothing of it is known here (RFC 7515, 4.1.11).
  if (!header || 'crit' in header || typeof header['kid'] !== 'string') return { fault: 'malformed' }
  if (header['alg'] !== 'RS256' && header['alg'] !== 'ES256') return { fault: 'malformed' }
  const key = keys.find(header['kid'])
  if (!key) {
    keys.missed()
    return { fault: 'unknown-key' }
  }
  // The key decides, not the token.
  if (key.alg !== header['alg'] || !isSigned(key, `${head}.${body}`, signature))
    return { fault: 'bad-signature' }
  const claims = partIn(body)
  if (!claims) return { fault: 'malformed' }
  if (claims['iss'] !== keys.issuer()) return { fault: 'wrong-issuer' }
  return claimsIn(claims)
}

function isSigned({ alg, key }: VerifyKey, text: string, signature: string): boolean {
  const how = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
  return verify('sha256', Buffer.from(text), how, Buffer.from(signature, 'base64url'))
}

function partIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parsedJson(Buffer.from(text, 'base64url').toString('utf8'))
  return isRecord(value) ? value : undefined
}

function claimsIn(claims: Readonly<Record<string, unknown>>): Claims | Fault {
  const { exp, nbf, aud } = claims
  if (typeof exp !== 'number' || (nbf !== undefined && typeof nbf !== 'number')) return { fault: 'malformed' }
  const of = fields(claims['kubernetes.io'])
  const [pod, account] = [fields(of['pod']), fields(of['serviceaccount'])]
  const [podName, podUid] = [textIn(pod['name']), textIn(pod['uid'])]
  const [namespace, serviceAccount] = [textIn(of['namespace']), textIn(account['name'])]
  if (!podName || !podUid || !namespace || !serviceAccount) return { fault: 'not-of-a-pod' }
  return {
    of: {
      namespace,
      serviceAccount,
      serviceAccountUid: textIn(account['uid']) ?? '',
      podName,
      podUid,
      expiresAtMs: exp * 1000,
    },
    audiences: (typeof aud === 'string' ? [aud] : listIn(aud)).filter((each) => typeof each === 'string'),
    notBeforeMs: (nbf ?? 0) * 1000,
  }
}

function faultOf(
  { of, audiences, notBeforeMs }: Claims,
  audience: string,
  nowMs: number,
): TokenFault | undefined {
  if (!audiences.includes(audience)) return 'wrong-audience'
  if (of.expiresAtMs + leewayMs <= nowMs) return 'expired'
  if (notBeforeMs - leewayMs > nowMs) return 'not-yet-valid'
  return undefined
}
