import type { KindSpec } from './kinds.ts'
import { at, type Fields, fieldsOf, type KubeObject, listOf, numberOf, omit, textOf } from './object.ts'

interface Column {
  readonly name: string
  readonly type: 'string' | 'integer'
  readonly cell: (object: KubeObject, now: number) => string | number
}

const text = (name: string, cell: Column['cell']): Column => ({ name, type: 'string', cell })
const nameColumn = text('Name', (object) => object.metadata.name)
const age = text('Age', ageOf)

/** The document that `kubectl get` without `-o` asks for with `as=Table` (recorded 1.33/013). */
export function tableOf(
  kind: KindSpec,
  objects: readonly KubeObject[],
  metadata: Fields,
  version: 'v1' | 'v1beta1',
  now: number,
): Fields {
  const columns = [nameColumn, ...(columnsOf[kind.kind] ?? [age])]
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columns.map(({ name, type }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  }
}

const columnsOf: Readonly<Record<string, readonly Column[]>> = {
  Namespace: [text('Status', (o) => textOf(at(o, 'status', 'phase')) ?? ''), age],
  ConfigMap: [{ name: 'Data', type: 'integer', cell: dataCount }, age],
  Secret: [
    text('Type', (o) => textOf(o['type']) ?? 'Opaque'),
    { name: 'Data', type: 'integer', cell: dataCount },
    age,
  ],
  Node: [
    text('Status', (o) => (isTrue(o, 'Ready') ? 'Ready' : 'NotReady')),
    text('Roles', rolesOf),
    age,
    text('Version', (o) => textOf(at(o, 'status', 'nodeInfo', 'kubeletVersion')) ?? ''),
  ],
  Pod: [
    text('Ready', podReady),
    text('Status', podState),
    text('Restarts', (o) => String(restartsOf(o))),
    age,
  ],
  Deployment: [
    text('Ready', (o) => `${count(o, 'readyReplicas')}/${numberOf(at(o, 'spec', 'replicas')) ?? 1}`),
    text('Up-to-date', (o) => String(count(o, 'updatedReplicas'))),
    text('Available', (o) => String(count(o, 'availableReplicas'))),
    age,
  ],
  StatefulSet: [
    text('Ready', (o) => `${count(o, 'readyReplicas')}/${numberOf(at(o, 'spec', 'replicas')) ?? 1}`),
    age,
  ],
  DaemonSet: [
    ...['Desired:desiredNumberScheduled', 'Current:currentNumberScheduled', 'Ready:numberReady'].map(counter),
    age,
  ],
  ReplicaSet: [
    text('Desired', (o) => String(numberOf(at(o, 'spec', 'replicas')) ?? 1)),
    ...['Current:replicas', 'Ready:readyReplicas'].map(counter),
    age,
  ],
  Job: [
    text('Status', (o) => (isTrue(o, 'Complete') ? 'Complete' : 'Running')),
    text('Completions', (o) => `${count(o, 'succeeded')}/${numberOf(at(o, 'spec', 'completions')) ?? 1}`),
    age,
  ],
  Service: [
    text('Type', (o) => textOf(at(o, 'spec', 'type')) ?? 'ClusterIP'),
    text('Cluster-IP', (o) => textOf(at(o, 'spec', 'clusterIP')) ?? '<none>'),
    text('Port(s)', portsOf),
    age,
  ],
  Ingress: [
    text('Class', (o) => textOf(at(o, 'spec', 'ingressClassName')) ?? '<none>'),
    text(
      'Hosts',
      (o) =>
        listOf(at(o, 'spec', 'rules'))
          .map((rule) => textOf(at(rule, 'host')) ?? '*')
          .join(',') || '*',
    ),
    text('Address', (o) => textOf(at(listOf(at(o, 'status', 'loadBalancer', 'ingress'))[0], 'ip')) ?? ''),
    age,
  ],
}

function counter(spec: string): Column {
  const [name = '', field = ''] = spec.split(':')
  return text(name, (object) => String(count(object, field)))
}

function count(object: KubeObject, field: string): number {
  return numberOf(at(object, 'status', field)) ?? 0
}

function dataCount(object: KubeObject): number {
  return Object.keys(fieldsOf(object['data'])).length + Object.keys(fieldsOf(object['binaryData'])).length
}

function isTrue(object: KubeObject, type: string): boolean {
  return listOf(at(object, 'status', 'conditions')).some(
    (each) => at(each, 'type') === type && at(each, 'status') === 'True',
  )
}

function rolesOf(object: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/'
  const labels = Object.keys(object.metadata.labels ?? {}).filter((label) => label.startsWith(prefix))
  return labels.map((label) => label.slice(prefix.length)).join(',') || '<none>'
}

function podReady(object: KubeObject): string {
  const statuses = listOf(at(object, 'status', 'containerStatuses'))
  const ready = statuses.filter((each) => at(each, 'ready') === true).length
  return `${ready}/${listOf(at(object, 'spec', 'containers')).length}`
}

/** What kubectl's STATUS column says: the waiting reason of a container before the phase. */
function podState(object: KubeObject): string {
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating'
  const reasons = listOf(at(object, 'status', 'containerStatuses')).flatMap(
    (each) =>
      textOf(at(each, 'state', 'waiting', 'reason')) ??
      textOf(at(each, 'state', 'terminated', 'reason')) ??
      [],
  )
  return reasons[0] ?? textOf(at(object, 'status', 'phase')) ?? 'Unknown'
}

function restartsOf(object: KubeObject): number {
  return listOf(at(object, 'status', 'containerStatuses')).reduce<number>(
    (sum, each) => sum + (numberOf(at(each, 'restartCount')) ?? 0),
    0,
  )
}

function portsOf(object: KubeObject): string {
  const ports = listOf(at(object, 'spec', 'ports')).map(fieldsOf)
  return ports
    .map((port) => {
      const node = port['nodePort'] === undefined ? '' : `:${numberOf(port['nodePort'])}`
      return `${String(port['port'])}${node}/${textOf(port['protocol']) ?? 'TCP'}`
    })
    .join(',')
}

function ageOf(object: KubeObject, now: number): string {
  const created = Date.parse(object.metadata.creationTimestamp ?? '')
  return Number.isNaN(created) ? '<unknown>' : renderAge(Math.max(0, Math.floor((now - created) / 1000)))
}

/** kubectl's ages (kubernetes: apimachinery/pkg/util/duration/duration.go, HumanDuration). */
function renderAge(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(seconds / 3600)
  const days = Math.floor(hours / 24)
  const both = (big: string, rest: number, unit: string): string =>
    rest === 0 ? big : `${big}${rest}${unit}`
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return both(`${minutes}m`, seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  if (hours < 8) return both(`${hours}h`, minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (days < 8) return both(`${days}d`, hours % 24, 'h')
  if (days < 730) return `${days}d`
  return both(`${Math.floor(days / 365)}y`, days % 365, 'd')
}

/** The object as a list carries it: without its own apiVersion and kind. */
export function listItem(object: KubeObject): Fields {
  return omit(object, 'apiVersion', 'kind')
}
