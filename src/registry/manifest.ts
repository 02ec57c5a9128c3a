/** What an answer to a manifest request is. */
export type Manifest =
  | {
      readonly kind: 'image'
      readonly config: string
      readonly layers: number
      /** Of config and layers together, in bytes; what a pull downloads. */
      readonly sizeBytes: number
    }
  /** One image for each platform. */
  | { readonly kind: 'index'; readonly images: readonly PlatformImage[] }
  /** Docker's first schema: the platform stands in it, and there is no config to fetch. */
  | { readonly kind: 'old' }

export interface PlatformImage {
  readonly digest: string
  readonly os: string
  readonly architecture: string
}

/** Every form that a registry may hold an image in (OCI image 1.1; docker's schema 2). */
export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const

type Fields = Readonly<Record<string, unknown>>

/**
 * A manifest, whatever its form: told by its fields, since `mediaType` is optional in OCI's.
 * @returns undefined for what is no manifest: an answer of a proxy, or of a registry we do not know.
 */
export function parseManifest(text: string): Manifest | undefined {
  const value = parseJson(text)
  if (value === undefined) return undefined
  const { manifests, config, layers, schemaVersion } = value
  if (Array.isArray(manifests)) return { kind: 'index', images: manifests.flatMap(platformImage) }
  const digest = fieldsOf(config)['digest']
  if (typeof digest === 'string' && Array.isArray(layers)) {
    return { kind: 'image', config: digest, layers: layers.length, sizeBytes: sizeOf([config, ...layers]) }
  }
  return schemaVersion === 1 ? { kind: 'old' } : undefined
}

/** Builders add attestations to an index, as images of the platform `unknown/unknown` (BuildKit, attestation storage). */
function platformImage(entry: unknown): readonly PlatformImage[] {
  const { digest, platform } = fieldsOf(entry)
  const { os, architecture } = fieldsOf(platform)
  if (typeof digest !== 'string' || typeof os !== 'string' || typeof architecture !== 'string') return []
  return os === 'unknown' ? [] : [{ digest, os, architecture }]
}

const sizeOf = (blobs: readonly unknown[]) =>
  blobs.map((blob) => fieldsOf(blob)['size']).reduce<number>((sum, size) => sum + (Number(size) || 0), 0)

/** What an image was built for, by its config: `linux/arm64`; undefined when the config does not say. */
export function platformIn(config: string): Pick<PlatformImage, 'os' | 'architecture'> | undefined {
  const { os, architecture } = parseJson(config) ?? {}
  return typeof os === 'string' && typeof architecture === 'string' ? { os, architecture } : undefined
}

function parseJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
