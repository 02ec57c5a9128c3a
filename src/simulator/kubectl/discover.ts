import { at, isFields, listOf, textOf } from '../kube-api/object.ts'
import {
  type Client,
  dialFault,
  errorText,
  Failure,
  genericMessage,
  type Reply,
  type Unreachable,
  unreachableText,
} from './client.ts'

/** A resource type as kubectl knows it from discovery. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly namespaced: boolean
}

const accept =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'

/** Discovery is tried five times, each failure one line on stderr (recorded 1.33/200, 220, 260). */
const tries = 5

/**
 * The resource types of the server.
 * @throws Failure with five log lines and the real cause last.
 */
export function discover(client: Client): readonly Resource[] {
  for (let failed = 0; ; failed++) {
    const core = client.send('GET', `/api?timeout=${client.timeout}`, { accept })
    const fault = discoveryFault(core, client)
    if (fault === undefined) return [...resourcesIn(core), ...groupResources(client)]
    if (failed === tries - 1) throw new Failure(failureLines(client, fault, core))
  }
}

function groupResources(client: Client): readonly Resource[] {
  const groups = client.send('GET', `/apis?timeout=${client.timeout}`, { accept })
  const fault = discoveryFault(groups, client)
  if (fault !== undefined) throw new Failure(failureLines(client, fault, groups))
  return resourcesIn(groups)
}

/** The cause in one line, or undefined when the answer is good. */
export function discoveryFault(reply: Reply | Unreachable, client: Client): string | undefined {
  if ('unreachable' in reply)
    return `Get "https://${reply.server}/api?timeout=${client.timeout}": ${dialFault(reply)}`
  return reply.status === 200 ? undefined : genericMessage(reply)
}

function failureLines(client: Client, fault: string, reply: Reply | Unreachable): string {
  const quoted = fault.replaceAll('"', '\\"')
  const line = `${client.logHead} memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: ${quoted}"\n`
  return line.repeat(tries) + ('unreachable' in reply ? unreachableText(reply) : errorText(reply, true))
}

/** One failed discovery, as `apply --validate=false` shows it (recorded 1.33/224). */
export function recognizeFailure(client: Client, fault: string): string {
  const quoted = fault.replaceAll('"', '\\"')
  const line = `${client.logHead} memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: ${quoted}"\n`
  return `${line}error: unable to recognize "STDIN": ${fault}\n`
}

function resourcesIn(reply: Reply | Unreachable): readonly Resource[] {
  const body = 'unreachable' in reply ? undefined : reply.body
  return listOf(at(body, 'items')).flatMap((group) =>
    listOf(at(group, 'versions')).flatMap((version) =>
      listOf(at(version, 'resources'))
        .filter(isFields)
        .map((resource) => ({
          group: textOf(at(group, 'metadata', 'name')) ?? '',
          version: textOf(at(version, 'version')) ?? '',
          kind: textOf(at(resource, 'responseKind', 'kind')) ?? '',
          plural: textOf(resource['resource']) ?? '',
          singular: textOf(resource['singularResource']) ?? '',
          shortNames: listOf(resource['shortNames']).map(String),
          namespaced: resource['scope'] === 'Namespaced',
        })),
    ),
  )
}

/**
 * The type a person names: `po`, `pod`, `pods`, `deploy`, `deployments.apps`, `deployments.v1.apps`.
 * @throws Failure when the server has none (recorded 1.33/023).
 */
export function resourceNamed(resources: readonly Resource[], name: string): Resource {
  const [word = '', ...rest] = name.toLowerCase().split('.')
  const group = rest.join('.')
  const found = resources.find(
    (each) =>
      (each.plural === word ||
        each.singular === word ||
        each.kind.toLowerCase() === word ||
        each.shortNames.includes(word)) &&
      (group === '' || each.group === group || `${each.version}.${each.group}` === group),
  )
  if (found === undefined) {
    // Only what stands before the first dot is named.
    throw new Failure(`error: the server doesn't have a resource type "${name.split('.')[0]}"\n`)
  }
  return found
}

/** The type of a manifest, or undefined. */
export function resourceFor(
  resources: readonly Resource[],
  apiVersion: string,
  kind: string,
): Resource | undefined {
  return resources.find((each) => each.kind === kind && groupVersion(each) === apiVersion)
}

function groupVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/** The API path of a collection, or of one object in it. */
export function pathOf(resource: Resource, namespace: string | undefined, name?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${groupVersion(resource)}`
  const inside = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : ''
  return `${root}${inside}/${resource.plural}${name === undefined ? '' : `/${name}`}`
}

/** How kubectl names an object: `configmap/x`, `deployment.apps/x` (recorded 1.33/030). */
export function displayName(resource: Resource, name: string, separator = '/'): string {
  return `${typeName(resource)}${separator}${name}`
}

/** `configmap`, `deployment.apps`. */
export function typeName(resource: Resource): string {
  const kind = resource.kind.toLowerCase()
  return resource.group === '' ? kind : `${kind}.${resource.group}`
}
