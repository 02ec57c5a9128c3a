import type { Command, Exec, HowToRun, Ran } from '../ports/exec.ts'
import { Secret } from '../ports/secret.ts'
import { docker } from './docker/docker.ts'
import { kubectlProgram } from './kubectl-program.ts'
import { KilledBy, type Machine, type ProgramCall } from './machine.ts'
import { minikube } from './minikube/minikube.ts'
import { readHeader } from './simulated-file.ts'

/** A call that hangs is ended no later than this at speed 1, whatever its timeout: nobody rehearses for ten minutes. */
const longestHangMs = 8_000

export interface ExecOptions {
  readonly machine: Omit<Machine, 'caller' | 'isAlive'>
  /** For `~` and for programs that were given no KUBECONFIG. */
  readonly home: string
}

/**
 * The exec port of a rehearsal: routes a command to the simulated program. A managed tool must lie at its absolute
 * path, as a file that the simulated downloads made; `docker` is found on PATH while the laptop has it; nothing
 * else is installed.
 */
export function simulatedExec({ machine, home }: ExecOptions): Exec {
  const alive = new Set<string>()
  let count = 0
  return {
    async find(program) {
      const { docker: state } = await machine.laptop.read()
      return program === 'docker' && state.state !== 'absent' ? '/usr/bin/docker' : undefined
    },
    async run(command, how) {
      count += 1
      const caller = `rehearsal ${machine.clock.now()} ${count}`
      alive.add(caller)
      try {
        return await runOnce(command, how, { ...machine, caller, isAlive: (name) => alive.has(name) }, home)
      } finally {
        alive.delete(caller)
      }
    },
  }
}

async function runOnce(command: Command, how: HowToRun, machine: Machine, home: string): Promise<Ran> {
  const startedMs = machine.clock.monotonic()
  const lines = collector(how)
  const end = (ran: Pick<Ran, 'outcome' | 'exitCode' | 'signal'>): Ran => {
    lines.flush()
    const durationMs = machine.clock.monotonic() - startedMs
    return { ...ran, stdout: lines.text(1), stderr: lines.text(2), durationMs }
  }
  if (how.signal.aborted) return end({ outcome: 'aborted', exitCode: null, signal: null })
  const version = await versionOf(command, machine)
  if (version === undefined) return end({ outcome: 'not-found', exitCode: null, signal: null })
  const { signal } = how
  const call: ProgramCall = {
    argv: command.args,
    env: { HOME: home, ...plainEnv(command) },
    stdin: stdinOf(command),
    version,
    machine,
    signal,
    out: (text) => lines.add(1, text),
    err: (text) => lines.add(2, text),
    hang: async () => {
      await machine.clock.sleep(Math.min(how.timeoutMs / 4, longestHangMs) / machine.speed, signal)
      throw new TimedOut()
    },
  }
  try {
    return end({ outcome: 'exited', exitCode: await play(command, call), signal: null })
  } catch (error) {
    if (error instanceof KilledBy) return end({ outcome: 'signalled', exitCode: null, signal: error.signal })
    if (signal.aborted) return end({ outcome: 'aborted', exitCode: null, signal: 'SIGTERM' })
    if (error instanceof TimedOut) return end({ outcome: 'timed-out', exitCode: null, signal: 'SIGTERM' })
    throw error
  }
}

/** The call's deadline came while the program hung. Only a fault makes one hang, so only there is it looked at. */
class TimedOut extends Error {}

async function play(command: Command, call: ProgramCall): Promise<number> {
  switch (command.tool) {
    case 'minikube':
      return minikube(call)
    case 'kubectl':
      return kubectlProgram(call)
    default:
      return docker(call)
  }
}

/** The program's version, or undefined when there is no such program on the laptop. */
async function versionOf(command: Command, machine: Machine): Promise<string | undefined> {
  const laptop = await machine.laptop.read()
  if (command.tool === 'docker')
    return laptop.docker.state === 'absent' ? undefined : laptop.docker.clientVersion
  if (command.tool !== 'minikube' && command.tool !== 'kubectl') return undefined
  if (!/^([/\\]|[a-zA-Z]:)/.test(command.program)) return undefined
  const start = await firstBytes(machine, command.program)
  const header = start === undefined ? undefined : readHeader(start)
  return header?.tool === command.tool ? header.version : undefined
}

async function firstBytes(machine: Machine, path: string): Promise<string | undefined> {
  if ((await machine.files.stat(path))?.kind !== 'file') return undefined
  for await (const chunk of machine.files.readStream(path)) {
    return new TextDecoder().decode(chunk.subarray(0, 400))
  }
  return undefined
}

/** A secret in the environment stays one: no simulated program needs it. */
function plainEnv(command: Command): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(command.env ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
}

/** The last moment before a value leaves devk8s, as in the real exec adapter: what is piped to kubectl is stored. */
function stdinOf({ stdin }: Command): string {
  return stdin instanceof Secret ? Secret.reveal(stdin) : (stdin ?? '')
}

/** Keeps the output and hands on whole lines as they come. */
function collector(how: HowToRun) {
  const whole: Record<1 | 2, string> = { 1: '', 2: '' }
  const open: Record<1 | 2, string> = { 1: '', 2: '' }
  return {
    add(fd: 1 | 2, text: string) {
      whole[fd] += text
      const parts = `${open[fd]}${text}`.split('\n')
      open[fd] = parts.pop() ?? ''
      for (const line of parts) how.onLine?.(fd, line)
    },
    flush() {
      for (const fd of [1, 2] as const) {
        if (open[fd] !== '') how.onLine?.(fd, open[fd])
        open[fd] = ''
      }
    },
    text: (fd: 1 | 2) => whole[fd],
  }
}
