import { runPlan } from '../../src/engine/run.ts'
import { noAws, noPrograms } from '../fakes/nothing.ts'
import type { RunResult } from '../../src/engine/result.ts'
import type { Finding, Kind, Lane, Plan, Runner, Runners, Step, StepContext } from '../../src/plan/step.ts'
import type { Event, EventBody } from '../../src/ports/event.ts'
import type { Command, Exec, Ran } from '../../src/ports/exec.ts'
import type { Files } from '../../src/ports/files.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Question } from '../../src/ports/prompts.ts'
import { manualClock } from './manual-clock.ts'
import type { ManualClock } from './manual-clock.ts'

export const ran: Ran = {
  outcome: 'exited',
  exitCode: 0,
  signal: null,
  stdout: '',
  stderr: '',
  durationMs: 7,
}

/** Files that exist only as a record of which writing calls were made. */
export function recordingFiles(calls: string[]): Files {
  const write = (name: string) => async (path: string) => {
    calls.push(`${name} ${path}`)
  }
  return {
    readText: async () => 'text',
    async *readStream() {
      yield new Uint8Array()
    },
    stat: async () => undefined,
    list: async () => [],
    realPath: async (path) => path,
    freeBytes: async () => 1,
    readLink: async () => undefined,
    link: async (path) => {
      calls.push(`link ${path}`)
      return true
    },
    write: write('write'),
    append: write('append'),
    rename: write('rename'),
    syncFolder: write('syncFolder'),
    makeFolder: write('makeFolder'),
    chmod: write('chmod'),
    remove: write('remove'),
    createExclusive: async (path) => {
      calls.push(`createExclusive ${path}`)
      return true
    },
    openWriter: async (path) => {
      calls.push(`openWriter ${path}`)
      return { write: async () => {}, sync: async () => {}, close: async () => {} }
    },
  }
}

export function recordingExec(calls: string[]): Exec {
  return {
    run: async (command: Command) => {
      calls.push([command.program, ...command.args].join(' '))
      return ran
    },
    find: async (program) => `/bin/${program}`,
  }
}

/** What a step of the lab does, beyond "absent, then applied, then ready". */
export interface Behaviour {
  readonly needs?: readonly string[]
  readonly after?: readonly string[]
  readonly lane?: Lane
  readonly settleMs?: number
  readonly applyMs?: number
  readonly checkMs?: number
  readonly consent?: Question
  readonly isReadyAtFirst?: boolean
  check?(context: StepContext, checks: number, applied: number): Promise<Finding> | Finding
  apply?(context: StepContext): Promise<void>
}

export interface Lab {
  readonly clock: ManualClock
  readonly calls: string[]
  readonly events: Event[]
  readonly log: string[]
  /** Interrupts the run that is under way. */
  readonly stop: AbortController
  readonly plan: Plan
  /** The signal is the lab's own unless another is given. */
  run(mode?: 'look' | 'change', settleEveryMs?: number, signal?: AbortSignal): Promise<RunResult>
}

/** The lane and the settling time belong to a kind, so each step of the lab gets a kind of its own. */
const kinds: readonly Kind[] = [
  'machine.fit',
  'tool.present',
  'cluster.running',
  'cluster.stopped',
  'cluster.absent',
  'addon.ready',
  'objects.applied',
  'context.present',
  'context.absent',
  'sample.served',
  'files.absent',
]

/** A plan of in-memory steps by id, and an engine to run it on; `log` holds `check a`, `apply a`, `end a`. */
export function lab(
  behaviours: Readonly<Record<string, Behaviour>>,
  options: { readonly auto?: boolean; readonly answer?: (question: Question) => Promise<unknown> } = {},
): Lab {
  const clock = manualClock({ auto: options.auto ?? true })
  const calls: string[] = []
  const events: Event[] = []
  const log: string[] = []
  const stop = new AbortController()
  const ports = labPorts(clock, calls, options.answer ?? (async () => true))
  const plan = labPlan(behaviours)
  const runners = labRunners(Object.values(behaviours), log)
  return {
    clock,
    calls,
    events,
    log,
    stop,
    plan,
    run: (mode = 'change', settleEveryMs, signal = stop.signal) =>
      runPlan(plan, runners, {
        mode,
        ports,
        env: {},
        emit: (body: EventBody) => events.push({ at: clock.now(), ...body }),
        signal,
        ...(settleEveryMs === undefined ? {} : { settleEveryMs }),
      }),
  }
}

function labPorts(
  clock: ManualClock,
  calls: string[],
  answer: (question: Question) => Promise<unknown>,
): Ports {
  return {
    exec: recordingExec(calls),
    files: recordingFiles(calls),
    clock,
    net: { get: () => Promise.reject(new Error('no network here')), canListen: async () => true },
    host: { read: () => Promise.reject(new Error('no host here')), isAlive: () => true },
    hashing: {
      sha256: () => ({ update: () => {}, hex: () => '' }),
      hmacSha256: () => new Uint8Array(),
      certificateEnd: () => undefined,
    },
    programs: noPrograms,
    aws: noAws,
    prompts: { ask: answer as Ports['prompts']['ask'] },
  }
}

function labPlan(behaviours: Readonly<Record<string, Behaviour>>): Plan {
  const steps = Object.entries(behaviours).map(([id, { needs = [], after = [] }], at) => {
    const kind = kinds[at]
    if (kind === undefined) throw new Error(`The lab has ${kinds.length} kinds, one for each step.`)
    return { id, kind, title: `Step ${id}`, want: {}, needs, after } as unknown as Step
  })
  return { schema: 'devk8s.dev/plan/v1', command: 'up', profile: 'lab', profileHash: '0', steps }
}

function labRunners(behaviours: readonly Behaviour[], log: string[]): Runners {
  const loaders = kinds.map((kind, at) => {
    const runner = labRunner(behaviours[at] ?? {}, log)
    return [kind, async () => runner] as const
  })
  return Object.fromEntries(loaders) as unknown as Runners
}

function labRunner(behaviour: Behaviour, log: string[]): Runner<Kind> {
  let checks = 0
  let applied = 0
  return {
    lane: behaviour.lane ?? 'cluster',
    settleMs: behaviour.settleMs ?? 0,
    async check(step, context) {
      log.push(`check ${step.id}`)
      checks += 1
      if (behaviour.checkMs !== undefined) await context.ports.clock.sleep(behaviour.checkMs, context.signal)
      if (behaviour.check) return behaviour.check(context, checks, applied)
      if (behaviour.isReadyAtFirst || applied > 0) return { state: 'ready' }
      const changes = [{ field: step.id, to: 'there', effect: 'create' }] as const
      return { state: 'absent', changes, ...(behaviour.consent ? { consent: behaviour.consent } : {}) }
    },
    async apply(step, _found, context) {
      log.push(`apply ${step.id}`)
      if (behaviour.applyMs !== undefined) await context.ports.clock.sleep(behaviour.applyMs, context.signal)
      await behaviour.apply?.(context)
      applied += 1
      log.push(`end ${step.id}`)
    },
  }
}

/** `a:changed b:ready`, in the plan's order. */
export const outcomes = (result: RunResult) =>
  result.steps.map(({ id, outcome }) => `${id}:${outcome}`).join(' ')
