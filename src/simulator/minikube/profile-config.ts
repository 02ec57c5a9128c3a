import type { Flags } from './flags.ts'
import { isSet } from './flags.ts'
import {
  certificateFields,
  emulatorFields,
  hypervisorFields,
  lastFields,
  machineFields,
  mountFields,
  switchFields,
  waitFields,
} from './profile-defaults.ts'

/** minikube's `profiles/<name>/config.json` (recorded running-k8s-001, filesShown); the fields that matter are named. */
export interface ProfileConfig {
  readonly Name: string
  readonly KeepContext: boolean
  readonly EmbedCerts: boolean
  readonly Memory: number
  readonly CPUs: number
  readonly Driver: string
  readonly APIServerPort: number
  readonly StaticIP: string
  readonly Subnet: string
  readonly KubernetesConfig: {
    readonly KubernetesVersion: string
    readonly Namespace: string
    readonly ContainerRuntime: string
    readonly FeatureGates: string
    readonly ServiceCIDR: string
    readonly ExtraOptions: readonly ExtraOption[] | null
    readonly [field: string]: unknown
  }
  readonly Nodes: readonly NodeConfig[]
  readonly Addons: Readonly<Record<string, boolean>> | null
  readonly CustomAddonImages?: Readonly<Record<string, string>> | null
  readonly CustomAddonRegistries?: Readonly<Record<string, string>> | null
  readonly [field: string]: unknown
}

interface ExtraOption {
  readonly Component: string
  readonly Key: string
  readonly Value: string
}

interface NodeConfig {
  readonly Name: string
  readonly IP: string
  readonly Port: number
  readonly KubernetesVersion: string
  readonly ContainerRuntime: string
  readonly ControlPlane: boolean
  readonly Worker: boolean
}

export const kicbase =
  'gcr.io/k8s-minikube/kicbase:v0.0.50@sha256:eb4fec00e8ad70adf8e6436f195cc429825ffb85f95afcdb5d8d9deb576f3e93'

/** What a first start writes, before anything is created: no address and no add-ons yet (recorded running-k8s-074). */
export function newProfileConfig(
  profile: string,
  flags: Flags,
  memoryMiB: number,
  cpus: number,
): ProfileConfig {
  const value = (name: string, fallback: string) => flags.values[name] ?? fallback
  const list = (name: string) => [...(flags.all[name] ?? [])]
  const port = Number(value('apiserver-port', '8443'))
  const kubernetes = kubernetesConfig(profile, flags)
  return {
    Name: profile,
    KeepContext: isSet(flags, 'keep-context'),
    EmbedCerts: isSet(flags, 'embed-certs'),
    MinikubeISO: '',
    KicBaseImage: value('base-image', kicbase),
    Memory: memoryMiB,
    CPUs: cpus,
    DiskSize: megabytes(value('disk-size', '20000mb')) ?? 20000,
    Driver: value('driver', '') || 'docker',
    ...emulatorFields,
    InsecureRegistry: list('insecure-registry').length > 0 ? list('insecure-registry') : null,
    RegistryMirror: list('registry-mirror'),
    ...hypervisorFields,
    APIServerPort: port,
    ...machineFields,
    KubernetesConfig: kubernetes,
    Nodes: [firstNode(port, kubernetes)],
    ...waitFields,
    ExposedPorts: list('ports').flatMap((ports) => ports.split(',')),
    ListenAddress: value('listen-address', ''),
    Network: value('network', ''),
    Subnet: value('subnet', ''),
    MultiNodeRequested: Number(value('nodes', '1')) > 1,
    ...certificateFields,
    MountString: value('mount-string', ''),
    ...mountFields,
    BinaryMirror: value('binary-mirror', ''),
    ...switchFields,
    StaticIP: value('static-ip', ''),
    ...lastFields,
  }
}

function firstNode(port: number, kubernetes: ProfileConfig['KubernetesConfig']): NodeConfig {
  return {
    Name: '',
    IP: '',
    Port: port,
    KubernetesVersion: kubernetes.KubernetesVersion,
    ContainerRuntime: kubernetes.ContainerRuntime,
    ControlPlane: true,
    Worker: true,
  }
}

function kubernetesConfig(profile: string, flags: Flags): ProfileConfig['KubernetesConfig'] {
  return {
    KubernetesVersion: wantedKubernetes(flags) ?? defaultKubernetes,
    ClusterName: profile,
    Namespace: flags.values['namespace'] ?? 'default',
    APIServerHAVIP: '',
    APIServerName: 'minikubeCA',
    APIServerNames: null,
    APIServerIPs: null,
    DNSDomain: 'cluster.local',
    ContainerRuntime: runtimeOf(flags) ?? 'docker',
    CRISocket: '',
    NetworkPlugin: 'cni',
    FeatureGates: flags.values['feature-gates'] ?? '',
    ServiceCIDR: flags.values['service-cluster-ip-range'] ?? '10.96.0.0/12',
    ImageRepository: flags.values['image-repository'] ?? '',
    LoadBalancerStartIP: '',
    LoadBalancerEndIP: '',
    CustomIngressCert: '',
    RegistryAliases: '',
    ExtraOptions: extraOptions(flags),
    ShouldLoadCachedImages: true,
    EnableDefaultCNI: false,
    CNI: flags.values['cni'] ?? '',
  }
}

