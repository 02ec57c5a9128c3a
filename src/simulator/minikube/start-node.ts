import { faultOf, KilledBy, pass } from '../machine.ts'
import { bareNode, type Laptop, withContainer, withNode } from '../state.ts'
import { homeOf, loadMachine, pem, saveMachine, saveProfile } from './home.ts'
import { type ProfileConfig, withAddress } from './profile-config.ts'
import { isContainerDriver, type StartRun } from './start-run.ts'

/**
 * Brings the node's container up (clauses 11-13, 22, 23, 26-28). Gives the profile with its node's address, or the exit
 * code of a start that ended here. What is on the disk and in Docker at each moment is what the recordings of
 * killed starts found there (running-k8s-072, 133, 138, 082).
 */
export async function runNode(run: StartRun): Promise<ProfileConfig | number> {
  const { call, profile } = run
  const known = await loadMachine(call, profile)
  if ('damaged' in known) return machineDamaged(run, known.damaged)
  const laptop = await call.machine.laptop.read()
  const rival = laptop.nodes[profile]?.startedBy
  if (rival !== undefined && rival !== call.machine.caller && call.machine.isAlive(rival)) return intrude(run)
  await claim(run, call.machine.caller)
  try {
    const config = await nodeUp(run, laptop, 'value' in known)
    return (await isContested(run)) ? contested(run) : config
  } finally {
    await release(run)
  }
}

async function nodeUp(run: StartRun, laptop: Laptop, isKnown: boolean): Promise<ProfileConfig> {
  const { call, out, profile, config } = run
  switch (laptop.containers[profile]) {
    case undefined:
      return createNode(run, isKnown)
    case 'running':
      out.step('Updating Driver', `Updating the running ${config.Driver} "${profile}" container ...`)
      await pass(call, 1_400)
      break
    case 'exited':
    case 'paused':
      out.step('Pulling Base Image', `Restarting existing ${config.Driver} container for "${profile}" ...`)
      await pass(call, 4_900)
  }
  await call.machine.laptop.change((now) => {
    const node = now.nodes[profile] ?? bareNode
    const running = withContainer(now, profile, 'running')
    const up = laptop.containers[profile] === 'running' ? running : withPort(running, profile)
    // With /etc/kubernetes in place the kubelet and the static pods come up by themselves.
    return node.prepared && laptop.containers[profile] !== 'running'
      ? withNode(up, profile, { kubelet: true, apiserver: true })
      : up
  })
  await sayConnection(run)
  return config
}

async function createNode(run: StartRun, isKnown: boolean): Promise<ProfileConfig> {
  const { call, out, profile, config } = run
  if (isKnown) {
    out.step('Pulling Base Image', `${config.Driver} "${profile}" container is missing, will recreate.`)
    await pass(call, 14_000)
  } else if (run.before !== undefined) sayNeverMade(run)
  const size = `CPUs=${config.CPUs}, Memory=${config.Memory}MB`
  if (isContainerDriver(config.Driver)) {
    out.step('Creating Container', `Creating ${config.Driver} container (${size}) ...`, 'spinner')
  } else {
    const disk = String(config['DiskSize'])
    out.step('Creating VM', `Creating ${config.Driver} VM (${size}, Disk=${disk}MB) ...`, 'spinner')
  }
  await pass(call, 500)
  await call.machine.laptop.change((now) => ({
    ...now,
    volumes: [...new Set([...now.volumes, profile])],
    networks: { ...now.networks, [profile]: now.networks[profile] ?? freeNetwork(now, config) },
    nodes: {
      ...now.nodes,
      [profile]: { ...(now.nodes[profile] ?? bareNode), published: portsOf(config) },
    },
  }))
  await saveMachine(call, config)
  await pass(call, 1_500)
  if (faultOf(call.machine, 'cluster.start') === 'killed') throw new KilledBy('SIGKILL')
  await call.machine.laptop.change((now) => withPort(withContainer(now, profile, 'running'), profile))
  await saveKeys(run)
  await pass(call, 2_300)
  const addressed = await giveAddress(run)
  await sayConnection(run)
  return addressed
}

/** Recorded running-k8s-138, 141: killed before this, the profile never learns its node's address. */
async function giveAddress(run: StartRun): Promise<ProfileConfig> {
  const { call, profile, config } = run
  if (faultOf(call.machine, 'cluster.start') === 'exit-50') return config
  const { networks } = await call.machine.laptop.read()
  const address = config.StaticIP === '' ? `${networks[profile] ?? '192.168.49'}.2` : config.StaticIP
  const addressed = withAddress(config, address)
  await call.machine.laptop.change((now) => withNode(now, profile, { address }))
  await saveProfile(call, addressed)
  return addressed
}

/** 192.168.49, 58, 67 ... : the first that no other network has (minikube: pkg/drivers/kic/oci/network_create.go:37-118). */
function freeNetwork(laptop: Laptop, config: ProfileConfig): string {
  if (config.Subnet !== '') return config.Subnet.split('.').slice(0, 3).join('.')
  const taken = Object.values(laptop.networks)
  const all = Array.from({ length: 20 }, (_, index) => `192.168.${49 + 9 * index}`)
  return all.find((network) => !taken.includes(network)) ?? '192.168.49'
}

function portsOf(config: ProfileConfig): readonly string[] {
  const ports = config['ExposedPorts']
  return Array.isArray(ports) ? ports.flatMap((port) => (typeof port === 'string' ? [port] : [])) : []
}

/** Docker in a virtual machine forwards the API server to another free port at each start of the container. */
function withPort(laptop: Laptop, profile: string): Laptop {
  if (laptop.system.platform === 'linux') return laptop
  const taken = Object.values(laptop.nodes).map((node) => node.apiPort ?? 32_768)
  return withNode(laptop, profile, { apiPort: Math.max(32_768, ...taken) + 1 })
}

