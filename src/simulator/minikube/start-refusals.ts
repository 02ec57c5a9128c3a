import { daemonTrouble } from '../docker/daemon.ts'
import { faultOf } from '../machine.ts'
import type { ProgramCall } from '../machine.ts'
import type { Laptop } from '../state.ts'
import type { Flags } from './flags.ts'
import type { Fatal, Output } from './output.ts'
import { defaultKubernetes, megabytes, type ProfileConfig } from './profile-config.ts'

const usage = (message: string): Fatal => ({ name: 'MK_USAGE', exit: 14, message })

const proxyAdvice = {
  advice: 'Verify that your HTTP_PROXY and HTTPS_PROXY environment variables are set correctly.',
  url: 'https://minikube.sigs.k8s.io/docs/handbook/vpn_and_proxy/',
} as const

/** Recorded 102-105: refused after step 0. */
export function refuseName(profile: string, out: Output): Fatal | undefined {
  if (/^[a-zA-Z0-9][a-zA-Z0-9-]+$/.test(profile)) return undefined
  out.warning(`Profile name '${profile}' is not valid`)
  return usage(
    "Only alphanumeric and dashes '-' are permitted. Minimum 2 characters, starting with alphanumeric.",
  )
}

/** Recorded 087-094, running-k8s-032: Kubernetes versions are looked at before step 1. */
export function refuseKubernetes(
  flags: Flags,
  before: ProfileConfig | undefined,
  laptop: Laptop,
  out: Output,
): Fatal | undefined {
  const text = flags.values['kubernetes-version']
  if (text === undefined || text === '' || text === 'stable' || text === 'latest') return undefined
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)
  if (parts === null) return usage(`Unable to parse "${text}": No Major.Minor.Patch elements found`)
  const [major, minor] = [Number(parts[1]), Number(parts[2])]
  if (parts[3] === undefined) return refuseMinor(`${major}.${minor}`, out)
  const bare = text.replace(/^v/, '')
  const wanted = [major, minor, Number(parts[3])] as const
  if (major > 1) return refuseMajor(major, bare, out)
  if (minor < 28) return refuseOld(bare, out)
  if (compare(wanted, versionOf(defaultKubernetes)) > 0) {
    const fatal = searchNewer(bare, laptop, out)
    if (fatal !== undefined) return fatal
  }
  const old = before?.KubernetesConfig.KubernetesVersion
  return old !== undefined && compare(wanted, versionOf(old)) < 0 ? downgrade(old, `v${bare}`) : undefined
}

function refuseMinor(version: string, out: Output): Fatal | undefined {
  if (version === '1.35') {
    out.info('Using Kubernetes 1.35.1 since patch version was unspecified')
    return undefined
  }
  return {
    name: 'MK_PATCH_NOT_FOUND',
    exit: 14,
    message: `Unable to detect the latest patch release for specified major.minor version v${version}`,
    advice: "Specify --kubernetes-version in v<major>.<minor.<build> form. example: 'v1.1.14'",
  }
}

function refuseMajor(major: number, version: string, out: Output): Fatal {
  out.warning(
    `Specified Major version of Kubernetes ${major} is newer than the newest supported Major version: 1`,
  )
  out.warning('You can force an unsupported Kubernetes version via the --force flag')
  return unsupported('K8S_NEW_UNSUPPORTED', version)
}

function refuseOld(version: string, out: Output): Fatal {
  out.warning(
    `Specified Kubernetes version ${version} is less than the oldest supported version: v1.28.0. Use \`minikube config defaults kubernetes-version\` for details.`,
  )
  out.warning('You can force an unsupported Kubernetes version via the --force flag')
  return unsupported('K8S_OLD_UNSUPPORTED', version)
}

function unsupported(name: string, version: string): Fatal {
  return { name, exit: 106, message: `Kubernetes ${version} is not supported by this release of minikube` }
}

