import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AssumeSays } from '../../../src/pods/roles.ts'
import { mappingOf } from '../../../src/roles/mapping.ts'
import { signInNeeded } from '../../../src/aws/advice.ts'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import { awsPlaces } from '../../../src/upkeep/places.ts'
import { keepFresh } from '../../../src/upkeep/renewal.ts'
import { simulatedCluster } from '../../fakes/images-lab.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { agentNamespaceMissing, routesRefused, sessionsForeign } from '../../../src/problems/agent.ts'
import { pullOnlyPolicy } from '../../../src/upkeep/session-wants.ts'
import {
  account,
  agentUpkeep,
  hourMs,
  type KeeperLab,
  keeperLab,
  minuteMs,
  namespace,
  offline,
  pod,
  roleArn,
  serviceAccount,
} from './keeper-lab.ts'

const lab = async (agent: Parameters<typeof keeperLab>[1] = {}): Promise<KeeperLab> =>
  keeperLab(simulatedCluster(), agent)

describe('what the agent is given', () => {
  test('the person’s session and the mapping, once, and nothing secret is said of it', async () => {
    const cluster = await lab()
    expect((await cluster.look()).changes.map(({ field, effect }) => `${effect} ${field}`)).toEqual([
      'create ConfigMap devk8s-system/devk8s-aws',
      'create Your own AWS session',
      'create Node dev: rules for the metadata addresses',
    ])
    await cluster.renew()
    expect(cluster.sts.asked).toEqual(['dev'])
    expect(await cluster.document()).toEqual({
      version: 1,
      sessions: {
        developer: {
          accessKeyId: 'ASIA1',
          secretAccessKey: 'canary-key-1',
          sessionToken: 'canary-token-1',
          account,
          arn: `arn:aws:sts::${account}:assumed-role/dev/anna`,
          userId: 'AROA:anna',
          issuedAt: '2026-11-24T08:00:00.000Z',
          expiresAt: '2026-11-24T09:00:00.000Z',
        },
      },
      refused: {},
    })
    const mapping = await cluster.get('configmap', 'devk8s-aws', 'devk8s-system')
    const data = mapping?.['data'] as Readonly<Record<string, string>>
    expect(JSON.parse(data['mapping.json'] ?? '')).toMatchObject({
      version: 1,
      region: 'eu-north-1',
      baseRoleArn: `arn:aws:iam::${account}:role/`,
      rules: [{ pattern: 'admin', gives: { is: 'deny' } }],
      imdsV1: true,
    })
    const standing = await cluster.look()
    expect(standing).toMatchObject({
      changes: [],
      goodUntilMs: Date.UTC(2026, 10, 24, 9),
      dueAtMs: Date.UTC(2026, 10, 24, 8, 30),
    })
    const secret = await cluster.get('secret', 'devk8s-aws-sessions', 'devk8s-system')
    expect(secret?.metadata.labels).toEqual({ 'devk8s.dev/managed': 'true', 'devk8s.dev/upkeep': 'true' })
    const told = JSON.stringify([
      standing,
      cluster.commands.map(({ args }) => args),
      secret?.metadata,
      mapping,
    ])
    expect(told).not.toMatch(/canary|ASIA\d/)
    const applied = cluster.commands.filter(({ changes }) => changes).map(({ stdin }) => stdin)
    expect(applied).toEqual([expect.any(Secret)])
  })
})

const sessionsIn = async (cluster: KeeperLab) => (await cluster.document())?.sessions ?? {}
const idsIn = async (cluster: KeeperLab) => {
  const { sessions = {}, refused = {} } = (await cluster.document()) ?? {}
  return { sessions: Object.keys(sessions), refused: Object.keys(refused) }
}
const fieldsOf = async (cluster: KeeperLab) => (await cluster.look()).changes.map(({ field }) => field)
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (isDevK8sError(error) ? error.problems[0].code : error),
  )

