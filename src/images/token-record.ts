import { expiresAnnotation, issuedAnnotation, type Lifetime } from '../upkeep/lifetime.ts'

/** Says of the tokens in a Secret whose they are and how old; holds none itself. */
export const recordAnnotation = 'devk8s.dev/registry-tokens'

export interface TokenRecord {
  /** Which of the person's identities asked for them: `sourceKey`. */
  readonly source: string
  /** The AWS account of that identity. */
  readonly account: string
  readonly regions: Readonly<Record<string, TokenAge>>
}

/** Of one token. */
export interface TokenAge extends Lifetime {
  /** When AWS last refused a newer one, so that it is not asked again at every look. */
  readonly triedAtMs?: number
}

/** The annotations that tell all of a record. */
export function recordAnnotations({
  source,
  account,
  regions,
}: TokenRecord): Readonly<Record<string, string>> {
  const ages = Object.values(regions)
  const first = ages.toSorted((a, b) => a.expiresAtMs - b.expiresAtMs)[0]
  const told = Object.entries(regions).map(([region, { issuedAtMs, expiresAtMs, triedAtMs }]) => [
    region,
    {
      issuedAt: iso(issuedAtMs),
      expiresAt: iso(expiresAtMs),
      ...(triedAtMs === undefined ? {} : { triedAt: iso(triedAtMs) }),
    },
  ])
  return {
    [recordAnnotation]: JSON.stringify({ source, account, regions: Object.fromEntries(told) }),
    ...(first === undefined
      ? {}
      : { [issuedAnnotation]: iso(first.issuedAtMs), [expiresAnnotation]: iso(first.expiresAtMs) }),
  }
}

/** The record in the annotations of a Secret; undefined when there is none that can be read. */
export function parseRecord(
  annotations: Readonly<Record<string, string>> | undefined,
): TokenRecord | undefined {
  try {
    const value = JSON.parse(annotations?.[recordAnnotation] ?? '') as {
      readonly source: unknown
      readonly account: unknown
      readonly regions: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
    const regions = Object.entries(value.regions).map(([region, age]) => [region, parseAge(age)] as const)
    if (regions.some(([, age]) => age === undefined)) return undefined
    return {
      source: String(value.source),
      account: String(value.account),
      regions: Object.fromEntries(regions.flatMap(([region, age]) => (age ? [[region, age]] : []))),
    }
  } catch {
    return undefined
  }
}

function parseAge(age: Readonly<Record<string, unknown>>): TokenAge | undefined {
  const [issuedAtMs, expiresAtMs, triedAtMs] = ['issuedAt', 'expiresAt', 'triedAt'].map((key) =>
    Date.parse(String(age[key])),
  )
  if (!isTime(issuedAtMs) || !isTime(expiresAtMs)) return undefined
  return { issuedAtMs, expiresAtMs, ...(isTime(triedAtMs) ? { triedAtMs } : {}) }
}

const isTime = (ms: number | undefined): ms is number => ms !== undefined && Number.isFinite(ms)
const iso = (ms: number) => new Date(ms).toISOString()
