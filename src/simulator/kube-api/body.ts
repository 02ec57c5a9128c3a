import type { ApiRequest } from './contract.ts'
import { badRequest, unsupportedMediaType } from './status.ts'
import { decodeProtobufObject } from './protobuf.ts'

/**
 * The body of a request as JSON. An apply-patch says YAML, but kubectl sends JSON (recorded 1.33/030).
 * @throws ApiError 400 for text that is not JSON, 415 for other content types (recorded 1.33/321).
 */
export function parseBody(request: ApiRequest): unknown {
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0] ?? ''
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobufObject(request.body)
  if (!/json$|apply-patch\+yaml$/.test(type)) throw unsupportedMediaType()
  try {
    return JSON.parse(request.body) as unknown
  } catch {
    // Not chained: the server's own message names what its decoder saw, and clients only show that.
    throw badRequest('error decoding patch: invalid JSON')
  }
}
