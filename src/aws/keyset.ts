import type { Keyset, KeysetKey } from '../ports/aws.ts'
import { Secret } from '../ports/secret.ts'
import { type Fields, fieldsOf } from './fields.ts'

/**
 * A kOps keyset file (`kind: Keyset`), with its keys in kOps' order: by id as a number, names before numbers
 * (kops upup/pkg/fi/ca.go, KeysetItemIdOlder). Undefined when the text is none.
 */
export async function parseKeyset(text: string): Promise<Keyset | undefined> {
  const { readYamlMap } = await import('./yaml.ts')
  const spec = fieldsOf(readYamlMap(text)?.['spec'])
  const listed = spec?.['keys']
  if (spec === undefined || !Array.isArray(listed)) return undefined
  const keys = listed.flatMap((each: unknown) => keyOf(fieldsOf(each)) ?? [])
  // v1alpha2 and v1alpha3 spell it differently (kops pkg/apis/kops).
  const primaryId = idOf(spec['primaryId'] ?? spec['primaryID'])
  return {
    ...(primaryId !== undefined && { primaryId }),
    keys: keys.toSorted((a, b) => orderOf(a.id, b.id)),
  }
}

function keyOf(item: Fields | undefined): KeysetKey | undefined {
  const id = idOf(item?.['id'])
  const certificatePem = decoded(item?.['publicMaterial'])
  const keyPem = decoded(item?.['privateMaterial'])
  if (id === undefined || certificatePem === undefined) return undefined
  return {
    id,
    certificatePem,
    ...(keyPem !== undefined && { keyPem: Secret.of(keyPem) }),
    isDistrusted: Boolean(item?.['distrustTimestamp']),
  }
}

/** kOps quotes ids; a number written plain may be too long for one, and is then not told from its neighbours. */
function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined
}

function orderOf(a: string, b: string): number {
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (isNumberA && isNumberB) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0
  if (isNumberA !== isNumberB) return isNumberA ? 1 : -1
  return a < b ? -1 : a > b ? 1 : 0
}

/** Base64 of a PEM, as Kubernetes writes bytes into YAML. */
function decoded(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  try {
    const text = atob(value.replaceAll(/\s/g, ''))
    return text.includes('-----BEGIN') ? text : undefined
  } catch {
    return undefined
  }
}
