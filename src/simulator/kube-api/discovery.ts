import { groupVersionOf, type KindSpec } from './kinds.ts'
import type { Fields } from './object.ts'
import { hasScale } from './scale.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const
const statusVerbs = ['get', 'patch', 'update'] as const
/** The type of the subresource `scale`, whoever has it. */
const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const

/** A discovery answer: the document, and its content type when it is not plain JSON. */
export interface DiscoveryAnswer {
  readonly body: Fields
  readonly contentType: string
}

const plain = 'application/json'

/**
 * The answer to `/api` or `/apis`: the aggregated document when Accept asks for one (recorded 1.33/015, 1.27/016;
 * a real API server gives it on both paths), else the plain list of group versions.
 */
export function discoveryRoot(
  root: 'api' | 'apis',
  kinds: readonly KindSpec[],
  accept: string,
): DiscoveryAnswer {
  const format = aggregatedFormat(accept)
  const served = kinds.filter((kind) => (kind.group === '') === (root === 'api'))
  if (format === undefined)
    return { body: root === 'api' ? coreVersions() : groupList(served), contentType: plain }
  return {
    body: {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${format}`,
      metadata: {},
      items: groupsOf(served).map((group) => aggregatedGroup(group, served)),
    },
    contentType: `${plain};g=apidiscovery.k8s.io;v=${format};as=APIGroupDiscoveryList`,
  }
}

function aggregatedFormat(accept: string): 'v2' | 'v2beta1' | undefined {
  const asked = accept.split(',').find((type) => type.includes('g=apidiscovery.k8s.io'))
  if (asked === undefined) return undefined
  return /v=v2beta1/.test(asked) ? 'v2beta1' : 'v2'
}

function coreVersions(): Fields {
  const address = { clientCIDR: '0.0.0.0/0', serverAddress: '192.168.49.2:8443' }
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [address] }
}

function groupsOf(kinds: readonly KindSpec[]): readonly string[] {
  return [...new Set(kinds.map((kind) => kind.group))]
}

function versionsOf(group: string, kinds: readonly KindSpec[]): readonly string[] {
  return [...new Set(kinds.filter((kind) => kind.group === group).map((kind) => kind.version))]
}

function groupList(kinds: readonly KindSpec[]): Fields {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupsOf(kinds).map((name) => groupEntry(name, kinds)),
  }
}

function groupEntry(name: string, kinds: readonly KindSpec[]): Fields {
  const versions = versionsOf(name, kinds).map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

/** The answer to `/apis/GROUP`, or undefined when the group is not served. */
export function discoveryGroup(group: string, kinds: readonly KindSpec[]): Fields | undefined {
  if (!kinds.some((kind) => kind.group === group)) return undefined
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, kinds) }
}

/** The answer to `/api/v1` or `/apis/GROUP/VERSION` (recorded 1.33/011), or undefined when it is not served. */
export function discoveryVersion(
  group: string,
  version: string,
  kinds: readonly KindSpec[],
): Fields | undefined {
  const served = kinds.filter((kind) => kind.group === group && kind.version === version)
  const [first] = served
  if (first === undefined) return undefined
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersionOf(first),
    resources: served.flatMap(resourceEntries),
  }
}

function resourceEntries(kind: KindSpec): readonly Fields[] {
  const head = { namespaced: kind.namespaced, kind: kind.kind }
  const entry = {
    name: kind.plural,
    singularName: kind.singular,
    ...head,
    verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
  }
  const scale = { name: `${kind.plural}/scale`, singularName: '', ...head, ...scaleKind, verbs: statusVerbs }
  const status = { name: `${kind.plural}/status`, singularName: '', ...head, verbs: statusVerbs }
  return [entry, ...(hasScale(kind) ? [scale] : []), ...(kind.hasStatus ? [status] : [])]
}

function aggregatedGroup(group: string, kinds: readonly KindSpec[]): Fields {
  const versions = versionsOf(group, kinds).map((version) => ({
    version,
    resources: kinds
      .filter((kind) => kind.group === group && kind.version === version)
      .map(aggregatedResource),
    freshness: 'Current',
  }))
  return { metadata: group === '' ? {} : { name: group }, versions }
}

function aggregatedResource(kind: KindSpec): Fields {
  const responseKind = { group: kind.group, version: kind.version, kind: kind.kind }
  const status = { subresource: 'status', responseKind, verbs: statusVerbs }
  const scale = { subresource: 'scale', responseKind: scaleKind, verbs: statusVerbs }
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(kind.hasStatus ? { subresources: [...(hasScale(kind) ? [scale] : []), status] } : {}),
  }
}
