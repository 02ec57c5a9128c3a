import type { DriverFact } from '../plan/facts.ts'
import type { Command, Exec, Ran } from '../ports/exec.ts'
import type { HostFacts } from '../ports/host.ts'
import { driverAbsent, driverNotForSystem, driverUnhealthy, runsAsRoot } from '../problems/host.ts'
import { type Problem, problem } from '../problems/problem.ts'
import type { Driver } from '../profile/profile.ts'
import { installCommands, runsOn } from './install.ts'

/** As for Docker: whatever needs longer will not serve a start either. */
const driverTimeoutMs = 6_000

type NonDocker = Exclude<Driver, 'docker'>

/** The program whose presence means that the driver is installed. */
export function driverProgram(driver: NonDocker, { arch }: Pick<HostFacts, 'arch'>): string {
  switch (driver) {
    case 'kvm2':
      return 'virsh'
    case 'qemu2':
      return arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'
    case 'hyperv':
      return 'powershell'
    case 'virtualbox':
      return 'VBoxManage'
    case 'parallels':
      return 'prlctl'
    case 'vmware':
      return 'vmrun'
    case 'podman':
    case 'vfkit':
    case 'krunkit':
    case 'hyperkit':
      return driver
  }
}

/** A question whose exit code tells whether an installed driver works; undefined where presence is all there is. */
export function driverHealthArgs(driver: NonDocker, { platform }: HostFacts): Command | undefined {
  switch (driver) {
    case 'kvm2':
      // Fails without the group libvirt and without the daemon alike.
      return { tool: 'virsh', program: 'virsh', args: ['-c', 'qemu:///system', 'version'], changes: false }
    case 'podman':
      // minikube runs podman as root on Linux and cannot type a password (facts sheet, 8).
      return platform === 'linux'
        ? { tool: 'podman', program: 'sudo', args: ['-n', 'podman', 'version'], changes: false }
        : { tool: 'podman', program: 'podman', args: ['version'], changes: false }
    case 'hyperv': {
      const script = 'Get-Command Hyper-V\\Get-VM -ErrorAction Stop | Out-Null; Hyper-V\\Get-VM | Out-Null'
      const args = ['-NoProfile', '-NonInteractive', '-Command', script]
      return { tool: 'powershell', program: 'powershell', args, changes: false }
    }
    case 'qemu2':
    case 'vfkit':
    case 'krunkit':
    case 'virtualbox':
    case 'hyperkit':
    case 'parallels':
    case 'vmware':
      return undefined
  }
}

/** Looks for a driver other than Docker and asks it whether it works; at most one child process. */
export async function probeDriver(
  driver: NonDocker,
  host: HostFacts,
  exec: Exec,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  if (!runsOn(driver, host)) {
    const detail = `minikube has no driver ${driver} for ${host.platform} on ${host.arch}.`
    return problem(driverNotForSystem, { detail, next: ['devk8s up --driver auto'] })
  }
  const program = driverProgram(driver, host)
  if ((await exec.find(program)) === undefined) {
    const detail = `The driver ${driver} needs the program ${program}, which is not on your PATH.`
    return problem(driverAbsent, { detail, next: installCommands(driver, host) })
  }
  const question = driverHealthArgs(driver, host)
  if (question === undefined) return undefined
  const ran = await exec.run(question, { timeoutMs: driverTimeoutMs, signal })
  if (ran.outcome === 'aborted') signal.throwIfAborted()
  return ran.outcome === 'exited' && ran.exitCode === 0 ? undefined : unhealthy(driver, host, question, ran)
}

function unhealthy(driver: NonDocker, host: HostFacts, question: Command, ran: Ran): Problem {
  const shown = [question.program, ...question.args].join(' ')
  const ended = ran.outcome === 'exited' ? `ended with ${ran.exitCode}` : `did not end well (${ran.outcome})`
  const evidence = ran.stderr
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 3)
  return problem(driverUnhealthy, {
    detail: `The driver ${driver} is installed, but does not work: ${shown} ${ended}.`,
    next: healthCommands(driver, host),
    ...(evidence.length > 0 && { evidence }),
  })
}

function healthCommands(driver: NonDocker, host: HostFacts): readonly string[] {
  switch (driver) {
    case 'kvm2':
      return ['sudo systemctl enable --now libvirtd', 'sudo usermod -aG libvirt "$USER"', 'newgrp libvirt']
    case 'podman':
      return host.platform === 'linux'
        ? ['echo "$USER ALL=(ALL) NOPASSWD: $(command -v podman)" | sudo tee /etc/sudoers.d/podman']
        : ['podman machine start']
    case 'hyperv':
      return ['Add-LocalGroupMember -Group "Hyper-V Administrators" -Member $Env:USERNAME']
    case 'vfkit':
    case 'krunkit':
    case 'qemu2':
    case 'virtualbox':
    case 'hyperkit':
    case 'parallels':
    case 'vmware':
      return installCommands(driver, host)
  }
}

/** minikube refuses root with every driver we use: DRV_AS_ROOT, 57 [recorded 128]. */
export function rootProblem(host: Pick<HostFacts, 'root'>): Problem | undefined {
  if (!host.root) return undefined
  const detail = 'devk8s runs as root, and minikube refuses to.'
  return problem(runsAsRoot, { detail, next: ['sudo -u "$SUDO_USER" devk8s up', 'devk8s up --rehearse'] })
}

/** A driver and what was found of it, for the choice and for the person. */
export function driverFact(driver: Driver, found: Problem | undefined): DriverFact {
  return found === undefined
    ? { driver, usable: true, reason: 'works', remedy: [] }
    : { driver, usable: false, reason: found.detail, remedy: found.next }
}
