import { runPlan } from '../../src/engine/run.ts'
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
  const applied = new Map<string, number>()
  const checks = new Map<string, number>()
  const steps = Object.entries(behaviours).map(([id, { needs = [] }]): Step => ({
    id,
    kind: 'files.absent',
    title: `Step ${id}`,
    want: { paths: [], what: id },
    needs,
  }))
  const ports: Ports = {
    exec: recordingExec(calls),
    files: recordingFiles(calls),
    clock,
    net: {
      get: () => Promise.reject(new Error('no network here')),
      canListen: async () => true,
    },
    host: {
      read: () => Promise.reject(new Error('no host here')),
      isAlive: () => true,
    },
    hashing: { sha256: () => ({ update: () => {}, hex: () => '' }) },
    prompts: { ask: (async (question: Question) => options.answer?.(question) ?? true) as Ports['prompts']['ask'] },
  }
  const runnerOf = (behaviour: Behaviour): Runner<Kind> => ({
    lane: behaviour.lane ?? 'cluster',
    settleMs: behaviour.settleMs ?? 0,
    async check(step, context) {
      log.push(`check ${step.id}`)
      checks.set(step.id, (checks.get(step.id) ?? 0) + 1)
      if (behaviour.checkMs !== undefined) await context.ports.clock.sleep(behaviour.checkMs, context.signal)
      const times = applied.get(step.id) ?? 0
      if (behaviour.check) return behaviour.check(context, checks.get(step.id) ?? 0, times)
      if (behaviour.isReadyAtFirst || times > 0) return { state: 'ready' }
      const changes = [{ field: step.id, to: 'there', effect: 'create' }] as const
      return { state: 'absent', changes, ...(behaviour.consent ? { consent: behaviour.consent } : {}) }
    },
    async apply(step, _found, context) {
      log.push(`apply ${step.id}`)
      if (behaviour.applyMs !== undefined) await context.ports.clock.sleep(behaviour.applyMs, context.signal)
      await behaviour.apply?.(context)
      applied.set(step.id, (applied.get(step.id) ?? 0) + 1)
      log.push(`end ${step.id}`)
    },
  })
  // The lane and the settling time belong to a kind, so each step of the lab gets a kind of its own.
  const byOrder = steps.map(({ id }) => behaviours[id] as Behaviour)
  const kinds: readonly Kind[] = [
    'machine.fit', 'tool.present', 'cluster.running', 'cluster.stopped', 'cluster.absent', 'addon.ready',
    'objects.applied', 'context.present', 'context.absent', 'sample.served', 'files.absent',
  ]
  if (steps.length > kinds.length) throw new Error('The lab has one kind per step, and no more kinds.')
  const plan: Plan = {
    schema: 'devk8s.dev/plan/v1',
    command: 'up',
    profile: 'lab',
    profileHash: '0',
    steps: steps.map((step, index) => ({ ...step, kind: kinds[index] as Kind }) as unknown as Step),
  }
  const table = Object.fromEntries(
    kinds.map((kind, index) => [
      kind,
      async () => runnerOf(byOrder[index] ?? {}),
    ]),
  ) as unknown as Runners
  return {
    clock,
    calls,
    events,
    log,
    stop,
    plan,
    run: (mode = 'change', settleEveryMs, signal = stop.signal) =>
      runPlan(plan, table, {
        mode,
        ports,
        env: {},
        emit: (body: EventBody) => events.push({ at: clock.now(), ...body }),
        signal,
        ...(settleEveryMs === undefined ? {} : { settleEveryMs }),
      }),
  }
}

/** `a:changed b:ready`, in the plan's order. */
export const outcomes = (result: RunResult) => result.steps.map(({ id, outcome }) => `${id}:${outcome}`).join(' ')
