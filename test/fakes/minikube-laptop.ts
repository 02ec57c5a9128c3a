import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realFiles } from '../../src/adapters/files.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { laptopStore, type LaptopStore } from '../../src/simulator/laptop-store.ts'
import { KilledBy, type Machine, type ProgramCall } from '../../src/simulator/machine.ts'
import { docker } from '../../src/simulator/docker/docker.ts'
import { minikube } from '../../src/simulator/minikube/minikube.ts'
import { type Laptop, newLaptop } from '../../src/simulator/state.ts'
import type { Clock } from '../../src/ports/clock.ts'

/** What one run of a simulated program came to: the fields of a recording. */
export interface Run {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Added to the recordings' variables; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly faults?: readonly Fault[]
  /** Killed after so many ms of the real program's time, as the recordings were. */
  readonly killAfterMs?: number
  /** Killed as soon as this is printed. */
  readonly killAt?: string
  /** Once `at` is printed, time stands still for this run until `until` is over. */
  readonly hold?: { readonly at: string; readonly until: () => Promise<void> }
}

/** The laptop of the recordings, and programs that run on it without waiting. */
export interface TestLaptop {
  readonly folder: string
  readonly home: string
  readonly store: LaptopStore
  run(line: readonly string[], options?: RunOptions): Promise<Run>
}

/**
 * A laptop in a new temp folder, by default the one of the recordings: no internet, images in the cache, Docker
 * 20.10 with 2 processors and 24105 MiB, and 192.168.49 taken by another network.
 */
export async function recordedLaptop(
  change: (laptop: Laptop) => Laptop = (laptop) => laptop,
): Promise<TestLaptop> {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-sim-'))
  // Slashes on Windows too: the recordings have them, and Node takes them.
  const home = join(folder, 'home').replaceAll('\\', '/')
  const files = realFiles()
  const fresh = newLaptop('linux')
  const recorded: Laptop = {
    ...fresh,
    internet: 'none',
    imagesCached: true,
    networks: { dbg: '192.168.49' },
    docker: { ...fresh.docker, cpus: 2, serverVersion: '20.10.24+dfsg1', serverApi: '1.41' },
  }
  const time = { ms: 0 }
  const store = laptopStore(folder, files, steppingClock(time), () => change(recorded))
  const alive = new Set<string>()
  let count = 0
  return {
    folder,
    home,
    store,
    async run(line, options = {}) {
      const [program = '', ...argv] = line
      count += 1
      const caller = `call ${count}`
      const killed = new AbortController()
      const startedMs = time.ms
      const text = { out: '', err: '' }
      const onStep = () => {
        const { killAfterMs } = options
        if (killAfterMs !== undefined && time.ms - startedMs >= killAfterMs) killed.abort('SIGKILL')
      }
      const clock = steppingClock(time, onStep, async () => {
        if (options.hold !== undefined && text.out.includes(options.hold.at)) await options.hold.until()
      })
      const machine: Machine = {
        laptop: store,
        files,
        clock,
        // One simulated ms for each recorded one.
        speed: 0.25,
        faults: options.faults ?? [],
        caller,
        isAlive: (name) => alive.has(name),
      }
      const call: ProgramCall = {
        argv,
        env: defined({ HOME: home, ...recordedEnv(home), ...options.env }),
        stdin: '',
        version: 'v1.38.1',
        machine,
        signal: killed.signal,
        out: (more) => {
          text.out += more
          if (options.killAt !== undefined && more.includes(options.killAt)) killed.abort('SIGKILL')
        },
        err: (more) => {
          text.err += more
        },
        hang: async () => {
          for (;;) await clock.sleep(1000, killed.signal)
        },
      }
      alive.add(caller)
      try {
        const exitCode = await (program === 'docker' ? docker(call) : minikube(call))
        return { exitCode, signal: null, stdout: text.out, stderr: text.err }
      } catch (error) {
        const signal =
          error instanceof KilledBy ? error.signal : killed.signal.aborted ? 'SIGKILL' : undefined
        if (signal === undefined) throw error
        return { exitCode: null, signal, stdout: text.out, stderr: text.err }
      } finally {
        alive.delete(caller)
      }
    },
  }
}

/** The variables of the recordings, in their order. */
export function recordedEnv(home: string): Readonly<Record<string, string>> {
  return {
    TERM: 'xterm-256color',
    MINIKUBE_HOME: `${home}/.minikube`,
    KUBECONFIG: `${home}/.kube/config`,
    MINIKUBE_IN_STYLE: 'false',
    LC_ALL: 'C',
  }
}

/** Time that passes as it is slept, and only then; each sleep lets the others have a turn. */
function steppingClock(
  time: { ms: number },
  onStep: () => void = () => {},
  hold: () => Promise<void> = async () => {},
): Clock {
  const begin = Date.UTC(2026, 10, 23, 13, 37, 5)
  return {
    now: () => begin + time.ms,
    monotonic: () => time.ms,
    async sleep(ms, signal) {
      await hold()
      if (signal?.aborted) throw new Error(String(signal.reason))
      const until = time.ms + ms
      // In small steps, so that a kill comes at its moment.
      while (time.ms < until) {
        time.ms = Math.min(until, time.ms + 100)
        onStep()
        if (signal?.aborted) throw new Error(String(signal.reason))
      }
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    },
  }
}

function defined(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
