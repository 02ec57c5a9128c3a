import { describe, expect, test } from 'vitest'
import { metadataToken, startAgent, type Ask, type RunningAgent } from './laptop-agent.ts'
import {
  baseRoleArn,
  canary,
  canaryKeyId,
  cartRole,
  changeCart,
  newWorld,
  nodeAddress,
  podOf,
  sessionOf,
  startMs,
  strangeAddress,
  tokenOf,
  type World,
} from './world.ts'
import type { MappingDocument } from '../../../src/agent/documents.ts'
import type { PodView, TokenFault } from '../../../src/agent/view.ts'

interface Case {
  readonly name: string
  readonly change?: (world: World) => void
  readonly ask: (agent: RunningAgent) => Ask | Promise<Ask>
  readonly code: string
  /** 403 or 503 by the code unless said. */
  readonly status?: number
  /** Of STS, which has codes of its own. */
  readonly stsCode?: string
  /** The pod with the Event; undefined where nobody can be told. */
  readonly told: string | undefined
}

/** What may be otherwise in a moment: SDKs try again. */
const passing: ReadonlySet<string> = new Set([
  'AwsUnknownAddress',
  'AwsPodUnknown',
  'AwsNamespaceUnknown',
  'AwsAccountUnknown',
  'AwsTokenUnknownKey',
  'AwsNoMapping',
  'AwsNoSession',
])

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const podIdentity = 'pods.eks.amazonaws.com'
const sts = 'sts.amazonaws.com'

const cart = (world: World): PodView => world.pods.find(({ name }) => name === 'cart') ?? podOf('cart')
const bearing = (token: string): Ask => ({ path: '/v1/credentials', headers: { Authorization: token } })
const assuming = (token: string, more: Readonly<Record<string, string>> = {}): Ask => ({
  method: 'POST',
  path: '/sts',
  headers: form,
  body: new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: cartRole,
    RoleSessionName: 'app',
    WebIdentityToken: token,
    ...more,
  }).toString(),
})

/** Each way to ask for the credentials of the pod `cart`. */
const lanes: readonly (readonly [string, Case['ask']])[] = [
  ['Pod Identity', ({ world }) => bearing(tokenOf(cart(world), podIdentity))],
  ['ECS', () => ({ path: '/v2/credentials/cart' })],
  [
    'IMDSv2',
    async (agent) => ({
      path: '/latest/meta-data/iam/security-credentials/cart',
      headers: { 'X-aws-ec2-metadata-token': await metadataToken(agent) },
    }),
  ],
  ['STS', ({ world }) => assuming(tokenOf(cart(world), sts))],
]

const remap = (change: Partial<MappingDocument>) => (world: World) => {
  if (world.mapping !== undefined) world.mapping = { ...world.mapping, ...change }
}
const annotate = (annotations: Readonly<Record<string, string>>) => (world: World) => {
  changeCart(world, { annotations })
}
const label = (labels: Readonly<Record<string, string>>) => (world: World) => {
  changeCart(world, { labels })
}
const onNamespace = (change: Partial<World['namespaces'][number]>) => (world: World) => {
  world.namespaces = [{ name: 'shop', labels: {}, annotations: {}, ...change }]
}

