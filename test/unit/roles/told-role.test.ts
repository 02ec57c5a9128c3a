import { describe, expect, test } from 'vitest'
import type { Association, MappingDocument } from '../../../src/agent/documents.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { orderedRules } from '../../../src/pods/roles.ts'
import type { RolesSurvey } from '../../../src/roles/roles-survey.ts'
import { type LaneHealth, laneHealth } from '../../../src/roles/lane-health.ts'
import { toldRole, toldRoleRows, toldRoleValue } from '../../../src/roles/told-role.ts'
import { fullUri } from '../../../src/roles/injection.ts'
import { sessionNext } from '../../../src/roles/told-session.ts'
import { allWhoAsk, asksFor } from '../../../src/roles/who-asks.ts'
import type { AgentUpkeep } from '../../../src/upkeep/upkeep.ts'

const base = 'arn:aws:iam::111122223333:role/'
const nowMs = Date.parse('2026-11-25T10:00:00Z')
const roles = { '*': { assume: 'twin', fallback: 'developer' }, reader: 'developer' } as const
const associations: readonly Association[] = [
  { namespace: 'shop', serviceAccount: 'eks', roleArn: `${base}eks`, cluster: 'acme-staging' },
  { namespace: 'gone', serviceAccount: 'eks', roleArn: `${base}eks`, cluster: 'acme-staging' },
]
const agent: AgentUpkeep = {
  namespaces: ['shop'],
  serviceAccounts: [],
  roles,
  minikube: { program: 'minikube', home: '/m', kubeconfig: '/k', profile: 'shop' },
  nodes: ['shop'],
  accountRoles: {},
  associations,
  restrictions: { mode: 'warn', format: 'glob' },
  imdsV1: true,
}
const mapping: MappingDocument = {
  version: 1,
  region: 'eu-west-1',
  baseRoleArn: base,
  rules: orderedRules(roles).map(({ pattern, expression, says }) => ({
    pattern,
    expression,
    gives: says === 'developer' ? { is: 'developer' } : { is: 'assume', twin: true },
  })),
  associations,
  restrictions: agent.restrictions,
  imdsV1: true,
}

interface PodOf {
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
  readonly phase?: string
}

const podOf = (name: string, { annotations = {}, spec = {}, phase = 'Running' }: PodOf = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', annotations },
  spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  status: { phase },
})

const asks = (role: string) => ({ 'iam.amazonaws.com/role': role })
const session = (arn: string, endsInMin: number, more = {}) => ({
  source: 'x',
  account: '111122223333',
  arn,
  userId: 'AROA',
  issuedAtMs: nowMs - 60_000,
  expiresAtMs: nowMs + endsInMin * 60_000,
  ...more,
})

const surveyOf = (objects: readonly KubeObject[], change: Partial<RolesSurvey> = {}): RolesSurvey => ({
  objects,
  kops: undefined,
  mapping,
  isStale: false,
  sessions: {
    sessions: {
      developer: session('arn:me', 60),
      [`twin:${base}eks`]: session('arn:me', 60, { instead: 'AWS did not let you assume eks-dev.' }),
    },
    refused: {
      [`twin:${base}admin`]: { reason: 'No trust.', next: 'aws iam get-role', source: 'x', retryAtMs: 0 },
    },
  },
  hasPolicies: true,
  ...change,
})

const first = { node: 'shop', routes: 'first', lacksAddress: false, before: [] } as const
const ready = { nodes: { ready: 1, wanted: 1 }, reasons: [] }
const healthy = laneHealth({ agent: ready, policy: 'there', routes: [first] })

const told = (
  pod: KubeObject,
  change: Partial<RolesSurvey> = {},
  health: readonly LaneHealth[] = healthy,
) => {
  const ownSources = new Map<string, string>()
  const about = { nowMs, context: 'local', kubernetes: 'v1.36.2', ownSources, health }
  const found = toldRole(pod, surveyOf([pod, ...(change.objects ?? [])], change), agent, about)
  return {
    ...found,
    rows: Object.fromEntries(toldRoleRows(found, nowMs)),
    value: toldRoleValue(found),
  }
}

