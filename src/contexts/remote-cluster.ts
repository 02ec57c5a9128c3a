import type { RemoteContextSpec } from '../profile/profile.ts'

/** What a kubeconfig has to know of a remote cluster. Nothing of it is secret. */
export interface FoundCluster {
  /** The cluster's own name, where the spec does not say it. */
  readonly cluster?: string
  readonly server: string
  /** Base64 of PEM. */
  readonly caData?: string
  /** The path of a PEM file. */
  readonly caFile?: string
  readonly tlsServerName?: string
  readonly proxyUrl?: string
  /** The server's certificate is not checked. */
  readonly insecure?: boolean
  readonly account?: string
  readonly region?: string
  /** Of an EKS cluster on an Outpost, which signs its tokens for this in place of the name. */
  readonly id?: string
  readonly arn?: string
  readonly version?: string
  readonly status?: string
  /** False for one that was discovered and has no address at present. */
  readonly isReady?: boolean
}

/** What a spec with an address of its own says of its cluster. */
export function staticCluster(cluster: NonNullable<RemoteContextSpec['cluster']>): FoundCluster {
  const { server, certificateAuthority, proxyUrl, tlsServerName, insecureSkipTlsVerify } = cluster
  return {
    server,
    ...(certificateAuthority === undefined ? {} : { caFile: certificateAuthority }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(insecureSkipTlsVerify === undefined ? {} : { insecure: true }),
  }
}

/** The context's name for a cluster of this spec. */
export function contextNameOf(spec: RemoteContextSpec, { cluster }: Pick<FoundCluster, 'cluster'>): string {
  return spec.eks?.discover === true ? `${spec.name}-${cluster ?? ''}` : spec.name
}

/** `arn:aws:eks:eu-west-1:123456789012:cluster/acme-dev`: where a cluster is, and whose. */
export function placeOfArn(arn: string): Pick<FoundCluster, 'account' | 'region'> {
  const [, , , region = '', account = ''] = arn.split(':')
  return { ...(account === '' ? {} : { account }), ...(region === '' ? {} : { region }) }
}
