import type { ProgramCall } from '../machine.ts'
import type { Flags } from './flags.ts'
import { homeOf, loadProfile } from './home.ts'
import { loadKubeconfig, saveKubeconfig, entryState, withEntries } from './kubeconfig.ts'
import { containerTrouble } from './node-state.ts'
import { sayNoProfile, sayNotRunning } from './no-profile.ts'
import { output } from './output.ts'

const commit = 'c93a4cb9311efc66b90d33ea03f75f2c4120e9b0'

/** Recorded 001-003. */
export function version(call: ProgramCall, flags: Flags): number {
  if (flags.values['output'] === 'json') {
    call.out(`${JSON.stringify({ commit, minikubeVersion: call.version })}\n`)
  } else if (flags.values['short'] === 'true') call.out(`${call.version}\n`)
  else call.out(`minikube version: ${call.version}\ncommit: ${commit}\n`)
  return 0
}

/** Recorded 018, running-020, 059, 120. */
export async function ip(call: ProgramCall, profile: string): Promise<number> {
  const out = output(call, false, [])
  const loaded = await loadProfile(call, profile)
  if (!('value' in loaded)) return sayNoProfile(call, out, profile)
  const laptop = await call.machine.laptop.read()
  const trouble = containerTrouble(laptop, call, profile)
  if (trouble !== undefined) {
    const message = `Unable to get control-plane node ${profile} host status: state: ${trouble}\n`
    return out.fatal({ name: 'GUEST_STATUS', exit: 80, message })
  }
  if (laptop.containers[profile] !== 'running') return sayNotRunning(call, out, profile)
  call.out(`${loaded.value.Nodes[0]?.IP ?? ''}\n`)
  return 0
}

/** Recorded 042, running-049: the sections that minikube itself keeps; a node's own logs are not simulated. */
export async function logs(call: ProgramCall, flags: Flags, profile: string): Promise<number> {
  const lastStart = await call.machine.files.readText(`${homeOf(call)}/logs/lastStart.txt`)
  const loaded = await loadProfile(call, profile)
  const missing = `Last start log file not found at ${homeOf(call)}/logs/lastStart.txt`
  const text = `\n==> Audit <==\n\n\n==> Last Start <==\n${lastStart ?? missing}\n`
  const file = flags.values['file']
  if (file === undefined) call.out(text)
  else await call.machine.files.write(file, text)
  return 'value' in loaded ? 0 : sayNoProfile(call, output(call, false, []), profile)
}

/** Recorded 022, running-066, running-k8s-020, 023, 111. */
export async function updateContext(call: ProgramCall, profile: string): Promise<number> {
  const out = output(call, false, [])
  const loaded = await loadProfile(call, profile)
  if (!('value' in loaded)) return sayNoProfile(call, out, profile)
  const laptop = await call.machine.laptop.read()
  if (laptop.containers[profile] !== 'running') return sayNotRunning(call, out, profile)
  const kubeconfig = await loadKubeconfig(call)
  if ('damaged' in kubeconfig) {
    return out.fatal({
      name: 'HOST_KUBECONFIG_UPDATE',
      exit: 30,
      message: `update config: ${kubeconfig.damaged}`,
    })
  }
  if (entryState(kubeconfig.value, loaded.value, laptop.nodes[profile]) === 'right') {
    call.out(`! No changes required for the "${profile}" context\n`)
    await saveKubeconfig(call, { ...kubeconfig.value, currentContext: profile })
  } else {
    const node = loaded.value.Nodes[0]
    call.out(`* "${profile}" context has been updated to point to ${node?.IP ?? ''}:${node?.Port ?? 8443}\n`)
    // Its own words for the namespace are lost (recorded running-k8s-111).
    const plain = {
      ...loaded.value,
      KubernetesConfig: { ...loaded.value.KubernetesConfig, Namespace: 'default' },
    }
    await saveKubeconfig(call, withEntries(call, kubeconfig.value, plain, laptop.nodes[profile], true))
  }
  call.out(`* Current context is "${profile}"\n`)
  return 0
}
