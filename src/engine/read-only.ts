import type { Ports } from '../ports/ports.ts'
import { changeWhileLooking } from '../problems/bugs.ts'
import { fail } from '../problems/problem.ts'
import { beforeChanges } from './changes.ts'

/**
 * Ports through which nothing can be changed: a Command that changes something, and every writing method
 * of Files, throws DK9002 before it reaches the outside. Every check is given these, in both modes, so that
 * "looking changes nothing" is kept by the engine and not by discipline.
 */
export function readOnlyPorts(ports: Ports): Ports {
  return beforeChanges(ports, ({ what }) => fail(changeWhileLooking, { detail: `Stopped: ${what}` }))
}
