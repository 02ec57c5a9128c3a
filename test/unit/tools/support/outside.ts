import { noAws, noPrograms } from '../../../fakes/nothing.ts'
import { realExec } from '../../../../src/adapters/exec.ts'
import { realFiles } from '../../../../src/adapters/files.ts'
import { realHashing } from '../../../../src/adapters/hash.ts'
import { realHost } from '../../../../src/adapters/host.ts'
import { realNet } from '../../../../src/adapters/net.ts'
import type { StepContext } from '../../../../src/plan/step.ts'
import type { Clock } from '../../../../src/ports/clock.ts'
import type { Note } from '../../../../src/ports/event.ts'
import type { Ports } from '../../../../src/ports/ports.ts'

/** A clock that only moves when somebody sleeps; `slept` lists for how long, in ms. */
export function manualClock(): Clock & { readonly slept: number[] } {
  let at = 1_700_000_000_000
  const slept: number[] = []
  return {
    slept,
    now: () => at,
    monotonic: () => at,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      slept.push(ms)
      at += ms
    },
  }
}

/** The real ports but for the clock and nobody to ask; `over` replaces some. */
export function testPorts(over: Partial<Ports> = {}): Ports {
  return {
    exec: realExec({ env: { PATH: process.env['PATH'] } }),
    files: realFiles(),
    net: realNet({ env: {} }),
    host: realHost(),
    clock: manualClock(),
    hashing: realHashing(),
    programs: noPrograms,
    aws: noAws,
    prompts: {
      ask: () => Promise.reject(new Error('nothing is asked here')),
    },
    ...over,
  }
}

export interface TestContext extends StepContext {
  readonly notes: Note[]
  readonly seen: Parameters<StepContext['progress']>[0][]
}

/** What a runner is given in the tests: `once` remembers for the life of the context. */
export function testContext(
  ports: Ports,
  env: StepContext['env'] = {},
  signal: AbortSignal = new AbortController().signal,
): TestContext {
  const memory = new Map<string, Promise<unknown>>()
  const notes: Note[] = []
  const seen: Parameters<StepContext['progress']>[0][] = []
  return {
    ports,
    env,
    signal,
    notes,
    seen,
    progress: (what) => void seen.push(what),
    note: (note) => void notes.push(note),
    once<T>(key: string, read: () => Promise<T>): Promise<T> {
      const known = memory.get(key) ?? read()
      memory.set(key, known)
      return known as Promise<T>
    },
  }
}
