import type { HostFacts } from '../ports/host.ts'

/** The display name in /etc/os-release, e.g. `Debian GNU/Linux 12 (bookworm)`. */
export function parseOsRelease(text: string): string | undefined {
  const values = new Map(
    [...text.matchAll(/^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/gm)].map((found) => [
      found[1],
      found[2] ?? found[3] ?? found[4] ?? '',
    ]),
  )
  return values.get('PRETTY_NAME') || values.get('NAME') || undefined
}

/** WSL's kernels carry the vendor's name in /proc/version, version 1 and 2 alike. */
export function isWslKernel(procVersion: string): boolean {
  return /microsoft/i.test(procVersion)
}

/** `uname -m` in the names of release files. */
export function archOfMachine(machine: string): HostFacts['arch'] {
  if (/^(x86_64|amd64|x64)$/i.test(machine)) return 'amd64'
  if (/^(aarch64|arm64|armv8.*)$/i.test(machine)) return 'arm64'
  return 'other'
}

/** /dev/kvm is the proof; processor flags without it mean that the module is off or the firmware forbids it. */
export function linuxVirtualization(
  cpuInfo: string | undefined,
  hasKvm: boolean,
): HostFacts['virtualization'] {
  if (hasKvm) return 'available'
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo ?? '')?.[1]
  // arm64 lists no such flag, so its absence says nothing there.
  if (flags === undefined) return 'unknown'
  return /\b(vmx|svm)\b/.test(flags) ? 'unknown' : 'absent'
}
