import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startCluster, type ClusterHalf } from '../../../src/agent/agent.ts'
import { agentConfig } from '../../../src/agent/config.ts'
import { createKubeClient } from '../../../src/agent/kube-client.ts'
import { agentObjects } from '../../../src/roles/agent-objects.ts'
import { realKubectl } from '../../support/kubectl.ts'
import { mapping, podAt, session } from './samples.ts'

// Lists, watches, tokens, keys, Events and rights as a real API server has them. There is no kubelet and no controller:
// what they would write is written here.
const kubeconfig = process.env['DEVK8S_TEST_KUBECONFIG']
const found = kubeconfig === undefined ? undefined : await realKubectl()
const program = found !== undefined && 'path' in found ? found.path : undefined
const shop = `agent-${process.pid}`
const audience = 'pods.eks.amazonaws.com'
const [node, address] = ['agent-node', '10.99.0.7']

function kubectl(args: readonly string[], input?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program ?? '',
      ['--kubeconfig', kubeconfig ?? '', ...args],
      { maxBuffer: 1 << 24 },
      (error, stdout, stderr) =>
        error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout.trim()),
    )
    child.stdin?.end(input === undefined ? undefined : JSON.stringify(input))
  })
}

const apply = (...items: readonly object[]) =>
  kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'List',
    items,
  })

const podOf = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: shop, annotations: { 'iam.amazonaws.com/role': name, other: 'x' } },
  spec: {
    nodeName: node,
    serviceAccountName: 'web',
    containers: [{ name: 'c', image: 'registry.example/c:1' }],
    ...more,
  },
})

const isRunning = (name: string, podIP: string) =>
  kubectl([
    'patch',
    'pod',
    name,
    '-n',
    shop,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] } }),
  ])

/** Whom the API server's certificate is from: a kubeconfig may do without. */
function authorityOf(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false }, () => {
      const certificates: DetailedPeerCertificate[] = []
      let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
      while (next && !certificates.includes(next)) {
        certificates.push(next)
        next = next.issuerCertificate
      }
      socket.end()
      const pem = (raw: Buffer) =>
        `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----\n`
      resolve(certificates.map(({ raw }) => pem(raw)).join(''))
    })
    socket.on('error', reject)
  })
}

