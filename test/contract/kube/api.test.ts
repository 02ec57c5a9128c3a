import { describe, expect, test } from 'vitest'
import {
  type ApiFaults,
  type ApiRequest,
  type ApiResult,
  handleApi,
} from '../../../src/simulator/kube-api/api.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import { at, fieldsOf, type KubeObject, listOf } from '../../../src/simulator/kube-api/object.ts'
import {
  emptyStore,
  getObject,
  type KubeStore,
  putNamespace,
  putObject,
} from '../../../src/simulator/kube-api/store.ts'
import { contractNow } from '../../fakes/kube-subject.ts'
import { kubeRecording } from '../../fakes/kube-recording.ts'

interface Sent {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: unknown
  readonly store: KubeStore
}

function send(
  store: KubeStore,
  method: string,
  address: string,
  options: Partial<ApiRequest> = {},
  faults: ApiFaults = {},
): Sent {
  const url = new URL(address, 'http://localhost')
  const query = Object.fromEntries(url.searchParams)
  const request: ApiRequest = { method, path: url.pathname, query, headers: {}, body: '', ...options }
  const answer: ApiResult = handleApi(request, store, contractNow, faults)
  const isJson = answer.body.startsWith('{') && !answer.body.includes('}\n{')
  const body: unknown = isJson ? JSON.parse(answer.body) : undefined
  return { status: answer.status, headers: answer.headers, text: answer.body, body, store: answer.store }
}

function apply(store: KubeStore, object: KubeObject, manager = 'devk8s', extra = ''): Sent {
  const kind = kindNamed(object.kind)
  const root = kind.group === '' ? '/api/v1' : `/apis/${kind.group}/${kind.version}`
  const inside = kind.namespaced ? `/namespaces/${object.metadata.namespace}` : ''
  const address = `${root}${inside}/${kind.plural}/${object.metadata.name}?fieldManager=${manager}${extra}`
  const headers = { 'content-type': 'application/apply-patch+yaml' }
  return send(store, 'PATCH', address, { headers, body: JSON.stringify(object) })
}

const fresh = putNamespace(emptyStore(contractNow, 'v1.35.1'), 'demo', contractNow)
const json = { 'content-type': 'application/json' }

function configMap(data: Readonly<Record<string, unknown>>, name = 'settings'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'demo' }, data }
}