/** What a pod may be without, whichever way it asks. */
const withoutSession: readonly (readonly [string, (world: World) => void, string, string?])[] = [
  ['in kube-system', (world) => changeCart(world, { namespace: 'kube-system' }), 'AwsSystemNamespace'],
  ['in a namespace that is off', onNamespace({ labels: { 'devk8s.dev/aws': 'off' } }), 'AwsNamespaceOff'],
  ['labelled off', label({ 'devk8s.dev/aws': 'off' }), 'AwsPodOff'],
  ['with EKS’s skip label', label({ 'eks.amazonaws.com/skip-pod-identity-webhook': 'yes' }), 'AwsPodOff'],
  ['without a role', annotate({}), 'AwsUnmapped'],
  ['with a denied role', annotate({ 'iam.amazonaws.com/role': 'secret-admin' }), 'AwsRoleDenied'],
  ['with what is no role', annotate({ 'iam.amazonaws.com/role': 'a role!' }), 'AwsRoleMalformed'],
  [
    'with a role its namespace leaves out',
    onNamespace({ annotations: { 'iam.amazonaws.com/allowed-roles': '["billing-*"]' } }),
    'AwsNotPermitted',
  ],
  [
    'whose namespace is not known yet',
    (world) => {
      world.namespaces = []
    },
    'AwsNamespaceUnknown',
  ],
  [
    'whose service account is not known yet',
    (world) => {
      world.accounts = {}
    },
    'AwsAccountUnknown',
  ],
  [
    'of a cluster without a mapping',
    (world) => {
      world.mapping = undefined
    },
    'AwsNoMapping',
  ],
  [
    'whose session is not there yet',
    (world) => {
      world.sessions = {}
    },
    'AwsNoSession',
  ],
  [
    'whose session AWS refused',
    (world) => {
      world.sessions = {}
      world.refused = {
        [`assume:${cartRole}`]: { reason: 'AWS does not let you assume it.', next: 'devk8s aws why cart' },
      }
    },
    'AwsSessionRefused',
  ],
  [
    'whose session has expired',
    (world) => {
      world.sessions = { [`assume:${cartRole}`]: sessionOf('cart', 0, startMs) }
    },
    'AwsSessionExpired',
    'ExpiredToken',
  ],
]

const perLane: readonly Case[] = withoutSession.flatMap(([name, change, code, stsCode = 'AccessDenied']) =>
  lanes.map(([lane, ask]) => ({
    name: `${lane}: a pod ${name}`,
    change,
    ask,
    code,
    ...(lane === 'STS' ? { stsCode: passing.has(code) ? 'ServiceUnavailable' : stsCode } : {}),
    told: code === 'AwsSystemNamespace' ? 'kube-system/cart' : 'shop/cart',
  })),
)

const faults: readonly (readonly [TokenFault, string])[] = [
  ['malformed', 'AwsTokenMalformed'],
  ['unknown-key', 'AwsTokenUnknownKey'],
  ['bad-signature', 'AwsTokenBadSignature'],
  ['wrong-issuer', 'AwsTokenWrongIssuer'],
  ['wrong-audience', 'AwsTokenWrongAudience'],
  ['expired', 'AwsTokenExpired'],
  ['not-yet-valid', 'AwsTokenNotYetValid'],
  ['not-of-a-pod', 'AwsTokenNotOfPod'],
]

const faulty: readonly Case[] = faults.flatMap(([fault, code]) => [
  {
    name: `Pod Identity: a token that is ${fault}`,
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity, { fault })),
    code,
    told: 'shop/cart',
  },
  {
    name: `STS: a token that is ${fault}`,
    ask: ({ world }) => assuming(tokenOf(cart(world), sts, { fault })),
    code,
    stsCode: passing.has(code)
      ? 'ServiceUnavailable'
      : fault === 'expired'
        ? 'ExpiredTokenException'
        : 'InvalidIdentityToken',
    told: 'shop/cart',
  },
])