/** The newest Kubernetes that v1.38.1 knows and its default (recorded 089, 092). */
export const defaultKubernetes = 'v1.35.1'

/** `1.35` is the newest patch known (recorded 092). */
function wantedKubernetes(flags: Flags): string | undefined {
  const text = flags.values['kubernetes-version']
  if (text === undefined || text === '' || text === 'stable' || text === 'latest') return undefined
  const bare = text.replace(/^v/, '')
  return bare === '1.35' ? defaultKubernetes : `v${bare}`
}

function runtimeOf(flags: Flags): string | undefined {
  const runtime = flags.values['container-runtime']
  return runtime === undefined || runtime === '' ? undefined : runtime
}

function extraOptions(flags: Flags): readonly ExtraOption[] | null {
  const given = flags.all['extra-config'] ?? []
  if (given.length === 0) return null
  return given.map((text) => {
    const [, Component = '', Key = '', Value = ''] = /^([^.]*)\.([^=]*)=?(.*)$/.exec(text) ?? []
    return { Component, Key, Value }
  })
}

/**
 * What a later start writes: only what minikube takes over from the flags; the rest is ignored, with or without a
 * warning (facts sheet 3.2; recorded running-078, 081-083, running-k8s-031, 034, 112).
 */
export function changedProfileConfig(before: ProfileConfig, flags: Flags): ProfileConfig {
  const version = wantedKubernetes(flags) ?? before.KubernetesConfig.KubernetesVersion
  const runtime = runtimeOf(flags) ?? before.KubernetesConfig.ContainerRuntime
  const extra = extraOptions(flags)
  return {
    ...before,
    KeepContext:
      flags.values['keep-context'] === undefined ? before.KeepContext : isSet(flags, 'keep-context'),
    EmbedCerts: flags.values['embed-certs'] === undefined ? before.EmbedCerts : isSet(flags, 'embed-certs'),
    ...(flags.all['ports'] === undefined ? {} : { ExposedPorts: flags.all['ports'] }),
    KubernetesConfig: {
      ...before.KubernetesConfig,
      KubernetesVersion: version,
      ContainerRuntime: runtime,
      Namespace: flags.values['namespace'] ?? before.KubernetesConfig.Namespace,
      FeatureGates: flags.values['feature-gates'] ?? before.KubernetesConfig.FeatureGates,
      ServiceCIDR: flags.values['service-cluster-ip-range'] ?? before.KubernetesConfig.ServiceCIDR,
      ExtraOptions: extra ?? before.KubernetesConfig.ExtraOptions,
    },
    Nodes: before.Nodes.map((node) => ({ ...node, KubernetesVersion: version, ContainerRuntime: runtime })),
  }
}

/** Whether kubeadm's file would differ, so that the control plane is restarted (facts sheet 3.3). */
export function reconfigures(before: ProfileConfig, after: ProfileConfig): boolean {
  const { KubernetesConfig: a } = before
  const { KubernetesConfig: b } = after
  const same = (x: unknown, y: unknown) => JSON.stringify(x) === JSON.stringify(y)
  return !(
    a.KubernetesVersion === b.KubernetesVersion &&
    a.FeatureGates === b.FeatureGates &&
    a.ServiceCIDR === b.ServiceCIDR &&
    same(a.ExtraOptions, b.ExtraOptions)
  )
}

/** With its node's address. */
export function withAddress(config: ProfileConfig, address: string): ProfileConfig {
  return { ...config, Nodes: config.Nodes.map((node) => ({ ...node, IP: address })) }
}

/** With an add-on recorded as on or off; minikube keeps them sorted (Go maps marshal so). */
export function withAddon(config: ProfileConfig, addon: string, enabled: boolean): ProfileConfig {
  const addons = { ...config.Addons, [addon]: enabled }
  return {
    ...config,
    Addons: Object.fromEntries(Object.entries(addons).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** Megabytes of a size as minikube takes it: `6000`, `6000mb`, `8g`; undefined for what is none (recorded 082). */
export function megabytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(b|k|kb|kib|m|mb|mib|g|gb|gib|t|tb|tib)?$/i.exec(text.trim())
  if (match === null) return undefined
  const factors: Readonly<Record<string, number>> = { b: 1 / 1048576, k: 1 / 1024, m: 1, g: 1024, t: 1048576 }
  return Math.floor(Number(match[1]) * (factors[(match[2] ?? 'm')[0]?.toLowerCase() ?? 'm'] ?? 1))
}