describe('discovery, versions, health', () => {
  test.each([
    ['/api', 'v2', ''],
    ['/apis', 'v2', 'apps'],
    ['/api', 'v2beta1', ''],
    ['/apis', 'v2beta1', 'apps'],
  ])('kube-api 1, 2: %s as aggregated %s', (path, format, group) => {
    const accept = `application/json;g=apidiscovery.k8s.io;v=${format};as=APIGroupDiscoveryList,application/json`
    const answer = send(fresh, 'GET', path, { headers: { accept } })
    expect(answer.headers['content-type']).toBe(
      `application/json;g=apidiscovery.k8s.io;v=${format};as=APIGroupDiscoveryList`,
    )
    expect(at(answer.body, 'apiVersion')).toBe(`apidiscovery.k8s.io/${format}`)
    const groups = listOf(at(answer.body, 'items')).map((item) => at(item, 'metadata', 'name') ?? '')
    expect(groups).toContain(group)
  })

  test('kube-api 3: plain documents, in the shape recorded', () => {
    const core = listOf(at(send(fresh, 'GET', '/api/v1').body, 'resources'))
    const recorded = kubeRecording('1.33/011').requests.find(({ path }) => path.startsWith('/api/v1?'))!
      .response.body
    const cut = /"name":"configmaps".*?"shortNames":\["cm"\]/.exec(recorded)![0]
    const configmaps = core.find((resource) => at(resource, 'name') === 'configmaps')
    const { verbs, ...rest } = fieldsOf(configmaps)
    expect(JSON.parse(`{${cut}}`)).toEqual({ ...rest, verbs })
    expect(at(send(fresh, 'GET', '/api').body, 'kind')).toBe('APIVersions')
    expect(at(send(fresh, 'GET', '/apis').body, 'kind')).toBe('APIGroupList')
    expect(at(send(fresh, 'GET', '/apis/apps').body, 'preferredVersion', 'groupVersion')).toBe('apps/v1')
    expect(at(send(fresh, 'GET', '/apis/apps/v1').body, 'groupVersion')).toBe('apps/v1')
    expect(send(fresh, 'GET', '/apis/nope.dev/v1').status).toBe(404)
    expect(send(fresh, 'GET', '/apis/nope.dev').status).toBe(404)
  })

  test('kube-api 4: the version document has the recorded fields', () => {
    const recorded = JSON.parse(kubeRecording('1.33/008').stdout) as object
    const answer = send(fresh, 'GET', '/version')
    expect(Object.keys(fieldsOf(answer.body))).toEqual(Object.keys(recorded))
    expect(answer.body).toMatchObject({ major: '1', minor: '35', gitVersion: 'v1.35.1' })
  })

  test('kube-api 5, 6: health, and one check that fails', () => {
    expect(send(fresh, 'GET', '/readyz')).toMatchObject({
      status: 200,
      text: kubeRecording('1.33/006').stdout,
    })
    expect(send(fresh, 'GET', '/readyz?verbose').text).toContain('[+]etcd ok\n')
    const faults = { notReady: ['etcd'] }
    expect(send(fresh, 'GET', '/readyz', {}, faults)).toMatchObject({ status: 500 })
    expect(send(fresh, 'GET', '/readyz', {}, faults).text).toContain('[-]etcd failed: reason withheld\n')
    expect(send(fresh, 'GET', '/livez', {}, faults)).toMatchObject({ status: 200, text: 'ok' })
  })

  test.each(['/nope', '/openapi/v9'])('kube-api 7: %s is a text 404', (path) => {
    const answer = send(fresh, 'GET', path)
    expect([answer.status, answer.text]).toEqual([404, '404 page not found\n'])
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  test('kube-api 8: the least OpenAPI, with ETags', () => {
    const address = at(send(fresh, 'GET', '/openapi/v3').body, 'paths', 'apis/apps/v1', 'serverRelativeURL')
    const document = send(fresh, 'GET', String(address))
    const patch = at(
      document.body,
      'paths',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
      'patch',
    )
    expect(at(patch, 'x-kubernetes-group-version-kind', 'kind')).toBe('Deployment')
    expect(at(listOf(at(patch, 'parameters'))[0], 'name')).toBe('fieldValidation')
    const again = send(fresh, 'GET', String(address), {
      headers: { 'if-none-match': document.headers['etag']! },
    })
    expect([again.status, again.text]).toEqual([304, ''])
    expect(send(fresh, 'GET', '/openapi/v3/apis/nope/v1').status).toBe(404)
    expect(send(fresh, 'GET', '/openapi/v2')).toMatchObject({ status: 200, text: '' })
  })

  test.each([
    ['v1.35.1', [], 'v1', false],
    ['v1.35.1', ['admissionregistration.k8s.io/v1beta1'], 'v1beta1', true],
    ['v1.36.2', [], 'v1', true],
    ['v1.36.2', [], 'v1beta1', false],
  ])(
    'kube-api 47: %s with %j serves MutatingAdmissionPolicy %s: %s',
    (kubernetes, config, version, isServed) => {
      const store = emptyStore(contractNow, kubernetes, config)
      const address = `/apis/admissionregistration.k8s.io/${version}/mutatingadmissionpolicies`
      expect(send(store, 'GET', address).status === 200).toBe(isServed)
    },
  )
})

describe('reading', () => {
  test('kube-api 10, 33: lists, in parts', () => {
    const first = send(fresh, 'GET', '/api/v1/namespaces?limit=2')
    expect(listOf(at(first.body, 'items'))).toHaveLength(2)
    expect(at(first.body, 'metadata', 'remainingItemCount')).toBe(3)
    const rest = send(
      fresh,
      'GET',
      `/api/v1/namespaces?limit=9&continue=${String(at(first.body, 'metadata', 'continue'))}`,
    )
    expect(listOf(at(rest.body, 'items')).map((item) => at(item, 'metadata', 'name'))).toEqual([
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ])
    expect(at(send(fresh, 'GET', '/api/v1/namespaces/nothere/pods').body, 'items')).toEqual([])
  })

  test('kube-api 11: a table of one object and of many, both versions', () => {
    const accept = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'
    const one = send(fresh, 'GET', '/api/v1/namespaces/demo', { headers: { accept } })
    expect(at(one.body, 'apiVersion')).toBe('meta.k8s.io/v1beta1')
    expect(at(listOf(at(one.body, 'rows'))[0], 'cells')).toEqual(['demo', 'Active', '0s'])
  })

  test.each([
    ['team=a', ['x']],
    ['team==a', ['x']],
    ['team!=a', ['y', 'z']],
    ['team', ['x', 'y']],
    ['!team', ['z']],
    ['team in (a, b)', ['x', 'y']],
    ['team notin (a)', ['y', 'z']],
    ['team=a,tier=web', ['x']],
    ['team in (a,b),tier', ['x']],
  ])('kube-api 34: %s', (selector, names) => {
    const labels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      x: { team: 'a', tier: 'web' },
      y: { team: 'b' },
      z: {},
    }
    const store = Object.entries(labels).reduce(
      (made, [name, own]) =>
        putObject(
          made,
          { ...configMap({}, name), metadata: { name, namespace: 'demo', labels: own } },
          contractNow,
        ),
      fresh,
    )
    const query = new URLSearchParams({
      labelSelector: selector,
      fieldSelector: 'metadata.name!=kube-root-ca.crt',
    })
    const listed = send(store, 'GET', `/api/v1/namespaces/demo/configmaps?${query.toString()}`)
    expect(listOf(at(listed.body, 'items')).map((item) => at(item, 'metadata', 'name'))).toEqual(names)
  })

  test('kube-api 34: a selector that is none is 400', () => {
    const query = new URLSearchParams({ labelSelector: 'a=b=c' })
    expect(send(fresh, 'GET', `/api/v1/namespaces?${query.toString()}`).status).toBe(400)
  })

  test('kube-api 35: a watch tells what came, changed and went', () => {
    const before = apply(fresh, configMap({ a: '1' }, 'kept')).store
    const since = before.resourceVersion
    const made = apply(before, configMap({ a: '1' }, 'new')).store
    const changed = apply(made, configMap({ a: '2' }, 'kept')).store
    const gone = send(changed, 'DELETE', '/api/v1/namespaces/demo/configmaps/kube-root-ca.crt').store
    const watched = send(
      gone,
      'GET',
      `/api/v1/namespaces/demo/configmaps?watch=true&resourceVersion=${since}`,
    )
    const events = watched.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: KubeObject })
    // The root CA's ConfigMap comes back at once: its controller puts it there.
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'ADDED new',
      'MODIFIED kept',
      'DELETED kube-root-ca.crt',
      'ADDED kube-root-ca.crt',
    ])
  })

  test('kube-api 35: initial events end with a bookmark', () => {
    const store = apply(fresh, configMap({ a: '1' }, 'kept')).store
    const watched = send(
      store,
      'GET',
      '/api/v1/namespaces/demo/configmaps?watch=1&sendInitialEvents=true&allowWatchBookmarks=true',
    )
    const events = watched.text.trim().split('\n')
    const bookmark = JSON.parse(events.at(-1) ?? '') as { type: string; object: KubeObject }
    expect(events.slice(0, -1).every((line) => line.startsWith('{"type":"ADDED"'))).toBe(true)
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    })
    expect(bookmark.object.metadata.resourceVersion).toBe(String(store.resourceVersion))
  })
})

