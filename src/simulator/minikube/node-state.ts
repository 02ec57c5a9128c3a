import { daemonTrouble } from '../docker/daemon.ts'
import type { ProgramCall } from '../machine.ts'
import type { Laptop } from '../state.ts'
import { loadMachine } from './home.ts'
import { entryState, loadKubeconfig } from './kubeconfig.ts'
import type { ProfileConfig } from './profile-config.ts'

/** The four fields of `status -o json`, or why there are none: minikube's own log lines. */
export type NodeState =
  | {
      readonly host: 'Running' | 'Stopped' | 'Paused'
      readonly kubelet: string
      readonly apiserver: string
      readonly kubeconfig: string
      /** A complaint that reaches stderr although there is an answer. */
      readonly complaint?: string
    }
  | { readonly lost: string; readonly place: 'status.go:178' | 'status.go:183' }

/** Looks at a profile's node as `status` and `profile list` do (clauses 15, 23, 25, 26, 28; recorded running-k8s-003 ff.). */
export async function nodeState(call: ProgramCall, config: ProfileConfig): Promise<NodeState> {
  const { Name: profile } = config
  const machine = await loadMachine(call, profile)
  if ('missing' in machine) return { place: 'status.go:183', lost: `the "${profile}" host does not exist` }
  if ('damaged' in machine) {
    const why = `filestore "${profile}": Error getting migrated host: ${machine.damaged}`
    return { place: 'status.go:178', lost: `status error: host: load: ${why}` }
  }
  const laptop = await call.machine.laptop.read()
  const unknown = containerTrouble(laptop, call, profile)
  if (unknown !== undefined) return { place: 'status.go:178', lost: `status error: host: state: ${unknown}` }
  switch (laptop.containers[profile]) {
    case 'running':
      return runningState(call, laptop, config)
    case 'paused':
      return { host: 'Paused', kubelet: 'Paused', apiserver: 'Paused', kubeconfig: 'Paused' }
    default:
      return { host: 'Stopped', kubelet: 'Stopped', apiserver: 'Stopped', kubeconfig: 'Stopped' }
  }
}

/** What `docker container inspect` had to say when the container cannot be looked at. */
export function containerTrouble(laptop: Laptop, call: ProgramCall, profile: string): string | undefined {
  const trouble = daemonTrouble(laptop, call.env, `containers/${profile}/json`)
  const text =
    trouble === undefined
      ? laptop.containers[profile] === undefined
        ? `Error response from daemon: No such container: ${profile}`
        : undefined
      : 'text' in trouble
        ? trouble.text
        : 'context deadline exceeded'
  if (text === undefined) return undefined
  return `unknown state "${profile}": docker container inspect ${profile} --format={{.State.Status}}: exit status 1\nstdout:\n\n\nstderr:\n${text}`
}

async function runningState(call: ProgramCall, laptop: Laptop, config: ProfileConfig): Promise<NodeState> {
  const node = laptop.nodes[config.Name]
  const state = (up: boolean | undefined) => (up === true ? 'Running' : 'Stopped')
  const processes = {
    host: 'Running',
    kubelet: state(node?.kubelet),
    apiserver: state(node?.apiserver),
  } as const
  if (config.Nodes[0]?.IP === '') {
    // Recorded running-k8s-139.
    const complaint = 'status.go:454] forwarded endpoint: failed to lookup ip for ""'
    return { ...processes, kubeconfig: 'Misconfigured', complaint }
  }
  const loaded = await loadKubeconfig(call)
  if ('damaged' in loaded) {
    const complaint = `status.go:457] kubeconfig endpoint: get endpoint: read kubeconfig: ${loaded.damaged}`
    return { ...processes, kubeconfig: 'Misconfigured', complaint }
  }
  switch (entryState(loaded.value, config, node)) {
    case 'right':
      return { ...processes, kubeconfig: 'Configured' }
    case 'wrong':
      return { ...processes, kubeconfig: 'Misconfigured' }
    case 'absent': {
      const path = call.env['KUBECONFIG'] ?? `${call.env['HOME'] ?? ''}/.kube/config`
      const complaint = `status.go:457] kubeconfig endpoint: get endpoint: "${config.Name}" does not appear in ${path}`
      return { ...processes, kubeconfig: 'Misconfigured', complaint }
    }
  }
}

/** A line of minikube's own log, as it reaches stderr in every mode (recorded 138). */
export function logLine(text: string): string {
  return `E1123 13:37:05.000000   12345 ${text}\n`
}
