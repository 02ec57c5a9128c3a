import { afterEach, describe, expect, test } from 'vitest'

import { agentApi, startTestAgent, type AgentApi } from '../../fakes/agent-api.ts'
import { mapping, podAt, session } from './samples.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

async function lab(prepare: (api: AgentApi) => void = () => undefined, more: { node?: string } = {}) {
  const api = await agentApi({ alg: 'ES256' })
  open.push(api)
  prepare(api)
  const agent = await startTestAgent({ api, ...more })
  open.push(agent)
  return { api, agent, view: agent.view }
}

describe('what the watches tell', () => {
  test('pods, accounts, namespaces and documents that were there before the agent', async () => {
    const { view } = await lab((api) => {
      api.setNamespace('shop', {
        annotations: { 'iam.amazonaws.com/permitted': '.*' },
        labels: { team: 'a' },
      })
      api.setAccount('shop', 'web', { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/web' })
      api.addPod({
        namespace: 'shop',
        name: 'web',
        serviceAccount: 'web',
        addresses: ['10.0.0.1', 'fd00::1'],
      })
      api.setMapping(mapping())
      api.setSessions({
        version: 1,
        sessions: { developer: session() },
        refused: { 'profile:x': { reason: 'no' } },
      })
      api.setKops({ 'shop/web': { RoleARN: 'arn:aws:iam::111122223333:role/kops' } })
    })
    expect(podAt(view, '10.0.0.1')).toMatchObject({
      namespace: 'shop',
      name: 'web',
      serviceAccount: 'web',
    })
    expect(podAt(view, 'fd00::1')?.uid).toBe(podAt(view, '10.0.0.1')?.uid)
    expect(view.account('shop', 'web')?.annotations).toEqual({
      'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/web',
    })
    expect(view.account('shop', 'none')).toBeUndefined()
    // Marks that cannot count are not kept.
    expect(view.namespace('shop')).toEqual({
      name: 'shop',
      labels: {},
      annotations: { 'iam.amazonaws.com/permitted': '.*' },
    })
    expect(view.mapping()).toEqual(mapping())
    expect(view.session('developer')).toEqual(session())
    expect(view.refusedSession('profile:x')).toEqual({ reason: 'no' })
    expect(view.kops()).toEqual({ 'shop/web': { roleArn: 'arn:aws:iam::111122223333:role/kops' } })
    expect(view.staleForMs()).toBeLessThan(5000)
  })

  test('changes and deletions', async () => {
    const { api, agent, view } = await lab((first) => first.addPod({ namespace: 'shop', name: 'web' }))
    const pod = api.addPod({ namespace: 'shop', name: 'job', address: '10.0.0.2' })
    await agent.sees(() => podAt(view, '10.0.0.2')?.name === 'job')
    api.changePod({ namespace: 'shop', name: 'job', address: '10.0.0.2', phase: 'Succeeded' })
    await agent.sees(() => view.podByUid(pod.uid)?.isOver === true)
    expect(podAt(view, '10.0.0.2')).toBeUndefined()
    api.removePod(pod)
    api.setAccount('shop', 'late', { 'eks.amazonaws.com/role-arn': 'r' })
    api.setNamespace('late', { labels: { 'devk8s.dev/aws': 'off' } })
    await agent.sees(() => view.podByUid(pod.uid) === undefined && view.namespace('late') !== undefined)
    expect(view.namespace('late')?.labels).toEqual({ 'devk8s.dev/aws': 'off' })
    api.removeNamespace('late')
    api.removeAccount('shop', 'late')
    await agent.sees(() => view.namespace('late') === undefined && !view.account('shop', 'late'))
  })

  test('pods of this node only', async () => {
    const { api, agent, view } = await lab(() => undefined, { node: 'm02' })
    api.addPod({ namespace: 'shop', name: 'there', address: '10.0.1.1', node: 'minikube' })
    api.addPod({ namespace: 'shop', name: 'here', address: '10.0.1.2', node: 'm02' })
    await agent.sees(() => podAt(view, '10.0.1.2') !== undefined)
    expect(podAt(view, '10.0.1.1')).toBeUndefined()
  })

  test('a document that cannot be read never replaces one that could', async () => {
    const { api, agent, view } = await lab((first) => {
      first.setMapping(mapping())
      first.setKops({ 'a/b': { RoleARN: 'r' } })
      first.setSessions({ version: 1, sessions: { developer: session() }, refused: {} })
    })
    api.setMapping('{"version":1,"rules":[{"pattern":"x"}]}')
    api.setKops('[]')
    api.setSessions('{')
    await agent.sees(() => agent.lines.filter((line) => line.includes('before counts')).length === 3)
    expect(view.mapping()).toEqual(mapping())
    expect(view.kops()).toEqual({ 'a/b': { roleArn: 'r' } })
    expect(view.session('developer')).toEqual(session())
    expect(agent.lines.join('\n')).not.toContain(session().secretAccessKey)
  })

  test('the end of the Secret is a logout, and of the mapping too', async () => {
    const { api, agent, view } = await lab((first) => {
      first.setMapping(mapping())
      first.setKops({ 'a/b': { RoleARN: 'r' } })
      first.setSessions({ version: 1, sessions: { developer: session() }, refused: {} })
    })
    api.setSessions(undefined)
    api.setMapping(undefined)
    api.setKops(undefined)
    await agent.sees(() => view.session('developer') === undefined && view.kops() === undefined)
    await agent.sees(() => view.mapping() === undefined)
    expect(view.refusedSession('developer')).toBeUndefined()
  })
})

describe('a pod whose address is not known yet', () => {
  test('is found as soon as the watch tells of it', async () => {
    const { api, view } = await lab()
    const soon = view.soon(() => podAt(view, '10.0.0.9'), 5000)
    api.addPod({ namespace: 'shop', name: 'young' })
    api.changePod({ namespace: 'shop', name: 'young', address: '10.0.0.9' })
    expect((await soon)?.name).toBe('young')
  })

  test('is nobody after the time, and when the agent ends', async () => {
    const { agent, view } = await lab()
    expect(await view.soon(() => podAt(view, '10.0.0.9'), 20)).toBeUndefined()
    const soon = view.soon(() => podAt(view, '10.0.0.9'), 60_000)
    await agent.close()
    expect(await soon).toBeUndefined()
  })
})

test('after a start of the node no address counts before the kubelet has told of the agent itself', async () => {
  const api = await agentApi({ alg: 'ES256' })
  open.push(api)
  const own = { namespace: 'devk8s-system', name: 'agent', uid: 'own', hostNetwork: true } as const
  const [before, now] = ['2026-01-01T00:00:00Z', new Date().toISOString()]
  api.addPod({ ...own, address: '192.168.49.2', startedAt: before })
  api.addPod({ namespace: 'shop', name: 'stale', address: '10.0.0.1', startedAt: before })
  api.addPod({ namespace: 'shop', name: 'fresh', address: '10.0.0.2', startedAt: now })
  const agent = await startTestAgent({ api, podUid: 'own' })
  open.push(agent)
  expect(agent.view.podByAddress('10.0.0.2')).toBeUndefined()
  const soon = agent.view.soon(() => podAt(agent.view, '10.0.0.2'), 5000)
  api.changePod({ ...own, address: '192.168.49.2', startedAt: now, initAgainAt: now })
  expect((await soon)?.name).toBe('fresh')
  expect(agent.view.podByAddress('10.0.0.1')).toBeUndefined()
})

test('an account has the uid that its tokens have, and another one when it is made anew', async () => {
  const { api, agent, view } = await lab((first) => first.setAccount('shop', 'web'))
  const uidNow = () => view.account('shop', 'web')?.uid
  const pod = api.addPod({ namespace: 'shop', name: 'web', serviceAccount: 'web' })
  const token = api.issueToken({ namespace: 'shop', serviceAccount: 'web', pod })
  const claims = agent.tokens.verify(token, 'pods.eks.amazonaws.com', Date.now())
  const first = uidNow()
  expect(claims).toMatchObject({ serviceAccountUid: first })
  api.removeAccount('shop', 'web')
  api.setAccount('shop', 'web')
  await agent.sees(() => ![undefined, first].includes(uidNow()))
  expect(claims).not.toMatchObject({ serviceAccountUid: uidNow() })
})
