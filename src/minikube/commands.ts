import type { Command } from '../ports/exec.ts'
import { renderExtraOption, renderFeatureGates, renderMount, renderPort } from './flags.ts'
import { isContainerDriver } from './drivers.ts'
import type { MinikubeRef, WantedCluster } from './types.ts'

/**
 * Any minikube call. The exec adapter passes no `MINIKUBE_*` of the user's, sets `LC_ALL=C` and drops
 * `LANGUAGE`; what minikube needs beyond that is here. KUBECONFIG is a file of devk8s' own, because start,
 * stop, profile and update-context rewrite whatever they are given (facts sheet, 9).
 * MINIKUBE_IN_STYLE=false: a Windows Terminal forces emoji even into a pipe (facts sheet, 3.1).
 */
function minikube(ref: MinikubeRef, args: readonly string[], changes: boolean): Command {
  return {
    tool: 'minikube',
    program: ref.program,
    args,
    env: { MINIKUBE_HOME: ref.home, KUBECONFIG: ref.kubeconfig, MINIKUBE_IN_STYLE: 'false' },
    changes,
  }
}

export interface StartOptions {
  /** How long minikube itself may wait for the control plane, in seconds. */
  readonly waitTimeoutS: number
  /** The cluster exists: what only counts at creation is left out, since minikube warns about it or, worse,
   * records it without effect (running-082, running-086). */
  readonly existing: boolean
  /** The profile records feature gates although none are wanted: `--feature-gates=` empties the list. */
  readonly clearFeatureGates: boolean
  /** The same for a recorded mount. */
  readonly clearMount: boolean
}

export const freshStart: StartOptions = {
  waitTimeoutS: 360,
  existing: false,
  clearFeatureGates: false,
  clearMount: false,
}

/**
 * `minikube start`, with every default that has moved between versions given explicitly (runtime and
 * Kubernetes version moved in v1.39; memory is computed from the machine) and everything that could ask,
 * delete or use sudo switched off.
 */
export function startArgs(
  cluster: WantedCluster,
  ref: MinikubeRef,
  options: StartOptions = freshStart,
): Command {
  const args = [
    'start',
    '-p',
    ref.profile,
    `--driver=${cluster.driver}`,
    `--container-runtime=${cluster.runtime}`,
    `--kubernetes-version=${cluster.kubernetes}`,
    `--cpus=${cluster.cpus}`,
    `--memory=${cluster.memoryMiB}mb`,
    `--disk-size=${cluster.diskMiB}mb`,
    '--interactive=false',
    '--auto-update-drivers=false',
    '--delete-on-failure=false',
    '--keep-context=false',
    '--embed-certs=false',
    '--wait=apiserver,system_pods',
    `--wait-timeout=${options.waitTimeoutS}s`,
    `--service-cluster-ip-range=${cluster.serviceCidr}`,
    ...lastingArgs(cluster, options),
    ...(options.existing ? [] : creationArgs(cluster)),
    '--output=json',
  ]
  return minikube(ref, args, true)
}

/** Flags that minikube takes on every start. `--extra-config` replaces the whole recorded list. */
function lastingArgs(cluster: WantedCluster, options: StartOptions): readonly string[] {
  const gates = renderFeatureGates(cluster.featureGates)
  const mount = cluster.mounts[0]
  return [
    ...(gates !== '' || options.clearFeatureGates ? [`--feature-gates=${gates}`] : []),
    ...cluster.extraConfig.map((option) => `--extra-config=${renderExtraOption(option)}`),
    ...(mount === undefined
      ? options.clearMount
        ? ['--mount-string=']
        : []
      : [`--mount-string=${renderMount(mount)}`]),
  ]
}

/** Flags that count only when the node is made (facts sheet, 3.2). */
function creationArgs(cluster: WantedCluster): readonly string[] {
  const onContainer = isContainerDriver(cluster.driver)
  return [
    `--nodes=${cluster.nodes}`,
    ...(onContainer ? cluster.ports.map((port) => `--ports=${renderPort(port)}`) : []),
    ...cluster.registryMirrors.map((mirror) => `--registry-mirror=${mirror}`),
    ...cluster.insecureRegistries.map((registry) => `--insecure-registry=${registry}`),
    ...(onContainer && cluster.subnet !== undefined ? [`--subnet=${cluster.subnet}`] : []),
    ...(cluster.driver === 'docker' && cluster.staticIp !== undefined
      ? [`--static-ip=${cluster.staticIp}`]
      : []),
  ]
}