async function saveKeys({ call, profile }: StartRun): Promise<void> {
  const folder = `${homeOf(call)}/machines/${profile}`
  await call.machine.files.write(`${folder}/id_rsa`, pem('RSA PRIVATE KEY', 'node'), { mode: 0o600 })
}

/** Only where the registry cannot be reached (recorded running-k8s-001). */
async function sayConnection({ call, out }: StartRun): Promise<void> {
  const { internet, registryReachable } = await call.machine.laptop.read()
  if (internet === 'open' && registryReachable) return
  out.warning(
    'Failing to connect to https://registry.k8s.io/ from both inside the minikube container and host machine',
  )
  out.error(
    'To pull new external images, you may need to configure a proxy: https://minikube.sigs.k8s.io/docs/reference/networking/proxy/',
  )
}

/** Recorded running-k8s-075: the profile is there, its machine was never made. */
function sayNeverMade({ call, profile }: StartRun): void {
  const line = `E1123 13:44:16.271121   25348 start.go:846] api.Load failed for ${profile}: filestore "${profile}": Docker machine "${profile}" does not exist. Use "docker-machine ls" to list machines. Use "docker-machine create" to add a new one.\n`
  call.err(line + line)
}

/** Recorded running-k8s-145. */
async function machineDamaged({ call, out, profile }: StartRun, reason: string): Promise<number> {
  const why = `filestore "${profile}": Error getting migrated host: ${reason}`
  const line = `E1123 13:54:00.552998   24795 start.go:846] api.Load failed for ${profile}: ${why}\n`
  call.err(line + line)
  const cause = `error loading existing host. Please try running [minikube delete], then run [minikube start] again: ${why}`
  out.error(`StartHost failed, but will try again: ${cause}`)
  await pass(call, 5_000)
  out.error(`Failed to start docker container. Running "minikube delete -p ${profile}" may fix it: ${cause}`)
  const message = `error provisioning guest: Failed to start host: ${cause}`
  return out.fatal({ name: 'GUEST_PROVISION', exit: 80, message, box: 'logs' })
}

/** The second of two starts at once (recorded running-k8s-067, `second`): 50, and the first is spoilt. */
async function intrude(run: StartRun): Promise<number> {
  const { call, out, profile, config } = run
  await call.machine.laptop.change((now) => withNode(now, profile, { contested: true }))
  for (let waited = 0; waited < 60_000; waited += 500) {
    const { containers } = await call.machine.laptop.read()
    if (containers[profile] !== undefined) break
    await pass(call, 500)
  }
  out.step('Updating Driver', `Updating the running ${config.Driver} "${profile}" container ...`)
  await pass(call, 1_400)
  await sayConnection(run)
  return endpointUnknown(run)
}

/** `DRV_CP_ENDPOINT` after step 11 (recorded running-k8s-067, 141). */
export function endpointUnknown(run: StartRun): number {
  sayPreparing(run)
  return run.out.fatal({
    name: 'DRV_CP_ENDPOINT',
    exit: 50,
    message: 'failed to construct cluster server address: failed to lookup ip for ""',
    advice:
      'Recreate the cluster by running:\n\t\tminikube delete {{.profileArg}}\n\t\tminikube start {{.profileArg}}',
  })
}

/** Step 11. The runtimes' versions in kicbase v0.0.50 are assumed; the recorded ones were another image's. */
export function sayPreparing({ out, config }: StartRun): void {
  const { KubernetesVersion: version, ContainerRuntime: runtime } = config.KubernetesConfig
  const runtimes: Readonly<Record<string, string>> = {
    docker: 'Docker 29.2.1',
    containerd: 'containerd 2.2.1',
    'cri-o': 'CRI-O 1.35.0',
    crio: 'CRI-O 1.35.0',
  }
  const title = runtimes[runtime] ?? runtime
  out.step('Preparing Kubernetes', `Preparing Kubernetes ${version} on ${title} ...`, 'spinner')
}

/** The first of two starts at once (recorded running-k8s-067). */
function contested(run: StartRun): number {
  const { out } = run
  sayPreparing(run)
  out.error(
    'Unable to load cached images: LoadCachedImages: Docker load /var/lib/minikube/images/etcd_3.6.6-0: loadimage docker: /bin/bash -c "sudo cat /var/lib/minikube/images/etcd_3.6.6-0 | docker load": Process exited with status 1\nstdout:\n\nstderr:\nerror during connect: Post "http://%2Fvar%2Frun%2Fdocker.sock/v1.41/images/load?quiet=1": EOF',
  )
  return out.fatal({
    name: 'K8S_INSTALL_FAILED_CONTAINER_RUNTIME_NOT_RUNNING',
    exit: 93,
    message:
      'Failed to update cluster: update primary control-plane node: generating kubeadm cfg: container runtime is not running',
    box: 'logs',
  })
}

async function isContested({ call, profile }: StartRun): Promise<boolean> {
  return (await call.machine.laptop.read()).nodes[profile]?.contested === true
}

async function claim({ call, profile }: StartRun, caller: string): Promise<void> {
  await call.machine.laptop.change((now) => withNode(now, profile, { startedBy: caller, contested: false }))
}

async function release({ call, profile }: StartRun): Promise<void> {
  await call.machine.laptop.change((now) => {
    const node = now.nodes[profile]
    if (node === undefined) return now
    const { startedBy: _, contested: __, ...rest } = node
    return { ...now, nodes: { ...now.nodes, [profile]: rest } }
  })
}