describe('rotation', () => {
  test('at half of its life, and not before', async () => {
    const cluster = await lab()
    await cluster.renew()
    await cluster.clock.advance(30 * minuteMs - 1)
    expect((await cluster.look()).changes).toEqual([])
    await cluster.clock.advance(1)
    expect((await cluster.look()).changes.map(({ field, to }) => `${field}: ${to}`)).toEqual([
      'Your own AWS session: a new session',
    ])
    await cluster.renew()
    expect((await cluster.document())?.sessions['developer']).toMatchObject({
      accessKeyId: 'ASIA2',
      issuedAt: '2026-11-24T08:30:00.000Z',
    })
  })

  test('sessions of a quarter of an hour are renewed after half of that, and it is said', async () => {
    const cluster = await lab()
    cluster.sts.sessionMs = 15 * minuteMs
    await cluster.renew()
    const { dueAtMs, notes } = await cluster.look()
    expect(dueAtMs).toBe(Date.UTC(2026, 10, 24, 8, 7, 30))
    expect(notes?.map(({ text }) => text)).toEqual([expect.stringContaining('last 15 min')])
  })

  test('one that AWS hands out again keeps its age, and is asked for again near its end', async () => {
    const cluster = await lab()
    cluster.sts.kept = { accessKeyId: 'ASIAKEPT', expiresAtMs: cluster.clock.now() + 4 * hourMs }
    await cluster.renew()
    await cluster.clock.advance(2 * hourMs)
    await cluster.renew()
    const standing = await cluster.look()
    expect(standing.changes).toEqual([])
    expect(standing.dueAtMs).toBe(Date.UTC(2026, 10, 24, 11, 45))
    expect((await cluster.document())?.sessions['developer']?.issuedAt).toBe('2026-11-24T08:00:00.000Z')
    expect(standing.notes?.map(({ text }) => text)).toEqual([
      expect.stringContaining('hands out the session again'),
    ])
  })

  test('all of it when a person asks for that, due or not', async () => {
    const cluster = await lab()
    await cluster.renew()
    await cluster.renew(cluster.upkeep, { all: true })
    expect(cluster.sts.asked).toEqual(['dev', 'dev'])
    await cluster.renew()
    expect(cluster.sts.asked).toEqual(['dev', 'dev'])
  })

  test('the clock was ahead: what was written then is due', async () => {
    const cluster = await lab()
    await cluster.clock.advance(5 * hourMs)
    await cluster.renew()
    const back = { ...cluster.context.ports.clock, now: () => Date.UTC(2026, 10, 24, 8, 0, 0) }
    Object.assign(cluster.context.ports, { clock: back })
    expect(await fieldsOf(cluster)).toEqual(['Your own AWS session'])
  })
})

/** What the id of a session ends in where its rule says more than `assume`. */
function ruleIn(says: AssumeSays): string {
  const [rule] = mappingOf({ ...agentUpkeep, roles: { x: says } }, {}, realHashing()).rules
  return rule?.gives.is === 'assume' ? `rule=${rule.gives.key ?? ''}` : ''
}

