import type { Aws, ClientCertificate, Keyset, KeysetKey } from '../ports/aws.ts'
import type { Secret } from '../ports/secret.ts'
import { kopsClusterMissing, kopsKeyMissing, kopsServerUnknown, kopsStateUnusable } from '../problems/aws.ts'
import { fail } from '../problems/problem.ts'
import { type KopsDescription, kopsEndpoint, parseKopsDescription, parseStore } from './kops-spec.ts'

/** Where a kOps cluster is described, as the profile says it. */
export interface KopsSpec {
  readonly cluster: string
  /** `s3://bucket` or `s3://bucket/prefix`. */
  readonly stateStore: string
  readonly region?: string
  readonly awsProfile?: string
  readonly roleArn?: string
}

/** What a kubeconfig needs of a kOps cluster. */
export interface KopsCluster {
  readonly server: string
  /** Base64 of all trusted CA certificates in PEM; undefined where the load balancer shows one of a public CA. */
  readonly certificateAuthorityData?: string
  readonly tlsServerName?: string
  /** Whether client certificates can be signed: the CA's private key is there, and the API server sees them. */
  readonly canMint: boolean
}

/**
 * The cluster as `kops export kubeconfig` would write it.
 * @throws DevK8sError DK5031 when the store does not have the cluster, DK5032 when what it has cannot be read, DK5034
 *   when the address is not in it, and what `Aws` throws.
 */
export async function readKopsCluster(aws: Aws, spec: KopsSpec, signal: AbortSignal): Promise<KopsCluster> {
  const description = await readDescription(aws, spec, signal)
  const endpoint = kopsEndpoint(description)
  if ('unknown' in endpoint) {
    fail(kopsServerUnknown, {
      detail: `${endpoint.unknown}; the state store does not know the address of its load balancer.`,
      next: [`kops export kubeconfig ${spec.cluster} --state ${spec.stateStore}`],
    })
  }
  const { server, tlsServerName, needsAuthority, takesCertificates } = endpoint
  const keyset = await readAuthority(aws, spec, description, signal)
  return {
    server,
    ...(needsAuthority && { certificateAuthorityData: btoa(bundleOf(keyset)) }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    canMint: takesCertificates && signerOf(keyset) !== undefined,
  }
}

/**
 * A client certificate of an administrator, as `kops export kubeconfig --admin` signs one, for `hours`.
 * @throws DevK8sError DK5033 when the CA's private key is not in the store or no client certificate gets through, and
 *   what `readKopsCluster` throws.
 */
export async function mintKopsCertificate(
  aws: Aws,
  spec: KopsSpec,
  wants: { readonly commonName: string; readonly hours: number },
  signal: AbortSignal,
): Promise<ClientCertificate> {
  const description = await readDescription(aws, spec, signal)
  const endpoint = kopsEndpoint(description)
  if ('server' in endpoint && !endpoint.takesCertificates) {
    fail(kopsKeyMissing, {
      detail: `The load balancer of ${spec.cluster} shows a certificate of its own and passes no client certificate on.`,
      next: lookUp(spec),
    })
  }
  const authority = signerOf(await readAuthority(aws, spec, description, signal))
  if (authority === undefined) {
    fail(kopsKeyMissing, {
      detail: `${spec.stateStore} has only the public part of the CA of ${spec.cluster}.`,
      next: lookUp(spec),
    })
  }
  return aws.signClientCertificate({ authority, ...wants, organization: 'system:masters' }, signal)
}

async function readDescription(aws: Aws, spec: KopsSpec, signal: AbortSignal): Promise<KopsDescription> {
  const store = storeOf(spec.stateStore, spec)
  const key = [store.prefix, spec.cluster, 'config'].filter((part) => part !== '').join('/')
  const text = await aws.readText({ ...sourceOf(spec), bucket: store.bucket, key }, signal)
  if (text === undefined) {
    fail(kopsClusterMissing, {
      detail: `There is no s3://${store.bucket}/${key}.`,
      next: [`kops get clusters --state ${spec.stateStore}`],
    })
  }
  return (
    (await parseKopsDescription(text)) ??
    unusable(spec, `s3://${store.bucket}/${key}`, 'no description of a cluster')
  )
}

/** The CA: `kubernetes-ca`, called `ca` before kOps 1.22 (kops upup/pkg/fi/vfs_keystorereader.go). */
async function readAuthority(
  aws: Aws,
  spec: KopsSpec,
  { keyStore }: KopsDescription,
  signal: AbortSignal,
): Promise<Keyset> {
  const place = keyStore ?? `${spec.stateStore.replace(/\/+$/, '')}/${spec.cluster}/pki`
  const { bucket, prefix } = storeOf(place, spec)
  for (const name of ['kubernetes-ca', 'ca']) {
    const key = `${prefix}/private/${name}/keyset.yaml`
    const keyset = await aws.readKeyset({ ...sourceOf(spec), bucket, key }, signal)
    if (keyset === undefined) continue
    return trustedOf(keyset).length > 0
      ? keyset
      : unusable(spec, `s3://${bucket}/${key}`, 'no certificate that is to be trusted')
  }
  return unusable(spec, `s3://${bucket}/${prefix}`, 'no keyset of the CA')
}

function storeOf(address: string, spec: KopsSpec): { readonly bucket: string; readonly prefix: string } {
  return parseStore(address) ?? unusable(spec, `${address}, a store of ${spec.cluster},`, 'no bucket of S3')
}

function unusable(spec: KopsSpec, place: string, reason: string): never {
  fail(kopsStateUnusable, { detail: `${place} holds ${reason}.`, next: lookUp(spec) })
}

const lookUp = ({ cluster, stateStore }: KopsSpec) => [
  `kops get cluster ${cluster} --state ${stateStore} -o yaml`,
]

const sourceOf = ({ region, awsProfile, roleArn }: KopsSpec) => ({
  ...(region !== undefined && { region }),
  ...(awsProfile !== undefined && { profile: awsProfile }),
  ...(roleArn !== undefined && { roleArn }),
})

const trustedOf = ({ keys }: Keyset) => keys.filter(({ isDistrusted }) => !isDistrusted)

function bundleOf(keyset: Keyset): string {
  return trustedOf(keyset)
    .map(({ certificatePem }) => `${certificatePem.trim()}\n`)
    .join('')
}

/** The key that signs: the primary one, which old keysets do not name: the newest of them (kops, FindPrimary). */
function signerOf(keyset: Keyset): (KeysetKey & { readonly keyPem: Secret }) | undefined {
  const { primaryId } = keyset
  const trusted = trustedOf(keyset)
  const primary = primaryId === undefined ? trusted.at(-1) : trusted.find(({ id }) => id === primaryId)
  return primary?.keyPem === undefined ? undefined : { ...primary, keyPem: primary.keyPem }
}