function searchNewer(version: string, laptop: Laptop, out: Output): Fatal | undefined {
  out.warning(
    `Specified Kubernetes version ${version} is newer than the newest supported version: ${defaultKubernetes}. Use \`minikube config defaults kubernetes-version\` for details.`,
  )
  out.warning(`Specified Kubernetes version ${version} not found in Kubernetes version list`)
  out.info('Searching the internet for Kubernetes version...')
  if (laptop.internet === 'open') {
    out.info(`Kubernetes version ${version} found in GitHub version list`)
    return undefined
  }
  const url = `https://api.github.com/repos/kubernetes/kubernetes/releases/tags/v${version}`
  const message = `Get "${url}": dial tcp: lookup api.github.com on 127.0.0.53:53: no such host`
  return { name: 'INET_LOOKUP_HOST', exit: 48, message, ...proxyAdvice }
}

function downgrade(from: string, to: string): Fatal {
  return {
    name: 'K8S_DOWNGRADE_UNSUPPORTED',
    exit: 106,
    message: `Unable to safely downgrade existing Kubernetes ${from} cluster to ${to}`,
    advice:
      '1) Recreate the cluster with Kubernetes {{.new}}, by running:\n\n\t\t  minikube delete{{.profile}}\n\t\t  minikube start{{.profile}} --kubernetes-version={{.prefix}}{{.new}}\n\n\t\t2) Create a second cluster with Kubernetes {{.new}}, by running:\n\n\t\t  minikube start -p {{.suggestedName}} --kubernetes-version={{.prefix}}{{.new}}\n\n\t\t3) Use the existing cluster at version Kubernetes {{.old}}, by running:\n\n\t\t  minikube start{{.profile}} --kubernetes-version={{.prefix}}{{.old}}',
  }
}

function versionOf(text: string): readonly [number, number, number] {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []
  return [Number(major), Number(minor), Number(patch)]
}