describe('what a pod gets from the agent', () => {
  test('by its annotation: the session, until when, through which lane', () => {
    const { rows, value, warnings } = told(podOf('api', { annotations: asks('reader') }))
    expect(rows).toMatchObject({
      role: `reader (${base}reader), by the pod’s annotation iam.amazonaws.com/role`,
      rule: 'reader: developer',
      gets: 'your own session',
      as: 'arn:me, account 111122223333',
      until: expect.stringMatching(/\(1 h\)$/),
      lane: expect.stringMatching(/^B\. /),
      region: 'eu-west-1',
    })
    expect(value).toMatchObject({
      given: true,
      lane: 'B',
      expiresAt: '2026-11-25T11:00:00.000Z',
      session: { id: 'developer', is: 'good' },
    })
    expect(warnings).toEqual([])
  })

  test('by an association: another session than was asked for is said', () => {
    const pod = podOf('jobs', { spec: { serviceAccountName: 'eks' } })
    const { rows, value, warnings, next } = told(pod)
    expect(rows['role']).toBe(`${base}eks, by an EKS association of cluster acme-staging for shop/eks`)
    expect(rows['rule']).toBe('*: assume twin, or developer where AWS refuses')
    expect(rows['instead']).toBe('AWS did not let you assume eks-dev.')
    expect(value).toMatchObject({
      lane: 'B',
      laneAnew: 'A',
      injection: { is: 'lacks-it' },
      cluster: 'acme-staging',
    })
    expect(rows['lane']).toMatch(/^B: nothing was put into it, .* The policy that puts it in is not in/)
    expect(warnings).toEqual(['AWS did not let you assume eks-dev.'])
    expect(next).toEqual(['devk8s aws refresh'])
  })

  test.each([
    ['AWS gave none', 'admin', 'nobody: No trust.', ['aws iam get-role', 'devk8s aws refresh']],
    ['AWS was not asked', 'new', /^nobody yet/, ['devk8s aws refresh']],
  ])('%s', (_what, role, as, next) => {
    const found = told(podOf('api', { annotations: asks(role) }))
    expect(found.rows['as']).toMatch(as)
    expect(found.next).toEqual(next)
  })

  test('hostNetwork, and a pod that is over, get nothing whatever the rules say', () => {
    const host = told(podOf('api', { annotations: asks('reader'), spec: { hostNetwork: true } }))
    const over = told(podOf('api', { annotations: asks('reader'), phase: 'Succeeded' }))
    expect([host.rows['gets'], over.rows['gets']]).toEqual([
      'nothing: it has hostNetwork, and the agent cannot tell such pods from the node.',
      'nothing: it is over, and its address may be another pod’s by now.',
    ])
    expect([host.value['given'], over.value['given']]).toEqual([false, false])
    expect(host.rows['until']).toBeUndefined()
  })

  test('an agent that is not there or not told yet, and what the cloud would refuse', () => {
    const pod = podOf('api', { annotations: asks('reader') })
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', annotations: { 'iam.amazonaws.com/allowed-roles': '["other"]' } },
    }
    const without = { reasons: ['DaemonSet devk8s-system/devk8s-aws is not there'] }
    const broken = laneHealth({ agent: without, policy: 'there', routes: [first] })
    const found = told(pod, { objects: [pod, namespace], isStale: true }, broken)
    expect(found.warnings).toEqual([
      expect.stringContaining('allowed-roles: ["other"], which does not include'),
      'The agent has been told something else than the profile says now.',
    ])
    expect(found.rows['gets']).toMatch(/^nothing now: it asks by lane B, which does not work: the agent /)
    expect(found.value).toMatchObject({ given: false, refused: { why: 'lane' }, gives: 'developer' })
    expect(found.next).toEqual(['devk8s aws refresh', expect.stringMatching(/^devk8s /)])
  })

  test.each([
    ['missing', 'B', /^nothing now: it asks by lane B, which does not work: node shop lacks/],
    ['unreachable', 'B', /^your own session$/],
    ['missing', 'A', /^a session of its twin/],
  ] as const)('rules of its node %s, on lane %s', (routes, lane, gets) => {
    const health = laneHealth({ agent: ready, policy: 'there', routes: [{ ...first, routes }] })
    const env = [{ name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: fullUri }]
    const spec = { serviceAccountName: 'eks', containers: [{ name: 'app', image: 'app:1', env }] }
    const pod = lane === 'B' ? podOf('api', { annotations: asks('reader') }) : podOf('jobs', { spec })
    const found = told(pod, {}, health)
    expect(found.rows['gets']).toMatch(gets)
    expect(found.value['lane']).toBe(lane)
    const isUnknown = found.warnings.some((text) => text.startsWith('Whether lane B works is not known'))
    expect(isUnknown).toBe(routes === 'unreachable')
  })

  test('a session that is over is not given, and needs the sign-in', () => {
    const over = { sessions: { developer: session('arn:me', -0.5) }, refused: {} }
    const found = told(podOf('api', { annotations: asks('reader') }), { sessions: over })
    expect(found.rows['gets']).toMatch(
      /^nothing now: the session is over since .*\. It is to get your own session\.$/,
    )
    expect(found.value).toMatchObject({ given: false, refused: { why: 'no-session' } })
    expect(found.next).toEqual(['devk8s aws login'])
    const gone = { id: 'profile:it is', is: 'over', account: '1', arn: 'arn:me', endsAtMs: 0 } as const
    expect(sessionNext(gone)).toEqual(["devk8s aws login --aws-profile 'it is'"])
  })

  test('keys of before go before all else, whatever the rules say', () => {
    const old = { ...asks('reader'), 'devk8s.dev/aws-keys': 'env' }
    const found = told(podOf('api', { annotations: old }))
    expect(found.rows['gets']).toBe(
      'nothing of the agent’s: it has keys in its environment from before the agent, which nobody renews.',
    )
    expect(found.rows['lane']).toMatch(/^none, for its keys go before all else\. Made anew it has lane B\. /)
    expect(found.value).toMatchObject({ given: false, lane: 'keys', laneAnew: 'B' })
  })

  test('containers with credentials of their own are named, with what they set', () => {
    const env = [{ name: 'AWS_ACCESS_KEY_ID', value: 'x' }]
    const spec = { serviceAccountName: 'eks', containers: [{ name: 'c', env }] }
    const found = told(podOf('own', { spec }))
    expect(found.rows['containers']).toBe('not c, which sets AWS_ACCESS_KEY_ID itself')
    expect(found.rows['gets']).toBe(
      'nothing of the agent’s: all of its containers have credentials of their own.',
    )
  })

  test('the rule that matches is told, also where something else refuses first', () => {
    const labels = { 'devk8s.dev/aws': 'off' }
    const pod = podOf('off', { annotations: asks('reader') })
    const off = told({ ...pod, metadata: { ...pod.metadata, labels } })
    expect([off.rows['rule'], off.value['rule']]).toEqual(['reader: developer', 'reader'])
    expect(off.rows['gets']).toMatch(/^nothing: The pod says so itself/)
    const bad = told(podOf('bad', { annotations: asks('a b') }))
    expect(bad.rows['rule']).toBe('none: what is asked for is no role')
  })

  test('what asks for nothing may be given a label, and a label that nothing knows is told of', () => {
    const pod = podOf('web')
    const odd = told({ ...pod, metadata: { ...pod.metadata, labels: { 'devk8s.dev/aws': 'foo' } } })
    expect(odd.warnings).toEqual([
      'Its label devk8s.dev/aws: "foo" counts for nothing: devk8s knows on, relative, sts, imds, off.',
    ])
    expect(odd.next).toEqual([
      'kubectl --context local label pod web --namespace shop --overwrite devk8s.dev/aws=on',
    ])
  })
})

