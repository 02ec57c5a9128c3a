import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import { docker } from './docker/docker.ts'
import { parseFaults } from './faults.ts'
import { kubectlProgram } from './kubectl-program.ts'
import { laptopStore } from './laptop-store.ts'
import { KilledBy, type Machine, type ProgramCall } from './machine.ts'
import { minikube } from './minikube/minikube.ts'
import { newLaptop } from './state.ts'

export const simulatedPrograms = ['minikube', 'kubectl', 'docker'] as const
export type SimulatedProgram = (typeof simulatedPrograms)[number]

/** A process that plays one of the laptop's programs. */
export interface ProgramWorld {
  readonly program: SimulatedProgram
  readonly argv: readonly string[]
  /** `DEVK8S_SIM_STATE`: the laptop's folder. `DEVK8S_SIM_VERSION`, `DEVK8S_SIM_SPEED` as they say. */
  readonly env: Readonly<Record<string, string>>
  readonly files: Files
  readonly clock: Clock
  readonly pid: number
  isAlive(pid: number): boolean
  readStdin(): Promise<string>
  out(text: string): void
  err(text: string): void
}

/** How a program's process has to end. */
export type ProgramEnd = { readonly exitCode: number } | { readonly signal: string }

/**
 * The simulator's second door: a program on PATH, for runs with real processes and real files. Its state is the
 * folder's `laptop.json`, shared by all programs of the laptop; each call is a line in `calls.jsonl`; `faults.txt`
 * holds the faults to play, one a line. A signal from outside ends the process at once, as it ends minikube.
 */
export async function runProgram(world: ProgramWorld): Promise<ProgramEnd> {
  const { env, files, clock, program, argv, pid } = world
  const folder = env['DEVK8S_SIM_STATE']
  if (folder === undefined) {
    world.err(`simulated ${program}: DEVK8S_SIM_STATE is not set\n`)
    return { exitCode: 125 }
  }
  await files.makeFolder(folder)
  await files.append(`${folder}/calls.jsonl`, `${JSON.stringify({ program, argv, pid, at: clock.now() })}\n`)
  const faults = parseFaults(
    ((await files.readText(`${folder}/faults.txt`)) ?? '').split('\n').filter(Boolean),
  )
  if ('unknown' in faults) {
    world.err(`simulated ${program}: unknown fault ${faults.unknown.join(', ')}\n`)
    return { exitCode: 125 }
  }
  const machine: Machine = {
    laptop: laptopStore(folder, files, clock, () => newLaptop('linux')),
    files,
    clock,
    speed: Number(env['DEVK8S_SIM_SPEED'] ?? '1'),
    faults: faults.faults,
    caller: String(pid),
    isAlive: (caller) => world.isAlive(Number(caller)),
  }
  try {
    return { exitCode: await play(await callOf(world, machine), program) }
  } catch (error) {
    if (error instanceof KilledBy) return { signal: error.signal }
    throw error
  }
}

async function callOf(world: ProgramWorld, machine: Machine): Promise<ProgramCall> {
  const readsStdin = world.program === 'kubectl' && world.argv.includes('-')
  return {
    argv: world.argv,
    env: world.env,
    stdin: readsStdin ? await world.readStdin() : '',
    version: world.env['DEVK8S_SIM_VERSION'] ?? (world.program === 'kubectl' ? 'v1.35.1' : 'v1.38.1'),
    machine,
    signal: new AbortController().signal,
    out: world.out,
    err: world.err,
    hang: async () => {
      for (;;) await machine.clock.sleep(1_000)
    },
  }
}

async function play(call: ProgramCall, program: SimulatedProgram): Promise<number> {
  switch (program) {
    case 'minikube':
      return minikube(call)
    case 'kubectl':
      return kubectlProgram(call)
    case 'docker':
      return docker(call)
  }
}