function compare(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

const supportedDrivers: Readonly<Record<Laptop['system']['platform'], readonly string[]>> = {
  linux: ['docker', 'podman', 'kvm2', 'qemu2', 'qemu', 'virtualbox', 'none', 'ssh', 'vmware'],
  darwin: [
    'docker',
    'podman',
    'vfkit',
    'krunkit',
    'qemu2',
    'qemu',
    'hyperkit',
    'virtualbox',
    'parallels',
    'vmware',
    'ssh',
  ],
  win32: ['docker', 'podman', 'hyperv', 'virtualbox', 'vmware', 'ssh'],
}

/** Recorded 066-069, 074, 075 (56) and running-k8s-033 (81): before step 1. */
export function refuseDriver(
  driver: string,
  before: ProfileConfig | undefined,
  laptop: Laptop,
): Fatal | undefined {
  const { platform, arch } = laptop.system
  if (before !== undefined && before.Driver !== driver) {
    const { Name: name, Driver: old } = before
    return {
      name: 'GUEST_DRIVER_MISMATCH',
      exit: 81,
      message: `The existing "${name}" cluster was created using the "${old}" driver, which is incompatible with requested "${driver}" driver.`,
      advice: `Delete the existing '${name}' cluster using: 'minikube delete -p ${name}', or start the existing '${name}' cluster using: 'minikube start -p ${name} --driver=${old}'`,
    }
  }
  if (supportedDrivers[platform].includes(driver)) return undefined
  const system = platform === 'win32' ? 'windows' : platform
  return {
    name: 'DRV_UNSUPPORTED_OS',
    exit: 56,
    message: `The driver '${driver}' is not supported on ${system}/${arch}`,
  }
}

const notInstalled: Readonly<Record<string, readonly [reason: string, advice: string, url: string]>> = {
  kvm2: [
    'exec: "virsh": executable file not found in $PATH',
    'Install libvirt',
    'https://minikube.sigs.k8s.io/docs/reference/drivers/kvm2/',
  ],
  virtualbox: [
    'unable to find VBoxManage in $PATH',
    'Install VirtualBox',
    'https://minikube.sigs.k8s.io/docs/reference/drivers/virtualbox/',
  ],
  podman: [
    'exec: "podman": executable file not found in $PATH',
    'Install Podman',
    'https://minikube.sigs.k8s.io/docs/drivers/podman/',
  ],
  qemu2: [
    'exec: "qemu-system-x86_64": executable file not found in $PATH',
    'Install qemu-system',
    'https://minikube.sigs.k8s.io/docs/reference/drivers/qemu/',
  ],
  none: ["running the 'none' driver as a regular user requires sudo permissions", '', ''],
}

/** Recorded 060-065, 070-073 (65), 125, 126, running-k8s-105 (63): after step 1. Only Docker is installed. */
export function refuseProvider(driver: string, laptop: Laptop, call: ProgramCall): Fatal | undefined {
  if (driver === 'docker') return refuseDocker(laptop, call)
  const [reason, advice, url] = notInstalled[driver] ?? [
    `exec: "${driver}": executable file not found in $PATH`,
    '',
    '',
  ]
  const name = `PROVIDER_${driver.toUpperCase()}_NOT_FOUND`
  return {
    name,
    exit: 65,
    message: `The '${driver}' provider was not found: ${reason}`,
    advice,
    url,
    mark: '*',
  }
}

function refuseDocker(laptop: Laptop, call: ProgramCall): Fatal | undefined {
  const url = 'https://minikube.sigs.k8s.io/docs/drivers/docker/'
  if (laptop.docker.state === 'absent') {
    const message =
      'The \'docker\' provider was not found: exec: "docker": executable file not found in $PATH'
    return { name: 'PROVIDER_DOCKER_NOT_FOUND', exit: 65, message, advice: 'Install Docker', url, mark: '*' }
  }
  const played = faultOf(call.machine, 'cluster.start') === 'docker-down'
  const seen: Laptop = played ? { ...laptop, docker: { ...laptop.docker, state: 'down' } } : laptop
  const trouble = daemonTrouble(seen, call.env, 'version')
  if (trouble === undefined) return undefined
  const text = 'text' in trouble ? trouble.text : 'deadline exceeded running "docker version"'
  // The template's own placeholders leak into the message as <no value> (recorded 126).
  const message = `"docker version --format <no value>-<no value>:<no value>" exit status 1: ${text}`
  return 'text' in trouble && trouble.text.startsWith('permission denied')
    ? {
        name: 'PROVIDER_DOCKER_NEWGRP',
        exit: 67,
        message,
        advice: "Add your user to the 'docker' group: 'sudo usermod -aG docker $USER && newgrp docker'",
        url: 'https://docs.docker.com/engine/install/linux-postinstall/',
      }
    : { name: 'PROVIDER_DOCKER_NOT_RUNNING', exit: 63, message, advice: 'Start the Docker service', url }
}

/** Recorded 079-086: memory and processors. */
export function refuseResources(
  flags: Flags,
  laptop: Laptop,
  call: ProgramCall,
  out: Output,
): Fatal | undefined {
  const { memoryMiB: limit, cpus: available } = laptop.docker
  const memory = faultOf(call.machine, 'cluster.start') === 'memory' ? '1500' : flags.values['memory']
  if (memory !== undefined && memory !== '' && memory !== 'max' && memory !== 'no-limit') {
    const asked = megabytes(memory)
    if (asked === undefined) {
      return usage(`Unable to parse memory '${memory}': FromHumanSize: invalid size: '${memory}'`)
    }
    if (asked > limit) {
      return {
        name: 'RSRC_OVER_ALLOC_MEM',
        exit: 10,
        message: `Requested memory allocation ${asked}MB is more than your system limit ${limit}MB.`,
        advice: "Start minikube with less memory allocated: 'minikube start --memory={{.advised}}mb'",
      }
    }
    if (asked < 1800) {
      const message = `Requested memory allocation ${asked}MiB is less than the usable minimum of 1800MB`
      return { name: 'RSRC_INSUFFICIENT_REQ_MEMORY', exit: 23, message }
    }
    if (asked < 1900) {
      out.warning(
        `Requested memory allocation (${asked}MB) is less than the recommended minimum 1900MB. Deployments may fail.`,
      )
    }
  }
  return refuseCpus(flags.values['cpus'], available)
}

/** 0 and what is no number pass (recorded 083, 086). */
function refuseCpus(text: string | undefined, available: number): Fatal | undefined {
  const cpus = /^\d+$/.test(text ?? '') ? Number(text) : 0
  const message =
    cpus === 1
      ? 'Requested cpu count 1 is less than the minimum allowed of 2'
      : cpus > available
        ? `Requested cpu count ${cpus} is greater than the available cpus of ${available}`
        : undefined
  return message === undefined ? undefined : { name: 'RSRC_INSUFFICIENT_CORES', exit: 29, message }
}
