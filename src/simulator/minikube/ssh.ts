import { storeNow } from '../cluster-time.ts'
import { at, type KubeObject, listOf, textOf } from '../kube-api/object.ts'
import { faultOf, pass, type ProgramCall } from '../machine.ts'
import { bareNode, type Laptop, withNode } from '../state.ts'
import type { Flags } from './flags.ts'
import { loadProfile } from './home.ts'
import { bootedKernel, type NodeKernel, withClusterRules } from './node-kernel.ts'
import { nodeProgram } from './node-programs.ts'
import { runLine } from './node-shell.ts'
import { containerTrouble } from './node-state.ts'
import { sayNoProfile, sayNotRunning } from './no-profile.ts'
import { output } from './output.ts'
import type { ProfileConfig } from './profile-config.ts'

/** How far the fault `node=clock-skew` sets the node's clock ahead, in ms. */
const skewMs = 7 * 60_000

/** `minikube ssh -- LINE` (clauses 39 to 43; recorded 020, running-022, 023, 060, 096, 111, 119). */
export async function ssh(call: ProgramCall, flags: Flags, profile: string): Promise<number> {
  const out = output(call, false, [])
  const loaded = await loadProfile(call, profile)
  if (!('value' in loaded)) return sayNoProfile(call, out, profile)
  const laptop = await call.machine.laptop.read()
  const trouble = containerTrouble(laptop, call, profile)
  if (trouble !== undefined) {
    const message = `Unable to get control-plane node ${profile} host status: state: ${trouble}\n`
    return out.fatal({ name: 'GUEST_STATUS', exit: 80, message })
  }
  const state = laptop.containers[profile]
  if (state !== 'running') return sayNotRunning(call, out, profile, state === 'paused' ? 'Paused' : 'Stopped')
  const node = flags.values['node'] ?? profile
  if (node !== profile) {
    // minikube v1.38.1: cmd/minikube/cmd/ssh.go, pkg/minikube/reason/reason.go
    return out.fatal({ name: 'GUEST_NODE_RETRIEVE', exit: 85, message: `Node ${node} does not exist.` })
  }
  const fault = faultOf(call.machine, 'node')
  if (fault !== undefined) call.machine.onStrike?.()
  if (fault === 'silent') return call.hang()
  await pass(call, 220)
  // The client joins the words with blanks; the node's shell takes them apart (recorded running-023).
  return enter(call, loaded.value, flags.words.join(' '))
}

async function enter(call: ProgramCall, config: ProfileConfig, line: string): Promise<number> {
  // Without a line it is a person's shell, which waits for one.
  if (line === '') return call.hang()
  const { machine } = call
  let ended = { exitCode: 0, shown: '' }
  await machine.laptop.change((laptop) => {
    const kernel = kernelNow(call, laptop, config.Name)
    const inside = {
      kernel,
      hostname: config.Name,
      nowMs: machine.clock.now() + (faultOf(machine, 'node') === 'clock-skew' ? skewMs : 0),
      cni: cniFiles(call, config),
      isRoot: false,
    }
    const end = runLine(line, inside, nodeProgram)
    ended = end
    return end.state.kernel === laptop.nodes[config.Name]?.kernel
      ? laptop
      : withNode(laptop, config.Name, { kernel: end.state.kernel })
  })
  // A terminal is asked for: one stream, lines that end in CR LF.
  call.out(ended.shown.replaceAll('\n', '\r\n'))
  if (ended.exitCode === 0) return 0
  call.err(`ssh: Process exited with status ${ended.exitCode}\n`)
  return 1
}

/** The node's kernel after what its pods and Kubernetes have done to it so far. */
export function kernelNow(
  { machine }: Pick<ProgramCall, 'machine'>,
  laptop: Laptop,
  profile: string,
): NodeKernel {
  const node = laptop.nodes[profile] ?? bareNode
  const kernel = node.kernel ?? bootedKernel(laptop.networks[profile] ?? '192.168.49')
  const store = storeNow(machine, laptop, profile)
  const pods = Object.values(store?.objects ?? {}).flatMap(({ object }) =>
    object.kind === 'Pod' && at(object, 'status', 'phase') === 'Running' ? [object] : [],
  )
  const ruled = withClusterRules(kernel, {
    hasProxy: store !== undefined,
    hasHostPorts: pods.some(hasHostPort),
  })
  return pods.reduce(withInit, ruled)
}

function hasHostPort(pod: KubeObject): boolean {
  if (at(pod, 'spec', 'hostNetwork') === true) return false
  return listOf(at(pod, 'spec', 'containers')).some((container) =>
    listOf(at(container, 'ports')).some((port) => at(port, 'hostPort') !== undefined),
  )
}

/** What an init container on the node's network does to `lo` is done to the node's: once for each start of the pod. */
function withInit(kernel: NodeKernel, pod: KubeObject): NodeKernel {
  const uid = pod.metadata.uid ?? pod.metadata.name
  if (at(pod, 'spec', 'hostNetwork') !== true || kernel.begun.includes(uid)) return kernel
  const commands = listOf(at(pod, 'spec', 'initContainers')).flatMap((container) =>
    listOf(at(container, 'command')).map((word) => textOf(word) ?? ''),
  )
  const added = commands.flatMap((text) =>
    [...text.matchAll(/ip addr (?:add|replace) (\d+\.\d+\.\d+\.\d+\/\d+) dev lo/g)].map(
      (match) => match[1] ?? '',
    ),
  )
  if (added.length === 0) return kernel
  const loopback = [...new Set([...kernel.loopback, ...added])]
  return { ...kernel, loopback, begun: [...kernel.begun, uid] }
}

/** minikube v1.38.1: pkg/minikube/cni/cni.go, chooseDefault: kindnet beside any runtime but Docker's. */
function cniFiles(call: ProgramCall, config: ProfileConfig): readonly string[] {
  const others = ['87-podman-bridge.conflist.mk_disabled']
  if (faultOf(call.machine, 'node') === 'cilium') return ['05-cilium.conflist', ...others]
  const isDocker = config.KubernetesConfig.ContainerRuntime === 'docker'
  return [isDocker ? '1-k8s.conflist' : '10-kindnet.conflist', ...others]
}
