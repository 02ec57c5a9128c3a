import { pass, type ProgramCall } from '../machine.ts'
import { withContainer } from '../state.ts'
import { type Flags, isSet } from './flags.ts'
import { homeOf, loadProfile } from './home.ts'
import { dropEntries } from './kubeconfig.ts'
import { containerTrouble } from './node-state.ts'
import { sayNoProfile } from './no-profile.ts'
import { output, type Output } from './output.ts'
import { stopSteps } from './steps.ts'

/** `minikube stop` (clauses 18, 25; recorded running-k8s-035, 044, 051, 104, 126, running-058, 113). */
export async function stop(call: ProgramCall, flags: Flags, profile: string): Promise<number> {
  const lines: string[] = []
  const out = output(call, flags.values['output'] === 'json', stopSteps, (line) => lines.push(line))
  const loaded = await loadProfile(call, profile)
  if ('missing' in loaded) return sayNoProfile(call, out, profile)
  if ('damaged' in loaded) {
    const message = `Error getting cluster config: unmarshal: ${loaded.damaged}`
    return out.fatal({ name: 'HOST_CONFIG_LOAD', exit: 38, message, box: 'file' })
  }
  const code = await powerOff(call, out, profile)
  if (code !== 0) return code
  if (!isSet(flags, 'keep-context-active')) {
    const damage = await dropEntries(call, profile)
    if (damage !== undefined) {
      const message = `delete ctx: Error getting kubeconfig status: ${damage}`
      return out.fatal({ name: 'HOST_KUBECONFIG_DELETE_CTX', exit: 38, message, box: 'file' })
    }
  }
  out.step('Done', '1 node stopped.')
  const path = `${homeOf(call)}/profiles/${profile}/events.json`
  await call.machine.files.write(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o644 })
  return 0
}

async function powerOff(call: ProgramCall, out: Output, profile: string): Promise<number> {
  const stopping = () => out.step('Stopping', `Stopping node "${profile}"  ...`)
  stopping()
  const laptop = await call.machine.laptop.read()
  const trouble = containerTrouble(laptop, call, profile)
  if (trouble !== undefined) {
    for (const waitMs of [1_200, 1_100, 1_750, 2_070]) {
      await pass(call, waitMs)
      stopping()
    }
    const shown = trouble.replace('{{.State.Status}}', '<no value>')
    const message = `Unable to stop VM: ssh power off: ${shown}`
    return out.fatal({ name: 'GUEST_STOP_TIMEOUT', exit: 82, message, box: 'file' })
  }
  // A paused one has no ssh to power it off by (recorded running-113); a stopped one needs none (running-058).
  if (laptop.containers[profile] === 'running') {
    out.step('PowerOff', `Powering off "${profile}" via SSH ...`)
    await pass(call, 1_100)
  }
  await call.machine.laptop.change((now) => withContainer(now, profile, 'exited'))
  return 0
}
