import type { Secret } from './secret.ts'

/** Which of the person's AWS identities is meant, and where. */
export interface AwsSource {
  /** A profile of `~/.aws/config`; without it AWS_PROFILE, then what the SDK finds in the environment. */
  readonly profile?: string
  /** Without it AWS_REGION, AWS_DEFAULT_REGION, then the profile's own region, as the AWS CLI has it. */
  readonly region?: string
  /** Assumed with the profile's credentials before anything is asked for. */
  readonly roleArn?: string
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken?: Secret
  /** Milliseconds since 1970; undefined for keys that do not end. */
  readonly expiresAtMs?: number
}

/** What DescribeCluster says of a cluster, as far as a kubeconfig needs it. */
export interface EksCluster {
  readonly name: string
  readonly arn: string
  readonly endpoint: string
  /** Base64 of the PEM, as `certificate-authority-data` takes it. */
  readonly certificateAuthorityData: string
  readonly status: string
  readonly version?: string
  /** The id that a local cluster on an Outpost signs its tokens for, in place of the name. */
  readonly id?: string
  readonly tags: Readonly<Record<string, string>>
}

/** A CA of a kOps cluster: every certificate that is to be trusted, and the keys as far as the store has them. */
export interface Keyset {
  /** The key that signs; undefined when the store does not say. */
  readonly primaryId?: string
  readonly keys: readonly KeysetKey[]
}

export interface KeysetKey {
  readonly id: string
  readonly certificatePem: string
  /** Undefined where a team keeps the private part elsewhere. */
  readonly keyPem?: Secret
  /** The certificate must not be trusted any more. */
  readonly isDistrusted: boolean
}

export interface ClientCertificate {
  readonly certificatePem: string
  readonly keyPem: Secret
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number
}

/**
 * The one door to AWS. Every call has a deadline of its own and stops with the signal.
 * @throws DevK8sError of the family DK5 with the plain reason and the way out: not signed in, session over, profile
 *   missing, no permission, no network.
 */
export interface Aws {
  /** Credentials of the source; of `roleArn` where there is one, for `sessionSeconds` (900 to 3600, 900 unless told). */
  credentials(
    source: AwsSource & { readonly sessionName?: string; readonly sessionSeconds?: number },
    signal: AbortSignal,
  ): Promise<AwsCredentials>
  /** Undefined when there is no such cluster. */
  describeCluster(
    source: AwsSource & { readonly cluster: string },
    signal: AbortSignal,
  ): Promise<EksCluster | undefined>
  /** Names of all clusters in the region. */
  listClusters(source: AwsSource, signal: AbortSignal): Promise<readonly string[]>
  /** The text of an S3 object as a secret, since keys lie there too; undefined when there is none. */
  readObject(
    source: AwsSource & { readonly bucket: string; readonly key: string },
    signal: AbortSignal,
  ): Promise<Secret | undefined>
  /** The text of an S3 object that holds no secret, such as a cluster's description; undefined when there is none. */
  readText(
    source: AwsSource & { readonly bucket: string; readonly key: string },
    signal: AbortSignal,
  ): Promise<string | undefined>
  /** A kOps keyset, taken apart so that its private keys stay secrets; undefined when there is none. */
  readKeyset(
    source: AwsSource & { readonly bucket: string; readonly key: string },
    signal: AbortSignal,
  ): Promise<Keyset | undefined>
  /**
   * A new key and a client certificate for it. kOps has no service that hands out credentials, so whoever may read the
   * CA signs with it; the signing key is plain text only in here. It ends with the CA, which may have ended already.
   */
  signClientCertificate(
    wants: {
      readonly authority: KeysetKey & { readonly keyPem: Secret }
      readonly commonName: string
      readonly organization: string
      readonly hours: number
    },
    signal: AbortSignal,
  ): Promise<ClientCertificate>
}