const tokens: readonly Case[] = [
  { name: 'no token', ask: () => ({ path: '/v1/credentials' }), code: 'AwsTokenMissing', told: 'shop/cart' },
  { name: 'an empty token', ask: () => bearing(''), code: 'AwsTokenMissing', told: 'shop/cart' },
  {
    name: 'no token from nobody known',
    ask: () => ({ path: '/v1/credentials', from: strangeAddress }),
    code: 'AwsTokenMissing',
    told: undefined,
  },
  {
    name: 'a token behind “Bearer”, which EKS’s agent does not take either',
    ask: ({ world }) => bearing(`Bearer ${tokenOf(cart(world), podIdentity)}`),
    code: 'AwsTokenMalformed',
    told: 'shop/cart',
  },
  {
    name: 'a token of STS’s audience for Pod Identity',
    ask: ({ world }) => bearing(tokenOf(cart(world), sts)),
    code: 'AwsTokenWrongAudience',
    told: 'shop/cart',
  },
  {
    name: 'a token of the API server’s audience',
    ask: ({ world }) => bearing(tokenOf(cart(world), 'https://kubernetes.default.svc')),
    code: 'AwsTokenWrongAudience',
    told: 'shop/cart',
  },
  {
    name: 'a token that has expired by the clock',
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity, { expiresAtMs: startMs })),
    code: 'AwsTokenExpired',
    told: 'shop/cart',
  },
  {
    name: 'a token of a pod that was deleted, or is too new',
    ask: () => bearing(tokenOf(podOf('gone'), podIdentity)),
    code: 'AwsPodUnknown',
    told: 'shop/cart',
  },
  {
    name: 'a token of a pod that is over, whose address another one has',
    change: (world) => {
      world.pods.push(podOf('done', { addresses: [], isOver: true }))
    },
    ask: () => bearing(tokenOf(podOf('done'), podIdentity)),
    code: 'AwsPodGone',
    told: 'shop/cart',
  },
  {
    name: 'the pod’s name with another uid (a pod of a StatefulSet before)',
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity, { podUid: 'uid-before' })),
    code: 'AwsPodUnknown',
    told: 'shop/cart',
  },
  {
    name: 'another service account than the pod’s',
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity, { serviceAccount: 'admin' })),
    code: 'AwsTokenOfOtherAccount',
    told: 'shop/cart',
  },
  {
    name: 'another namespace than the pod’s',
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity, { namespace: 'kube-system' })),
    code: 'AwsTokenOfOtherAccount',
    told: 'shop/cart',
  },
  {
    name: 'another name than the pod’s',
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity, { podName: 'x' })),
    code: 'AwsTokenOfOtherAccount',
    told: 'shop/cart',
  },
  {
    name: 'the token of another pod',
    ask: () => bearing(tokenOf(podOf('other'), podIdentity)),
    code: 'AwsTokenForeign',
    told: 'shop/cart',
  },
  {
    name: 'the token of a pod whose address is not known yet, from another pod',
    change: (world) => {
      world.pods.push(podOf('new', { addresses: [] }))
    },
    ask: () => bearing(tokenOf(podOf('new'), podIdentity)),
    code: 'AwsTokenForeign',
    told: 'shop/cart',
  },
  {
    name: 'the token of another pod for STS',
    ask: () => assuming(tokenOf(podOf('other'), sts)),
    code: 'AwsTokenForeign',
    stsCode: 'InvalidIdentityToken',
    told: 'shop/cart',
  },
  {
    name: 'the token of another pod for ECS',
    ask: () => ({
      path: '/v2/credentials/cart',
      headers: { Authorization: tokenOf(podOf('other'), podIdentity) },
    }),
    code: 'AwsTokenForeign',
    told: 'shop/cart',
  },
  {
    name: 'a bad token for ECS, where the address alone would do',
    ask: () => ({ path: '/v2/credentials/cart', headers: { Authorization: 'x' } }),
    code: 'AwsTokenMalformed',
    told: 'shop/cart',
  },
  {
    name: 'a token from the node',
    ask: ({ world }) => ({ ...bearing(tokenOf(cart(world), podIdentity)), from: nodeAddress }),
    code: 'AwsTokenForeign',
    told: 'shop/cart',
  },
  {
    name: 'a token from an address that no pod is known to have',
    ask: ({ world }) => ({ ...bearing(tokenOf(cart(world), podIdentity)), from: strangeAddress }),
    code: 'AwsTokenForeign',
    status: 503,
    told: 'shop/cart',
  },
  {
    name: 'a token whose service account is not there',
    change: (world) => {
      world.accounts = {}
    },
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity)),
    code: 'AwsAccountUnknown',
    told: 'shop/cart',
  },
  {
    name: 'a token of a service account that was made anew',
    ask: ({ world }) => bearing(tokenOf(cart(world), podIdentity, { serviceAccountUid: 'uid-before' })),
    code: 'AwsTokenOfOtherAccount',
    told: 'shop/cart',
  },
  {
    name: 'a token of a pod with hostNetwork',
    change: (world) => {
      changeCart(world, { hostNetwork: true })
    },
    ask: ({ world }) => ({ ...bearing(tokenOf(cart(world), podIdentity)), from: nodeAddress }),
    code: 'AwsHostNetwork',
    told: 'shop/cart',
  },
]

