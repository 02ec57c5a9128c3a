// Images known to hold an AWS SDK from before EKS Pod Identity: SDKs of before November 2023 refuse its address
// (facts aws, 3.3). Only what can be looked up stands here; an image that does not is taken for a new one.

interface SdkLine {
  /** Repositories, as people write them. */
  readonly images: readonly string[]
  readonly holds: string
  /** The first version of the image that takes the address, one for each major version. */
  readonly takesEksFrom: readonly [string, ...string[]]
  /** Where that is known from. */
  readonly evidence: string
}

const lines: readonly SdkLine[] = [
  {
    images: ['amazon/aws-cli', 'public.ecr.aws/aws-cli/aws-cli'],
    holds: 'AWS CLI',
    takesEksFrom: ['1.30.0', '2.15.0'],
    evidence: 'Tags are versions of the CLI; EKS’s page of supported SDKs has 1.30.0 and 2.15.0.',
  },
  {
    images: ['registry.k8s.io/external-dns/external-dns'],
    holds: 'external-dns',
    takesEksFrom: ['0.14.1'],
    evidence:
      'go.mod: v0.14.0 has aws-sdk-go 1.44.311, v0.14.1 has 1.51.1; the first that takes it is 1.47.11.',
  },
  {
    images: ['quay.io/jetstack/cert-manager-controller'],
    holds: 'cert-manager',
    takesEksFrom: ['1.14.0'],
    evidence:
      'go.mod: v1.13.6 has aws-sdk-go 1.45.7, v1.14.0 has 1.49.13; the first that takes it is 1.47.11.',
  },
]

/** Which SDK an image holds, as far as that is known. */
export interface KnownSdk {
  readonly holds: string
  /** Of the image, by its tag: `2.9.0`. */
  readonly version: string
  /** It goes to the address of EKS Pod Identity. */
  readonly takesEks: boolean
  /** The first version of that major that does. */
  readonly takesEksFrom: string
  readonly evidence: string
}

/** @param image as a container names it. @returns undefined for one that nothing is known of. */
export function knownSdk(image: string): KnownSdk | undefined {
  for (const { images, holds, takesEksFrom, evidence } of lines) {
    const tagged = new RegExp(
      `^${repositoryExpression(images)}:v?(?<version>\\d+[.]\\d+[.]\\d+)${behindVersion}`,
    )
    const version = tagged.exec(image)?.groups?.['version']
    const bound = version === undefined ? undefined : boundFor(version, takesEksFrom)
    if (version === undefined || bound === undefined) continue
    const takesEks = !isOlder(partsOf(version), partsOf(bound))
    return { holds, version, takesEks, takesEksFrom: bound, evidence }
  }
  return undefined
}

/** That of its major version, or of the last one before; undefined for a version from before them all. */
const boundFor = (version: string, bounds: readonly string[]): string | undefined =>
  bounds.findLast((bound) => partsOf(bound)[0] <= partsOf(version)[0])

/**
 * Expressions for images whose SDK refuses the address of EKS, anchored at both ends; Go's RE2 and JavaScript read them
 * alike.
 */
export const oldSdkExpressions = (): readonly string[] =>
  lines.map(
    ({ images, takesEksFrom }) =>
      `^${repositoryExpression(images)}:v?(${takesEksFrom.map(olderExpression).join('|')})${behindVersion}`,
  )

/** What a tag may have behind its version, and a digest behind both. */
const behindVersion = '([-+@].*)?$'

/** Docker Hub's repositories are written with its name or without. */
const repositoryExpression = (images: readonly string[]): string =>
  `((index[.])?docker[.]io/)?(${images.map((image) => image.replaceAll('.', '[.]')).join('|')})`

type Version = readonly [number, number, number]

function partsOf(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number)
  return [major, minor, patch]
}

function isOlder(a: Version, b: Version): boolean {
  const at = a.findIndex((part, index) => part !== b[index])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/** Versions of the same major that are older, `2.14.6` for `2.15.0`. */
function olderExpression(version: string): string {
  const [major, minor, patch] = partsOf(version)
  const alternatives = [
    ...(minor === 0 ? [] : [`${below(minor)}[.]\\d+`]),
    ...(patch === 0 ? [] : [`${minor}[.]${below(patch)}`]),
  ]
  return `${major}[.](${alternatives.join('|')})`
}

/** Whole numbers from 0 up to, and without, this one. */
function below(bound: number): string {
  const digits = String(bound)
  const shorter = digits.length - 1
  const parts: string[] = shorter === 0 ? [] : [shorter === 1 ? '\\d' : `\\d{1,${shorter}}`]
  for (const [at, digit] of digits.split('').entries()) {
    const least = at === 0 && digits.length > 1 ? 1 : 0
    const most = Number(digit) - 1
    const rest = digits.length - at - 1
    if (most >= least) parts.push(`${digits.slice(0, at)}[${least}-${most}]${'\\d'.repeat(rest)}`)
  }
  return `(${parts.join('|')})`
}
