import type { ContainerState, Laptop } from '../state.ts'

/** What `docker version --format '{{json .}}'` prints (recorded docker 002; without a daemon 031: Server is null). */
export function versionDocument(laptop: Laptop, reachable: boolean): object {
  const { docker, system } = laptop
  const negotiated = lower(docker.clientApi, docker.serverApi)
  const client = {
    Version: docker.clientVersion,
    ApiVersion: reachable ? negotiated : docker.clientApi,
    DefaultAPIVersion: docker.clientApi,
    GitCommit: 'e6534b4',
    GoVersion: 'go1.24.3',
    Os: { linux: 'linux', darwin: 'darwin', win32: 'windows' }[system.platform],
    Arch: system.arch,
    BuildTime: 'Fri May 30 12:07:14 2025',
    Context: contextOf(laptop),
  }
  return { Client: client, Server: reachable ? serverDocument(laptop) : null }
}

function serverDocument({ docker, system }: Laptop): object {
  const engine = {
    ApiVersion: docker.serverApi,
    Arch: system.arch,
    KernelVersion: '6.1.0',
    MinAPIVersion: '1.24',
    Os: 'linux',
  }
  return {
    Platform: { Name: system.platform === 'linux' ? '' : 'Docker Desktop' },
    Components: [{ Name: 'Engine', Version: docker.serverVersion, Details: engine }],
    Version: docker.serverVersion,
    ApiVersion: docker.serverApi,
    MinAPIVersion: '1.24',
    Os: 'linux',
    Arch: system.arch,
    KernelVersion: '6.1.0',
  }
}

/** Docker Desktop has a context of its own (assumed: no recording was made there). */
function contextOf({ system }: Laptop): string {
  return system.platform === 'linux' ? 'default' : 'desktop-linux'
}

function lower(a: string, b: string): string {
  return Number(a.split('.')[1]) <= Number(b.split('.')[1]) ? a : b
}

/** What `docker info --format '{{json .}}'` prints (recorded docker 004; without a daemon 032: all empty or 0). */
export function infoDocument(laptop: Laptop, reachable: boolean): object {
  const { docker, system } = laptop
  const counts = (state: ContainerState) =>
    reachable ? Object.values(laptop.containers).filter((each) => each === state).length : 0
  const desktop = system.platform !== 'linux'
  const empty = {
    ID: '',
    Driver: '',
    DriverStatus: null,
    CgroupDriver: '',
    KernelVersion: '',
    OperatingSystem: '',
  }
  const full = {
    ID: 'AAAA:BBBB:CCCC:DDDD:EEEE:FFFF:GGGG:HHHH:IIII:JJJJ:KKKK:LLLL',
    Driver: docker.storageDriver,
    DriverStatus: [['Backing Filesystem', 'extfs']],
    CgroupDriver: docker.cgroupVersion === '1' ? 'cgroupfs' : 'systemd',
    CgroupVersion: docker.cgroupVersion,
    KernelVersion: desktop ? '6.10.14-linuxkit' : '6.1.0',
    OperatingSystem: desktop ? 'Docker Desktop' : 'Debian GNU/Linux 12 (bookworm)',
  }
  return {
    ...(reachable ? full : empty),
    Containers: counts('running') + counts('paused') + counts('exited'),
    ContainersRunning: counts('running'),
    ContainersPaused: counts('paused'),
    ContainersStopped: counts('exited'),
    Images: reachable ? 1 : 0,
    OSType: reachable ? 'linux' : '',
    Architecture: reachable ? (system.arch === 'amd64' ? 'x86_64' : 'aarch64') : '',
    NCPU: reachable ? docker.cpus : 0,
    MemTotal: reachable ? docker.memoryMiB * 1024 * 1024 : 0,
    DockerRootDir: reachable ? '/var/lib/docker' : '',
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: reachable ? (desktop ? 'docker-desktop' : system.hostname) : '',
    Labels: reachable ? [] : null,
    ServerVersion: reachable ? docker.serverVersion : '',
    SecurityOptions: reachable ? ['name=seccomp,profile=default'] : null,
    Warnings: null,
    ClientInfo: {
      Debug: false,
      Version: docker.clientVersion,
      DefaultAPIVersion: docker.clientApi,
      Context: contextOf(laptop),
    },
  }
}

/** One line of `docker ps --format '{{json .}}'` (assumed: the recordings had no container). */
export function containerRow(name: string, state: ContainerState): Readonly<Record<string, string>> {
  const status = {
    running: 'Up 2 minutes',
    exited: 'Exited (130) 2 minutes ago',
    paused: 'Up 2 minutes (Paused)',
  }[state]
  return {
    Names: name,
    State: state,
    Status: status,
    Image: 'gcr.io/k8s-minikube/kicbase:v0.0.50',
    Labels: `created_by.minikube.sigs.k8s.io=true,name.minikube.sigs.k8s.io=${name}`,
  }
}

/** `docker inspect` of a node container: what matters of it (assumed shape, Docker Engine API 1.50). */
export function containerDocument(name: string, state: ContainerState, address: string): object {
  return {
    Name: `/${name}`,
    State: { Status: state, Running: state !== 'exited', Paused: state === 'paused' },
    Config: { Labels: { 'created_by.minikube.sigs.k8s.io': 'true', 'name.minikube.sigs.k8s.io': name } },
    NetworkSettings: { Networks: { [name]: { IPAddress: state === 'running' ? address : '' } } },
  }
}

/** `docker volume inspect` (assumed shape, Docker Engine API 1.50). */
export function volumeDocument(name: string): object {
  return {
    Driver: 'local',
    Labels: { 'created_by.minikube.sigs.k8s.io': 'true', 'name.minikube.sigs.k8s.io': name },
    Mountpoint: `/var/lib/docker/volumes/${name}/_data`,
    Name: name,
    Options: null,
    Scope: 'local',
  }
}
