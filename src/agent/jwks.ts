import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

import { fields, isRecord, listIn, textIn } from './json.ts'
import type { KubeClient } from './kube-client.ts'
import type { Timings } from './timings.ts'
import { wordsOf } from './watch.ts'

/** A key that signs service account tokens, and how. */
export interface VerifyKey {
  readonly alg: 'RS256' | 'ES256'
  readonly key: KeyObject
}

/** The keys of the cluster, in memory. */
export interface KeySet {
  isReady(): boolean
  issuer(): string | undefined
  find(kid: string): VerifyKey | undefined
  /** A token has a key that is not known: the keys are read again in the background, not too often. */
  missed(): void
  /** Calls back when keys were taken away or the issuer is another: what was believed before may no longer be. */
  onWithdrawn(callback: () => void): void
  stop(): void
}

interface KeySetOf {
  readonly client: Pick<KubeClient, 'get'>
  readonly timings: Timings
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

/** Reads the keys now, then every few minutes, since one may be withdrawn, and when a token's is not known. */
export function startKeySet(of: KeySetOf): KeySet {
  const { timings } = of
  let known: Known | undefined
  let readAtMs = 0
  let timer: NodeJS.Timeout | undefined
  let isReading = false
  let isStopped = false
  let failures = 0
  const withdrawn: (() => void)[] = []

  const readIn = (ms: number) => {
    clearTimeout(timer)
    if (!isStopped) timer = setTimeout(() => void read(), ms)
  }
  const read = async () => {
    if (isReading) return
    isReading = true
    readAtMs = of.nowMs()
    try {
      const next = await readKeys(of.client)
      const before = known
      known = next
      if (failures > 0) of.log("the cluster's keys: read again")
      failures = 0
      if (before && isLess(before, next)) withdrawn.forEach((callback) => callback())
    } catch (error) {
      if (!isStopped && failures === 0) of.log(`the cluster's keys: ${wordsOf(error)}; trying again`)
      failures += 1
    } finally {
      isReading = false
      const backoffMs = Math.min(timings.backoffMostMs, timings.backoffFirstMs * 2 ** Math.min(failures, 16))
      readIn(failures > 0 ? backoffMs : timings.keysEveryMs)
    }
  }
  void read()

  return {
    isReady: () => known !== undefined,
    issuer: () => known?.issuer,
    find: (kid) => known?.keys.get(kid),
    missed() {
      // Without keys, or without an answer, they are on their way already.
      if (!isReading && known && failures === 0)
        readIn(Math.max(0, readAtMs + timings.keysAtMostEveryMs - of.nowMs()))
    },
    onWithdrawn: (callback) => void withdrawn.push(callback),
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

interface Known {
  readonly issuer: string
  readonly keys: ReadonlyMap<string, VerifyKey>
  /** The JWKs as texts. */
  readonly texts: ReadonlySet<string>
}

async function readKeys(client: Pick<KubeClient, 'get'>): Promise<Known> {
  const [configuration, set] = await Promise.all([
    client.get('/.well-known/openid-configuration'),
    client.get('/openid/v1/jwks'),
  ])
  const issuer = textIn(fields(configuration)['issuer'])
  if (!issuer) throw new Error('the API server does not say who issues its tokens')
  const jwks = listIn(fields(set)['keys']).filter(isRecord)
  const keys = new Map<string, VerifyKey>()
  for (const jwk of jwks) {
    const kid = textIn(jwk['kid'])
    const key = verifyKey(jwk)
    if (kid !== undefined && key) keys.set(kid, key)
  }
  if (keys.size === 0) throw new Error('the API server has no key that can be used')
  return { issuer, keys, texts: new Set(jwks.map((jwk) => JSON.stringify(jwk))) }
}

/** By the kind of the key, not by what the token or `alg` says: an RSA key never checks anything but RS256. */
function verifyKey(jwk: Readonly<Record<string, unknown>>): VerifyKey | undefined {
  const alg =
    jwk['kty'] === 'RSA' ? 'RS256' : jwk['kty'] === 'EC' && jwk['crv'] === 'P-256' ? 'ES256' : undefined
  if (!alg) return undefined
  try {
    // Through createPublicKey a private key among them would be of no use to anybody either.
    return { alg, key: createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }) }
  } catch {
    return undefined
  }
}

function isLess(before: Known, next: Known): boolean {
  return before.issuer !== next.issuer || [...before.texts].some((text) => !next.texts.has(text))
}