describe('who asks', () => {
  const about = { nowMs, ownSources: new Map<string, string>(), healthOn: () => healthy }
  const objects = [
    podOf('api', { annotations: asks('reader') }),
    podOf('jobs', { spec: { serviceAccountName: 'eks' } }),
    podOf('done', { annotations: asks('reader'), phase: 'Succeeded' }),
    podOf('plain'),
  ]

  test('pods that live, and service accounts without one', () => {
    const all = allWhoAsk(agent, surveyOf(objects, { kops: { 'shop/k': { roleArn: `${base}k` } } }), about)
    expect(
      all.map(({ kind, namespace, name, from, lane }) => [kind, `${namespace}/${name}`, from, lane]),
    ).toEqual([
      ['pod', 'shop/api', 'pod', 'B'],
      ['pod', 'shop/jobs', 'association', 'B'],
      ['service-account', 'gone/eks', 'association', 'A'],
      ['service-account', 'shop/k', 'kops', 'A'],
    ])
  })

  test.each([
    ['reader', 'shop/api'],
    [`${base}reader`, 'shop/api'],
    ['eks', 'shop/jobs gone/eks'],
    ['ek', ''],
    ['arn:aws:iam::999999999999:role/eks', ''],
  ])('%s is asked for by %s', (named, who) => {
    const all = allWhoAsk(agent, surveyOf(objects), about)
    const found = all.filter((each) => asksFor(each, named))
    expect(found.map(({ namespace, name }) => `${namespace}/${name}`).join(' ')).toBe(who)
  })
})
