import { isReady } from './admission.ts'
import { kindNamed } from './kinds.ts'
import { at, fieldsOf, type KubeObject, listOf, sameJson, textOf } from './object.ts'
import { nodeAddress, nodesOf } from './pods.ts'
import { matchesLabels } from './selectors.ts'
import {
  deleteObject,
  getObject,
  type KubeStore,
  listObjects,
  listStored,
  namespaceContents,
  putObject,
  refOf,
} from './store.ts'

/** Time between a namespace's deletion and the moment it is gone, in ms (assumed; recorded 1.33/116: 5 s on kcp). */
const namespaceGoneAfterMs = 1000

/** Fills new namespaces, and empties those being deleted until they are gone. */
export function settleNamespaces(store: KubeStore, now: number): KubeStore {
  return listObjects(store, kindNamed('Namespace')).reduce((made, namespace) => {
    const deletedAt = namespace.metadata.deletionTimestamp
    if (deletedAt === undefined) return fillNamespace(made, namespace.metadata.name, now)
    return now >= Date.parse(deletedAt) + namespaceGoneAfterMs ? emptyNamespace(made, namespace) : made
  }, store)
}

/** Each namespace gets its `default` ServiceAccount and the cluster's CA, also after someone deleted them. */
function fillNamespace(store: KubeStore, name: string, now: number): KubeStore {
  return namespaceContents(name)
    .filter((object) => getObject(store, refOf(object)) === undefined)
    .reduce((made, object) => putObject(made, object, now), store)
}

function emptyNamespace(store: KubeStore, namespace: KubeObject): KubeStore {
  const inside = Object.values(store.objects).filter(
    ({ object }) => object.metadata.namespace === namespace.metadata.name,
  )
  const emptied = inside.reduce((made, { object }) => deleteObject(made, refOf(object)), store)
  return deleteObject(emptied, refOf(namespace))
}

function podsBehind(service: KubeObject, store: KubeStore): readonly KubeObject[] {
  const selector = Object.entries(fieldsOf(at(service, 'spec', 'selector')))
  if (selector.length === 0) return []
  const text = selector.map(([key, value]) => `${key}=${String(value)}`).join(',')
  return listObjects(store, kindNamed('Pod'), service.metadata.namespace).filter((pod) =>
    matchesLabels(pod.metadata.labels ?? {}, text),
  )
}

/** One EndpointSlice per Service with a selector: the addresses of its pods, and whether they are ready. */
export function settleEndpoints(store: KubeStore, now: number): KubeStore {
  return listStored(store, kindNamed('Service')).reduce((made, { object, firstVersion }) => {
    if (at(object, 'spec', 'selector') === undefined) return made
    const slice = endpointSlice(object, `${object.metadata.name}-${firstVersion.toString(36)}`, made)
    const before = getObject(made, refOf(slice))
    const isSame = before !== undefined && sameJson(before['endpoints'], slice['endpoints'])
    return isSame ? made : putObject(made, slice, now)
  }, store)
}

function endpointSlice(service: KubeObject, name: string, store: KubeStore): KubeObject {
  const { metadata } = service
  const endpoints = podsBehind(service, store)
    .filter((pod) => textOf(at(pod, 'status', 'podIP')) !== undefined)
    .map((pod) => ({
      addresses: [at(pod, 'status', 'podIP')],
      conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
      targetRef: {
        kind: 'Pod',
        name: pod.metadata.name,
        namespace: pod.metadata.namespace,
        uid: pod.metadata.uid,
      },
    }))
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { 'kubernetes.io/service-name': metadata.name },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: metadata.name, uid: metadata.uid ?? '' }],
    },
    addressType: 'IPv4',
    endpoints,
    ports: listOf(at(service, 'spec', 'ports')).map((port) => ({
      name: textOf(at(port, 'name')) ?? '',
      port: at(port, 'port'),
      protocol: textOf(at(port, 'protocol')) ?? 'TCP',
    })),
  }
}

/** A ready ingress controller writes the node's address into the Ingresses of its class. */
export function settleIngresses(store: KubeStore, now: number): KubeStore {
  const controller = listObjects(store, kindNamed('Pod'), 'ingress-nginx').find(
    (pod) => pod.metadata.labels?.['app.kubernetes.io/component'] === 'controller' && isReady(pod),
  )
  if (controller === undefined) return store
  const classes = listObjects(store, kindNamed('IngressClass')).filter(
    (each) => at(each, 'spec', 'controller') === 'k8s.io/ingress-nginx',
  )
  const status = { loadBalancer: { ingress: [{ ip: nodeAddress(nodesOf(store)[0]) }] } }
  return listObjects(store, kindNamed('Ingress'))
    .filter((ingress) => isOfClass(ingress, classes) && !sameJson(ingress['status'], status))
    .reduce((made, ingress) => putObject(made, { ...ingress, status }, now), store)
}

/** facts 7.3: Ingresses without a class are watched too. */
function isOfClass(ingress: KubeObject, classes: readonly KubeObject[]): boolean {
  const name = textOf(at(ingress, 'spec', 'ingressClassName'))
  return name === undefined || classes.some((each) => each.metadata.name === name)
}