/** One object, an array, `null` or event lines on stdout; the exit code is a set of bits (facts sheet, 6.1). */
export function statusArgs(ref: MinikubeRef): Command {
  return minikube(ref, ['status', '-p', ref.profile, '-o', 'json'], false)
}

export function stopArgs(ref: MinikubeRef): Command {
  return minikube(ref, ['stop', '-p', ref.profile, '-o', 'json'], true)
}

/** Deletes one profile. Never `--all`: it finds nodes by a global label and so reaches other homes. */
export function deleteArgs(ref: MinikubeRef): Command {
  return minikube(ref, ['delete', '-p', ref.profile, '-o', 'json'], true)
}

/**
 * Runs a line in a node's shell. It asks for a terminal: what the line writes to stderr comes on stdout, lines end in CR
 * LF, any failure there is exit 1, and nothing can be given to it to read (recorded running-023, running-024). A look
 * leaves no line in minikube's audit log, which keeps a thousand and is the person's (recorded 049 has the flag).
 * @param node as minikube calls it, `devk8s` or `devk8s-m02`.
 */
export function sshArgs(
  ref: MinikubeRef,
  node: string,
  line: string,
  { changes }: { readonly changes: boolean },
): Command {
  const audit = changes ? [] : ['--skip-audit']
  return minikube(ref, ['ssh', '-p', ref.profile, '-n', node, ...audit, '--', line], changes)
}

export function profileListArgs(ref: MinikubeRef): Command {
  return minikube(ref, ['profile', 'list', '-o', 'json'], false)
}

export function addonsListArgs(ref: MinikubeRef): Command {
  return minikube(ref, ['addons', 'list', '-p', ref.profile, '-o', 'json'], false)
}

/** `addons enable` has no JSON mode. `images` and `registries` are the options it knows. */
export function addonEnableArgs(
  ref: MinikubeRef,
  addon: string,
  options: Readonly<Record<string, string>>,
): Command {
  const flags = ['images', 'registries'].flatMap((name) => {
    const value = options[name]
    return value === undefined ? [] : [`--${name}=${value}`]
  })
  return minikube(ref, ['addons', 'enable', addon, '-p', ref.profile, ...flags], true)
}

/** Prints text only, and exits 0 for one that is disabled already (running-k8s-016, running-k8s-017). */
export function addonDisableArgs(ref: MinikubeRef, addon: string): Command {
  return minikube(ref, ['addons', 'disable', addon, '-p', ref.profile], true)
}

/** Names of the containers called exactly like the profile; exits non-zero when docker does not answer. */
export function containerListArgs(ref: MinikubeRef): Command {
  const args = ['ps', '-a', '--filter', `name=^${ref.profile}$`, '--format', '{{.Names}}']
  return { tool: 'docker', program: 'docker', args, changes: false }
}

/** Exits 1 both for "no such volume" and for "no daemon", so it is asked after `containerListArgs`. */
export function volumeInspectArgs(ref: MinikubeRef): Command {
  return { tool: 'docker', program: 'docker', args: ['volume', 'inspect', ref.profile], changes: false }
}

/**
 * What minikube made for a profile and may have left: `container`, `volume` or `network` by the label that minikube
 * gives all three. A container or volume of the person's own that happens to have the name is not among them.
 */
export function leftoverListArgs(ref: MinikubeRef, what: Leftover): Command {
  const list = what === 'container' ? ['ps', '-a'] : [what, 'ls']
  const name = what === 'container' ? '{{.Names}}' : '{{.Name}}'
  const label = `label=name.minikube.sigs.k8s.io=${ref.profile}`
  return {
    tool: 'docker',
    program: 'docker',
    args: [...list, '--filter', label, '--format', name],
    changes: false,
  }
}

export type Leftover = 'container' | 'volume' | 'network'

export function networkRemoveArgs(ref: MinikubeRef): Command {
  return { tool: 'docker', program: 'docker', args: ['network', 'rm', ref.profile], changes: true }
}

export function volumeRemoveArgs(ref: MinikubeRef): Command {
  return { tool: 'docker', program: 'docker', args: ['volume', 'rm', ref.profile], changes: true }
}