describe('roles that are assumed', () => {
  const roles = { 'shop*': { assume: 'twin', fallback: 'developer' }, 'billing-*': 'assume' } as const

  test('those that something in the cluster asks for, with the policy and as who asks', async () => {
    const policy = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]
    const cluster = await lab({
      roles: { 'shop*': { assume: 'twin', policy }, 'billing-*': 'assume', [roleArn('whole')]: 'assume' },
      associations: [
        { namespace: 'shop', serviceAccount: 'jobs', roleArn: roleArn('billing-jobs'), cluster: 'prod' },
      ],
      accountRoles: { 'shop/planned': roleArn('billing-planned') },
    })
    await cluster.apply(
      serviceAccount('api', 'shop', roleArn('billing-api')),
      serviceAccount('plain', 'shop', roleArn('somebody-elses')),
      pod('web', 'shop', {
        'iam.amazonaws.com/role': 'shop-web',
        'iam.amazonaws.com/external-id': 'acme-partner',
        'iam.amazonaws.com/session-name': 'web',
      }),
    )
    await cluster.renew()
    expect((await idsIn(cluster)).sessions.toSorted()).toEqual([
      `assume:${roleArn('billing-api')}`,
      `assume:${roleArn('billing-jobs')}`,
      `assume:${roleArn('billing-planned')}`,
      `assume:${roleArn('whole')}`,
      'developer',
      `twin:${roleArn('shop-web')}?external-id=acme-partner&session-name=kiam-web&${ruleIn({ assume: 'twin', policy })}`,
    ])
    expect(cluster.sts.asked.toSorted()).toEqual([
      'dev',
      `dev as ${roleArn('billing-api')}`,
      `dev as ${roleArn('billing-jobs')}`,
      `dev as ${roleArn('billing-planned')}`,
      `dev as ${roleArn('shop-web-dev')}`,
      `dev as ${roleArn('whole')}`,
    ])
    const twin = cluster.sts.wants.find(({ roleArn: arn }) => arn === roleArn('shop-web-dev'))
    expect(twin).toMatchObject({ externalId: 'acme-partner', sessionName: 'kiam-web', sessionSeconds: 3_600 })
    expect(JSON.parse(twin?.policy ?? '')).toMatchObject({
      Statement: [policy[0], { Effect: 'Deny', Resource: '*' }],
    })
    const self = cluster.sts.wants.find(({ roleArn: arn }) => arn === roleArn('billing-api'))
    expect(self).toMatchObject({ sessionName: 'devk8s', policy: pullOnlyPolicy })
    expect((await cluster.look()).changes).toEqual([])
  })

  test('what the remote cluster would refuse is not asked for', async () => {
    const cluster = await lab({ roles })
    await cluster.apply(
      namespace('shop', { 'iam.amazonaws.com/allowed-roles': '["shop-api"]' }),
      pod('web', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }),
    )
    await cluster.renew()
    expect(cluster.sts.asked).toEqual(['dev'])
  })

  test('kOps’ ConfigMap asks too', async () => {
    const cluster = await lab({ roles })
    const config = JSON.stringify({ 'shop/kops': { RoleARN: roleArn('billing-kops') }, broken: 1 })
    await cluster.apply(namespace('kube-system'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'pod-identity-webhook', namespace: 'kube-system' },
      data: { config },
    })
    await cluster.renew()
    expect(cluster.sts.asked).toEqual(['dev', `dev as ${roleArn('billing-kops')}`])
  })

  test('a pod that asks for a new one makes that one due, and no other', async () => {
    const cluster = await lab({ roles })
    await cluster.renew()
    await cluster.apply(pod('web', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }))
    expect(await fieldsOf(cluster)).toEqual([`AWS session of the -dev twin of ${roleArn('shop-web')}`])
    await cluster.renew()
    expect(cluster.sts.asked).toEqual(['dev', `dev as ${roleArn('shop-web-dev')}`])
  })

  test('nobody asks any more: kept while it is fresh, dropped when it would be due', async () => {
    const cluster = await lab({ roles })
    await cluster.apply(pod('web', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }))
    await cluster.renew()
    await cluster.kubectl('delete', 'pod', 'web', '-n', 'shop')
    expect(await fieldsOf(cluster)).toEqual([])
    await cluster.clock.advance(30 * minuteMs)
    expect((await cluster.look()).changes.map(({ effect, field }) => `${effect} ${field}`)).toContain(
      `remove AWS session of the -dev twin of ${roleArn('shop-web')}`,
    )
    await cluster.renew()
    expect((await idsIn(cluster)).sessions).toEqual(['developer'])
  })

  test('AWS does not let one: the fallback with its reason, asked for again a quarter of an hour later', async () => {
    const cluster = await lab({ roles })
    cluster.sts.denies.push(roleArn('shop-web-dev'))
    await cluster.apply(pod('web', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }))
    await cluster.renew()
    const id = `twin:${roleArn('shop-web')}?${ruleIn(roles['shop*'])}`
    const sessions = await sessionsIn(cluster)
    expect(sessions[id]).toMatchObject({
      accessKeyId: sessions['developer']?.accessKeyId,
      arn: sessions['developer']?.arn,
      instead: expect.stringContaining(`may not assume ${roleArn('shop-web-dev')}`),
    })
    const standing = await cluster.look()
    expect(standing.changes).toEqual([])
    expect(standing.dueAtMs).toBe(Date.UTC(2026, 10, 24, 8, 15))
    expect(standing.notes?.map(({ text }) => text).join()).toContain('trust policy would need: { "Effect"')
    await cluster.clock.advance(15 * minuteMs)
    cluster.sts.denies.length = 0
    await cluster.renew()
    expect((await cluster.document())?.sessions[id]).not.toHaveProperty('instead')
    expect(cluster.sts.asked.filter((each) => each === 'dev')).toHaveLength(1)
  })

  test('AWS does not let one and there is no fallback: refused with the way out', async () => {
    const cluster = await lab({ roles })
    cluster.sts.denies.push(roleArn('billing-api'))
    await cluster.apply(serviceAccount('api', 'shop', roleArn('billing-api')))
    const { problem } = await cluster.renew()
    expect(problem).toBeUndefined()
    expect((await cluster.document())?.refused).toEqual({
      [`assume:${roleArn('billing-api')}`]: {
        reason: expect.stringContaining(`may not assume ${roleArn('billing-api')}`),
        next: expect.stringContaining('aws iam get-role --role-name billing-api'),
      },
    })
    const standing = await cluster.look()
    expect(standing.changes).toEqual([])
    expect(standing.goodUntilMs).toBe(Date.UTC(2026, 10, 24, 9))
    expect(standing.notes?.map(({ level }) => level)).toEqual(['warning'])
  })

  test('a fallback that is another profile, which has nothing to give either', async () => {
    const cluster = await lab({ roles: { 'shop*': { assume: 'self', fallback: 'profile:spare' } } })
    cluster.sts.denies.push(roleArn('shop-web'))
    await cluster.apply(pod('web', 'shop', { 'iam.amazonaws.com/role': 'shop-web' }))
    cluster.sts.fails.set('spare', offline)
    const id = `assume:${roleArn('shop-web')}?${ruleIn({ assume: 'self', fallback: 'profile:spare' })}`
    expect((await cluster.renew()).problem?.code).toBe(offline.code)
    expect(await idsIn(cluster)).toEqual({ sessions: ['developer'], refused: [id] })
    cluster.sts.fails.clear()
    await cluster.clock.advance(minuteMs)
    await cluster.renew()
    expect((await cluster.document())?.sessions[id]).toMatchObject({
      arn: expect.stringContaining('assumed-role/spare/'),
      instead: expect.stringContaining('your AWS profile spare'),
    })
  })

  test('once denied, what is there stays until its end; then it is told why there is none', async () => {
    const cluster = await lab({ roles })
    const id = `assume:${roleArn('billing-api')}`
    await cluster.apply(serviceAccount('api', 'shop', roleArn('billing-api')))
    await cluster.renew()
    cluster.sts.denies.push(roleArn('billing-api'))
    await cluster.clock.advance(30 * minuteMs)
    await cluster.renew()
    expect((await cluster.document())?.sessions[id]?.accessKeyId).toBe('ASIA2')
    expect(await fieldsOf(cluster)).toEqual([])
    await cluster.clock.advance(30 * minuteMs)
    await cluster.renew()
    expect(await idsIn(cluster)).toEqual({ sessions: ['developer'], refused: [id] })
  })

  test('another policy in the profile: what could do more is not kept', async () => {
    const cluster = await lab({ roles: { 'billing-*': 'assume' } })
    await cluster.apply(serviceAccount('api', 'shop', roleArn('billing-api')))
    await cluster.renew()
    cluster.sts.fails.set(roleArn('billing-api'), offline)
    const { agent } = cluster.upkeep
    if (agent === undefined) throw new Error('no agent')
    const tighter = { 'billing-*': { assume: 'self' as const, policy: [{ Effect: 'Deny' }] } }
    await cluster.renew({ ...cluster.upkeep, agent: { ...agent, roles: tighter } })
    expect(await idsIn(cluster)).toEqual({
      sessions: ['developer'],
      refused: [`assume:${roleArn('billing-api')}?${ruleIn(tighter['billing-*'])}`],
    })
  })

  test('of one namespace no more than 25, so that another one gets its own', async () => {
    const cluster = await lab({ roles })
    const names = Array.from({ length: 130 }, (_, index) => `billing-${String(index).padStart(3, '0')}`)
    await cluster.apply(
      ...names.map((name) => serviceAccount(name, 'shop', roleArn(name))),
      serviceAccount('last', 'default', roleArn('billing-zzz')),
    )
    await cluster.renew()
    const { sessions } = await idsIn(cluster)
    expect(sessions).toHaveLength(27)
    expect(sessions).toContain(`assume:${roleArn('billing-zzz')}`)
    const { notes } = await cluster.look()
    expect(notes?.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Pods of shop ask for more than 25 .* until fewer are asked for: .*billing-025/),
    ])
  })

  test('nothing asks yet: said where pods are looked at', async () => {
    const cluster = await lab({ roles })
    await cluster.renew()
    await cluster.apply(pod('web', 'shop'))
    expect((await cluster.look()).notes?.map(({ text }) => text)).toEqual([
      expect.stringContaining('Nothing in the cluster asks for an AWS role yet'),
    ])
  })
})

