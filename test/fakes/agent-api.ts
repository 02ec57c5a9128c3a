import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { startAgent, type RunningAgent } from '../../src/agent/agent.ts'
import { agentConfig } from '../../src/agent/config.ts'
import type { MappingDocument, SessionsDocument } from '../../src/agent/documents.ts'
import type { Timings } from '../../src/agent/timings.ts'
import { answer, type ApiState } from './agent-api-answers.ts'
import { signedToken, signingKey, type SigningKey } from './agent-api-keys.ts'
import { ApiStore, type FakeObject } from './agent-api-store.ts'

// An API server on the loopback for tests of the in-cluster agent (src/agent). Plain HTTP.
//
//   const api = await agentApi()
//   const agent = await startTestAgent({ api })                      // 127.0.0.1, a free port, ready when it returns
//   const pod = api.addPod({ namespace: 'shop', name: 'web', serviceAccount: 'web', address: '127.0.0.1',
//                            annotations: { 'iam.amazonaws.com/role': 'web' } })   // namespace and account come with it
//   api.setMapping({ version: 1, ... }); api.setSessions({ version: 1, ... })
//   const token = api.issueToken({ namespace: 'shop', serviceAccount: 'web', pod })
//   await fetch(`${agent.url}/v1/credentials`, { headers: { authorization: token } })
//   api.events                                                       // Events that the agent wrote, as they are now
//   await agent.close(); await api.close()
//
// A change is told to the open watches at once; `await agent.sees(() => condition on agent.view)` waits for it.
// The agent in a process of its own (`dist/agent/agent.cjs`): environment DEVK8S_AGENT_API_URL=api.url,
// DEVK8S_AGENT_TOKEN_FILE=api.tokenFile, DEVK8S_AGENT_ADDRESS, DEVK8S_AGENT_PORT. From another network namespace the API
// server is reached with `agentApi({ host: '10.0.0.1' })`.
//
// Faults: dropConnections() cuts all; hang() leaves what is open dead without closing it (a laptop that slept);
// compact() has every resumption answered with 410 (dropConnections() brings one about); refuse(part, status) answers
// paths with that part so.
// It checks the bearer token, takes fieldSelector (metadata.name, spec.nodeName), limit/continue, resourceVersion,
// allowWatchBookmarks and timeoutSeconds. Objects may not be changed by requests, but for Events.

export interface FakePod {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount?: string
  readonly address?: string
  readonly addresses?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly hostNetwork?: boolean
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly node?: string
  readonly uid?: string
  readonly deletionTimestamp?: string
  /** Of its container, as the kubelet told last. */
  readonly startedAt?: string
  /** When its init container ran for the second time. */
  readonly initAgainAt?: string
}

export interface PodHandle {
  readonly uid: string
  readonly name: string
  readonly namespace: string
}

export interface TokenOf {
  readonly namespace: string
  readonly serviceAccount: string
  /** Not bound to a pod without it. */
  readonly pod?: Pick<PodHandle, 'name' | 'uid'>
  /** `pods.eks.amazonaws.com` unless said. */
  readonly audience?: string | readonly string[]
  /** From now; may be negative. An hour unless said. */
  readonly expiresInS?: number
  readonly issuer?: string
  /** Another key than the one of the API server: a forged token. */
  readonly key?: SigningKey
  /** Laid over the claims. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Instead of `{alg, kid}`. */
  readonly header?: Readonly<Record<string, unknown>>
}

export type AgentApi = Awaited<ReturnType<typeof agentApi>>

