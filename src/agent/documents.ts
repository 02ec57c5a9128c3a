// What the host tells the agent: the one language that both speak. The house may import this file, asked-role.ts and decide.ts; the
// agent imports nothing of the house.

/** ConfigMap `devk8s-system/devk8s-aws`, key `mapping.json`: who gets what. Holds no secret. */
export interface MappingDocument {
  readonly version: 1
  /** What `AWS_REGION` says in pods, and the metadata service. */
  readonly region?: string
  /** Completes the name of a role, `arn:aws:iam::123456789012:role/`; undefined until an account is known. */
  readonly baseRoleArn?: string
  /** `aws.roles` of the profile; the first that matches the role, as written or whole, counts, and before it one that denies. */
  readonly rules: readonly MappingRule[]
  /** Of EKS Pod Identity, as `devk8s aws import` read them from real clusters. */
  readonly associations: readonly Association[]
  /** What becomes of a role that its namespace's `allowed-roles` or `permitted` leaves out. */
  readonly restrictions: Restrictions
  /** Metadata without a session token (IMDSv1) is answered too, as EC2 does unless told otherwise. */
  readonly imdsV1: boolean
}

/** `format` is that of kube2iam's `allowed-roles`: its flag `--namespace-restriction-format`. */
export interface Restrictions {
  readonly mode: 'refuse' | 'warn'
  readonly format: 'glob' | 'regexp'
}

export interface MappingRule {
  /** As the profile has it: a name or an ARN, with `*` for anything. */
  readonly pattern: string
  /** Anchored; tried on the role as the annotation has it and on its whole ARN. */
  readonly expression: string
  readonly gives: Gives
}

/** What a role becomes on this laptop. */
export type Gives =
  /** The person's own session. */
  | { readonly is: 'developer' }
  /** The role itself, or its `-dev` twin. `key`: what else the rule says of it, in short; none where that is nothing. */
  | { readonly is: 'assume'; readonly twin: boolean; readonly key?: string }
  /** The session of another AWS profile of the person. */
  | { readonly is: 'profile'; readonly profile: string }
  | { readonly is: 'deny' }

/** A service account's role by EKS Pod Identity (facts aws, 2.4). */
export interface Association {
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArn: string
  /** Assumed from the first one: what the pod ends up with. */
  readonly targetRoleArn?: string
  readonly externalId?: string
  /** The EKS cluster it was read from. */
  readonly cluster: string
}

/**
 * Secret `devk8s-system/devk8s-aws-sessions`, key `sessions.json`: the only place of the cluster with AWS keys in this
 * lane. Sessions by their id (`sessionIdOf`).
 */
export interface SessionsDocument {
  readonly version: 1
  readonly sessions: Readonly<Record<string, SessionEntry>>
  /** Sessions that AWS did not give, with what a developer is to be told. */
  readonly refused: Readonly<Record<string, RefusedSession>>
}

export interface SessionEntry {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** 12 digits. */
  readonly account: string
  /** By GetCallerIdentity of exactly these keys. */
  readonly arn: string
  readonly userId: string
  /** ISO 8601, by the host's clock. */
  readonly issuedAt: string
  readonly expiresAt: string
  /** Why it is another one than was asked for, in words: the fallback of a role that AWS did not let assume. */
  readonly instead?: string
}

export interface RefusedSession {
  /** One or two sentences without a secret. */
  readonly reason: string
  /** A command to paste. */
  readonly next?: string
}
