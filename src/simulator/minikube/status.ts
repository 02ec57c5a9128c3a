import { pass, type ProgramCall } from '../machine.ts'
import type { Flags } from './flags.ts'
import { loadProfile } from './home.ts'
import { logLine, nodeState, type NodeState } from './node-state.ts'
import { output } from './output.ts'
import { sayNoProfile } from './no-profile.ts'

/** `minikube status` (clauses 3, 15, 23, 25, 26, 28). The exit code adds up: host 1, Kubernetes 2, kubeconfig 4. */
export async function status(call: ProgramCall, flags: Flags, profile: string): Promise<number> {
  const json = flags.values['output'] === 'json'
  const out = output(call, json, [])
  const loaded = await loadProfile(call, profile)
  if ('missing' in loaded) return sayNoProfile(call, out, profile)
  if ('damaged' in loaded) {
    const message = `Error getting cluster config: unmarshal: ${loaded.damaged}`
    return out.fatal({ name: 'HOST_CONFIG_LOAD', exit: 38, message, box: 'file' })
  }
  await pass(call, 80)
  const state = await nodeState(call, loaded.value)
  if ('lost' in state) {
    const again = state.lost.startsWith('status error:') ? state.lost : `status error: ${state.lost}`
    call.err(logLine(`${state.place}] ${state.lost}`) + logLine(`status.go:127] ${again}`))
    if (json) call.out('null')
    return 7
  }
  if (state.complaint !== undefined) call.err(logLine(state.complaint))
  call.out(json ? asJson(profile, state) : asText(profile, state))
  return exitCode(state)
}

type Known = Exclude<NodeState, { lost: string }>

function asJson(profile: string, state: Known): string {
  return JSON.stringify({
    Name: profile,
    Host: state.host,
    Kubelet: state.kubelet,
    APIServer: state.apiserver,
    Kubeconfig: state.kubeconfig,
    Worker: false,
  })
}

function asText(profile: string, state: Known): string {
  const { host, kubelet, apiserver, kubeconfig } = state
  return `${profile}\ntype: Control Plane\nhost: ${host}\nkubelet: ${kubelet}\napiserver: ${apiserver}\nkubeconfig: ${kubeconfig}\n\n`
}

function exitCode(state: Known): number {
  const host = state.host === 'Running' ? 0 : 1
  const kubernetes = state.kubelet === 'Running' && state.apiserver === 'Running' ? 0 : 2
  const kubeconfig = state.kubeconfig === 'Configured' ? 0 : 4
  return host + kubernetes + kubeconfig
}