describe('other profiles', () => {
  const roles = { 'billing-*': 'profile:billing' }

  test('the session of each that a rule names', async () => {
    const cluster = await lab({ roles })
    cluster.sts.accounts.set('billing', '444455556666')
    await cluster.renew()
    expect((await cluster.document())?.sessions['profile:billing']).toMatchObject({
      account: '444455556666',
      arn: 'arn:aws:sts::444455556666:assumed-role/billing/anna',
    })
  })

  test('an account that the team does not let in gets nothing, and the others are not kept waiting', async () => {
    const cluster = await lab({ roles })
    cluster.sts.accounts.set('billing', '444455556666')
    await cluster.renew({ ...cluster.upkeep, accounts: { allow: [account] } })
    expect(await idsIn(cluster)).toEqual({ sessions: ['developer'], refused: ['profile:billing'] })
    expect(cluster.sts.asked).toEqual(['dev'])
  })

  test('one that was let in before and is not any more goes', async () => {
    const cluster = await lab({ roles })
    cluster.sts.accounts.set('billing', '444455556666')
    await cluster.renew()
    const shut = { ...cluster.upkeep, accounts: { deny: ['444455556666'] } }
    expect((await cluster.look(shut)).changes).toHaveLength(1)
    await cluster.renew(shut)
    expect((await idsIn(cluster)).sessions).toEqual(['developer'])
  })

  test('one that leads to another account now: only where a person asked for it', async () => {
    const cluster = await lab({ roles })
    await cluster.renew()
    cluster.sts.accounts.set('billing', '444455556666')
    await cluster.clock.advance(30 * minuteMs)
    const { problem } = await cluster.renew(cluster.upkeep, { isUnasked: true })
    expect(problem?.code).toBe('DK5047')
    expect((await sessionsIn(cluster))['profile:billing']?.account).toBe(account)
    await cluster.renew()
    expect((await sessionsIn(cluster))['profile:billing']?.account).toBe('444455556666')
  })

  test('one that fails for now is told, keeps what it has, and stops no other', async () => {
    const cluster = await lab({ roles })
    await cluster.renew()
    await cluster.clock.advance(30 * minuteMs)
    cluster.sts.fails.set('billing', offline)
    const { problem, dueAtMs } = await cluster.renew()
    expect(problem?.code).toBe(offline.code)
    expect(dueAtMs).toBe(Date.UTC(2026, 10, 24, 8, 30))
    const sessions = await sessionsIn(cluster)
    expect(sessions['developer']?.issuedAt).toBe('2026-11-24T08:30:00.000Z')
    expect(sessions['profile:billing']?.issuedAt).toBe('2026-11-24T08:00:00.000Z')
    expect(await fieldsOf(cluster)).toEqual(['AWS session of your profile billing'])
  })
})

