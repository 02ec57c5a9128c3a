import { describe, expect, test } from 'vitest'
import { type ApiRequest, handleApi } from '../../../src/simulator/kube-api/api.ts'
import { deleteObject, emptyStore, type KubeStore, refOf } from '../../../src/simulator/kube-api/store.ts'
import { at, fieldsOf, isFields, listOf, omit } from '../../../src/simulator/kube-api/object.ts'
import { kubeRecording, type RecordedRequest } from '../../fakes/kube-recording.ts'
import { contractNow } from '../../fakes/kube-subject.ts'

/** The recordings whose requests build on each other: each is sent again, byte for byte, in their order. */
const ids = [
  '012 013 017 018 019 021 025 026 030 031 033 034 035 036 042 046 049 051 055 056 059 074 075 076',
  '077 078 079 080 081 083 084 106 107 211 212 213 214',
]
  .flatMap((line) => line.split(' '))
  .map((number) => `1.33/${number}`)

function requestOf(recorded: RecordedRequest): ApiRequest {
  const url = new URL(recorded.path, 'http://localhost')
  const headers = Object.entries(recorded.headers).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  )
  return {
    method: recorded.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(headers),
    body: recorded.body ?? '',
  }
}

/**
 * Requests about resources whose bodies the recording keeps (protobuf it does not); discovery, OpenAPI and `/version` differ
 * between kcp and a cluster by design.
 */
function isAboutObjects(recorded: RecordedRequest): boolean {
  return (
    /\/(namespaces|configmaps|secrets|serviceaccounts|rolebindings)(\/|\?|$)/.test(recorded.path) &&
    recorded.body?.startsWith('[protobuf') !== true
  )
}

/** Without times, ids and what kcp adds. */
function comparable(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(comparable)
  if (!isFields(body)) return typeof body === 'string' ? body.replaceAll(': access denied', '') : body
  const volatile = [
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'time',
    'managedFields',
    'columnDefinitions',
  ]
  const kept = omit(body, ...volatile)
  const entries = Object.entries(kept).map(([name, value]) => [name, comparable(value)] as const)
  const isAge = (cell: unknown): boolean => typeof cell === 'string' && /^\d+[sm]/.test(cell)
  const filled = entries
    .filter(([name]) => !/kcp\.io|^kubernetes\.io\/description$/.test(name))
    .map(
      ([name, value]) =>
        [name, Array.isArray(value) ? value.map((cell) => (isAge(cell) ? 'AGE' : cell)) : value] as const,
    )
    .filter(
      ([name, value]) => !(name === 'annotations' && isFields(value) && Object.keys(value).length === 0),
    )
  return Object.fromEntries(filled)
}

/** Who owns which fields, as the recording shows it, without kcp's own. */
function owners(body: unknown): unknown {
  return listOf(at(body, 'metadata', 'managedFields'))
    .map(fieldsOf)
    .filter((entry) => !JSON.stringify(entry['fieldsV1']).includes('kcp.io'))
    .map((entry) => [entry['manager'], entry['operation'], entry['fieldsV1']])
}

interface Exchange {
  readonly id: string
  readonly what: string
  readonly wanted: RecordedRequest['response']
  readonly status: number
  readonly body: string
}

function start(): KubeStore {
  const bare = emptyStore(contractNow, 'v1.36.2')
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } }
  const request = { method: 'POST', path: '/api/v1/namespaces', query: { fieldManager: 'kubectl-create' } }
  const headers = { 'content-type': 'application/json' }
  const { store } = handleApi({ ...request, headers, body: JSON.stringify(made) }, bare, contractNow)
  // kcp begins with two namespaces.
  return ['kube-node-lease', 'kube-public'].reduce(
    (rest, name) => deleteObject(rest, refOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    store,
  )
}

function replayWire(): readonly Exchange[] {
  const exchanges: Exchange[] = []
  let store = start()
  for (const id of ids) {
    for (const recorded of kubeRecording(id).requests.filter(isAboutObjects)) {
      const isDemoLater = id < '1.33/020' && recorded.path === '/api/v1/namespaces?limit=500'
      const before = isDemoLater ? withoutDemo(store) : store
      const answer = handleApi(requestOf(recorded), before, contractNow)
      if (!isDemoLater) store = answer.store
      const what = `${recorded.method} ${recorded.path}`
      exchanges.push({ id, what, wanted: recorded.response, status: answer.status, body: answer.body })
    }
  }
  return exchanges
}

function withoutDemo(store: KubeStore): KubeStore {
  return deleteObject(store, refOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } }))
}

const exchanges = replayWire()

describe('recorded requests on the simulated API', () => {
  test('kube-api 9: they are all there', () => {
    expect(exchanges.length).toBeGreaterThan(50)
    expect(new Set(exchanges.map(({ id }) => id))).toEqual(new Set(ids.filter((id) => id !== '1.33/021')))
  })

  test.each(exchanges)('$id $what: same status', ({ status, wanted }) => {
    expect(status).toBe(wanted.status)
  })

  const whole = exchanges.filter(
    ({ wanted }) => /json/.test(wanted.contentType ?? '') && wanted.body.trim().endsWith('}'),
  )
  test.each(whole)('$id $what: same document', ({ body, wanted }) => {
    expect(comparable(JSON.parse(body))).toEqual(comparable(JSON.parse(wanted.body)))
  })

  const applied = whole.filter(
    ({ id, what }) => what.startsWith('PATCH') && ['030', '033', '035'].includes(id.slice(-3)),
  )
  test.each(applied)('kube-api 12: $id $what: same field owners', ({ body, wanted }) => {
    expect(owners(JSON.parse(body))).toEqual(owners(JSON.parse(wanted.body)))
  })
})
