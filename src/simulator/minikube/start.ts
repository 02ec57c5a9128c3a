import { faultOf, pass, type ProgramCall } from '../machine.ts'
import { type Flags, isSet } from './flags.ts'
import { homeOf, loadProfile, saveProfile } from './home.ts'
import { type Fatal, type Output, output } from './output.ts'
import { changedProfileConfig, megabytes, newProfileConfig, type ProfileConfig } from './profile-config.ts'
import { refuseFlags } from './start-flag-refusals.ts'
import { runKubernetes } from './start-kubernetes.ts'
import { runNode } from './start-node.ts'
import { downloadFails } from './start-offline.ts'
import {
  refuseDriver,
  refuseKubernetes,
  refuseName,
  refuseProvider,
  refuseResources,
} from './start-refusals.ts'
import { driverTitle, isContainerDriver, type StartRun } from './start-run.ts'
import { startSteps } from './steps.ts'

/** `minikube start` (clauses 7-14, 21-29). Gives the exit code. */
export async function start(call: ProgramCall, flags: Flags, profile: string): Promise<number> {
  const eventsPath = `${homeOf(call)}/profiles/${profile}/events.json`
  const lines: string[] = []
  const json = flags.values['output'] === 'json'
  const out = output(call, json, startSteps, (line) => lines.push(line))
  const keepEvents = async () => {
    await call.machine.files.makeFolder(eventsPath.slice(0, eventsPath.lastIndexOf('/')), 0o755)
    await call.machine.files.write(eventsPath, lines.map((line) => `${line}\n`).join(''), { mode: 0o644 })
  }
  await keepEvents()
  await call.machine.files.write(`${homeOf(call)}/logs/lastStart.txt`, 'Log file created by the simulator\n')
  try {
    return await play(call, flags, profile, out)
  } finally {
    // minikube writes as it goes; here it is written at the end, killed or not, which leaves the same file.
    await keepEvents()
  }
}

async function play(call: ProgramCall, flags: Flags, profile: string, out: Output): Promise<number> {
  const laptop = await call.machine.laptop.read()
  await pass(call, 60)
  const prefix = profile === 'minikube' ? '' : `[${profile}] `
  out.step('Initial Minikube Setup', `${prefix}minikube ${call.version} on ${laptop.system.text}`)
  for (const [name, value] of Object.entries(call.env)) {
    if (name.startsWith('MINIKUBE_') || name === 'KUBECONFIG') out.info(`${name}=${value}`, 'option')
  }
  const early = refuseName(profile, out)
  if (early !== undefined) return out.fatal(early)
  const loaded = await loadProfile(call, profile)
  if ('damaged' in loaded) return out.fatal(configLoad(loaded.damaged))
  const before = 'value' in loaded ? loaded.value : undefined
  const driver = flags.values['driver'] || before?.Driver || 'docker'
  const refused = refuseDriver(driver, before, laptop) ?? refuseKubernetes(flags, before, laptop, out)
  if (refused !== undefined) return out.fatal(refused)
  await pass(call, 40)
  out.step('Selecting Driver', driverText(flags, before, driver))
  const late =
    refuseFlags(flags, driver, out) ??
    refuseProvider(driver, laptop, call) ??
    refuseResources(flags, laptop, call, out)
  if (late !== undefined) return out.fatal(late)
  const config =
    before === undefined
      ? newProfileConfig(profile, flags, memoryOf(flags, laptop.docker.memoryMiB), cpusOf(flags))
      : changedProfileConfig(before, flags)
  sayBeforeNode({ call, out, flags, profile, config, ...(before === undefined ? {} : { before }) }, laptop)
  const cni = refuseCni(flags)
  if (cni !== undefined) return out.fatal(cni)
  if (isSet(flags, 'dry-run')) {
    out.step('Selecting Driver', 'dry-run validation complete!')
    return 0
  }
  return bringUp({ call, out, flags, profile, config, ...(before === undefined ? {} : { before }) })
}