describe('the person’s own account', () => {
  test('one that the team does not let in: nothing is written', async () => {
    const cluster = await lab()
    const upkeep = { ...cluster.upkeep, accounts: { deny: [account] } }
    expect(await codeOf(cluster.renew(upkeep))).toBe('DK5040')
    expect(await cluster.document()).toBeUndefined()
    expect(await cluster.get('configmap', 'devk8s-aws', 'devk8s-system')).toBeUndefined()
  })

  test('another one than before: only where a person asked for it, and names are completed by it then', async () => {
    const cluster = await lab()
    await cluster.renew()
    cluster.sts.account = '777788889999'
    await cluster.clock.advance(30 * minuteMs)
    expect(await codeOf(cluster.renew(cluster.upkeep, { isUnasked: true }))).toBe('DK5047')
    expect((await cluster.document())?.sessions['developer']?.account).toBe(account)
    await cluster.renew()
    expect(cluster.said).toEqual([expect.stringContaining('777788889999')])
    const mapping = await cluster.get('configmap', 'devk8s-aws', 'devk8s-system')
    expect(JSON.stringify(mapping?.['data'])).toContain('arn:aws:iam::777788889999:role/')
  })

  test('somebody signs in elsewhere in the middle: nothing is written', async () => {
    const cluster = await lab()
    cluster.sts.signedInTo = '777788889999'
    expect(await codeOf(cluster.renew())).toBe('DK5047')
    expect(await cluster.document()).toBeUndefined()
  })

  test('AWS cannot be asked: thrown, what is there stays, and once it is over the reason is there', async () => {
    const cluster = await lab({ roles: { 'billing-*': 'assume' } })
    await cluster.apply(serviceAccount('api', 'shop', roleArn('billing-api')))
    await cluster.renew()
    const before = await cluster.document()
    cluster.sts.fails.set('*', offline)
    await cluster.clock.advance(30 * minuteMs)
    expect(await codeOf(cluster.renew())).toBe(offline.code)
    expect(await cluster.document()).toEqual(before)
    await cluster.clock.advance(30 * minuteMs)
    expect(await codeOf(cluster.renew())).toBe(offline.code)
    expect((await cluster.document())?.sessions).toEqual({})
    expect((await cluster.document())?.refused['developer']).toEqual({
      reason: expect.stringContaining('sts did not answer.'),
      next: 'devk8s aws status',
    })
    // Nobody forgets meanwhile what names of roles are completed with.
    const mapping = await cluster.get('configmap', 'devk8s-aws', 'devk8s-system')
    expect(JSON.stringify(mapping?.['data'])).toContain(`arn:aws:iam::${account}:role/`)
  })
})

