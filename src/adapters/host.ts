import { execFile } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import * as os from 'node:os'
import { promisify } from 'node:util'
import { archOfMachine, isWslKernel, linuxVirtualization, parseOsRelease } from '../machine/linux-facts.ts'
import type { Host, HostFacts, NetworkInterface } from '../ports/host.ts'
import { isAlive } from './alive.ts'

/** What the machine says of itself. Costs one child process on an Intel build of Node for macOS, none elsewhere. */
export function realHost(): Host {
  return { read, isAlive, userName }
}

/** An id that stands in no list of users (containers) has no name: Node throws then. */
export function userName(): string | undefined {
  try {
    return os.userInfo().username || undefined
  } catch {
    return undefined
  }
}

async function read(): Promise<HostFacts> {
  const platform = platformOf(process.platform)
  const shared = {
    platform,
    nodeArch: process.arch,
    release: os.release(),
    root: process.getuid?.() === 0,
    // Not availableParallelism(): minikube compares with all logical processors.
    cpus: os.cpus().length,
    memoryMiB: Math.floor(os.totalmem() / 1024 / 1024),
    interfaces: interfaces(),
  }
  switch (platform) {
    case 'linux':
      return { ...shared, ...(await readLinux()) }
    case 'darwin':
      return { ...shared, ...(await readDarwin()), wsl: false, inContainer: false }
    case 'win32':
      return {
        ...shared,
        arch: archOfMachine(os.machine()),
        virtualization: 'unknown',
        wsl: false,
        inContainer: false,
      }
  }
}

/** The BSDs and others have no minikube; `bin.ts` has already said so. */
function platformOf(platform: NodeJS.Platform): HostFacts['platform'] {
  return platform === 'darwin' || platform === 'win32' ? platform : 'linux'
}

async function readLinux() {
  const [version, release, cpuInfo, cgroup, kvm, dockerEnv, containerEnv] = await Promise.all([
    textOf('/proc/version'),
    textOf('/etc/os-release'),
    textOf('/proc/cpuinfo'),
    textOf('/proc/1/cgroup'),
    exists('/dev/kvm'),
    exists('/.dockerenv'),
    exists('/run/.containerenv'),
  ])
  const distribution = parseOsRelease(release ?? '')
  return {
    arch: archOfMachine(os.machine()),
    ...(distribution !== undefined && { distribution }),
    wsl: isWslKernel(version ?? ''),
    inContainer: dockerEnv || containerEnv || /docker|kubepods|containerd|lxc/.test(cgroup ?? ''),
    virtualization: linuxVirtualization(cpuInfo, kvm),
  }
}

/**
 * Apple silicon always has the hypervisor. Under Rosetta every library call claims an Intel processor; only
 * `sysctl.proc_translated` tells (1 = translated; the key does not exist on a real Intel Mac, hence `-i`).
 */
async function readDarwin(): Promise<Pick<HostFacts, 'arch' | 'virtualization'>> {
  if (process.arch === 'arm64') return { arch: 'arm64', virtualization: 'available' }
  const { stdout } = await promisify(execFile)('/usr/sbin/sysctl', [
    '-i',
    'sysctl.proc_translated',
    'kern.hv_support',
  ]).catch(() => ({ stdout: '' }))
  if (/proc_translated: 1/.test(stdout)) return { arch: 'arm64', virtualization: 'available' }
  const support = /hv_support: (\d)/.exec(stdout)?.[1]
  const virtualization = support === '1' ? 'available' : support === '0' ? 'absent' : 'unknown'
  return { arch: 'amd64', virtualization }
}

function interfaces(): readonly NetworkInterface[] {
  return Object.entries(os.networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap(({ cidr, internal }) => (cidr === null ? [] : [{ name, cidr, internal }])),
  )
}

/** Undefined for what is absent or unreadable: a fact that cannot be had is no reason to stop. */
async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
