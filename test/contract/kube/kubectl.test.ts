import { describe, expect, test } from 'vitest'
import { type ApiRequest, handleApi } from '../../../src/simulator/kube-api/api.ts'
import { addonObjects } from '../../../src/simulator/kube-api/addons.ts'
import { kindNamed } from '../../../src/simulator/kube-api/kinds.ts'
import { at, listOf } from '../../../src/simulator/kube-api/object.ts'
import { emptyStore, getObject, type KubeStore, putObjects } from '../../../src/simulator/kube-api/store.ts'
import { kubectl, type KubectlResult, type Unreachable } from '../../../src/simulator/kubectl/kubectl.ts'
import { kubeRecording, scrub } from '../../fakes/kube-recording.ts'
import { contractNow } from '../../fakes/kube-subject.ts'

const env = { version: 'v1.33.1', platform: 'linux/amd64', now: contractNow }

interface Machine {
  store: KubeStore
  readonly requests: ApiRequest[]
}

function machine(): Machine {
  const objects = addonObjects('metrics-server', 'amd64')
  return { store: putObjects(emptyStore(contractNow, 'v1.33.1'), objects, contractNow), requests: [] }
}

function run(on: Machine, line: string, stdin = '', now = contractNow): KubectlResult {
  return kubectl(line.split(' '), stdin, { ...env, now }, (request) => {
    on.requests.push(request)
    const answer = handleApi(request, on.store, now)
    on.store = answer.store
    return answer
  })
}

function lost(
  line: string,
  fault: Unreachable['unreachable'],
  server = '127.0.0.1:6443',
  stdin = '',
): KubectlResult {
  return kubectl(line.split(' '), stdin, env, () => ({ unreachable: fault, server }))
}

describe('a server that cannot be reached', () => {
  test.each([
    ['1.33/220', 'refused', '127.0.0.1:1'],
    ['1.33/223', 'refused', '127.0.0.1:1'],
    ['1.33/230', 'no-such-host', 'cluster.invalid:6443'],
    ['1.33/231', 'no-such-host', 'cluster.invalid:6443'],
    ['1.33/240', 'untrusted', '127.0.0.1:6443'],
    ['1.33/292', 'timeout', '127.0.0.1:6443'],
    ['1.33/303', 'cut', '127.0.0.1:6443'],
  ] as const)('kubectl 20, 23, 30: %s: %s', (id, fault, server) => {
    const recording = kubeRecording(id)
    const ran = lost(recording.argv.join(' '), fault, server)
    expect([ran.exitCode, scrub(ran.stderr)]).toEqual([recording.exitCode, scrub(recording.stderr)])
  })

  test('kubectl 30: a timeout in the middle, after discovery', () => {
    const on = machine()
    const ran = kubectl(['get', 'ns'], '', env, (request) =>
      request.path === '/api/v1/namespaces'
        ? { unreachable: 'timeout', server: '127.0.0.1:6443' }
        : handleApi(request, on.store, contractNow),
    )
    expect([ran.exitCode, ran.stderr]).toEqual([1, kubeRecording('1.33/291').stderr])
  })
})

describe('what it asks', () => {
  test('kubectl 5: discovery each time, but for version, create ns and raw paths', () => {
    const on = machine()
    run(on, 'get ns')
    run(on, 'get ns')
    expect(on.requests.map(({ path }) => path)).toEqual([
      '/api',
      '/apis',
      '/api/v1/namespaces',
      '/api',
      '/apis',
      '/api/v1/namespaces',
    ])
    const other = machine()
    run(other, 'create ns demo')
    run(other, 'version -o json')
    run(other, 'get --raw /readyz')
    expect(other.requests.map(({ path }) => path)).toEqual(['/api/v1/namespaces', '/version', '/readyz'])
  })

  test.each([
    ['get ns --fool', "error: unknown flag: --fool\nSee 'kubectl get --help' for usage.\n"],
    ['get ns -x', "error: unknown shorthand flag: 'x' in -x\nSee 'kubectl get --help' for usage.\n"],
    ['get ns -o', "error: flag needs an argument: 'o' in -o\nSee 'kubectl get --help' for usage.\n"],
    ['frobnicate', 'error: unknown command "frobnicate" for "kubectl"\n'],
    ['apply -f -', 'error: the simulated kubectl applies with --server-side only\n'],
  ])('kubectl 29: %s', (line, stderr) => {
    const on = machine()
    expect(run(on, line)).toMatchObject({ stdout: '', stderr, exitCode: 1 })
  })

  test('kubectl 25: another context than the kubeconfig has, and no request', () => {
    const around = { ...env, contexts: ['local'] }
    const asked: string[] = []
    const ran = kubectl(['get', 'ns', '--context', 'nope'], '', around, (request) => {
      asked.push(request.path)
      return handleApi(request, emptyStore(contractNow), contractNow)
    })
    expect([ran.stderr, asked]).toEqual([kubeRecording('1.33/235').stderr, []])
  })
})

