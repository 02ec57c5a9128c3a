import { noAws, noPrograms } from '../fakes/nothing.ts'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realFiles } from '../../src/adapters/files.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import type { StepContext } from '../../src/plan/step.ts'
import type { Command, Ran } from '../../src/ports/exec.ts'
import type { HostFacts } from '../../src/ports/host.ts'
import type { Net } from '../../src/ports/net.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { manualClock } from '../engine/manual-clock.ts'

export const kubectl = { program: '/opt/kubectl', kubeconfig: '/data/kubeconfig/devk8s', context: 'devk8s' }

export const minikube = {
  program: '/opt/minikube',
  home: '/home/dev/.minikube',
  kubeconfig: '/data/kubeconfig/devk8s',
  profile: 'devk8s',
}

export function ended(exitCode: number, stdout: string, stderr = ''): Ran {
  return { outcome: 'exited', exitCode, signal: null, stdout, stderr, durationMs: 1 }
}

/** The part of kubectl after the options that name the cluster. */
export function verbOf({ args }: Command): readonly string[] {
  return args.slice(5)
}

export interface Lab {
  readonly home: string
  readonly context: StepContext
  readonly ports: Ports
  readonly commands: Command[]
  readonly messages: string[]
  /** As the engine does when a step has changed something. */
  forget(): void
}

/** A step's context over real files in a new folder, a clock that sleeps at once, and the handed-in programs. */
export async function lab(
  parts: {
    readonly kubectl?: (command: Command) => Ran
    readonly net?: Partial<Net>
    readonly host?: Partial<HostFacts>
    readonly signal?: AbortSignal
  } = {},
): Promise<Lab> {
  const home = await mkdtemp(join(tmpdir(), 'devk8s-step-'))
  const commands: Command[] = []
  const messages: string[] = []
  const memory = new Map<string, Promise<unknown>>()
  const absent = (what: string) => () => Promise.reject(new Error(`this test has no ${what}`))
  const ports: Ports = {
    files: realFiles(),
    hashing: realHashing(),
    programs: noPrograms,
    aws: noAws,
    clock: manualClock({ auto: true }),
    exec: {
      run: async (command) => {
        commands.push(command)
        return parts.kubectl?.(command) ?? ended(1, '', 'error: this test has no kubectl')
      },
      find: absent('PATH'),
    },
    net: { get: absent('network'), canListen: absent('network'), ...parts.net },
    host: {
      read: async () => ({ platform: 'linux', wsl: false, ...parts.host }) as HostFacts,
      isAlive: () => false,
    },
    prompts: { ask: absent('person') },
  }
  const context: StepContext = {
    ports,
    env: {},
    signal: parts.signal ?? new AbortController().signal,
    progress: ({ message }) => void messages.push(message ?? ''),
    note: ({ text }) => void messages.push(text),
    once<T>(key: string, read: () => Promise<T>): Promise<T> {
      const found = memory.get(key) ?? read()
      memory.set(key, found)
      return found as Promise<T>
    },
  }
  return { home, context, ports, commands, messages, forget: () => memory.clear() }
}
