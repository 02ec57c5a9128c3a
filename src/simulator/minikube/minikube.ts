import type { ProgramCall } from '../machine.ts'
import { addons } from './addons.ts'
import { deleteCommand } from './delete.ts'
import { type Flags, isKnownCommand, isSet, parseFlags } from './flags.ts'
import { audit, makeHome } from './home.ts'
import { activeProfile, profileCommand } from './profile-list.ts'
import { ip, logs, updateContext, version } from './small-commands.ts'
import { ssh } from './ssh.ts'
import { start } from './start.ts'
import { unparsableValue } from './start-flag-refusals.ts'
import { status } from './status.ts'
import { stop } from './stop.ts'

/**
 * One run of minikube, as its behaviour page says (minikube.md). Writes to `call.out` and `call.err` as time
 * passes and gives the exit code.
 * @throws KilledBy when the program dies by a signal of its own, or the reason of `call.signal`.
 */
export async function minikube(call: ProgramCall): Promise<number> {
  const command = call.argv[0]
  if (command === undefined || command === '--help' || command === 'help') {
    call.out(
      'minikube provisions and manages local Kubernetes clusters optimized for development workflows.\n',
    )
    return 0
  }
  if (!isKnownCommand(command)) {
    call.err(`Error: unknown command "${command}" for "minikube"\nRun 'minikube --help' for usage.\n`)
    return 14
  }
  const flags = parseFlags(call.argv)
  const wrong = 'error' in flags ? flags.error : unparsableValue(flags)
  if (wrong !== undefined || 'error' in flags) {
    call.err(`Error: ${wrong ?? ''}\nSee 'minikube ${command} --help' for usage.\n`)
    return 14
  }
  await makeHome(call)
  const profile = flags.values['profile'] ?? (await activeProfile(call))
  const isAudited = !['version', 'status', 'profile'].includes(command) && !isSet(flags, 'skip-audit')
  if (isAudited) await audit(call, profile)
  return run(call, command, flags, profile)
}

async function run(call: ProgramCall, command: string, flags: Flags, profile: string): Promise<number> {
  switch (command) {
    case 'start':
      return start(call, flags, profile)
    case 'stop':
      return stop(call, flags, profile)
    case 'delete':
      return deleteCommand(call, flags, profile)
    case 'status':
      return status(call, flags, profile)
    case 'profile':
      return profileCommand(call, flags)
    case 'addons':
      return addons(call, flags, profile)
    case 'ip':
      return ip(call, profile)
    case 'logs':
      return logs(call, flags, profile)
    case 'ssh':
      return ssh(call, flags, profile)
    case 'update-context':
      return updateContext(call, profile)
    default:
      return version(call, flags)
  }
}
