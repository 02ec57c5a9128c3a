import { fieldsOf } from './fields.ts'

/** What devk8s reads in a kOps cluster's description: `config` of the state store. */
export interface KopsDescription {
  readonly name: string
  readonly publicName?: string
  /** The `dns.type` of the topology: Public, Private or None. */
  readonly dns?: string
  readonly loadBalancer?: { readonly isNetwork: boolean; readonly hasCertificate: boolean }
  /** Where the keys lie, `s3://bucket/path`, when not below the cluster's own folder. */
  readonly keyStore?: string
}

/**
 * Reads `kind: Cluster` of the API versions v1alpha2, which kOps writes, and v1alpha3
 * (kops pkg/apis/kops/v1alpha{2,3}/cluster.go). Undefined when the text is none.
 */
export async function parseKopsDescription(text: string): Promise<KopsDescription | undefined> {
  const { readYamlMap } = await import('./yaml.ts')
  const document = readYamlMap(text)
  const name = string(fieldsOf(document?.['metadata'])?.['name'])
  const spec = fieldsOf(document?.['spec'])
  if (name === undefined || spec === undefined) return undefined
  const api = fieldsOf(spec['api'])
  const balancer = fieldsOf(api?.['loadBalancer'])
  const store = fieldsOf(spec['configStore'])
  const base = string(store?.['base']) ?? string(spec['configBase'])
  const keyStore = string(store?.['keypairs']) ?? string(spec['keyStore']) ?? (base && `${trimmed(base)}/pki`)
  const publicName = string(api?.['publicName']) ?? string(spec['masterPublicName'])
  const dns = dnsOf(fieldsOf(spec['topology'])?.['dns'])
  return {
    name,
    ...(publicName && { publicName }),
    ...(dns && { dns }),
    ...(keyStore && { keyStore }),
    ...(balancer && {
      loadBalancer: {
        isNetwork: balancer['class'] === 'Network',
        hasCertificate: string(balancer['sslCertificate']) !== undefined,
      },
    }),
  }
}

/** `{type: Private}` in v1alpha2, the bare word in v1alpha3. */
function dnsOf(value: unknown): string | undefined {
  return string(value) ?? string(fieldsOf(value)?.['type'])
}

/** The address and the trust of a cluster, or why there is none to be told. */
export type KopsEndpoint =
  | {
      readonly server: string
      readonly needsAuthority: boolean
      readonly takesCertificates: boolean
      readonly tlsServerName?: string
    }
  | { readonly unknown: string }

/**
 * The address that `kops export kubeconfig --admin` would choose, as far as the state store tells
 * (kops pkg/kubeconfig/create_kubecfg.go): the public name, else `api.<name>`. Where there is a load balancer kOps asks
 * the cloud for its host name; the name of the API leads to the same place, unless it does not resolve outside.
 */
export function kopsEndpoint({ name, publicName, dns, loadBalancer }: KopsDescription): KopsEndpoint {
  const host = publicName ?? `api.${name}`
  if (/\.k8s\.local\.?$/.test(host)) return { unknown: `${host} is a name of gossip DNS` }
  if (dns?.toLowerCase() === 'none' && publicName === undefined)
    return { unknown: `the cluster ${name} has no DNS` }
  const shown = host.includes(':') ? `[${host}]` : host
  if (loadBalancer?.hasCertificate !== true) {
    return {
      server: `https://${shown}`,
      needsAuthority: true,
      takesCertificates: true,
      tlsServerName: `api.internal.${name}`,
    }
  }
  // The first listener of a network load balancer shows the public certificate, the second passes TLS on.
  if (loadBalancer.isNetwork) {
    return {
      server: `https://${shown}:8443`,
      needsAuthority: true,
      takesCertificates: true,
      tlsServerName: `api.internal.${name}`,
    }
  }
  // A classic one ends TLS itself: it shows a certificate of a public CA and passes no client certificate on.
  return { server: `https://${shown}`, needsAuthority: false, takesCertificates: false }
}

/** `s3://bucket/path` taken apart, the path without slashes at its ends; undefined for another kind of store. */
export function parseStore(
  address: string,
): { readonly bucket: string; readonly prefix: string } | undefined {
  const found = /^s3:\/\/([^/\s]+)(?:\/(\S*))?$/.exec(address)
  if (found === null) return undefined
  return { bucket: found[1] ?? '', prefix: trimmed(found[2] ?? '').replace(/^\/+/, '') }
}

const trimmed = (path: string) => path.replace(/\/+$/, '')
const string = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
