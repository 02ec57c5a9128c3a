import type { KubeObject } from '../kube-api/object.ts'
import { emptyStore, type KubeStore, putObject } from '../kube-api/store.ts'
import type { ProfileConfig } from './profile-config.ts'

/** A cluster as `kubeadm init` leaves it: one node, Ready, and the system's own workloads in kube-system. */
export function clusterStore(config: ProfileConfig, arch: 'amd64' | 'arm64', now: number): KubeStore {
  const { KubernetesVersion: version } = config.KubernetesConfig
  const empty = emptyStore(now, version, runtimeConfigOf(config))
  return [nodeObject(config, arch, now), ...systemObjects(config, now)].reduce(
    (store, object) => putObject(store, object, now),
    empty,
  )
}

const policyGate = /(^|,)MutatingAdmissionPolicy=true(,|$)/

/**
 * The group versions that the API server was told to serve besides its own. Those of admission policies come to life with
 * their feature gate only (facts aws, 5).
 */
export function runtimeConfigOf({ KubernetesConfig }: ProfileConfig): readonly string[] {
  const asked = (KubernetesConfig.ExtraOptions ?? [])
    .filter(({ Component, Key }) => Component === 'apiserver' && Key === 'runtime-config')
    .flatMap(({ Value }) => Value.split(','))
    .filter((entry) => entry.endsWith('=true'))
    .map((entry) => entry.slice(0, -'=true'.length))
  const isGateOpen = policyGate.test(KubernetesConfig.FeatureGates)
  return asked.filter((entry) => isGateOpen || !entry.startsWith('admissionregistration.k8s.io/'))
}

function nodeObject(config: ProfileConfig, arch: 'amd64' | 'arm64', now: number): KubeObject {
  const { Name: name, CPUs: cpus, Memory: memoryMiB } = config
  const address = config.Nodes[0]?.IP ?? ''
  const since = timestampOf(now)
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    lastHeartbeatTime: since,
    lastTransitionTime: since,
  })
  const capacity = { cpu: String(cpus), memory: `${memoryMiB * 1024}Ki`, pods: '110' }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': arch,
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'minikube.k8s.io/name': name,
        'minikube.k8s.io/primary': 'true',
        'minikube.k8s.io/version': 'v1.38.1',
        'node-role.kubernetes.io/control-plane': '',
      },
    },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
        condition('Ready', 'True', 'KubeletReady'),
      ],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: nodeInfo(config, arch),
    },
  }
}

function nodeInfo(config: ProfileConfig, arch: string): object {
  return {
    architecture: arch,
    containerRuntimeVersion: 'docker://29.2.1',
    kubeletVersion: config.KubernetesConfig.KubernetesVersion,
    operatingSystem: 'linux',
    osImage: 'Debian GNU/Linux 12 (bookworm)',
  }
}

function systemObjects(config: ProfileConfig, now: number): readonly KubeObject[] {
  const { KubernetesVersion: version } = config.KubernetesConfig
  const registry = 'registry.k8s.io'
  const staticPods = [
    ['etcd', `${registry}/etcd:3.6.6-0`],
    ['kube-apiserver', `${registry}/kube-apiserver:${version}`],
    ['kube-controller-manager', `${registry}/kube-controller-manager:${version}`],
    ['kube-scheduler', `${registry}/kube-scheduler:${version}`],
  ] as const
  const dns = { 'k8s-app': 'kube-dns' }
  return [
    ...staticPods.map(([name, image]) => staticPod(config, name, image, now)),
    workload('Deployment', 'coredns', dns, `${registry}/coredns/coredns:v1.13.1`),
    workload('DaemonSet', 'kube-proxy', { 'k8s-app': 'kube-proxy' }, `${registry}/kube-proxy:${version}`),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels: dns },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.96.0.10',
        selector: dns,
        ports: [{ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }],
      },
    },
  ]
}

/** A pod that the kubelet runs from a file: it has no owner among the workloads and is up from the start. */
function staticPod(config: ProfileConfig, component: string, image: string, now: number): KubeObject {
  const since = timestampOf(now)
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: since,
  }))
  const container = {
    name: component,
    image,
    imageID: image,
    ready: true,
    restartCount: 0,
    started: true,
    state: { running: { startedAt: since } },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${component}-${config.Name}`,
      namespace: 'kube-system',
      labels: { component, tier: 'control-plane' },
      annotations: { 'kubernetes.io/config.source': 'file' },
    },
    spec: { nodeName: config.Name, hostNetwork: true, containers: [{ name: component, image }] },
    status: {
      phase: 'Running',
      conditions,
      startTime: since,
      podIP: config.Nodes[0]?.IP ?? '',
      containerStatuses: [container],
    },
  }
}

function workload(
  kind: 'Deployment' | 'DaemonSet',
  name: string,
  labels: Readonly<Record<string, string>>,
  image: string,
): KubeObject {
  const template = { metadata: { labels }, spec: { containers: [{ name, image }] } }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'kube-system', labels },
    spec: { ...(kind === 'Deployment' ? { replicas: 1 } : {}), selector: { matchLabels: labels }, template },
  }
}

function timestampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