describe('verbs', () => {
  test('kubectl 27: rollout restart makes a new ReplicaSet and new pods', () => {
    const on = machine()
    const deploymentOf = (): unknown =>
      getObject(on.store, { kind: kindNamed('Deployment'), namespace: 'kube-system', name: 'metrics-server' })
    run(on, 'get pods -A', '', contractNow + 2000)
    const before = run(on, 'get pods -n kube-system -o name', '', contractNow + 3000).stdout
    const ran = run(on, 'rollout restart deploy/metrics-server -n kube-system', '', contractNow + 4000)
    expect(ran).toEqual({ stdout: 'deployment.apps/metrics-server restarted\n', stderr: '', exitCode: 0 })
    const annotations = at(deploymentOf(), 'spec', 'template', 'metadata', 'annotations')
    expect(annotations).toEqual({ 'kubectl.kubernetes.io/restartedAt': '2026-11-23T14:10:04Z' })
    run(on, 'get pods -A', '', contractNow + 6000)
    const after = run(on, 'get pods -n kube-system -o name', '', contractNow + 7000).stdout
    expect(after).toMatch(/^pod\/metrics-server-\w{10}-\w{5}\n$/)
    expect(after).not.toBe(before)
    expect(run(on, 'rollout restart cm/x -n default').exitCode).toBe(1)
  })

  test('kubectl 28: delete returns while the namespace is still going', () => {
    const on = machine()
    run(on, 'create ns demo')
    expect(run(on, 'delete ns demo')).toMatchObject({ stdout: 'namespace "demo" deleted\n', exitCode: 0 })
    expect(run(on, 'get ns demo').stdout).toContain('Terminating')
    expect(run(on, 'get ns demo', '', contractNow + 2000).exitCode).toBe(1)
  })

  test('kubectl 6: kinds, labels, namespaces and output forms', () => {
    const on = machine()
    const items = JSON.parse(run(on, 'get deploy,svc -A -l k8s-app=metrics-server -o json').stdout) as object
    expect(
      listOf(at(items, 'items')).map(
        (item) => `${String(at(item, 'kind'))} ${String(at(item, 'metadata', 'name'))}`,
      ),
    ).toEqual(['Deployment metrics-server', 'Service metrics-server'])
    expect(run(on, 'get deployments.apps metrics-server -n kube-system -o name').stdout).toBe(
      'deployment.apps/metrics-server\n',
    )
    expect(run(on, 'get deploy/metrics-server svc/metrics-server -n kube-system -o name').stdout).toBe(
      'deployment.apps/metrics-server\nservice/metrics-server\n',
    )
    const one = JSON.parse(run(on, 'get deploy metrics-server -n kube-system -o json').stdout) as object
    expect(at(one, 'kind')).toBe('Deployment')
    expect(run(on, 'get po,svc -A').stdout).toMatch(
      /^NAMESPACE +NAME +READY +STATUS[^]*\n\nNAMESPACE +NAME +TYPE/,
    )
    expect(run(on, 'get pods').stderr).toBe('No resources found in default namespace.\n')
    expect(run(on, 'get pv').stderr).toBe('No resources found\n')
    expect(run(on, 'get ns -o yaml').stderr).toMatch(/^error: unable to match a printer suitable/)
    const two = run(on, 'get ns default nope -o json')
    expect([at(JSON.parse(two.stdout), 'kind'), two.stderr, two.exitCode]).toEqual([
      'List',
      'Error from server (NotFound): namespaces "nope" not found\n',
      1,
    ])
  })

  test('kubectl 10: apply prints the objects as JSON, one or several', () => {
    const on = machine()
    const doc = (name: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "<1>"\n`
    const line = 'apply --server-side --field-manager=devk8s --force-conflicts -f - -o json -n default'
    const one = run(on, line, doc('x')).stdout
    expect(one).toContain('\\u003c1\\u003e')
    expect(at(JSON.parse(one), 'metadata', 'managedFields')).toBeUndefined()
    const list = `apiVersion: v1\nkind: List\nitems:\n${['y', 'z'].map((name) => `- ${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })}\n`).join('')}`
    expect(listOf(at(JSON.parse(run(on, line, list).stdout), 'items'))).toHaveLength(2)
    expect(run(on, line, 'a: 1\n').stderr).toMatch(/\[apiVersion not set, kind not set\]/)
    expect(run(on, `${line} --validate=false`, 'a: 1\n').stderr).toMatch(/Object 'Kind' is missing/)
  })

  test('kubectl 17, 18, 19: labels away, annotations kept, delete from a file', () => {
    const on = machine()
    run(on, 'label ns default team=a')
    expect(run(on, 'label ns default team-').stdout).toBe('namespace/default unlabeled\n')
    run(on, 'annotate ns default x/y=1')
    expect(run(on, 'annotate ns default x/y=2').stderr).toMatch(/--overwrite is false/)
    const objects = ['a', 'b']
      .map((name) => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`)
      .join('---\n')
    run(on, 'create ns a')
    const deleted = run(on, 'delete -f - --ignore-not-found --wait=false', objects)
    expect(deleted).toEqual({ stdout: 'namespace "a" deleted\n', stderr: '', exitCode: 0 })
    expect(run(on, 'patch ns default -p {} --type x').stderr).toMatch(/--type must be one of/)
  })

  test('kubectl 2: version as text', () => {
    expect(run(machine(), 'version').stdout).toBe(
      'Client Version: v1.33.1\nKustomize Version: v5.6.0\nServer Version: v1.33.1\n',
    )
  })
})