describe('writing', () => {
  test('kube-api 13: the same again, and the resourceVersion stays', () => {
    const once = apply(fresh, configMap({ a: '1' }))
    const twice = apply(once.store, configMap({ a: '1' }))
    expect([once.status, twice.status]).toEqual([201, 200])
    expect(twice.body).toEqual(once.body)
  })

  test('kube-api 14, 15: two conflicts, then force', () => {
    const made = apply(fresh, configMap({ a: '1', b: '1' })).store
    const clash = apply(made, configMap({ a: '2', b: '2' }), 'other')
    expect(clash.status).toBe(409)
    expect(at(clash.body, 'message')).toBe(
      'Apply failed with 2 conflicts: conflicts with "devk8s":\n- .data.a\n- .data.b',
    )
    const forced = apply(made, configMap({ a: '2', b: '2' }), 'other', '&force=true')
    expect(at(forced.body, 'data')).toEqual({ a: '2', b: '2' })
    expect(apply(forced.store, configMap({ a: '1', b: '1' })).status).toBe(409)
  })

  test('kube-api 14: a field changed by an update is a conflict too, named with version and time', () => {
    const made = apply(fresh, configMap({ a: '1' })).store
    const headers = { 'content-type': 'application/merge-patch+json' }
    const address = '/api/v1/namespaces/demo/configmaps/settings?fieldManager=kubectl-edit'
    const edited = send(made, 'PATCH', address, { headers, body: '{"data":{"a":"2"}}' }).store
    const clash = apply(edited, configMap({ a: '1' }))
    expect(at(clash.body, 'message')).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1 at 2026-11-23T14:10:00Z: .data.a',
    )
  })

  test('kube-api 16: what is no longer applied goes, unless another owns it too', () => {
    const made = apply(fresh, configMap({ a: '1', b: '1', c: '1' })).store
    const shared = apply(made, configMap({ b: '1' }), 'other').store
    const less = apply(shared, configMap({ a: '1' }))
    expect(at(less.body, 'data')).toEqual({ a: '1', b: '1' })
    expect(at(apply(less.store, configMap({}), 'other').body, 'data')).toEqual({ a: '1' })
  })

  test('kube-api 16: items of keyed lists are owned one by one', () => {
    const pod = (names: readonly string[]): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'demo' },
      spec: { containers: names.map((name) => ({ name, image: `${name}:1` })) },
    })
    const made = apply(fresh, pod(['a', 'b'])).store
    const both = apply(made, pod(['b', 'c']), 'other').store
    const less = apply(both, pod(['a']))
    expect(listOf(at(less.body, 'spec', 'containers')).map((each) => at(each, 'name'))).toEqual([
      'a',
      'b',
      'c',
    ])
    const last = apply(less.store, pod(['c']), 'other')
    expect(listOf(at(last.body, 'spec', 'containers')).map((each) => at(each, 'name'))).toEqual(['a', 'c'])
  })

  test('kube-api 17, 18: unknown fields', () => {
    const typo = { ...configMap({}), datta: {} }
    expect(apply(fresh, typo)).toMatchObject({ status: 500 })
    expect(at(apply(fresh, typo).body, 'reason')).toBeUndefined()
    const strict = { headers: json, body: JSON.stringify(typo) }
    expect(
      send(fresh, 'POST', '/api/v1/namespaces/demo/configmaps?fieldValidation=Strict', strict).status,
    ).toBe(400)
    const deep = { ...configMap({}), metadata: { name: 'settings', namespace: 'demo', nonsense: 1 } }
    expect(apply(fresh, deep).status).toBe(201)
  })

  test.each([
    ['Namespace', 'a.b', /RFC 1123 label/],
    ['Service', '1web', /DNS-1035 label/],
    ['ConfigMap', 'Not_Valid', /RFC 1123 subdomain/],
  ])('kube-api 19: a %s cannot be called %s', (kind, name, said) => {
    const answer = apply(fresh, { apiVersion: 'v1', kind, metadata: { name, namespace: 'demo' } })
    expect(answer.status).toBe(422)
    expect(at(answer.body, 'message')).toMatch(said)
  })

  const deployment = (
    labels: object,
    selector: object | undefined,
    containers: readonly object[] = [{ name: 'c' }],
  ): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'demo' },
    spec: {
      ...(selector === undefined ? {} : { selector: { matchLabels: selector } }),
      template: { metadata: { labels }, spec: { containers } },
    },
  })

  test.each([
    [deployment({ app: 'web' }, undefined), 'spec.selector: Required value'],
    [deployment({ app: 'x' }, { app: 'web' }), '`selector` does not match template `labels`'],
    [deployment({ app: 'web' }, { app: 'web' }, []), 'spec.template.spec.containers: Required value'],
  ])('kube-api 20: a Deployment that is refused (%#)', (object, said) => {
    expect(apply(fresh, object)).toMatchObject({ status: 422 })
    expect(at(apply(fresh, object).body, 'message')).toContain(said)
  })

  test('kube-api 20: selectors, roleRefs, Secret types and ports', () => {
    const made = apply(fresh, deployment({ app: 'web', v: '2' }, { app: 'web' })).store
    const moved = apply(made, deployment({ app: 'web', v: '2' }, { v: '2' }), 'devk8s', '&force=true')
    expect(at(moved.body, 'message')).toContain('field is immutable')
    const secret = (type: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'demo' },
      type,
    })
    const typed = apply(apply(fresh, secret('Opaque')).store, secret('kubernetes.io/tls'))
    expect(at(typed.body, 'message')).toContain('type: Invalid value')
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'demo' },
      spec: { ports: [{ port: 0 }] },
    }
    expect(at(apply(fresh, service).body, 'message')).toContain('must be between 1 and 65535')
  })

  test('kube-api 22, 23: create twice, replace an old version', () => {
    const post = { headers: json, body: JSON.stringify(configMap({ a: '1' })) }
    const made = send(fresh, 'POST', '/api/v1/namespaces/demo/configmaps', post)
    expect(made.status).toBe(201)
    expect(send(made.store, 'POST', '/api/v1/namespaces/demo/configmaps', post)).toMatchObject({
      status: 409,
    })
    const stale = {
      ...configMap({ a: '2' }),
      metadata: { name: 'settings', namespace: 'demo', resourceVersion: '1' },
    }
    const address = '/api/v1/namespaces/demo/configmaps/settings'
    const answer = send(made.store, 'PUT', address, { headers: json, body: JSON.stringify(stale) })
    const recorded = kubeRecording('1.33/114').requests.at(-1)!.response
    expect(answer.status).toBe(recorded.status)
    expect(String(at(answer.body, 'message'))).toBe(
      String(at(JSON.parse(recorded.body), 'message')).replaceAll('novalidate', 'settings'),
    )
    const good = { headers: json, body: JSON.stringify(configMap({ a: '2' })) }
    expect(at(send(made.store, 'PUT', address, good).body, 'data')).toEqual({ a: '2' })
    expect(send(fresh, 'PUT', address, good).status).toBe(404)
  })

  test('kube-api 24: a list with a merge key is merged by it, with $patch as well', () => {
    const address = '/api/v1/namespaces/demo/pods'
    const spec = { containers: [{ name: 'a', image: 'x' }], imagePullSecrets: [{ name: 'a' }] }
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec })
    const made = send(fresh, 'POST', address, { body })
    const patch = (store: KubeStore, imagePullSecrets: readonly object[]): Sent =>
      send(store, 'PATCH', `${address}/web`, {
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
        body: JSON.stringify({ spec: { imagePullSecrets } }),
      })
    const more = patch(made.store, [{ name: 'b' }])
    expect(at(more.body, 'spec', 'imagePullSecrets')).toEqual([{ name: 'a' }, { name: 'b' }])
    const less = patch(more.store, [{ $patch: 'delete', name: 'a' }])
    expect(at(less.body, 'spec', 'imagePullSecrets')).toEqual([{ name: 'b' }])
  })

  test('kube-api 24: patches', () => {
    const address = '/api/v1/namespaces/demo/serviceaccounts/default'
    const patch = (type: string, body: unknown, store = fresh): Sent =>
      send(store, 'PATCH', address, {
        headers: { 'content-type': `application/${type}` },
        body: JSON.stringify(body),
      })
    const one = patch('strategic-merge-patch+json', { imagePullSecrets: [{ name: 'a' }] })
    const two = patch('strategic-merge-patch+json', { imagePullSecrets: [{ name: 'b' }] }, one.store)
    expect(at(two.body, 'imagePullSecrets')).toEqual([{ name: 'b' }])
    const less = patch(
      'strategic-merge-patch+json',
      { imagePullSecrets: [{ $patch: 'delete', name: 'a' }] },
      two.store,
    )
    // recorded 1.33/433: replaced, the directive dropped
    expect(at(less.body, 'imagePullSecrets')).toEqual([{ name: 'a' }])
    expect(
      at(patch('merge-patch+json', { imagePullSecrets: null }, two.store).body, 'imagePullSecrets'),
    ).toBeUndefined()
    const added = patch('json-patch+json', [{ op: 'add', path: '/metadata/labels', value: { 'a/b': '1' } }])
    expect(at(added.body, 'metadata', 'labels')).toEqual({ 'a/b': '1' })
    const steps = [
      { op: 'test', path: '/metadata/labels/a~1b', value: '1' },
      { op: 'replace', path: '/metadata/labels/a~1b', value: '2' },
    ]
    expect(at(patch('json-patch+json', steps, added.store).body, 'metadata', 'labels')).toEqual({
      'a/b': '2',
    })
    expect(patch('json-patch+json', [{ op: 'remove', path: '/nope' }]).status).toBe(422)
    expect(patch('x-unknown', {}).status).toBe(415)
    expect(
      send(fresh, 'PATCH', address, {
        headers: { 'content-type': 'application/merge-patch+json' },
        body: '{',
      }).status,
    ).toBe(400)
  })

  test('kube-api 25: a dry run keeps nothing', () => {
    const dry = apply(fresh, configMap({ a: '1' }), 'devk8s', '&dryRun=All')
    expect(dry.status).toBe(201)
    expect(at(dry.body, 'metadata', 'resourceVersion')).toBeUndefined()
    expect(
      getObject(dry.store, { kind: kindNamed('ConfigMap'), namespace: 'demo', name: 'settings' }),
    ).toBeUndefined()
  })

  test('kube-api 26: stringData, also beyond ASCII', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'demo' },
      stringData: { a: 'schlüssel' },
    }
    expect(apply(fresh, secret).body).toMatchObject({
      data: { a: Buffer.from('schlüssel').toString('base64') },
      type: 'Opaque',
    })
  })

  test('kube-api 28: nothing new in a namespace that goes', () => {
    const going = send(fresh, 'DELETE', '/api/v1/namespaces/demo')
    expect(at(going.body, 'status', 'phase')).toBe('Terminating')
    const answer = apply(going.store, configMap({}))
    expect(answer.status).toBe(403)
    expect(at(answer.body, 'message')).toContain('because it is being terminated')
    const kept = send(fresh, 'DELETE', '/api/v1/namespaces/kube-system')
    expect([kept.status, at(kept.body, 'message')]).toEqual([
      403,
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    ])
  })

  test('kube-api 29: protobuf', () => {
    const bytes = (number: number, text: string): string =>
      `${String.fromCharCode(number * 8 + 2, text.length)}${text}`
    const message = (kind: string): string =>
      `k8s\0${bytes(1, bytes(1, 'v1') + bytes(2, kind))}${bytes(2, bytes(1, bytes(1, 'pb1') + bytes(11, bytes(1, 'a') + bytes(2, 'b'))))}`
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' }
    const made = send(fresh, 'POST', '/api/v1/namespaces', { headers, body: message('Namespace') })
    expect(made.status).toBe(201)
    expect(at(made.body, 'metadata', 'labels')).toEqual({ a: 'b', 'kubernetes.io/metadata.name': 'pb1' })
    const refused = send(fresh, 'POST', '/api/v1/namespaces/demo/configmaps', {
      headers,
      body: message('ConfigMap'),
    })
    const recorded = kubeRecording('1.33/321').requests[0]!.response
    expect(refused.status).toBe(recorded.status)
    expect(at(refused.body, 'message')).toBe(at(JSON.parse(recorded.body), 'message'))
    expect(send(fresh, 'POST', '/api/v1/namespaces', { headers, body: 'xyz' }).status).toBe(415)
  })

  test('what a path or an object cannot be', () => {
    expect(send(fresh, 'POST', '/api/v1/namespaces/demo', { headers: json, body: '{}' }).status).toBe(405)
    expect(send(fresh, 'DELETE', '/api/v1/namespaces').status).toBe(405)
    expect(send(fresh, 'GET', '/api/v1/gadgets').status).toBe(404)
    expect(send(fresh, 'GET', '/api/v1/namespaces/demo/nodes').status).toBe(404)
    expect(send(fresh, 'GET', '/api/v1/namespaces/demo/pods/x/exec').status).toBe(404)
    expect(send(fresh, 'POST', '/api/v1/namespaces', { headers: json, body: '[]' }).status).toBe(400)
    expect(
      send(fresh, 'POST', '/api/v1/namespaces', { headers: json, body: JSON.stringify(configMap({})) })
        .status,
    ).toBe(400)
    const nameless = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'x-' } }
    const named = send(fresh, 'POST', '/api/v1/namespaces/demo/configmaps', {
      headers: json,
      body: JSON.stringify(nameless),
    })
    expect(at(named.body, 'metadata', 'name')).toMatch(/^x-\w{5}$/)
  })
})

describe('who may', () => {
  test('kube-api 30, 31, 32: 401, 403 and 503', () => {
    expect(send(fresh, 'GET', '/api', {}, { unauthorized: true }).status).toBe(401)
    expect(send(fresh, 'GET', '/api', {}, { unavailable: true }).status).toBe(503)
    const refused = send(fresh, 'GET', '/api/v1/pods', {}, { forbiddenUser: 'dev' })
    expect(at(refused.body, 'message')).toBe(
      'pods is forbidden: User "dev" cannot list resource "pods" in API group "" at the cluster scope',
    )
    const one = send(
      fresh,
      'PATCH',
      '/apis/apps/v1/namespaces/demo/deployments/x',
      {},
      { forbiddenUser: 'dev' },
    )
    expect(at(one.body, 'message')).toBe(
      'deployments.apps "x" is forbidden: User "dev" cannot patch resource "deployments" in API group "apps" in the namespace "demo"',
    )
    expect(send(fresh, 'GET', '/readyz', {}, { forbiddenUser: 'dev' }).status).toBe(200)
  })
})