async function bringUp(run: StartRun): Promise<number> {
  const { call, out, profile } = run
  await pass(call, 20)
  out.step('Starting Node', `Starting "${profile}" primary control-plane node in "${profile}" cluster`)
  if (isContainerDriver(run.config.Driver)) out.step('Pulling Base Image', 'Pulling base image v0.0.50 ...')
  await saveProfile(call, run.config)
  await pass(call, 15)
  if (faultOf(call.machine, 'cluster.start') === 'garbage') {
    call.out(
      'W1123 13:37:05.000000   12345 out.go:177] not JSON, and yet on stdout\n{"specversion":"1.0","id":\n',
    )
  }
  const offline = await downloadFails(run)
  if (offline !== undefined) return offline
  const node = await runNode(run)
  return typeof node === 'number' ? node : runKubernetes({ ...run, config: node })
}

function driverText(flags: Flags, before: ProfileConfig | undefined, driver: string): string {
  if (before !== undefined) return `Using the ${driver} driver based on existing profile`
  return flags.values['driver']
    ? `Using the ${driver} driver based on user configuration`
    : `Automatically selected the ${driver} driver`
}

/** Recorded 059; running-k8s-031 for what cannot be changed. */
function sayBeforeNode(run: StartRun, laptop: Parameters<typeof driverTitle>[1]): void {
  const { flags, out, before, config } = run
  const runtime = flags.values['container-runtime']
  if (runtime === 'docker' || (before === undefined && !runtime)) {
    out.warning(
      'Starting v1.39.0, minikube will default to "containerd" container runtime. See #21973 for more info.',
    )
  }
  if (before !== undefined) sayUnchangeable(flags, before, out)
  else if (isContainerDriver(config.Driver)) {
    out.info(`Using ${driverTitle(config.Driver, laptop)} driver with root privileges`)
  }
}

function sayUnchangeable(flags: Flags, before: ProfileConfig, out: Output): void {
  const sorry = (what: string) =>
    out.warning(
      `You cannot change the ${what} for an existing minikube cluster. Please first delete the cluster.`,
    )
  const memory = flags.values['memory']
  if (memory !== undefined && megabytes(memory) !== before.Memory) sorry('memory size')
  const cpus = flags.values['cpus']
  if (cpus !== undefined && Number(cpus) !== before.CPUs) sorry('CPUs')
  const disk = flags.values['disk-size']
  if (disk !== undefined && megabytes(disk) !== before['DiskSize']) sorry('disk size')
  const nodes = flags.values['nodes']
  if (nodes !== undefined && Number(nodes) !== before.Nodes.length) {
    out.warning(
      "You cannot change the number of nodes for an existing minikube cluster. Please use 'minikube node add' to add nodes to an existing cluster.",
    )
  }
  const address = flags.values['static-ip']
  if (address !== undefined && address !== before.StaticIP) {
    out.warning(
      'You cannot change the static IP of an existing minikube cluster. Please first delete the cluster.',
    )
  }
}

/** Recorded 114. */
function refuseCni(flags: Flags): Fatal | undefined {
  const cni = flags.values['cni'] ?? ''
  if (['', 'auto', 'bridge', 'calico', 'cilium', 'flannel', 'kindnet', 'false', 'true'].includes(cni))
    return undefined
  if (cni.startsWith('/')) return undefined
  return {
    name: 'GUEST_PROVISION',
    exit: 80,
    message: `error provisioning guest: Failed to generate cluster config: cni: stat: stat ${cni}: no such file or directory`,
    box: 'logs',
  }
}

function configLoad(reason: string): Fatal {
  // Recorded running-k8s-150: no box, unlike `status`.
  return { name: 'HOST_CONFIG_LOAD', exit: 38, message: `Unable to load config: unmarshal: ${reason}` }
}

/** A quarter of the machine, 6000 at most (minikube's suggestion; recorded running-k8s-001 with 24105). */
function memoryOf(flags: Flags, limitMiB: number): number {
  const asked = flags.values['memory']
  if (asked === 'max' || asked === 'no-limit') return limitMiB
  return megabytes(asked ?? '') ?? Math.min(6000, Math.max(3072, Math.floor(limitMiB / 4)))
}

function cpusOf(flags: Flags): number {
  const cpus = Number(flags.values['cpus'] ?? '2')
  return Number.isInteger(cpus) && cpus > 0 ? cpus : 2
}