describe('what somebody did to it', () => {
  test('a Secret of that name of somebody else stays as it is', async () => {
    const cluster = await lab()
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'devk8s-aws-sessions', namespace: 'devk8s-system' },
      data: { 'sessions.json': btoa('{}') },
    })
    expect(await codeOf(cluster.look())).toBe(sessionsForeign.code)
    expect(await codeOf(cluster.renew())).toBe(sessionsForeign.code)
    expect(await cluster.document()).toEqual({})
  })

  test.each([
    ['no data', { 'sessions.json': btoa('') }],
    ['another text', { 'sessions.json': btoa('{"version":1,"sessions":{},"refused":{}}') }],
    ['no JSON', { 'sessions.json': btoa('keys') }],
  ])('%s in the Secret: all of it is due, and taken over', async (_, data) => {
    const cluster = await lab()
    await cluster.renew()
    await cluster.kubectl(
      'patch',
      'secret',
      'devk8s-aws-sessions',
      '-n',
      'devk8s-system',
      '--type=merge',
      '-p',
      JSON.stringify({ data }),
    )
    expect(await fieldsOf(cluster)).toEqual(['Your own AWS session'])
    await cluster.renew()
    expect((await cluster.document())?.sessions['developer']?.accessKeyId).toBe('ASIA2')
    expect((await cluster.look()).changes).toEqual([])
  })

  test('an edited mapping is put back: it says who gets what', async () => {
    const cluster = await lab()
    await cluster.renew()
    await cluster.kubectl(
      'patch',
      'configmap',
      'devk8s-aws',
      '-n',
      'devk8s-system',
      '--type=merge',
      '-p',
      '{"data":{"mapping.json":"{}"}}',
    )
    expect(await fieldsOf(cluster)).toEqual(['ConfigMap devk8s-system/devk8s-aws'])
    await cluster.renew()
    expect((await cluster.look()).changes).toEqual([])
    expect(cluster.sts.asked).toEqual(['dev'])
  })

  test('the profile says otherwise: the mapping follows, and no session is asked for', async () => {
    const cluster = await lab()
    await cluster.renew()
    const { agent } = cluster.upkeep
    if (agent === undefined) throw new Error('no agent')
    const changed = { ...cluster.upkeep, agent: { ...agent, imdsV1: false } }
    expect((await cluster.look(changed)).changes).toEqual([
      { field: 'ConfigMap devk8s-system/devk8s-aws', to: 'what the profile says', effect: 'in-place' },
    ])
    await cluster.renew(changed)
    expect((await cluster.look(changed)).changes).toEqual([])
    expect(cluster.sts.asked).toEqual(['dev'])
  })

  test('the namespace of the agent is gone: due, and nothing is asked for in vain', async () => {
    const cluster = await lab()
    await cluster.kubectl('delete', 'namespace', 'devk8s-system')
    expect(await fieldsOf(cluster)).toContain('Your own AWS session')
    expect(await codeOf(cluster.renew())).toBe(agentNamespaceMissing.code)
  })
})

