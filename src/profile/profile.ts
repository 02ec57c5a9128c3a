import type { AwsSpec, RemoteContextSpec } from './schema-remote.ts'

/** A profile after reading, extending, merging and checking: every value is there and valid. */
export interface Profile {
  /** `metadata.name`, e.g. `acme`. */
  readonly name: string
  /** The file the team's profile came from; undefined for a bundled one. */
  readonly file?: string
  readonly cluster: ClusterSpec
  readonly tools: { readonly minikube: ToolSpec; readonly kubectl: ToolSpec }
  /** By minikube's name of the add-on; only those named in the profile. */
  readonly addons: Readonly<Record<string, AddonSpec>>
  readonly namespaces: readonly NamespaceSpec[]
  /** Absolute paths of files or folders, in order. */
  readonly manifests: readonly string[]
  readonly context: ContextSpec
  /** The team's remote clusters; paths in them are absolute. */
  readonly contexts: readonly RemoteContextSpec[]
  /** Whose AWS keys stand in for IAM roles, and how private images are had. */
  readonly aws?: AwsSpec
  /** Validated and kept for the issues that fill them. */
  readonly dns?: Readonly<Record<string, unknown>>
  /** Whom to ask, and addresses, for the onboarding page. */
  readonly team?: Readonly<Record<string, unknown>>
}

export const drivers = [
  'docker',
  'podman',
  'vfkit',
  'krunkit',
  'qemu2',
  'kvm2',
  'hyperv',
  'virtualbox',
  'hyperkit',
  'parallels',
  'vmware',
] as const
export type Driver = (typeof drivers)[number]
export type Runtime = 'docker' | 'containerd' | 'cri-o'
export const components = [
  'kubelet',
  'kubeadm',
  'apiserver',
  'controller-manager',
  'etcd',
  'kube-proxy',
  'scheduler',
] as const
export type Component = (typeof components)[number]

export interface ClusterSpec {
  /** minikube's profile name; `devk8s` by default. */
  readonly name: string
  /** Full patch with `v`, e.g. `v1.35.1`. */
  readonly kubernetes: string
  readonly driver: Driver | 'auto'
  readonly runtime: Runtime
  readonly cpus: number
  /** `auto`: a quarter of the machine, at least 3072 and at most 8192 MiB, and what Docker itself has. */
  readonly memoryMiB: number | 'auto'
  readonly diskMiB: number
  readonly nodes: number
  readonly featureGates: Readonly<Record<string, boolean>>
  readonly extraConfig: readonly {
    readonly component: Component
    readonly key: string
    readonly value: string
  }[]
  /** One folder at most: minikube takes one `--mount-string`. Absolute host path. */
  readonly mounts: readonly { readonly host: string; readonly node: string }[]
  readonly ports: readonly { readonly address: string; readonly host: number; readonly node: number }[]
  readonly registryMirrors: readonly string[]
  readonly insecureRegistries: readonly string[]
  /** Absolute paths of PEM files that the node must trust. */
  readonly caCertificates: readonly string[]
  readonly serviceCidr: string
  readonly subnet?: string
  readonly staticIp?: string
}

export type PlatformKey = 'linux-amd64' | 'linux-arm64' | 'darwin-amd64' | 'darwin-arm64' | 'windows-amd64'

export interface ToolSpec {
  /** With `v`. */
  readonly version: string
  /** Base address, `https:` or `file:`, below which the publisher's layout is found. */
  readonly mirror: string
  readonly sha256: Partial<Readonly<Record<PlatformKey, string>>>
  /** Whether a compatible binary that is already on PATH may serve. */
  readonly usePath: boolean
}

export interface AddonSpec {
  readonly enabled: boolean
  /** Add-on specific, e.g. `images`, `registries`. */
  readonly options: Readonly<Record<string, string>>
}

export interface NamespaceSpec {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface ContextSpec {
  readonly name: string
  readonly namespace: string
  /** Whether `up` makes it the current one. */
  readonly makeCurrent: 'if-none' | 'always' | 'never'
}

/** Where a value came from, for `profile show --explain`. */
export interface Origin {
  readonly source: 'default' | 'bundled' | 'file' | 'personal' | 'env' | 'flag'
  /** File path with line, variable or flag. */
  readonly where: string
}

export interface LoadedProfile {
  readonly profile: Profile
  /** By dotted path, e.g. `cluster.memory`. */
  readonly origins: Readonly<Record<string, Origin>>
  /** sha256 over the canonical profile; names a saved plan's profile. */
  readonly hash: string
}

export type { AwsSpec, RemoteContextSpec } from './schema-remote.ts'