const byAddress: readonly Ask[] = [
  { path: '/v2/credentials/cart' },
  { path: '/creds' },
  { path: '/role/cart' },
  { path: `/role-arn/${cartRole}` },
  { path: '/latest/meta-data/iam/security-credentials/' },
  { path: '/latest/meta-data/iam/security-credentials/cart' },
  { path: '/latest/meta-data/iam/info' },
  { path: '/latest/meta-data/instance-id' },
  { path: '/latest/dynamic/instance-identity/document' },
  { path: '/latest/api/token', method: 'PUT', headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' } },
  { path: '/whoami' },
]

const addresses: readonly Case[] = byAddress.flatMap((ask) => [
  {
    name: `${ask.path} from an address that no pod has`,
    ask: () => ({ ...ask, from: strangeAddress }),
    code: 'AwsUnknownAddress',
    told: undefined,
  },
  {
    name: `${ask.path} from the node’s address`,
    ask: () => ({ ...ask, from: nodeAddress }),
    code: 'AwsHostNetwork',
    told: undefined,
  },
  {
    name: `${ask.path} from the address of a pod that has ended`,
    change: (world) => {
      changeCart(world, { isOver: true })
    },
    ask: () => ask,
    code: 'AwsUnknownAddress',
    told: undefined,
  },
  {
    name: `${ask.path} from a pod with hostNetwork`,
    change: (world) => {
      changeCart(world, { hostNetwork: true })
    },
    ask: () => ask,
    code: 'AwsHostNetwork',
    told: 'shop/cart',
  },
])

const withHeader = (path: string, name: string, value: string): Case => ({
  name: `${path} with ${name}: ${value}`,
  ask: () => ({ path, headers: { [name]: value } }),
  code: name === 'Host' ? 'AwsWrongHost' : 'AwsForwarded',
  told: 'shop/cart',
})

const entries: readonly Case[] = [
  ...['/v1/credentials', '/v2/credentials/cart', '/latest/meta-data/iam/security-credentials/cart'].flatMap(
    (path) => [
      withHeader(path, 'X-Forwarded-For', '10.0.0.1'),
      withHeader(path, 'Forwarded', 'for=10.0.0.1'),
      withHeader(path, 'X-Real-IP', '10.0.0.1'),
      withHeader(path, 'Via', '1.1 squid'),
      withHeader(path, 'Host', 'rebound.example.com'),
      withHeader(path, 'Host', '169.254.169.254.example.com'),
      withHeader(path, 'Host', '169.254.169.254:80:80'),
    ],
  ),
  {
    name: 'PUT of a metadata token with X-Forwarded-For',
    ask: () => ({
      method: 'PUT',
      path: '/latest/api/token',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60', 'X-Forwarded-For': '' },
    }),
    code: 'AwsForwarded',
    told: 'shop/cart',
  },
  {
    name: 'a proxy’s request line',
    ask: () => ({ path: 'http://169.254.170.2/v2/credentials/cart' }),
    code: 'AwsForwarded',
    told: 'shop/cart',
  },
  {
    name: 'two tokens, of which Node would take the first',
    ask: ({ world }) => ({
      path: '/v1/credentials',
      headers: { Authorization: [tokenOf(cart(world), podIdentity), 'x'] },
    }),
    code: 'AwsAmbiguousHeader',
    told: 'shop/cart',
  },
  {
    name: 'forwarding behind many other headers',
    ask: () => ({
      path: '/v2/credentials/cart',
      headers: Object.fromEntries([
        ...Array.from({ length: 60 }, (_, index) => [`a${String(index)}`, '']),
        ['X-Forwarded-For', '10.0.0.1'],
      ]) as Record<string, string>,
    }),
    code: 'AwsForwarded',
    told: 'shop/cart',
  },
]

const otherRoles: readonly Case[] = [
  ...[
    '/role/other',
    `/role-arn/${baseRoleArn}other`,
    '/latest/meta-data/iam/security-credentials/other',
    `/latest/meta-data/iam/security-credentials/${baseRoleArn}path/cart`,
    '/latest/meta-data/iam/security-credentials/cart%00',
    '/2021-01-03/meta-data/iam/security-credentials/Cart',
    '/latest/meta-data/iam/security-credentials/devk8s-developer',
  ].map((path) => ({
    name: `another role: ${path}`,
    ask: () => ({ path }),
    code: 'AwsOtherRole',
    told: 'shop/cart',
  })),
  {
    name: 'another role of STS',
    ask: ({ world }) => assuming(tokenOf(cart(world), sts), { RoleArn: `${baseRoleArn}other` }),
    code: 'AwsOtherRole',
    stsCode: 'AccessDenied',
    told: 'shop/cart',
  },
  {
    name: 'a narrower session of STS',
    ask: ({ world }) => assuming(tokenOf(cart(world), sts), { Policy: '{}' }),
    code: 'AwsNarrowerSession',
    stsCode: 'AccessDenied',
    told: 'shop/cart',
  },
  {
    name: 'whose key it is, of a key that is another pod’s',
    ask: () => ({
      method: 'POST',
      path: '/sts',
      headers: {
        ...form,
        Authorization: `AWS4-HMAC-SHA256 Credential=${canaryKeyId}DEVELOPER0/20261125/eu-central-1/sts/aws4_request, SignedHeaders=host, Signature=00`,
      },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    }),
    code: 'AwsUnknownKey',
    stsCode: 'InvalidClientTokenId',
    told: 'shop/cart',
  },
  {
    name: 'whose key it is, without one',
    ask: () => ({ path: '/sts?Action=GetCallerIdentity' }),
    code: 'AwsUnknownKey',
    stsCode: 'InvalidClientTokenId',
    told: 'shop/cart',
  },
  {
    name: 'a role’s name of an account that is not known yet',
    change: (world) => {
      const { baseRoleArn: _, ...rest } = world.mapping ?? {}
      world.mapping = rest as MappingDocument
    },
    ask: () => ({ path: '/v2/credentials/cart' }),
    code: 'AwsNoAccount',
    told: 'shop/cart',
  },
  {
    name: 'a profile’s session that is not there',
    change: remap({
      rules: [{ pattern: '*', expression: '^.*$', gives: { is: 'profile', profile: 'audit' } }],
    }),
    ask: () => ({ path: '/v2/credentials/cart' }),
    code: 'AwsNoSession',
    told: 'shop/cart',
  },
]

const cases: readonly Case[] = [...perLane, ...faulty, ...tokens, ...addresses, ...entries, ...otherRoles]

describe('refusals', () => {
  test('are many enough', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60)
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  test.each(cases)('$name: in words, nothing leaked, told to the pod', async ({ change, ask, ...wants }) => {
    await using agent = await startAgent(newWorld())
    change?.(agent.world)
    const what = await ask(agent)
    const { status, body, raw } = await agent.ask(what)
    const expected = wants.status ?? (passing.has(wants.code) ? 503 : 403)
    expect([status, codesOf(body)]).toEqual([expected, wants.stsCode ?? wants.code])
    expect(messageOf(body)).toMatch(/^devk8s: .{20,}\. Next: .{5,}$/)
    expect(agent.told).toEqual(
      wants.told === undefined ? [] : [{ pod: wants.told, reason: wants.code, message: messageOf(body) }],
    )
    expect(agent.log.at(-1)).toMatch(new RegExp(`^refused ${wants.code} `))
    const all = [body, raw, JSON.stringify(agent.told), ...agent.log].join('\n')
    expect(all).not.toContain(canary)
    expect(all).not.toContain(canaryKeyId)
  })
})

/** The code, where both spellings of it agree. */
function codesOf(body: string): string | undefined {
  if (body.startsWith('<')) return /<Code>(\w+)<\/Code>/.exec(body)?.[1]
  const { code, Code, message, Message } = JSON.parse(body) as Record<string, string>
  return code === Code && message === Message ? code : undefined
}

function messageOf(body: string): string {
  if (!body.startsWith('<')) return (JSON.parse(body) as { message: string }).message
  return (/<Message>(.*)<\/Message>/.exec(body)?.[1] ?? '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
