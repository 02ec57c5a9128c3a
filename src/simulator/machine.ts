import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { Fault } from './faults.ts'
import type { LaptopStore } from './laptop-store.ts'

/** What a simulated program runs on. */
export interface Machine {
  readonly laptop: LaptopStore
  readonly files: Files
  readonly clock: Clock
  /** 1 = a cluster starts in about two seconds; larger is faster. */
  readonly speed: number
  readonly faults: readonly Fault[]
  /** Names this call among those that use the laptop at the same time. */
  readonly caller: string
  /** Whether a call of that name is still under way. */
  isAlive(caller: string): boolean
  /** Called whenever a program meets a fault that leaves no other trace: a step may be ready all the same. */
  readonly onStrike?: () => void
}

/** One call of a simulated program. */
export interface ProgramCall {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: string
  /** The version of the program file, e.g. `v1.38.1`. */
  readonly version: string
  readonly machine: Machine
  /** Aborted = killed by a signal: nothing is cleaned up. */
  readonly signal: AbortSignal
  out(text: string): void
  err(text: string): void
  /** Goes silent and never comes back: it ends when whoever called ends it. */
  hang(): Promise<never>
}

/** A rehearsal is four times as fast as what was recorded, and no silence is longer than this (in recorded ms). */
const longestSilenceMs = 6_000
const hasteFactor = 4

/**
 * Lets time pass: `recordedMs` is how long the real program took.
 * @throws the signal's reason when the call is killed meanwhile.
 */
export async function pass(call: Pick<ProgramCall, 'machine' | 'signal'>, recordedMs: number): Promise<void> {
  const { clock, speed } = call.machine
  await clock.sleep(Math.min(recordedMs, longestSilenceMs) / (hasteFactor * speed), call.signal)
}

/** The value of the fault of that name, when it is to be played. */
export function faultOf(machine: Pick<Machine, 'faults'>, name: string): string | undefined {
  return machine.faults.find((fault) => fault.name === name)?.value
}

/** A program that a signal ended: no exit code, nothing cleaned up (minikube.md, clause 22). */
export class KilledBy extends Error {
  override readonly name = 'KilledBy'
  readonly signal: string
  constructor(signal: string) {
    super(`killed by ${signal}`)
    this.signal = signal
  }
}
