/** What minikube's profile says of everything that the simulator does not model (recorded running-k8s-001), in its order. */

export const emulatorFields = {
  HyperkitVpnKitSock: '',
  HyperkitVSockPorts: [],
  DockerEnv: null,
  ContainerVolumeMounts: null,
} as const

export const hypervisorFields = {
  HostOnlyCIDR: '192.168.59.1/24',
  HypervVirtualSwitch: '',
  HypervUseExternalSwitch: false,
  HypervExternalAdapter: '',
  KVMNetwork: 'default',
  KVMQemuURI: 'qemu:///system',
  KVMGPU: false,
  KVMHidden: false,
  KVMNUMACount: 1,
} as const

export const machineFields = {
  DockerOpt: null,
  DisableDriverMounts: false,
  NFSShare: [],
  NFSSharesRoot: '/nfsshares',
  UUID: '',
  NoVTXCheck: false,
  DNSProxy: false,
  HostDNSResolver: true,
  HostOnlyNicType: 'virtio',
  NatNicType: 'virtio',
  SSHIPAddress: '',
  SSHUser: 'root',
  SSHKey: '',
  SSHPort: 22,
} as const

export const waitFields = {
  Addons: null,
  CustomAddonImages: null,
  CustomAddonRegistries: null,
  VerifyComponents: { apiserver: true, system_pods: true },
  StartHostTimeout: 360000000000,
  ScheduledStop: null,
} as const

export const certificateFields = {
  ExtraDisks: 0,
  CertExpiration: 94608000000000000,
} as const

export const mountFields = {
  Mount9PVersion: '9p2000.L',
  MountGID: 'docker',
  MountIP: '',
  MountMSize: 262144,
  MountOptions: [],
  MountPort: 0,
  MountType: '9p',
  MountUID: 'docker',
} as const

export const switchFields = {
  DisableOptimizations: false,
  DisableMetrics: false,
  DisableCoreDNSLog: false,
  CustomQemuFirmwarePath: '',
  SocketVMnetClientPath: '',
  SocketVMnetPath: '',
} as const

export const lastFields = {
  SSHAuthSock: '',
  SSHAgentPID: 0,
  GPUs: '',
  AutoPauseInterval: 60000000000,
  Rosetta: false,
} as const
