import { afterEach, describe, expect, test } from 'vitest'

import { usualTimings } from '../../../src/agent/timings.ts'
import { agentApi, startTestAgent } from '../../fakes/agent-api.ts'
import { podAt } from './samples.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close()
})

async function lab(timings = {}) {
  const api = await agentApi({ alg: 'ES256' })
  open.push(api)
  api.addPod({ namespace: 'shop', name: 'old', address: '10.0.0.1' })
  const agent = await startTestAgent({ api, timings: { backoffFirstMs: 10, backoffMostMs: 40, ...timings } })
  open.push(agent)
  const lists = (kind: string) =>
    api.requests.filter((r) => r.path.startsWith(`/api/v1/${kind}?limit`)).length
  return { api, agent, view: agent.view, lists }
}

describe('a watch goes on', () => {
  test('where it was, after its connection broke: nothing is listed again', async () => {
    const { api, agent, view, lists } = await lab()
    api.dropConnections()
    api.addPod({ namespace: 'shop', name: 'meanwhile', address: '10.0.0.2' })
    await agent.sees(() => podAt(view, '10.0.0.2') !== undefined)
    expect(lists('pods')).toBe(1)
    await agent.sees(() => agent.lines.some((line) => line.includes('watch pods: back after')))
  })

  test('from where a bookmark said, when it ends by itself', async () => {
    const { api, agent, lists } = await lab({ watchSeconds: 1, graceMs: 2000 })
    api.setNamespace('elsewhere')
    const watches = () => api.requests.filter((r) => r.path.startsWith('/api/v1/pods?watch'))
    await agent.sees(() => watches().length >= 3)
    const versions = watches().map((r) => new URLSearchParams(r.path.split('?')[1]).get('resourceVersion'))
    expect(new Set(versions).size).toBeGreaterThan(1)
    expect(lists('pods')).toBe(1)
    expect(agent.lines.filter((line) => line.startsWith('watch'))).toEqual([])
  })

  test('from a new list when its version is too old, and drops what was deleted meanwhile', async () => {
    const { api, agent, view, lists } = await lab()
    api.refuse('/api/v1/', 503)
    api.dropConnections()
    await agent.sees(() => agent.lines.some((line) => /watch pods: .*trying again/.test(line)))
    const [old] = [podAt(view, '10.0.0.1')]
    api.removePod({ namespace: 'shop', name: 'old' })
    api.addPod({ namespace: 'shop', name: 'new', address: '10.0.0.3' })
    api.compact()
    api.refuse('/api/v1/')
    await agent.sees(() => podAt(view, '10.0.0.3') !== undefined)
    expect(old?.name).toBe('old')
    expect(view.podByUid(old?.uid ?? '')).toBeUndefined()
    expect(podAt(view, '10.0.0.1')).toBeUndefined()
    expect(lists('pods')).toBe(2)
  })

  test('after a laptop slept: connections that are dead without a word are given up', async () => {
    const { api, agent, view } = await lab({ watchSeconds: 1, graceMs: 300, requestMs: 500 })
    api.hang()
    api.addPod({ namespace: 'shop', name: 'awake', address: '10.0.0.4' })
    await agent.sees(() => podAt(view, '10.0.0.4') !== undefined)
    expect(agent.lines.some((line) => /watch pods: no end within 1300 ms; trying again/.test(line))).toBe(
      true,
    )
  })

  test('and does so within 30 s by its usual times', () => {
    expect(usualTimings.watchSeconds * 1000 + usualTimings.graceMs).toBeLessThan(30_000)
  })

  test('while the API server refuses it is said once, nothing is lost, and staleness grows', async () => {
    const { api, agent, view } = await lab()
    api.refuse('/api/v1/pods', 403)
    api.dropConnections()
    const refusals = () => api.requests.filter((r) => r.path.startsWith('/api/v1/pods?watch')).length
    await agent.sees(() => refusals() > 6)
    expect(agent.lines.filter((line) => line.startsWith('watch pods'))).toHaveLength(1)
    expect(podAt(view, '10.0.0.1')?.name).toBe('old')
    expect(view.isReady()).toBe(true)
    expect(view.staleForMs()).toBeGreaterThan(50)
  })
})

describe('the start', () => {
  test('waits for every list', async () => {
    const api = await agentApi({ alg: 'ES256' })
    open.push(api)
    api.refuse('secrets', 403)
    const agent = await startTestAgent({
      api,
      wait: false,
      timings: { backoffFirstMs: 10, backoffMostMs: 20 },
    })
    open.push(agent)
    await agent.sees(() => agent.lines.some((line) => line.startsWith('watch sessions: GET')))
    expect(agent.view.isReady()).toBe(false)
    api.refuse('secrets')
    await agent.sees(() => agent.view.isReady())
  })

  test('waits for the keys', async () => {
    const api = await agentApi({ alg: 'ES256' })
    open.push(api)
    api.refuse('jwks', 500)
    const agent = await startTestAgent({
      api,
      wait: false,
      timings: { backoffFirstMs: 10, backoffMostMs: 20 },
    })
    open.push(agent)
    await agent.sees(() =>
      agent.lines.some((line) => line.startsWith("the cluster's keys: GET /openid/v1/jwks: 500")),
    )
    expect(agent.view.isReady()).toBe(false)
    api.refuse('jwks')
    await agent.sees(() => agent.view.isReady())
  })

  test('pages: every pod of 250 is there', async () => {
    const api = await agentApi({ alg: 'ES256' })
    open.push(api)
    for (let n = 0; n < 250; n += 1) api.addPod({ namespace: 'shop', name: `p${n}`, address: `10.1.0.${n}` })
    const agent = await startTestAgent({ api })
    open.push(agent)
    const names = Array.from({ length: 250 }, (_, n) => podAt(agent.view, `10.1.0.${n}`)?.name)
    expect(names).toEqual(Array.from({ length: 250 }, (_, n) => `p${n}`))
    expect(api.requests.filter((r) => r.path.startsWith('/api/v1/pods?limit'))).toHaveLength(10)
  })

  test('pages of large objects are read in smaller ones, and every object is there', async () => {
    const api = await agentApi({ alg: 'ES256' })
    open.push(api)
    const annotations = { other: 'ü'.repeat(700_000) }
    for (let n = 0; n < 12; n += 1)
      api.addPod({ namespace: 'shop', name: `p${n}`, address: `10.1.0.${n}`, annotations })
    const agent = await startTestAgent({ api })
    open.push(agent)
    api.changePod({ namespace: 'shop', name: 'p3', address: '10.1.1.3', annotations })
    await agent.sees(() => podAt(agent.view, '10.1.1.3') !== undefined)
    const names = Array.from(
      { length: 12 },
      (_, n) => podAt(agent.view, `10.1.${n === 3 ? 1 : 0}.${n}`)?.name,
    )
    expect(names).toEqual(Array.from({ length: 12 }, (_, n) => `p${n}`))
    expect(api.requests.some((r) => r.path.startsWith('/api/v1/pods?limit=1&'))).toBe(true)
    expect(agent.lines.filter((line) => line.startsWith('watch'))).toEqual([])
  })
})
