import type { Host, HostFacts } from '../ports/host.ts'
import type { LaptopStore } from './laptop-store.ts'
import type { Laptop } from './state.ts'

/** The simulated laptop as devk8s sees the real one: a plain machine that fits every check. */
function hostFacts({ system }: Pick<Laptop, 'system'>): HostFacts {
  return {
    platform: system.platform,
    arch: system.arch,
    nodeArch: system.arch === 'amd64' ? 'x64' : 'arm64',
    release: { linux: '6.1.0', darwin: '24.6.0', win32: '10.0.26100' }[system.platform],
    ...(system.platform === 'linux' ? { distribution: 'debian' } : {}),
    wsl: false,
    inContainer: false,
    root: false,
    cpus: system.cpus,
    memoryMiB: system.memoryMiB,
    virtualization: 'available',
    interfaces: [
      { name: system.platform === 'darwin' ? 'lo0' : 'lo', cidr: '127.0.0.1/8', internal: true },
      { name: system.platform === 'darwin' ? 'en0' : 'eth0', cidr: '192.168.1.20/24', internal: false },
    ],
  }
}

/**
 * The host port of a rehearsal. No process of the laptop is alive: a lock found in the rehearsal's folder is asked
 * of the real machine by `isAlive`, which the caller hands in.
 */
export function simulatedHost(laptop: LaptopStore, isAlive: (pid: number) => boolean): Host {
  return { read: async () => hostFacts(await laptop.read()), isAlive }
}