/** Starts one; `host` is the address to listen on. */
export async function agentApi(options: { host?: string; alg?: SigningKey['alg']; issuer?: string } = {}) {
  const store = new ApiStore()
  const token = 'agent-token-of-the-fake'
  const issuer = options.issuer ?? 'https://kubernetes.default.svc.cluster.local'
  const faults = { refused: new Map<string, number>(), hungSockets: new Set<Socket>(), bookmarkMs: 1000 }
  const keys = { current: signingKey(options.alg), published: [] as SigningKey[] }
  keys.published = [keys.current]
  const events = new Map<string, Record<string, unknown>>()
  const requests: { readonly method: string; readonly path: string }[] = []
  const sockets = new Set<Socket>()
  const state: ApiState = { store, token, issuer, faults, keys, events, requests }
  const server = createServer((request, response) => void answer(state, request, response))
  server.keepAliveTimeout = 60_000
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await listening(server, options.host ?? '127.0.0.1')
  const { address, port } = server.address() as AddressInfo
  const folder = await mkdtemp(path.join(tmpdir(), 'agent-api-'))
  const tokenFile = path.join(folder, 'token')
  await writeFile(tokenFile, `${token}\n`, { mode: 0o600 })

  const setConfigMap = (namespace: string, name: string, key: string, text: string | undefined) => {
    if (text === undefined) store.remove('configmaps', namespace, name)
    else store.put('configmaps', { metadata: { namespace, name }, data: { [key]: text } })
  }
  const setNamespace = (name: string, more: Marks = {}) =>
    store.put('namespaces', { metadata: { name, ...marksOf(more) } })
  const setAccount = (namespace: string, name: string, annotations: Marks['annotations'] = {}) =>
    store.put('serviceaccounts', { metadata: { namespace, name, annotations, ...noise } })

  return {
    url: `http://${address}:${port}`,
    token,
    tokenFile,
    issuer,
    requests,
    /** Events as they are now, in the order of their creation. */
    get events(): readonly Record<string, unknown>[] {
      return [...events.values()]
    },
    /** Open connections. */
    connections: () => sockets.size,
    addPod(pod: FakePod): PodHandle {
      if (!store.get('namespaces', '', pod.namespace)) setNamespace(pod.namespace)
      const account = pod.serviceAccount ?? 'default'
      if (!store.get('serviceaccounts', pod.namespace, account)) setAccount(pod.namespace, account)
      return handleOf(store.put('pods', podObject(pod)))
    },
    /** Replaces the pod of this name, with its uid. */
    changePod: (pod: FakePod): PodHandle => handleOf(store.put('pods', podObject(pod))),
    removePod: (pod: Pick<PodHandle, 'namespace' | 'name'>) => store.remove('pods', pod.namespace, pod.name),
    setAccount,
    removeAccount: (namespace: string, name: string) => store.remove('serviceaccounts', namespace, name),
    setNamespace,
    removeNamespace: (name: string) => store.remove('namespaces', '', name),
    /** A text is taken as it is; undefined removes the ConfigMap. */
    setMapping: (mapping: MappingDocument | string | undefined) =>
      setConfigMap('devk8s-system', 'devk8s-aws', 'mapping.json', textOf(mapping)),
    /** A text is taken as it is; undefined removes the Secret. */
    setSessions(sessions: SessionsDocument | string | undefined): void {
      const [namespace, name] = ['devk8s-system', 'devk8s-aws-sessions']
      if (sessions === undefined) return store.remove('secrets', namespace, name)
      const data = { 'sessions.json': Buffer.from(textOf(sessions) ?? '').toString('base64') }
      store.put('secrets', { metadata: { namespace, name }, data })
    },
    /** `{'ns/sa': {RoleARN}}`, as kOps writes it, or a text; undefined removes the ConfigMap. */
    setKops: (mapping: Readonly<Record<string, { readonly RoleARN: string }>> | string | undefined) =>
      setConfigMap('kube-system', 'pod-identity-webhook', 'config', textOf(mapping)),
    issueToken: (of: TokenOf): string =>
      issueToken(keys.current, issuer, of, store.get('serviceaccounts', of.namespace, of.serviceAccount)),
    /** A new key signs from now on; the old one stays published where `keepOld`. */
    rotateKeys({ keepOld = false, alg }: { keepOld?: boolean; alg?: SigningKey['alg'] } = {}): void {
      keys.current = signingKey(alg ?? options.alg)
      keys.published = keepOld ? [...keys.published, keys.current] : [keys.current]
    },
    dropConnections: () => sockets.forEach((socket) => socket.destroy()),
    hang: () => sockets.forEach((socket) => faults.hungSockets.add(socket)),
    compact: () => store.compact(),
    /** Answers every path that has this part with the status; without one, the fault is over. */
    refuse(part: string, status?: number): void {
      if (status === undefined) faults.refused.delete(part)
      else faults.refused.set(part, status)
    },
    async close(): Promise<void> {
      server.close()
      sockets.forEach((socket) => socket.destroy())
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface TestAgent extends RunningAgent {
  readonly url: string
  readonly lines: readonly string[]
  /** Resolves once it holds, looked at every few ms; rejects after 5 s. */
  sees(condition: () => boolean): Promise<void>
}

/** The agent in this process, against the fake; it is ready when this returns, unless `wait` is false. */
export async function startTestAgent(options: {
  readonly api: Pick<AgentApi, 'url' | 'tokenFile'>
  readonly address?: string
  readonly port?: number
  readonly node?: string
  readonly podUid?: string
  readonly timings?: Partial<Timings>
  readonly nowMs?: () => number
  readonly wait?: boolean
}): Promise<TestAgent> {
  const lines: string[] = []
  const config = agentConfig({
    DEVK8S_AGENT_API_URL: options.api.url,
    DEVK8S_AGENT_TOKEN_FILE: options.api.tokenFile,
    DEVK8S_AGENT_ADDRESS: options.address ?? '127.0.0.1',
    DEVK8S_AGENT_PORT: String(options.port ?? 0),
    DEVK8S_AGENT_NODE: options.node,
    DEVK8S_AGENT_POD_UID: options.podUid,
  })
  const agent = await startAgent(
    { ...config, timings: { ...config.timings, ...options.timings } },
    { nowMs: options.nowMs ?? Date.now, log: (line) => lines.push(line) },
  )
  const sees = (condition: () => boolean) => eventually(condition, () => lines.join('\n'))
  if (options.wait !== false) await sees(() => agent.view.isReady())
  return { ...agent, url: `http://${agent.address}:${agent.port}`, lines, sees }
}

async function eventually(condition: () => boolean, why: () => string): Promise<void> {
  const end = Date.now() + 5000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`it did not come true within 5 s\n${why()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

interface Marks {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** What a real API server sends along with every object. */
const noise = {
  creationTimestamp: '2026-01-02T03:04:05Z',
  managedFields: [
    { manager: 'kubectl', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:metadata': {} } },
  ],
}

const marksOf = (marks: Marks) => ({
  labels: marks.labels ?? {},
  annotations: marks.annotations ?? {},
  ...noise,
})

const textOf = (value: object | string | undefined) =>
  value === undefined || typeof value === 'string' ? value : JSON.stringify(value)

const handleOf = ({ metadata }: FakeObject): PodHandle => ({
  uid: metadata.uid,
  name: metadata.name,
  namespace: metadata.namespace ?? '',
})

function podObject(pod: FakePod) {
  const addresses = pod.addresses ?? (pod.address === undefined ? [] : [pod.address])
  const { namespace, name, uid, deletionTimestamp } = pod
  return {
    metadata: {
      namespace,
      name,
      ...(uid === undefined ? {} : { uid }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...marksOf(pod),
    },
    spec: {
      nodeName: pod.node ?? 'minikube',
      serviceAccountName: pod.serviceAccount ?? 'default',
      ...(pod.hostNetwork ? { hostNetwork: true } : {}),
      containers: [{ name: 'main', image: 'registry.example/app:1', env: [{ name: 'A', value: 'b' }] }],
    },
    status: {
      phase: pod.phase ?? 'Running',
      ...(pod.startedAt ? { containerStatuses: [{ state: { running: { startedAt: pod.startedAt } } }] } : {}),
      ...(pod.initAgainAt
        ? {
            initContainerStatuses: [
              { restartCount: 1, state: { terminated: { startedAt: pod.initAgainAt, exitCode: 0 } } },
            ],
          }
        : {}),
      ...(addresses.length === 0 ? {} : { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) }),
    },
  }
}

function issueToken(
  current: SigningKey,
  issuer: string,
  of: TokenOf,
  account: FakeObject | undefined,
): string {
  const nowS = Math.floor(Date.now() / 1000)
  const audience = of.audience ?? 'pods.eks.amazonaws.com'
  const key = of.key ?? current
  const claims = {
    aud: typeof audience === 'string' ? [audience] : audience,
    exp: nowS + (of.expiresInS ?? 3600),
    iat: nowS,
    iss: of.issuer ?? issuer,
    jti: '5c1d0f9e-0000-4000-8000-000000000000',
    'kubernetes.io': {
      namespace: of.namespace,
      ...(of.pod ? { node: { name: 'minikube' }, pod: { name: of.pod.name, uid: of.pod.uid } } : {}),
      serviceaccount: {
        name: of.serviceAccount,
        uid: account?.metadata.uid ?? 'c0ffee00-0000-4000-8000-000000000000',
      },
    },
    nbf: nowS,
    sub: `system:serviceaccount:${of.namespace}:${of.serviceAccount}`,
    ...of.claims,
  }
  return signedToken(key, claims, of.header)
}

function listening(server: Server, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => resolve())
  })
}