describe('the rules inside the nodes', () => {
  test('gone after a restart: due, and set without AWS being asked', async () => {
    const cluster = await lab()
    await cluster.renew()
    expect(cluster.node.rules).toHaveLength(3)
    cluster.node.rules = []
    expect(await fieldsOf(cluster)).toEqual(['Node dev: rules for the metadata addresses'])
    await cluster.renew()
    expect(cluster.node.rules).toHaveLength(3)
    expect(cluster.sts.asked).toEqual(['dev'])
  })

  test('a node that refuses keeps no session from being renewed, and is told', async () => {
    const cluster = await lab()
    cluster.node.refuses = true
    const { problem, goodUntilMs } = await cluster.renew()
    expect(problem?.code).toBe(routesRefused.code)
    expect(goodUntilMs).toBe(Date.UTC(2026, 10, 24, 9))
    expect((await idsIn(cluster)).sessions).toEqual(['developer'])
  })

  test('a node that does not answer is told of, and nothing else waits', async () => {
    const cluster = await lab()
    cluster.node.rules = undefined
    await cluster.renew()
    const standing = await cluster.look()
    expect(standing.changes).toEqual([])
    expect(standing.notes?.map(({ text }) => text)).toEqual([expect.stringContaining('Node dev')])
  })
})

test('an upkeep without the agent has nothing to look at', async () => {
  const cluster = await lab()
  const { agent: _, ...without } = cluster.upkeep
  expect(await cluster.look(without)).toEqual({ changes: [], detail: {} })
  expect(await cluster.renew(without)).toEqual({})
  expect(cluster.commands).toEqual([])
})

