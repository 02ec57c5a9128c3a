import { Changes } from './changes.ts'
import type { KopsMapping } from './asked-role.ts'
import type { MappingDocument } from './documents.ts'
import type { KubeClient } from './kube-client.ts'
import { parseKops } from './kops.ts'
import { parseMapping } from './mapping-in.ts'
import {
  readAccount,
  readConfigMap,
  readNamespace,
  readPod,
  readSecret,
  type Account,
  type Document,
  type KnownPod,
} from './objects.ts'
import { PodIndex } from './pod-index.ts'
import { followedBy, noSessions, type Sessions } from './sessions.ts'
import type { Timings } from './timings.ts'
import type { AccountView, NamespaceView, View } from './view.ts'
import { startWatch, type Watch, type Watched } from './watch.ts'

export interface ClusterViewOf {
  readonly client: KubeClient
  /** Pods of this node only: no other pod's request comes here, since address and routes are each node's own. */
  readonly node: string | undefined
  /** The agent's own pod; undefined where it runs in none. */
  readonly podUid: string | undefined
  readonly timings: Timings
  readonly nowMs: () => number
  readonly log: (line: string) => void
}

export interface ClusterView {
  readonly view: View
  stop(): Promise<void>
}

/** The cluster in memory: six watches, of which none is by namespace. */
export function startClusterView(of: ClusterViewOf): ClusterView {
  const pods = new PodIndex({ uid: of.podUid, startedAtMs: of.nowMs() }, of.nowMs)
  const accounts = new Map<string, AccountView>()
  const namespaces = new Map<string, NamespaceView>()
  const changes = new Changes()
  const watch = <T>(watched: Watched<T>): Watch => startWatch(telling(watched, changes), of)
  const documents = heldDocuments(of)
  const watches: readonly Watch[] = [
    watch(podsOf(pods, of.node)),
    watch(accountsIn(accounts)),
    watch(namespacesIn(namespaces)),
    watch(documents.mappingIn),
    watch(documents.sessionsIn),
    watch(documents.kopsIn),
  ]
  const view: View = {
    isReady: () => watches.every((each) => each.isListed()),
    podByUid: (uid) => pods.byUid(uid),
    podByAddress: (address) => pods.byAddress(address),
    soon: (look, withinMs) => changes.soon(look, withinMs),
    account: (namespace, name) => accounts.get(`${namespace}/${name}`),
    namespace: (name) => namespaces.get(name),
    mapping: documents.mapping,
    kops: documents.kops,
    session: (id) => documents.sessions().sessions.get(id),
    refusedSession: (id) => documents.sessions().refused.get(id),
    staleForMs: () => Math.max(0, of.nowMs() - Math.min(...watches.map((each) => each.seenAtMs()))),
  }
  return {
    view,
    async stop() {
      changes.close()
      await Promise.all(watches.map((each) => each.stop()))
    },
  }
}

/** The same, and whoever waits for a change is told. */
function telling<T>(watched: Watched<T>, changes: Changes): Watched<T> {
  const then =
    <A>(change: (of: A) => void) =>
    (of: A) => {
      change(of)
      changes.tell()
    }
  return {
    ...watched,
    replace: then(watched.replace),
    put: then(watched.put),
    drop: then(watched.drop),
  }
}

/** Some 10 kB each for a pod, with all its managed fields. Pages of large objects are smaller (watch.ts). */
const pageSize = 25

function podsOf(pods: PodIndex, node: string | undefined): Watched<KnownPod> {
  return {
    what: 'pods',
    path: '/api/v1/pods',
    ...(node === undefined ? {} : { fieldSelector: `spec.nodeName=${node}` }),
    pageSize,
    read: readPod,
    replace: (all) => pods.replace(all),
    put: (pod) => pods.put(pod),
    drop: (pod) => pods.drop(pod),
  }
}

function accountsIn(accounts: Map<string, AccountView>): Watched<Account> {
  const put = ({ namespace, name, uid, annotations }: Account) =>
    void accounts.set(`${namespace}/${name}`, { uid, annotations })
  return {
    what: 'service accounts',
    path: '/api/v1/serviceaccounts',
    pageSize,
    read: readAccount,
    replace(all) {
      accounts.clear()
      all.forEach(put)
    },
    put,
    drop: ({ namespace, name }) => void accounts.delete(`${namespace}/${name}`),
  }
}

function namespacesIn(namespaces: Map<string, NamespaceView>): Watched<NamespaceView> {
  const put = (namespace: NamespaceView) => void namespaces.set(namespace.name, namespace)
  return {
    what: 'namespaces',
    path: '/api/v1/namespaces',
    pageSize,
    read: readNamespace,
    replace(all) {
      namespaces.clear()
      all.forEach(put)
    },
    put,
    drop: ({ name }) => void namespaces.delete(name),
  }
}

/** Mapping, sessions and kOps' mapping. The last good one stays when one cannot be read, and is gone with its object. */
function heldDocuments({ log, nowMs }: ClusterViewOf) {
  let mapping: MappingDocument | undefined
  let kops: KopsMapping | undefined
  let sessions: Sessions = noSessions
  const takeMapping = (text: string | undefined) => {
    const next = parseMapping(text)
    if (!next) log('mapping.json cannot be read; what it said before counts')
    mapping = next ?? mapping
  }
  const takeKops = (text: string | undefined) => {
    const next = parseKops(text)
    if (!next) log("kOps' pod-identity-webhook cannot be read; what it said before counts")
    kops = next ?? kops
  }
  const takeSessions = (text: string | undefined) => {
    const next = followedBy(sessions, text, nowMs())
    for (const fault of next.faults) log(`sessions: ${fault}; what was good before counts`)
    ;({ sessions } = next)
  }
  const [ours, kopsNamespace] = ['/api/v1/namespaces/devk8s-system', '/api/v1/namespaces/kube-system']
  const mappingIn: Watched<Document> = {
    ...oneDocument('mapping', `${ours}/configmaps`, 'devk8s-aws', takeMapping, () => (mapping = undefined)),
    read: (object) => readConfigMap(object, 'mapping.json'),
  }
  const sessionsIn: Watched<Document> = {
    ...oneDocument(
      'sessions',
      `${ours}/secrets`,
      'devk8s-aws-sessions',
      takeSessions,
      () => (sessions = noSessions),
    ),
    read: (object) => readSecret(object, 'sessions.json'),
  }
  const kopsIn: Watched<Document> = {
    ...oneDocument(
      'kOps',
      `${kopsNamespace}/configmaps`,
      'pod-identity-webhook',
      takeKops,
      () => (kops = undefined),
    ),
    read: (object) => readConfigMap(object, 'config'),
  }
  return {
    mapping: () => mapping,
    kops: () => kops,
    sessions: () => sessions,
    mappingIn,
    sessionsIn,
    kopsIn,
  }
}

function oneDocument(
  what: string,
  path: string,
  name: string,
  take: (text: string | undefined) => void,
  gone: () => void,
): Omit<Watched<Document>, 'read'> {
  return {
    what,
    path,
    fieldSelector: `metadata.name=${name}`,
    pageSize: 1,
    replace(all) {
      const found = all.find((each) => each.name === name)
      if (found) take(found.text)
      else gone()
    },
    put: ({ text }) => take(text),
    drop: () => gone(),
  }
}
