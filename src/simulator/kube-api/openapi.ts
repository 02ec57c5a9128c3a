import { groupVersionOf, type KindSpec } from './kinds.ts'
import type { Fields } from './object.ts'

/** The path below `/openapi/v3/` of a kind's document: `api/v1`, `apis/apps/v1`. */
function documentPath(kind: KindSpec): string {
  return kind.group === '' ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`
}

/** `/openapi/v3`: one address per group version (recorded 1.33/333). */
export function openApiIndex(kinds: readonly KindSpec[], kubernetesVersion: string): Fields {
  const entries = [...new Set(kinds.map(documentPath))].map((path) => {
    const address = `/openapi/v3/${path}?hash=${kubernetesVersion}`
    return [path, { serverRelativeURL: address }] as const
  })
  return { paths: Object.fromEntries(entries) }
}

/**
 * The least document with which kubectl 1.33 applies: for each kind one PATCH that has the parameter
 * `fieldValidation`, so that kubectl leaves the checking to the server (recorded 1.33/333).
 */
export function openApiDocument(
  path: string,
  kinds: readonly KindSpec[],
  version: string,
): Fields | undefined {
  const served = kinds.filter((kind) => documentPath(kind) === path)
  if (served.length === 0) return undefined
  const operations = served.map((kind) => [objectPath(kind), { patch: patchOperation(kind) }] as const)
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version }, paths: Object.fromEntries(operations) }
}

function objectPath(kind: KindSpec): string {
  const base = kind.group === '' ? '/api/v1' : `/apis/${groupVersionOf(kind)}`
  return `${base}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`
}

function patchOperation(kind: KindSpec): Fields {
  return {
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
    parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } }],
    responses: { '200': { description: 'OK' } },
  }
}
