import { describe, expect, test } from 'vitest'

import { startTeller } from '../../../src/agent/events.ts'
import { KubeFault } from '../../../src/agent/kube-client.ts'
import { usualTimings } from '../../../src/agent/timings.ts'
import { agentApi, startTestAgent } from '../../fakes/agent-api.ts'

interface Sent {
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown>
}

/** A teller whose requests are noted; each waits for `answer` of the test. */
function lab(answer: (sent: Sent) => Promise<void> = () => Promise.resolve()) {
  const [sent, lines] = [[] as Sent[], [] as string[]]
  const clock = { ms: Date.parse('2026-05-05T12:00:00.750Z') }
  const teller = startTeller({
    client: {
      send: (method, path, _type, body) => {
        const each = { method, path, body: body as Record<string, unknown> }
        sent.push(each)
        return answer(each)
      },
    },
    node: 'm02',
    // Looked at every 5 ms.
    timings: { ...usualTimings, eventUpdateMs: 20 },
    nowMs: () => clock.ms,
    log: (line) => lines.push(line),
  })
  return { sent, lines, clock, teller }
}

const pod = { uid: 'uid-1', name: 'web', namespace: 'shop' }
const denied = { reason: 'AwsRoleDenied', message: 'role web is denied' }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an Event', () => {
  test('is what kubectl describe shows on the pod', () => {
    const { sent, teller } = lab()
    teller.tell(pod, denied)
    teller.stop()
    expect(sent).toEqual([
      {
        method: 'POST',
        path: '/api/v1/namespaces/shop/events',
        body: {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/), namespace: 'shop' },
          involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'uid-1' },
          reason: 'AwsRoleDenied',
          message: 'role web is denied',
          type: 'Warning',
          source: { component: 'devk8s-aws', host: 'm02' },
          firstTimestamp: '2026-05-05T12:00:00Z',
          lastTimestamp: '2026-05-05T12:00:00Z',
          count: 1,
        },
      },
    ])
  })

  test('said again is counted up, at most once in the time, and is another after ten quiet minutes', async () => {
    const { sent, teller, clock } = lab()
    for (let n = 0; n < 50; n += 1) teller.tell(pod, denied)
    await pause(15)
    expect(sent).toHaveLength(1)
    clock.ms += 60_000
    await pause(30)
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH'])
    expect(sent[1]?.path).toBe(`/api/v1/namespaces/shop/events/${nameIn(sent[0])}`)
    expect(sent[1]?.body).toEqual({
      count: 50,
      message: denied.message,
      lastTimestamp: '2026-05-05T12:00:00Z',
    })
    clock.ms += 601_000
    teller.tell(pod, denied)
    teller.stop()
    expect(sent).toHaveLength(3)
    expect(nameIn(sent[2])).not.toBe(nameIn(sent[0]))
  })

  test('of another pod or reason is another; what it says last is what it says', async () => {
    const { sent, teller, clock } = lab()
    teller.tell(pod, denied)
    teller.tell({ ...pod, uid: 'uid-2' }, denied)
    teller.tell(pod, { ...denied, reason: 'Other' })
    for (let n = 0; n < 500; n += 1) teller.tell(pod, { ...denied, message: `other ${n}` })
    expect(new Set(sent.map(nameIn)).size).toBe(3)
    expect(sent).toHaveLength(3)
    await pause(1)
    clock.ms += 60_000
    await pause(20)
    teller.stop()
    expect(sent[3]).toMatchObject({ method: 'PATCH', body: { count: 501, message: 'other 499' } })
  })

  test('of one pod is one of eight: another pod has its own', async () => {
    const { sent, lines, teller } = lab()
    for (let n = 0; n < 500; n += 1) {
      teller.tell(pod, { ...denied, reason: `Reason${n}` })
      await Promise.resolve()
    }
    teller.tell({ ...pod, uid: 'uid-2', name: 'victim' }, denied)
    teller.stop()
    expect(sent).toHaveLength(9)
    expect(sent.at(-1)?.body['involvedObject']).toMatchObject({ name: 'victim' })
    expect(lines).toEqual(['events: too many; Reason8 of shop/web and others are left out'])
  })

  test('that is gone meanwhile is written anew', async () => {
    const { sent, teller, clock } = lab(({ method }) =>
      method === 'PATCH' ? Promise.reject(new KubeFault(404, 'PATCH', 'not found')) : Promise.resolve(),
    )
    teller.tell(pod, denied)
    teller.tell(pod, denied)
    await pause(1)
    clock.ms += 60_000
    await pause(20)
    clock.ms += 60_000
    await pause(20)
    teller.stop()
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST'])
    expect(sent[2]?.body['count']).toBe(2)
  })

  test('never waits: with an API server that says nothing, those too many are left out with one line', () => {
    const { sent, lines, teller } = lab(() => new Promise(() => undefined))
    for (let n = 0; n < 1000; n += 1) teller.tell({ ...pod, uid: `uid-${n}` }, denied)
    teller.stop()
    expect(sent).toHaveLength(16)
    expect(lines).toEqual(['events: too many; AwsRoleDenied of shop/web and others are left out'])
  })

  test('that the API server refuses is a line, and the next is tried', async () => {
    const { sent, lines, teller } = lab(() =>
      Promise.reject(new KubeFault(403, 'POST x', 'namespace is being terminated')),
    )
    teller.tell(pod, denied)
    await pause(1)
    teller.tell(pod, { ...denied, reason: 'Other' })
    await pause(1)
    teller.stop()
    expect(sent).toHaveLength(2)
    expect(lines[0]).toBe('events: AwsRoleDenied of shop/web: POST x: 403 namespace is being terminated')
  })

  test('has bounds: a long message, a pod with a long name', () => {
    const { sent, teller } = lab()
    teller.tell({ ...pod, name: 'p'.repeat(253) }, { reason: 'R', message: 'm'.repeat(5000) })
    teller.stop()
    expect(nameIn(sent[0])).toHaveLength(253)
    expect(sent[0]?.body['message']).toHaveLength(1024)
  })
})

test('the agent writes Events through its own client', async () => {
  const api = await agentApi({ alg: 'ES256' })
  const agent = await startTestAgent({ api, timings: { eventUpdateMs: 40 } })
  const handle = api.addPod({ namespace: 'shop', name: 'web' })
  agent.teller.tell(handle, denied)
  agent.teller.tell(handle, denied)
  await agent.sees(() => api.events[0]?.['count'] === 2)
  await agent.close()
  await api.close()
  expect(api.events).toMatchObject([{ involvedObject: { uid: handle.uid }, reason: denied.reason }])
})

function nameIn(sent: Sent | undefined): string {
  return String((sent?.body['metadata'] as { name?: string } | undefined)?.name)
}
