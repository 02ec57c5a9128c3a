import type { ProgramCall } from '../machine.ts'
import type { Output } from './output.ts'

/** A profile that does not exist: 85, two info events or two plain lines, no error event (clause 3). */
export function sayNoProfile(call: ProgramCall, out: Output, profile: string): number {
  return sayTwoLines(
    call,
    out,
    profile,
    `Profile "${profile}" not found. Run "minikube profile list" to view all profiles.`,
    85,
  )
}

/**
 * A node that does not run, where a command needs one: 83 in the same form (clause 20; recorded running-059, 067, and
 * running-111 for a paused one).
 */
export function sayNotRunning(
  call: ProgramCall,
  out: Output,
  profile: string,
  state: 'Stopped' | 'Paused' = 'Stopped',
): number {
  return sayTwoLines(
    call,
    out,
    profile,
    `The control-plane node ${profile} host is not running: state=${state}`,
    83,
  )
}

function sayTwoLines(call: ProgramCall, out: Output, profile: string, first: string, exit: number): number {
  const which = profile === 'minikube' ? '' : ` -p ${profile}`
  const second = `To start a cluster, run: "minikube start${which}"`
  if (out.json) {
    out.info(first)
    out.info(second)
  } else call.out(`* ${first}\n  ${second}\n`)
  return exit
}
