import { daemonTrouble } from '../docker/daemon.ts'
import { pass, type ProgramCall } from '../machine.ts'
import { type Laptop, withoutProfile } from '../state.ts'
import { type Flags, isSet } from './flags.ts'
import { homeOf, loadMachine, loadProfile, removeProfileFiles } from './home.ts'
import { dropEntries } from './kubeconfig.ts'
import { output, type Output } from './output.ts'
import { deleteSteps } from './steps.ts'

/** `minikube delete` (clauses 5, 19, 21, 25, 28; recorded 027, 030, 141, running-k8s-046, 127, 151). */
export async function deleteCommand(call: ProgramCall, flags: Flags, profile: string): Promise<number> {
  const out = output(call, flags.values['output'] === 'json', deleteSteps)
  if (isSet(flags, 'all')) return deleteAll(call, flags, out)
  const { files } = call.machine
  const loaded = await loadProfile(call, profile)
  await files.write(`${homeOf(call)}/config/config.json`, '{}', { mode: 0o644 })
  if (!('value' in loaded)) return deleteUnknown(call, out, profile, 'damaged' in loaded)
  const isMade = !('missing' in (await loadMachine(call, profile)))
  out.info(`Deleting "${profile}" in ${loaded.value.Driver} ...`)
  await removeContainer(call, out, profile, 'Deleting')
  if (isMade) out.info(`Removing ${homeOf(call)}/machines/${profile} ...`)
  await removeProfileFiles(call, profile)
  // Recorded running-k8s-127: a kubeconfig that cannot be read does not keep it from going on.
  const damage = await dropEntries(call, profile)
  out.info(damage === undefined ? removed(profile) : `Trying to delete invalid profile ${profile}`)
  return 0
}

const removed = (profile: string): string => `Removed all traces of the "${profile}" cluster.`

/** A profile that is not there, or cannot be read (recorded 027, running-k8s-151: both exit 0). */
async function deleteUnknown(
  call: ProgramCall,
  out: Output,
  profile: string,
  damaged: boolean,
): Promise<number> {
  const text = `"${profile}" profile does not exist, trying anyways.`
  if (out.json) out.error(text)
  else out.warning(text)
  if (damaged) {
    out.info(`Trying to delete invalid profile ${profile}`)
    await removeContainer(call, out, profile, 'Done')
  } else {
    await removeContainer(call, out, profile, 'Deleting')
    out.info(removed(profile))
  }
  await removeProfileFiles(call, profile)
  return 0
}

async function removeContainer(call: ProgramCall, out: Output, profile: string, step: string): Promise<void> {
  const laptop = await call.machine.laptop.read()
  const reachable = daemonTrouble(laptop, call.env, 'containers/json') === undefined
  if (reachable && laptop.containers[profile] !== undefined) {
    out.step(step, `Deleting container "${profile}" ...`)
    await pass(call, 1_500)
  }
  if (reachable) await call.machine.laptop.change((now) => withoutProfile(now, profile))
}

/** It removes every node container on the machine, other homes' too: they are found by a Docker label. */
async function deleteAll(call: ProgramCall, flags: Flags, out: Output): Promise<number> {
  const { files } = call.machine
  for (const profile of await files.list(`${homeOf(call)}/profiles`)) {
    await removeProfileFiles(call, profile)
    await dropEntries(call, profile)
  }
  await call.machine.laptop.change(withoutNodes)
  out.step('Done', 'Successfully deleted all profiles')
  if (isSet(flags, 'purge')) {
    await files.remove(homeOf(call))
    out.step('Puring home dir', `Successfully purged minikube directory located at - [${homeOf(call)}]`)
  }
  return 0
}

function withoutNodes(laptop: Laptop): Laptop {
  return Object.keys(laptop.nodes).reduce(withoutProfile, laptop)
}
