import type { Change, Consent, Event, Json, Note, Outcome, StepHead } from '../ports/event.ts'
import type { Problem } from '../problems/problem.ts'

/** A step as the events so far tell of it. */
export interface StepRecord extends StepHead {
  readonly phase?: 'check' | 'apply' | 'settle'
  /** When it began to be worked on, by the events' own clock. */
  readonly startedAt?: number
  readonly progress?: Omit<Extract<Event, { type: 'step.progress' }>, 'type' | 'id' | 'at'>
  readonly outcome?: Outcome
  readonly changes: readonly Change[]
  readonly notes: readonly Note[]
  readonly detail: Readonly<Record<string, Json>>
  readonly durationMs: number
  readonly problem?: Problem
  readonly consent?: Consent
}

export type CommandRecord = Omit<Extract<Event, { type: 'command.ran' }>, 'type' | 'at'>

/** A run as its events so far tell of it: what every listener shows parts of. */
export interface RunRecord {
  readonly command: string
  readonly version: string
  readonly profile?: string
  readonly mode: 'look' | 'change'
  readonly rehearsal?: string
  readonly startedAt: number
  /** Of the plan that is run now, or was last; with how it is run. */
  readonly steps: readonly StepRecord[]
  readonly planMode?: 'look' | 'change'
  /** Not of a step. */
  readonly notes: readonly Note[]
  readonly commands: readonly CommandRecord[]
  /** Not of a step: what stopped the run. */
  readonly problems: readonly Problem[]
  readonly finished?: { readonly exit: number; readonly durationMs: number; readonly next: readonly string[] }
}

export const emptyRecord: RunRecord = {
  command: '',
  version: '',
  mode: 'look',
  startedAt: 0,
  steps: [],
  notes: [],
  commands: [],
  problems: [],
}

/** The record after one more event. */
export function record(run: RunRecord, event: Event): RunRecord {
  switch (event.type) {
    case 'run.started': {
      const { type: _, at, ...started } = event
      return { ...run, ...started, startedAt: at }
    }
    case 'plan.ready':
      return {
        ...run,
        ...(event.profile === undefined ? {} : { profile: event.profile }),
        planMode: event.mode ?? run.mode,
        steps: event.steps.map((head) => ({ ...head, changes: [], notes: [], detail: {}, durationMs: 0 })),
      }
    case 'step.started':
    case 'step.progress':
    case 'step.settling':
    case 'step.finished':
      return withStep(run, event.id, (step) => recordStep(step, event))
    case 'command.ran': {
      const { type: _, at: __, ...command } = event
      return { ...run, commands: [...run.commands, command] }
    }
    case 'asked':
    // What others wrote is shown as it comes, and not kept.
    case 'output':
      return run
    case 'note': {
      const note = { level: event.level, text: event.text }
      return event.step === undefined
        ? { ...run, notes: [...run.notes, note] }
        : withStep(run, event.step, (step) => ({ ...step, notes: [...step.notes, note] }))
    }
    case 'problem':
      return { ...run, problems: [...run.problems, event.problem] }
    case 'run.finished': {
      const { exit, durationMs, next } = event
      return { ...run, finished: { exit, durationMs, next } }
    }
  }
}

type StepEvent = Extract<Event, { type: `step.${string}` }>

function recordStep(step: StepRecord, event: StepEvent): StepRecord {
  switch (event.type) {
    case 'step.started': {
      // From the change on, the time is that of the change: the check before it was a moment ago.
      const isFirst = step.startedAt === undefined || event.phase === 'apply'
      const begun = { ...step, phase: event.phase, startedAt: isFirst ? event.at : step.startedAt }
      return event.phase === 'apply' ? { ...begun, progress: {} } : begun
    }
    case 'step.progress': {
      const { type: _, id: __, at: ___, ...progress } = event
      return { ...step, progress: { ...step.progress, ...progress } }
    }
    case 'step.settling':
      return {
        ...step,
        phase: 'settle',
        progress: event.message === undefined ? {} : { message: event.message },
      }
    case 'step.finished': {
      const { type: _, at: __, notes, ...end } = event
      const { phase: ___, progress: ____, ...before } = step
      return { ...before, ...end, notes: [...step.notes, ...notes] }
    }
  }
}

function withStep(run: RunRecord, id: string, change: (step: StepRecord) => StepRecord): RunRecord {
  return { ...run, steps: run.steps.map((step) => (step.id === id ? change(step) : step)) }
}

/** Ready, but for what only making it anew would change. */
export const isDiffering = ({ outcome, changes }: Pick<StepRecord, 'outcome' | 'changes'>): boolean =>
  outcome === 'ready' && changes.some(({ effect }) => effect === 'recreate')

/** Nothing stands in the way, and whether it is as wanted could not be seen for now: its check says `state: unknown`. */
export const isUnsure = ({ outcome, detail }: Pick<StepRecord, 'outcome' | 'detail'>): boolean =>
  outcome === 'ready' && detail['state'] === 'unknown'

/** It is set up as wanted, and does not give all that it is for: its check says `state: lacking`. */
export const isLacking = ({ outcome, detail }: Pick<StepRecord, 'outcome' | 'detail'>): boolean =>
  outcome === 'ready' && detail['state'] === 'lacking'

/** Why a step was passed over: the titles of the steps before it that did not get there. */
export function obstaclesOf(step: StepRecord, steps: readonly StepRecord[]): readonly string[] {
  const byId = new Map(steps.map((each) => [each.id, each]))
  const found = new Set<string>()
  const visit = (id: string): void => {
    const need = byId.get(id)
    if (need === undefined || need.outcome === 'ready' || need.outcome === 'changed') return
    if (need.outcome === 'later') for (const deeper of need.needs) visit(deeper)
    else found.add(need.title)
  }
  for (const need of step.needs) visit(need)
  return [...found]
}
