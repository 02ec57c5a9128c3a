import type { AwsNames } from './aws/names.ts'
import type { KubeStore } from './kube-api/store.ts'
import type { NodeKernel } from './minikube/node-kernel.ts'

/** What a simulated laptop consists of, as plain JSON; files it has are real files below its folder. */
export interface Laptop {
  readonly schema: 1
  readonly system: SimulatedSystem
  readonly docker: SimulatedDocker
  /** `none`: names do not resolve. */
  readonly internet: 'open' | 'none'
  /** Whether the node reaches registry.k8s.io; if not, minikube complains and goes on (recorded running-k8s-001). */
  readonly registryReachable: boolean
  /** Whether minikube's base image and Kubernetes' images are there already; matters only without internet. */
  readonly imagesCached: boolean
  /** Node containers by name. */
  readonly containers: Readonly<Record<string, ContainerState>>
  readonly volumes: readonly string[]
  /** Docker networks by name; each holds the first three numbers of its addresses, e.g. `192.168.49`. */
  readonly networks: Readonly<Record<string, string>>
  /** What is inside the node containers, by minikube's profile name. */
  readonly nodes: Readonly<Record<string, SimulatedNode>>
  /** Faults that happen once and have happened. */
  readonly played: readonly string[]
  /** What of AWS the profiles of this laptop's teams have named; undefined before any was read. */
  readonly awsNames?: AwsNames
}

export interface SimulatedSystem {
  readonly platform: 'darwin' | 'linux' | 'win32'
  readonly arch: 'amd64' | 'arm64'
  /** As minikube's first line names it, e.g. `Debian 12.11 (docker/amd64)`. */
  readonly text: string
  readonly hostname: string
  readonly cpus: number
  readonly memoryMiB: number
}

interface SimulatedDocker {
  readonly state: 'running' | 'down' | 'denied' | 'hanging' | 'absent'
  readonly socket: string
  readonly clientVersion: string
  readonly clientApi: string
  readonly serverVersion: string
  readonly serverApi: string
  readonly memoryMiB: number
  readonly cpus: number
  readonly storageDriver: string
  readonly cgroupVersion: string
}

export type ContainerState = 'running' | 'exited' | 'paused'

/**
 * The inside of a node. `prepared` and the processes belong to the container and go with it; `store` lies in the
 * volume and goes with that (recorded running-k8s-118 and 122: the difference between the two).
 */
export interface SimulatedNode {
  /** /etc/kubernetes is filled: kubeadm has run in this container. */
  readonly prepared: boolean
  readonly kubelet: boolean
  readonly apiserver: boolean
  /** Its address on Docker's network, once it has one. */
  readonly address?: string
  /**
   * Where the API server is reached on the machine itself: a port of 127.0.0.1, where Docker runs in a virtual
   * machine and node addresses cannot be reached. Another one after each start of the container.
   */
  readonly apiPort?: number
  /** Published ports, e.g. `127.0.0.1:80:80`; they count as they were when the container was made. */
  readonly published?: readonly string[]
  /** Absent until somebody looks; gone with each stop of the container. */
  readonly kernel?: NodeKernel
  /** etcd's data; absent before the first `kubeadm init`. */
  readonly store?: KubeStore
  /** Who is in the middle of a `minikube start` of it. */
  readonly startedBy?: string
  /** A second start came while that one was under way. */
  readonly contested?: boolean
}

export const bareNode: SimulatedNode = { prepared: false, kubelet: false, apiserver: false }

/**
 * A new laptop with Docker running, internet, and nothing of ours. The system and Docker are those of the
 * recordings, so that what minikube says of them can be compared.
 */
export function newLaptop(platform: SimulatedSystem['platform'] = 'linux'): Laptop {
  return {
    schema: 1,
    system: systemOf(platform),
    docker: {
      state: 'running',
      socket: 'unix:///var/run/docker.sock',
      clientVersion: '28.2.2',
      clientApi: '1.50',
      serverVersion: '28.2.2',
      serverApi: '1.50',
      memoryMiB: 24105,
      cpus: 8,
      storageDriver: 'overlay2',
      cgroupVersion: '2',
    },
    internet: 'open',
    registryReachable: true,
    imagesCached: false,
    containers: {},
    volumes: [],
    networks: {},
    nodes: {},
    played: [],
  }
}

function systemOf(platform: SimulatedSystem['platform']): SimulatedSystem {
  const common = { hostname: 'laptop', cpus: 8, memoryMiB: 24105 }
  switch (platform) {
    case 'linux':
      return { ...common, platform, arch: 'amd64', text: 'Debian 12.11 (docker/amd64)' }
    case 'darwin':
      return { ...common, platform, arch: 'arm64', text: 'Darwin 15.6 (arm64)' }
    case 'win32':
      return {
        ...common,
        platform,
        arch: 'amd64',
        text: 'Microsoft Windows 11 Pro 10.0.26100.4652 Build 26100.4652',
      }
  }
}

/** The laptop with one node changed; a node not yet known starts bare. */
export function withNode(laptop: Laptop, profile: string, change: Partial<SimulatedNode>): Laptop {
  const before = laptop.nodes[profile] ?? bareNode
  return { ...laptop, nodes: { ...laptop.nodes, [profile]: { ...before, ...change } } }
}

/** What `docker rm -f` leaves: the container's own files are gone, the volume's are not. */
export function withoutContainer(laptop: Laptop, name: string): Laptop {
  const containers = without(laptop.containers, name)
  const node = laptop.nodes[name]
  if (node === undefined) return { ...laptop, containers }
  return withNode(withoutKernel({ ...laptop, containers }, name), name, {
    prepared: false,
    kubelet: false,
    apiserver: false,
  })
}

/** Rules and addresses are the kernel's, for as long as the container runs (facts aws, 16, T7). */
function withoutKernel(laptop: Laptop, name: string): Laptop {
  const node = laptop.nodes[name]
  if (node === undefined) return laptop
  const { kernel: _, ...rest } = node
  return { ...laptop, nodes: { ...laptop.nodes, [name]: rest } }
}

/** What `docker volume rm` leaves. */
export function withoutVolume(laptop: Laptop, name: string): Laptop {
  const volumes = laptop.volumes.filter((volume) => volume !== name)
  const node = laptop.nodes[name]
  if (node === undefined) return { ...laptop, volumes }
  const { store: _, ...rest } = node
  return { ...laptop, volumes, nodes: { ...laptop.nodes, [name]: rest } }
}

/** What `minikube delete` leaves of a profile in Docker: nothing. */
export function withoutProfile(laptop: Laptop, profile: string): Laptop {
  const rest = withoutVolume(withoutContainer(laptop, profile), profile)
  return { ...rest, networks: without(rest.networks, profile), nodes: without(rest.nodes, profile) }
}

/** A stopped container has no processes. */
export function withContainer(laptop: Laptop, name: string, state: ContainerState): Laptop {
  const changed = { ...laptop, containers: { ...laptop.containers, [name]: state } }
  return state === 'exited' && laptop.nodes[name] !== undefined
    ? withNode(withoutKernel(changed, name), name, { kubelet: false, apiserver: false })
    : changed
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key))
}
