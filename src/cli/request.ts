/** What the user asked for: the command line and its DEVK8S_* variables, parsed, nothing looked up yet. */
export interface CommonRequest {
  /** The command line as typed, ready to paste again with a flag behind it: `devk8s up --json`. */
  readonly typed: string
  readonly profile?: string
  readonly output: 'human' | 'json' | 'ndjson'
  readonly yes: boolean
  readonly input: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  readonly color: 'auto' | 'always' | 'never'
  readonly showCommands: boolean
  readonly rehearse: boolean
  /** `cluster.start=timeout` and so on. */
  readonly rehearseFaults: readonly string[]
  /** What the flags of the command lay over the profile, whichever command it is. */
  readonly overrides: ProfileOverrides
}

/** Values a flag may set over the profile, by dotted path. */
export type ProfileOverrides = Readonly<Record<string, string>>

/** A request of a command about contexts, namespaces and credentials. */
export type ContextRequest =
  | {
      readonly command: 'switch'
      /** As typed: a name, a part of one, or `-`. */
      readonly name?: string
      readonly namespace?: string
      readonly forMs?: number
      readonly shell: boolean
      readonly history: boolean
      /** `--yes-prod`. */
      readonly consented: boolean
    }
  | {
      readonly command: 'env'
      /** Undefined with `unset`. */
      readonly name?: string
      /** `--unset`. */
      readonly unset: boolean
      readonly namespace?: string
      readonly syntax: 'posix' | 'fish' | 'powershell'
      readonly consented: boolean
    }
  | { readonly command: 'namespaces'; readonly name?: string; readonly force: boolean }
  | {
      readonly command: 'exec'
      readonly contexts: readonly string[]
      readonly line: readonly string[]
      readonly namespace?: string
      readonly failFast: boolean
      readonly consented: boolean
    }
  | {
      readonly command: 'contexts.list'
      readonly pattern?: string
      readonly managed: boolean
      readonly protected: boolean
    }
  | { readonly command: 'contexts.show'; readonly name?: string }
  | { readonly command: 'contexts.diff'; readonly exitCode: boolean }
  | { readonly command: 'contexts.sync'; readonly prune: boolean; readonly consented: boolean }
  | { readonly command: 'contexts.adopt'; readonly names: readonly string[] }
  | {
      readonly command: 'contexts.rename'
      readonly from: string
      readonly to: string
      readonly force: boolean
    }
  | { readonly command: 'contexts.remove'; readonly names: readonly string[]; readonly consented: boolean }
  | { readonly command: 'contexts.color'; readonly name: string; readonly color: string }
  | { readonly command: 'contexts.undo'; readonly version?: string; readonly list: boolean }
  | { readonly command: 'contexts.lint'; readonly fix: boolean }
  | {
      readonly command: 'unlock'
      readonly name: string
      readonly forMs?: number
      readonly reason?: string
      readonly consented: boolean
    }
  | { readonly command: 'lock'; readonly name?: string }
  | ({ readonly command: 'token' } & TokenWants)
  | { readonly command: 'prompt.init'; readonly shell: 'bash' | 'zsh' | 'fish' }
  | { readonly command: 'alias.install'; readonly name?: string; readonly folder?: string }
  | { readonly command: 'alias.remove'; readonly folder?: string }

/** Which credentials a kubeconfig entry asks `devk8s token` for: EKS, kOps, a token, a certificate, or a plugin's. */
export interface TokenWants {
  readonly cluster?: string
  readonly clusterId?: string
  readonly region?: string
  readonly awsProfile?: string
  readonly roleArn?: string
  readonly readOnlyRoleArn?: string
  readonly kops?: string
  readonly stateStore?: string
  readonly tokenFile?: string
  readonly tokenEnv?: string
  readonly clientCertificate?: string
  readonly clientKey?: string
  /** The protected context they are for. */
  readonly protect?: string
  /** Another credential plugin with its arguments; empty when there is none. */
  readonly plugin: readonly string[]
}

/** A request of a command about AWS: signing in, what the cluster gets of it, and what must not leak. */
export type AwsRequest =
  | { readonly command: 'aws.login'; readonly awsProfile?: string }
  | { readonly command: 'aws.logout' }
  | { readonly command: 'aws.status' }
  | { readonly command: 'aws.refresh'; readonly restart: boolean }
  /** Without `pod`: who the person is. `pod` as typed: `NAME`, `pod/NAME` or `NAMESPACE/NAME`. */
  | { readonly command: 'aws.whoami'; readonly pod?: string; readonly namespace?: string }
  | { readonly command: 'aws.why'; readonly role: string }
  /** `eks`: the name of a cluster in EKS, or of a context of the profile. */
  | { readonly command: 'aws.import'; readonly eks?: string; readonly remove: boolean }
  /** `workload` as typed: `deploy/NAME`. */
  | {
      readonly command: 'aws.attach'
      readonly workload: string
      readonly namespace?: string
      readonly remove: boolean
    }
  | { readonly command: 'aws.broker.start' | 'aws.broker.stop' | 'aws.broker.status' }
  | {
      readonly command: 'guard.scan'
      /** As typed; the working directory when empty. */
      readonly paths: readonly string[]
      readonly staged: boolean
      readonly cluster: boolean
    }
  | { readonly command: 'guard.install' | 'guard.remove' }
  | { readonly command: 'guard.policy' }

export type Request = { readonly common: CommonRequest } & (
  | {
      readonly command: 'up'
      readonly look: boolean
      readonly exitCode: boolean
      readonly verify: boolean
      readonly recreate: boolean
      readonly use: boolean
      readonly savePlan?: string
      readonly plan?: string
    }
  | { readonly command: 'status'; readonly watch: boolean }
  | { readonly command: 'doctor'; readonly fix: boolean }
  | { readonly command: 'down' }
  | { readonly command: 'destroy'; readonly keepTools: boolean }
  | { readonly command: 'verify'; readonly image?: string; readonly namespace?: string }
  | { readonly command: 'profile.list' }
  | { readonly command: 'profile.show'; readonly explain: boolean }
  | { readonly command: 'profile.validate'; readonly path?: string }
  | {
      readonly command: 'profile.init'
      readonly path?: string
      readonly from?: string
      readonly force: boolean
    }
  | { readonly command: 'completion'; readonly shell: 'bash' | 'zsh' | 'fish' | 'powershell' }
  | { readonly command: 'complete'; readonly words: readonly string[] }
  | { readonly command: 'version' }
  | ContextRequest
  | AwsRequest
  /** Started by `aws broker start` or by the system: keeps sessions fresh until it is stopped. */
  | { readonly command: 'broker' }
  /** Called by the name of one of them; words as they were typed. */
  | { readonly command: 'kubectx'; readonly as: 'kubectx' | 'kubens'; readonly words: readonly string[] }
  /** Started by `switch --for`: waits, then goes back. The file says what was agreed. */
  | { readonly command: 'return'; readonly file: string }
)
