import { groupVersionOf, type KindSpec } from './kinds.ts'
import type { Fields } from './object.ts'

export interface Cause {
  readonly reason?: string
  readonly message: string
  readonly field?: string
}

interface Details {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly Cause[]
}

/** An error answer of the API server, before it is written as JSON. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: string | undefined
  readonly details: Details | undefined

  constructor(status: number, reason: string | undefined, message: string, details?: Details) {
    super(message)
    this.status = status
    this.reason = reason
    this.details = details
  }
}

/** The `Status` document of an error, fields in the server's order (recorded 1.33/017). */
export function statusBody(error: ApiError): Fields {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.status,
  }
}

/** The `Status` document of a deletion (recorded 1.33/106). */
export function deletedBody(kind: KindSpec, name: string, uid: string): Fields {
  const details = { name, ...groupOf(kind), kind: kind.plural, uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}

function groupOf(kind: KindSpec): { readonly group?: string } {
  return kind.group === '' ? {} : { group: kind.group }
}

/** How messages name a resource: `configmaps`, `deployments.apps`. */
function resourceName(kind: KindSpec): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
}

/** 404 for an object (recorded 1.33/017). */
export function notFound(kind: KindSpec, name: string): ApiError {
  const details = { name, ...groupOf(kind), kind: kind.plural }
  return new ApiError(404, 'NotFound', `${resourceName(kind)} "${name}" not found`, details)
}

/** 404 for a resource that is not served (recorded 1.33/010 and 044). */
export function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
}

/** 409 on create (recorded 1.33/021). */
export function alreadyExists(kind: KindSpec, name: string): ApiError {
  const details = { name, ...groupOf(kind), kind: kind.plural }
  return new ApiError(409, 'AlreadyExists', `${resourceName(kind)} "${name}" already exists`, details)
}

/** 409 on an update that carries an old resourceVersion (recorded 1.33/114). */
export function staleObject(kind: KindSpec, name: string): ApiError {
  const text = `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`
  return new ApiError(409, 'Conflict', text, { name, ...groupOf(kind), kind: kind.plural })
}

/** 422 with its causes (recorded 1.33/042). */
export function invalid(kind: KindSpec, name: string, causes: readonly Cause[]): ApiError {
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`)
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const details = { name, ...groupOf(kind), kind: kind.kind, causes }
  return new ApiError(422, 'Invalid', `${qualified} "${name}" is invalid: ${all}`, details)
}

/** 403 of RBAC; without the `: access denied` that kcp adds (recorded 1.33/211, 212). */
export function forbidden(
  user: string,
  verb: string,
  kind: KindSpec,
  namespace: string | undefined,
  name: string | undefined,
): ApiError {
  const subject = name === undefined ? `${resourceName(kind)} is` : `${resourceName(kind)} "${name}" is`
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const text = `${subject} forbidden: User "${user}" cannot ${verb} resource "${kind.plural}" in API group "${kind.group}" ${where}`
  const details = { ...(name === undefined ? {} : { name }), ...groupOf(kind), kind: kind.plural }
  return new ApiError(403, 'Forbidden', text, details)
}

/** 403 while a namespace is being deleted (kubernetes: plugin/pkg/admission/namespace/lifecycle/admission.go). */
export function terminating(kind: KindSpec, name: string, namespace: string): ApiError {
  const text = `${resourceName(kind)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  return new ApiError(403, 'Forbidden', text, { name, ...groupOf(kind), kind: kind.plural, causes: [cause] })
}

const immortalNamespaces = ['default', 'kube-public', 'kube-system']

/** 403 for the deletion of a namespace that must stay; undefined for the others (as above). */
export function immortal(kind: KindSpec, name: string): ApiError | undefined {
  if (kind.kind !== 'Namespace' || !immortalNamespaces.includes(name)) return undefined
  const text = `namespaces "${name}" is forbidden: this namespace may not be deleted`
  return new ApiError(403, 'Forbidden', text, { name, kind: 'namespaces' })
}

/** 401 (recorded 1.33/200). */
export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized')
}

/** 415 for a body that is neither JSON nor YAML (recorded 1.33/321). */
export function unsupportedMediaType(): ApiError {
  const text =
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml'
  return new ApiError(415, 'UnsupportedMediaType', text, {})
}

/** 400 for a body that cannot be read. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message)
}

/** 503 while the API server is coming up (recorded 1.33/260). */
export function unavailable(): ApiError {
  const text = 'the server is currently unable to handle the request'
  return new ApiError(503, 'ServiceUnavailable', text)
}

/** 405 for a verb that a path does not have. */
export function methodNotAllowed(): ApiError {
  const text = 'the server does not allow this method on the requested resource'
  return new ApiError(405, 'MethodNotAllowed', text, {})
}

/** 500 for an apply whose object does not fit the schema; no reason (recorded 1.33/051, 055). */
export function untypedPatch(kind: KindSpec, namespace: string, name: string, fault: string): ApiError {
  const place = `${namespace}/${name}; ${kind.group}/${kind.version}, Kind=${kind.kind}`
  return new ApiError(500, undefined, `failed to create typed patch object (${place}): ${fault}`)
}

/** 422 for a body whose fields an update refuses (`fieldValidation=Strict`). */
export function strictDecoding(kind: KindSpec, fields: readonly string[]): ApiError {
  const faults = fields.map((field) => `unknown field "${field}"`).join(', ')
  const text = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${faults}`
  return new ApiError(400, 'BadRequest', text)
}

/** Which apiVersion and kind a list of the kind has. */
export function listHead(kind: KindSpec): { readonly kind: string; readonly apiVersion: string } {
  return { kind: `${kind.kind}List`, apiVersion: groupVersionOf(kind) }
}
