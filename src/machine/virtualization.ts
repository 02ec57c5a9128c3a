import type { Finding } from '../plan/step.ts'
import type { HostFacts } from '../ports/host.ts'
import { virtualizationAbsent } from '../problems/host.ts'
import type { Driver } from '../profile/profile.ts'
import { fits, unfit } from './verdict.ts'

/** Only a driver that starts a virtual machine of its own needs it; Docker Desktop checks its own. */
export function checkVirtualization(driver: Driver, host: HostFacts): Finding {
  const detail = { driver, virtualization: host.virtualization, inContainer: host.inContainer }
  if (driver === 'docker' || driver === 'podman' || host.virtualization === 'available') return fits(detail)
  if (host.virtualization === 'unknown') return fits(detail)
  const found = host.inContainer
    ? `The driver ${driver} starts a virtual machine, and this container has no /dev/kvm.`
    : `The driver ${driver} starts a virtual machine, and the processor or the firmware does not offer that.`
  return unfit(virtualizationAbsent, { detail: found, next: virtualizationCommands(host) }, detail)
}

function virtualizationCommands({ platform }: HostFacts): readonly string[] {
  switch (platform) {
    case 'linux':
      return ['grep -cE "vmx|svm" /proc/cpuinfo', 'sudo modprobe kvm', 'devk8s up --driver docker']
    case 'darwin':
      return ['sysctl kern.hv_support', 'devk8s up --driver docker']
    case 'win32':
      return ['systeminfo', 'devk8s up --driver docker']
  }
}
