import type { Hashing } from '../ports/hash.ts'
import type { NetReply } from '../ports/net.ts'
import type { Secret } from '../ports/secret.ts'

export interface RegistryRequest {
  readonly url: string
  readonly authorization?: Secret
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
/** What is asked for by this name is not there, so that it can be seen how that looks. */
const absent = 'missing'

/**
 * The private registries of ECR in a rehearsal, and the S3 behind them: every repository and every tag is there, built
 * for amd64 and arm64, but for the repository and the tag `missing`. Whoever brings any token is let in: what AWS gives
 * out is the simulated AWS's affair. Statuses and bodies are ECR's (OCI distribution 1.1; IAM's sentences are left out).
 * @returns undefined for every other host.
 */
export function answerRegistry(request: RegistryRequest, hashing: Hashing): NetReply | undefined {
  const url = new URL(request.url)
  const account = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\./.exec(url.host)?.[1]
  if (account === undefined) return undefined
  if (request.authorization === undefined) return reply(url.href, 401, 'text/plain', 'Not Authorized\n')
  const [, repository = '', kind = '', wanted = ''] =
    /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? []
  if (repository === '' || repository.split('/').at(-1) === absent) {
    return refusal(
      url.href,
      'NAME_UNKNOWN',
      `The repository with name '${repository}' does not exist in the registry with id '${account}'`,
    )
  }
  const made = imageOf(repository, hashing)
  const found = made.find(({ digest }) => digest === wanted)
  if (kind === 'blobs') {
    const region = url.host.split('.')[3] ?? ''
    const s3 = `https://prod-${region}-starport-layer-bucket.s3.${region}.amazonaws.com/${wanted}`
    return found === undefined
      ? refusal(url.href, 'BLOB_UNKNOWN', 'Requested blob not found')
      : reply(s3, 200, 'application/octet-stream', found.text)
  }
  const manifest = found ?? (wanted === absent || wanted.includes(':') ? undefined : made[0])
  return manifest === undefined
    ? refusal(url.href, 'MANIFEST_UNKNOWN', 'Requested image not found')
    : reply(url.href, 200, manifest.type, manifest.text)
}

interface Stored {
  readonly digest: string
  readonly type: string
  readonly text: string
}

/** First the index, then for each platform its manifest and its config. The same name makes the same image. */
function imageOf(repository: string, hashing: Hashing): readonly Stored[] {
  const parts = (['amd64', 'arm64'] as const).map((architecture) => {
    const config = stored(
      'application/vnd.oci.image.config.v1+json',
      { os: 'linux', architecture, config: { Labels: { repository } } },
      hashing,
    )
    const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: 31_457_280 }
    const layers = [
      { ...layer, digest: stored(layer.mediaType, { repository, architecture }, hashing).digest },
    ]
    const manifest = stored(
      manifestType,
      {
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: config.type, digest: config.digest, size: config.text.length },
        layers,
      },
      hashing,
    )
    return { architecture, config, manifest }
  })
  const manifests = parts.map(({ architecture, manifest }) => ({
    mediaType: manifestType,
    digest: manifest.digest,
    size: manifest.text.length,
    platform: { os: 'linux', architecture },
  }))
  const index = stored(indexType, { schemaVersion: 2, mediaType: indexType, manifests }, hashing)
  return [index, ...parts.flatMap(({ manifest, config }) => [manifest, config])]
}

function stored(type: string, content: object, hashing: Hashing): Stored {
  const text = JSON.stringify(content)
  const hasher = hashing.sha256()
  hasher.update(text)
  return { digest: `sha256:${hasher.hex()}`, type, text }
}

function refusal(url: string, code: string, message: string): NetReply {
  return reply(url, 404, 'application/json; charset=utf-8', JSON.stringify({ errors: [{ code, message }] }))
}

function reply(url: string, status: number, type: string, text: string): NetReply {
  const bytes = new TextEncoder().encode(text)
  return {
    status,
    headers: { 'content-type': type, 'content-length': String(bytes.length) },
    url,
    body: once(bytes),
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
