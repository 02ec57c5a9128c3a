import type { HostFacts } from '../ports/host.ts'
import type { Driver } from '../profile/profile.ts'

type Commands = Partial<Readonly<Record<HostFacts['platform'], readonly string[]>>>

/** How each driver's program comes onto a machine, by the platform's usual package manager. */
const installs: Readonly<Record<Driver, Commands>> = {
  docker: {
    darwin: ['brew install --cask docker', 'open -a Docker'],
    linux: ['sudo apt-get install -y docker.io', 'sudo usermod -aG docker "$USER"', 'newgrp docker'],
    win32: ['winget install Docker.DockerDesktop'],
  },
  podman: {
    darwin: ['brew install podman', 'podman machine init', 'podman machine start'],
    linux: ['sudo apt-get install -y podman'],
    win32: ['winget install RedHat.Podman', 'podman machine init', 'podman machine start'],
  },
  vfkit: { darwin: ['brew install vfkit'] },
  krunkit: { darwin: ['brew tap slp/krunkit', 'brew install krunkit'] },
  qemu2: {
    darwin: ['brew install qemu socket_vmnet', 'sudo brew services start socket_vmnet'],
    linux: ['sudo apt-get install -y qemu-system'],
    win32: ['winget install SoftwareFreedomConservancy.QEMU'],
  },
  kvm2: {
    linux: [
      'sudo apt-get install -y qemu-kvm libvirt-clients libvirt-daemon-system',
      'sudo usermod -aG libvirt "$USER"',
      'newgrp libvirt',
    ],
  },
  hyperv: { win32: ['Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All'] },
  virtualbox: {
    darwin: ['brew install --cask virtualbox'],
    linux: ['sudo apt-get install -y virtualbox'],
    win32: ['winget install Oracle.VirtualBox'],
  },
  hyperkit: { darwin: ['brew install hyperkit'] },
  parallels: { darwin: ['brew install --cask parallels'] },
  vmware: { darwin: ['brew install --cask vmware-fusion'] },
}

/** Commands to paste; Fedora and its kin have another package manager, the packages have the same names. */
export function installCommands(
  driver: Driver,
  { platform, distribution = '' }: Pick<HostFacts, 'platform' | 'distribution'>,
): readonly string[] {
  const commands = installs[driver][platform] ?? []
  if (!/fedora|red hat|rhel|centos|rocky|alma/i.test(distribution)) return commands
  return commands.map((command) => command.replace('apt-get install', 'dnf install'))
}

/** Whether minikube has the driver for this system at all (facts sheet, 8; kvm2 on arm64: minikube#19959). */
export function runsOn(driver: Driver, { platform, arch }: Pick<HostFacts, 'platform' | 'arch'>): boolean {
  if (installs[driver][platform] === undefined) return false
  if (driver === 'kvm2') return arch === 'amd64'
  if (driver === 'krunkit') return arch === 'arm64'
  if (driver === 'hyperkit') return arch === 'amd64'
  return true
}

/** In the order minikube would choose them (facts sheet, 8), those that are a choice for a new cluster. */
export function driverOrder(host: Pick<HostFacts, 'platform' | 'arch'>): readonly [Driver, ...Driver[]] {
  switch (host.platform) {
    case 'darwin':
      return ['docker', 'vfkit', 'qemu2', 'podman']
    case 'win32':
      return ['docker', 'hyperv', 'virtualbox']
    case 'linux':
      return host.arch === 'amd64' ? ['docker', 'kvm2', 'qemu2', 'podman'] : ['docker', 'qemu2', 'podman']
  }
}