describe.skipIf(program === undefined)('with a real API server', () => {
  const lines: string[] = []
  let folder = ''
  let agent: ClusterHalf
  let env: Record<string, string> = {}
  const start = (timings: object = {}) => {
    const config = agentConfig(env)
    return startCluster(
      { ...config, timings: { ...config.timings, ...timings } },
      { nowMs: () => Date.now(), log: (line) => void lines.push(line) },
    )
  }
  const sees = async (condition: () => boolean | undefined) => {
    const end = Date.now() + 10_000
    while (!condition()) {
      if (Date.now() > end) throw new Error(`it did not come true within 10 s\n${lines.join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const tokenOf = (name: string, of = audience) =>
    kubectl([
      'create',
      'token',
      'web',
      '-n',
      shop,
      '--audience',
      of,
      '--bound-object-kind=Pod',
      `--bound-object-name=${name}`,
    ])

  beforeAll(async () => {
    const ours = agentObjects('// not started here').filter(({ kind }) => kind !== 'DaemonSet')
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'web',
        namespace: shop,
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/web' },
      },
    }
    const namespace = {
      annotations: { 'iam.amazonaws.com/permitted': '.*' },
      labels: { 'devk8s.dev/aws': 'on' },
    }
    await apply(...ours, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: shop, ...namespace } })
    await apply(
      account,
      podOf('web'),
      configMap('devk8s-system', 'devk8s-aws', { 'mapping.json': JSON.stringify(mapping()) }),
    )
    await isRunning('web', address)
    folder = await mkdtemp(path.join(tmpdir(), 'agent-real-'))
    const server = await kubectl([
      'config',
      'view',
      '--minify',
      '-o',
      'jsonpath={.clusters[0].cluster.server}',
    ])
    env = {
      DEVK8S_AGENT_API_URL: server,
      DEVK8S_AGENT_TOKEN_FILE: path.join(folder, 'token'),
      DEVK8S_AGENT_CA_FILE: path.join(folder, 'ca.crt'),
      DEVK8S_AGENT_NODE: node,
    }
    await writeFile(path.join(folder, 'ca.crt'), await authorityOf(new URL(server)))
    await writeFile(
      path.join(folder, 'token'),
      await kubectl(['create', 'token', 'devk8s-aws', '-n', 'devk8s-system']),
    )
    agent = start()
    await sees(() => agent.view.isReady())
  }, 60_000)

  afterAll(async () => {
    await agent?.close()
    await kubectl(['delete', 'configmap', 'devk8s-aws', '-n', 'devk8s-system', '--ignore-not-found'])
    await kubectl(['delete', 'secret', 'devk8s-aws-sessions', '-n', 'devk8s-system', '--ignore-not-found'])
    await kubectl(['delete', 'pods', '--all', '-n', shop, '--force', '--grace-period=0'])
    await kubectl(['delete', 'namespace', shop, '--wait=false'])
    await rm(folder, { recursive: true, force: true })
  })

  test('it sees, with the rights it is given and no others, all that it needs', () => {
    expect(podAt(agent.view, address)).toMatchObject({
      name: 'web',
      namespace: shop,
      serviceAccount: 'web',
      annotations: { 'iam.amazonaws.com/role': 'web' },
      hostNetwork: false,
      isOver: false,
    })
    expect(agent.view.account(shop, 'web')?.annotations).toEqual({
      'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/web',
    })
    expect(agent.view.namespace(shop)).toEqual({
      name: shop,
      labels: { 'devk8s.dev/aws': 'on' },
      annotations: { 'iam.amazonaws.com/permitted': '.*' },
    })
    expect(agent.view.mapping()).toEqual(mapping())
    expect(agent.view.session('developer')).toBeUndefined()
    expect(lines).toEqual([])
  })

  test('the sessions Secret comes, changes and goes', async () => {
    const secret = (document: object) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'devk8s-aws-sessions', namespace: 'devk8s-system' },
      data: { 'sessions.json': Buffer.from(JSON.stringify(document)).toString('base64') },
    })
    await apply(secret({ version: 1, sessions: { developer: session() }, refused: {} }))
    await sees(() => agent.view.session('developer') !== undefined)
    expect(agent.view.session('developer')).toEqual(session())
    await kubectl(['delete', 'secret', 'devk8s-aws-sessions', '-n', 'devk8s-system'])
    await sees(() => agent.view.session('developer') === undefined)
  })

  test("kOps' ConfigMap is seen, others of its namespace are not", async () => {
    await apply(
      configMap('kube-system', 'pod-identity-webhook', { config: '{"a/b":{"RoleARN":"r"}}' }),
      configMap('kube-system', 'something-else', { config: '{"c/d":{"RoleARN":"r"}}' }),
    )
    await sees(() => agent.view.kops() !== undefined)
    expect(agent.view.kops()).toEqual({ 'a/b': { roleArn: 'r' } })
    await kubectl(['delete', 'configmap', 'pod-identity-webhook', 'something-else', '-n', 'kube-system'])
    await sees(() => agent.view.kops() === undefined)
  })

  test('a pod that asks before its address is known is found, and is gone with its end', async () => {
    const soon = agent.view.soon(() => podAt(agent.view, '10.99.0.8'), 10_000)
    await apply(podOf('young'))
    await isRunning('young', '10.99.0.8')
    const pod = await soon
    expect(pod?.name).toBe('young')
    await kubectl(['delete', 'pod', 'young', '-n', shop, '--force', '--grace-period=0'])
    await sees(() => agent.view.podByUid(pod?.uid ?? '') === undefined)
    expect(podAt(agent.view, '10.99.0.8')).toBeUndefined()
  })

  test('tokens of the API server are believed for their audience and pod, and no others', async () => {
    const pod = podAt(agent.view, address)
    const good = await tokenOf('web')
    expect(agent.tokens.verify(good, audience, Date.now())).toMatchObject({
      namespace: shop,
      serviceAccount: 'web',
      podName: 'web',
      podUid: pod?.uid,
    })
    const other = await tokenOf('web', 'sts.amazonaws.com')
    expect(agent.tokens.verify(other, audience, Date.now())).toEqual({ fault: 'wrong-audience' })
    const unbound = await kubectl(['create', 'token', 'web', '-n', shop, '--audience', audience])
    expect(agent.tokens.verify(unbound, audience, Date.now())).toEqual({ fault: 'not-of-a-pod' })
    expect(agent.tokens.verify(good, audience, Date.now() + 2 * 3600_000)).toEqual({ fault: 'expired' })
    const forged = good.replace(/[^.]*$/, Buffer.alloc(256).toString('base64url'))
    expect(agent.tokens.verify(forged, audience, Date.now())).toEqual({ fault: 'bad-signature' })
  })

  test('an Event is on the pod, and is counted up', async () => {
    const pod = podAt(agent.view, address)
    if (!pod) throw new Error('no pod')
    const quick = start({ eventUpdateMs: 100 })
    quick.teller.tell(pod, { reason: 'AwsRoleDenied', message: 'role web is denied' })
    quick.teller.tell(pod, { reason: 'AwsRoleDenied', message: 'role web is denied' })
    let seen: unknown
    const look = async () => {
      const text = await kubectl([
        'get',
        'events',
        '-n',
        shop,
        '--field-selector',
        `involvedObject.uid=${pod.uid}`,
        '-o',
        'json',
      ])
      const [event] = (JSON.parse(text) as { items: { count: number }[] }).items
      seen = event
      return event?.count === 2
    }
    const end = Date.now() + 10_000
    while (!(await look()) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
    await quick.close()
    expect(seen).toMatchObject({
      reason: 'AwsRoleDenied',
      type: 'Warning',
      count: 2,
      source: { component: 'devk8s-aws', host: node },
      involvedObject: { kind: 'Pod', name: 'web' },
    })
    expect(await kubectl(['describe', 'pod', 'web', '-n', shop])).toContain('role web is denied')
    expect(lines.filter((line) => line.startsWith('events'))).toEqual([])
  })

  test('watches that end by themselves go on without a list or a word', async () => {
    const short = start({ watchSeconds: 1 })
    await sees(() => short.view.isReady())
    const before = lines.length
    await new Promise((resolve) => setTimeout(resolve, 2500))
    await apply(podOf('later'))
    await isRunning('later', '10.99.0.9')
    await sees(() => podAt(short.view, '10.99.0.9') !== undefined)
    expect(lines.slice(before)).toEqual([])
    expect(short.view.staleForMs()).toBeLessThan(3000)
    await short.close()
  })

  test('it has no right to any other Secret or ConfigMap', async () => {
    const { DEVK8S_AGENT_API_URL: apiUrl = '', DEVK8S_AGENT_TOKEN_FILE: tokenFile = '' } = env
    const ca = await authorityOf(new URL(apiUrl))
    const client = createKubeClient({ apiUrl, tokenFile, ca, requestMs: 5000 })
    const statusOf = (at: string) =>
      client.get(at).then(
        () => 200,
        (error: unknown) => (error as { status?: number }).status,
      )
    const system = '/api/v1/namespaces/devk8s-system'
    const statuses = await Promise.all(
      [
        `${system}/secrets?fieldSelector=metadata.name%3Ddevk8s-aws-sessions`,
        `${system}/secrets`,
        `${system}/secrets?fieldSelector=metadata.name%3Dother`,
        '/api/v1/secrets',
        '/api/v1/configmaps',
        `/api/v1/namespaces/${shop}/secrets`,
        `/api/v1/namespaces/${shop}/events`,
      ].map(statusOf),
    )
    client.close()
    expect(statuses).toEqual([200, 403, 403, 403, 403, 403, 403])
  })
})

test('says whether an API server takes part', () => {
  const words =
    kubeconfig === undefined
      ? 'SKIPPED: DEVK8S_TEST_KUBECONFIG names no server, so the agent was run against none'
      : `against ${kubeconfig}${program === undefined ? ': SKIPPED, no kubectl' : ''}`
  process.stdout.write(`agent, cluster half: ${words}\n`)
  expect(words).not.toBe('')
})

function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data }
}
