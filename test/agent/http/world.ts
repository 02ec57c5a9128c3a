import type { MappingDocument, RefusedSession, SessionEntry } from '../../../src/agent/documents.ts'
import type { KopsMapping } from '../../../src/agent/asked-role.ts'
import type {
  NamespaceView,
  PodView,
  Teller,
  TokenClaims,
  TokenFault,
  Tokens,
  View,
} from '../../../src/agent/view.ts'

// A cluster in memory, as the watches would tell it; tests change it between requests.

export interface World {
  isReady: boolean
  nowMs: number
  pods: PodView[]
  /** When the cluster tells what changes, for `soon`; at once unless said. */
  changed: Promise<void>
  /** Annotations of service accounts, by `namespace/name`. */
  accounts: Record<string, Readonly<Record<string, string>>>
  namespaces: NamespaceView[]
  mapping: MappingDocument | undefined
  kops: KopsMapping | undefined
  sessions: Record<string, SessionEntry>
  refused: Record<string, RefusedSession>
}

export const startMs = Date.parse('2026-11-25T10:00:00Z')
export const account = '123456789012'
export const baseRoleArn = `arn:aws:iam::${account}:role/`
export const cartRole = `${baseRoleArn}cart`

// The whole of 127.0.0.0/8 is the loopback’s on Linux; elsewhere these have to be added to it.
export const cartAddress = '127.0.0.2'
export const otherAddress = '127.0.0.3'
/** No pod’s. */
export const strangeAddress = '127.0.0.9'
/** The agent’s own. */
export const nodeAddress = '127.0.0.1'

/** Every secret of the fixture has this in it. */
export const canary = 'c4n4ry'
/** Access key ids are capital. */
export const canaryKeyId = 'ASIAC4N4RY'

export function sessionOf(name: string, generation = 0, endsMs = startMs + 3_600_000): SessionEntry {
  const mark = `${name}-${String(generation)}`
  return {
    accessKeyId: `${canaryKeyId}${name.toUpperCase()}${String(generation)}`,
    secretAccessKey: `secret/${canary}/${mark}`,
    sessionToken: `token/${canary}/${mark}`,
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/devk8s-ann`,
    userId: `AROA${name.toUpperCase()}:devk8s-ann`,
    issuedAt: new Date(endsMs - 3_600_000).toISOString(),
    expiresAt: new Date(endsMs).toISOString(),
  }
}

export function podOf(name: string, change: Partial<PodView> = {}): PodView {
  return {
    uid: `uid-${name}`,
    name,
    namespace: 'shop',
    serviceAccount: 'default',
    annotations: {},
    labels: {},
    addresses: [cartAddress],
    hostNetwork: false,
    isOver: false,
    ...change,
  }
}

/** `cart` has kube2iam's annotation; `other` is another pod of the same namespace. */
export function newWorld(change: Partial<World> = {}): World {
  return {
    isReady: true,
    nowMs: startMs,
    pods: [
      podOf('cart', { annotations: { 'iam.amazonaws.com/role': 'cart' } }),
      podOf('other', {
        annotations: { 'iam.amazonaws.com/role': 'other' },
        addresses: [otherAddress],
      }),
    ],
    changed: Promise.resolve(),
    accounts: { 'shop/default': {}, 'kube-system/default': {} },
    namespaces: ['shop', 'kube-system'].map((name) => ({ name, labels: {}, annotations: {} })),
    mapping: {
      version: 1,
      region: 'eu-central-1',
      baseRoleArn,
      rules: [
        { pattern: 'cart', expression: '^cart$', gives: { is: 'assume', twin: false } },
        { pattern: 'secret-*', expression: '^secret-.*$', gives: { is: 'deny' } },
      ],
      associations: [],
      restrictions: { mode: 'refuse', format: 'glob' },
      imdsV1: true,
    },
    kops: undefined,
    sessions: { [`assume:${cartRole}`]: sessionOf('cart'), developer: sessionOf('developer') },
    refused: {},
    ...change,
  }
}

/** The pod `cart`, changed. */
export function changeCart(world: World, change: Partial<PodView>): void {
  world.pods = world.pods.map((pod) => (pod.name === 'cart' ? { ...pod, ...change } : pod))
}

export function viewOf(world: World): View {
  return {
    isReady: () => world.isReady,
    podByUid: (uid) => world.pods.find((pod) => pod.uid === uid),
    podByAddress: (address) => world.pods.find(({ addresses }) => addresses.includes(address)),
    async soon(look) {
      const found = look()
      if (found !== undefined) return found
      await world.changed
      return look()
    },
    account(namespace, name) {
      const annotations = world.accounts[`${namespace}/${name}`]
      return annotations === undefined ? undefined : { uid: `uid-${name}`, annotations }
    },
    namespace: (name) => world.namespaces.find((each) => each.name === name),
    mapping: () => world.mapping,
    kops: () => world.kops,
    session: (id) => world.sessions[id],
    refusedSession: (id) => world.refused[id],
    staleForMs: () => 1_234,
  }
}

interface Payload {
  readonly claims: TokenClaims
  readonly aud: string
  readonly iss: string
  readonly fault?: TokenFault
}

/** Has a token's form, and a mark to look for. */
export function tokenOf(
  pod: PodView,
  aud: string,
  change: Partial<TokenClaims & { fault: TokenFault }> = {},
): string {
  const { fault, ...claims } = change
  const payload = {
    claims: {
      namespace: pod.namespace,
      serviceAccount: pod.serviceAccount,
      serviceAccountUid: `uid-${pod.serviceAccount}`,
      podName: pod.name,
      podUid: pod.uid,
      expiresAtMs: startMs + 3_600_000,
      ...claims,
    },
    aud,
    iss: 'https://kubernetes.default.svc.cluster.local',
    ...(fault === undefined ? {} : { fault }),
  }
  return `eyJ.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${canary}`
}

/** Signatures are not its subject: a token says itself what is wrong with it. */
export function tokensOfWorld(): Tokens {
  return {
    verify(token, audience, nowMs) {
      const payload = payloadOf(token)
      if (payload === undefined) return { fault: 'malformed' }
      const { fault, aud, claims } = payload
      if (fault !== undefined) return { fault }
      if (aud !== audience) return { fault: 'wrong-audience' }
      return claims.expiresAtMs <= nowMs ? { fault: 'expired' } : claims
    },
  }
}

function payloadOf(token: string): Payload | undefined {
  const [head, payload, seal] = token.split('.')
  if (head !== 'eyJ' || payload === undefined || seal !== canary) return undefined
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Payload
}

export interface Told {
  readonly pod: string
  readonly reason: string
  readonly message: string
}

export function recordingTeller(told: Told[]): Teller {
  return {
    tell: ({ namespace, name }, { reason, message }) => {
      told.push({ pod: `${namespace}/${name}`, reason, message })
    },
  }
}
