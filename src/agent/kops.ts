import type { KopsMapping } from './asked-role.ts'
import { isRecord, parsedJson } from './json.ts'

/**
 * Key `config` of kOps' ConfigMap: `{"ns/sa": {"RoleARN": …}}`. The webhook reads it with Go's JSON, which takes names of
 * fields in any case (amazon-eks-pod-identity-webhook pkg/cache/cache.go, `Entry`). Entries without a role or without a
 * slash are left out.
 *
 * @returns undefined for what is no JSON object: the webhook then keeps what it has.
 */
export function parseKops(text: string | undefined): KopsMapping | undefined {
  const document = text === undefined ? undefined : parsedJson(text)
  if (!isRecord(document)) return undefined
  const entries = Object.entries(document).flatMap(([key, value]) => {
    const roleArn = roleIn(value)
    return /^[^/]+\/[^/]+$/.test(key) && roleArn ? [[key, { roleArn }] as const] : []
  })
  return Object.fromEntries(entries)
}

function roleIn(entry: unknown): string | undefined {
  if (!isRecord(entry)) return undefined
  const [, role] = Object.entries(entry).find(([field]) => field.toLowerCase() === 'rolearn') ?? []
  return typeof role === 'string' && role !== '' ? role : undefined
}
