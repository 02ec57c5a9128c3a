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

/** A source, and what a session of it is to be like. */
export interface SessionWants extends AwsSource {
  readonly sessionName?: string
  /** How long it is to last; the adapter clamps it to what STS allows for this kind of session. */
  readonly sessionSeconds?: number
  /** What the role's trust policy asks for of whoever assumes it. */
  readonly externalId?: string
  /** A session policy in JSON, for `roleArn` alone: no session of another kind can have one (facts aws, 10.2). */
  readonly policy?: string
}

/** One of the person's profiles, as their files tell it. */
export interface PersonsProfile {
  readonly name: string
  /** Which account it leads to, 12 digits, where the files say so. */
  readonly account?: string
  /** What the files say of it leads to credentials. */
  readonly isUsable: boolean
}

/** Who AWS says one is. */
export interface AwsIdentity {
  /** 12 digits. */
  readonly account: string
  readonly arn: string
  readonly userId: string
}

/** How a source comes by its credentials, as the person's files and environment tell it; nothing was asked for. */
export interface AwsSignIn {
  /** The profile in force, `AWS_PROFILE` included; undefined when none is. */
  readonly profile?: string
  readonly kind: 'environment' | 'static' | 'sso' | 'login' | 'process' | 'machine'
  /** The profile that signs in, where `profile` has a role that is assumed with those of another. */
  readonly signInProfile?: string
  readonly region?: string
  /** The device that a code is asked of. */
  readonly mfaSerial?: string
  readonly sso?: SsoStart
  /** Of keys in the environment that tell it, ms since 1970. */
  readonly expiresAtMs?: number
  /** The program that keys in the environment came from, where it leaves its name there: `aws-vault`. */
  readonly from?: string
}

/** Where sign-in through IAM Identity Center begins. */
export interface SsoStart {
  readonly startUrl: string
  readonly region: string
  /** The name of its `sso-session` section; undefined for a profile that has all in one place. */
  readonly session?: string
  readonly scopes?: readonly string[]
}

/** A sign-in through a browser on any device, under way. */
export interface DeviceSignIn {
  readonly userCode: string
  /** To be opened; holds the code already. */
  readonly address: string
  readonly expiresAtMs: number
  /** Waits until the person has agreed, and keeps the token where the AWS CLI and all SDKs look for it. */
  finish(signal: AbortSignal): Promise<void>
}

/** Lets whoever has it pull from every registry of a region that the identity may read, for twelve hours. */
export interface RegistryToken {
  readonly region: string
  /** The account of the keys that it was asked for with. */
  readonly account: string
  /** `AWS:password` in base64, as a docker config has it under `auth`. */
  readonly auth: Secret
  /** By this machine's clock; may lie in the past where a stand-in is wrong. */
  readonly expiresAtMs: number
}

/** What IAM's simulation says of an action on a resource. `unknown`: the identity may not ask. */
export type Verdict = 'allowed' | 'denied' | 'unknown'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken?: Secret
  /** Milliseconds since 1970 by this machine's clock, however wrong that is; undefined for keys that do not end. */
  readonly expiresAtMs?: number
}

/** Credentials that may leave this machine, and whose they are. */
export interface AwsSession extends AwsCredentials {
  readonly sessionToken: Secret
  readonly expiresAtMs: number
  /** The account of exactly these keys, as AWS told it of them. */
  readonly account: string
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

/** A role of a service account by EKS Pod Identity. */
export interface PodIdentityAssociation {
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArn: string
  readonly targetRoleArn?: string
  readonly externalId?: string
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
  credentials(source: SessionWants, signal: AbortSignal): Promise<AwsCredentials>
  /** The person's profiles, sorted by name. Reads files, asks nobody. */
  profiles(): Promise<readonly PersonsProfile[]>
  /** How the source signs in. Reads files, asks nobody. @throws DevK8sError when the files lead nowhere. */
  signInOf(source: AwsSource): Promise<AwsSignIn>
  /** sts:GetCallerIdentity, with `roleArn` as that role. */
  callerIdentity(source: SessionWants, signal: AbortSignal): Promise<AwsIdentity>
  /**
   * Credentials that may leave this machine: always short-lived. Long-term keys become a GetSessionToken session (twelve
   * hours unless told), a role its own, everything else is handed on as it is. The person is asked for a code at most once.
   */
  session(source: SessionWants, signal: AbortSignal): Promise<AwsSession>
  /** ecr:GetAuthorizationToken in the source's region. */
  registryToken(
    source: SessionWants & { readonly region: string },
    signal: AbortSignal,
  ): Promise<RegistryToken>
  /** Begins a sign-in in a browser by the device flow of IAM Identity Center. */
  startDeviceSignIn(start: SsoStart, signal: AbortSignal): Promise<DeviceSignIn>
  /** Whether the identity of the source could push to the repository: iam:SimulatePrincipalPolicy. */
  canPush(source: AwsSource & { readonly repositoryArn: string }, signal: AbortSignal): Promise<Verdict>
  /** Undefined when there is no such cluster. */
  describeCluster(
    source: AwsSource & { readonly cluster: string },
    signal: AbortSignal,
  ): Promise<EksCluster | undefined>
  /** All of a cluster, by ListPodIdentityAssociations and a Describe of each; undefined when there is no such cluster. */
  podIdentityAssociations(
    source: AwsSource & { readonly cluster: string },
    signal: AbortSignal,
  ): Promise<readonly PodIdentityAssociation[] | undefined>
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