test('what a look costs: two calls of kubectl, a third for kOps where roles are assumed', async () => {
  // Whose API server has policies: without, the first call is made again without them.
  const cluster = await keeperLab(simulatedCluster('v1.36.2'))
  await cluster.renew()
  cluster.commands.length = 0
  await cluster.look()
  expect(cluster.commands).toHaveLength(2)
  const assuming = await keeperLab(simulatedCluster('v1.36.2'), { roles: { x: 'assume' } })
  await assuming.renew()
  assuming.commands.length = 0
  await assuming.look()
  expect(assuming.commands).toHaveLength(3)
})

test('two processes that renew at once: AWS is asked once', async () => {
  const cluster = await lab()
  const places = awsPlaces({ state: await mkdtemp(join(tmpdir(), 'devk8s-agent-')) }, 'linux')
  const processOf = (pid: number) => {
    const memory = new Map<string, Promise<unknown>>()
    const { ports } = cluster.context
    const host = { ...ports.host, isAlive: () => true, self: { pid, machine: 'laptop' } }
    return {
      ...cluster.context,
      ports: { ...ports, files: realFiles(), host },
      once<T>(key: string, read: () => Promise<T>): Promise<T> {
        const found = memory.get(key) ?? read()
        memory.set(key, found)
        return found as Promise<T>
      },
    }
  }
  const keep = async (pid: number) =>
    keepFresh(cluster.upkeep, processOf(pid), { places, parts: ['agent'], isUnasked: true })
  const kept = (await Promise.all([keep(1), keep(2)])).flat()
  expect(cluster.sts.asked).toEqual(['dev'])
  expect(new Set(kept.map(({ isRenewed }) => isRenewed))).toEqual(new Set([false, true]))
  expect(kept.map(({ standing }) => standing?.changes)).toEqual([[], []])
  expect(kept.map(({ standing }) => standing?.goodUntilMs)).toEqual([
    Date.UTC(2026, 10, 24, 9),
    Date.UTC(2026, 10, 24, 9),
  ])
})

describe('sessions that are not given', () => {
  const rules = { billing: 'profile:books', shop: 'profile:books' }
  test('of a profile that a rule names and the team keeps out: by the rule, and no login is advised', async () => {
    const cluster = await lab({ roles: rules })
    cluster.sts.accounts.set('books', '999988887777')
    const guarded = { ...cluster.upkeep, accounts: { allow: [account] } }
    await cluster.renew(guarded)
    const refused = (await cluster.document())?.refused['profile:books']
    expect(refused?.reason).toContain(
      'The rule billing of aws.roles names the AWS profile books, whose account is 999988887777.',
    )
    expect(refused?.next).toBeUndefined()
  })

  test('of a profile that is not signed in: by that profile, in the words of devk8s', async () => {
    const cluster = await lab({ roles: rules })
    cluster.sts.fails.set('books', signInNeeded('sso', 'books', 'no session'))
    await cluster.renew()
    expect((await cluster.document())?.refused['profile:books']?.next).toBe(
      'devk8s aws login --aws-profile books',
    )
    expect((await cluster.look()).detail).toMatchObject({ state: 'lacking' })
  })

  test('for one reason are told in one note', async () => {
    const cluster = await lab({ roles: { billing: 'profile:books', 'shop-*': 'assume' } })
    await cluster.apply(serviceAccount('web', 'shop', roleArn('shop-web')))
    cluster.sts.fails.set('*', signInNeeded('sso', 'dev', 'no session'))
    await expect(cluster.renew()).rejects.toSatisfy(isDevK8sError)
    const notes = (await cluster.look()).notes?.filter(({ level }) => level === 'warning') ?? []
    expect(notes.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Your own AWS session and 1 more: none\. .* Next: devk8s aws login$/),
      expect.stringMatching(/^AWS session of your profile books: none\. /),
    ])
  })
})
