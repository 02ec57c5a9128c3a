import type { Problem } from '../problems/problem.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** One difference between what is and what is wanted. */
export interface Change {
  /** `cluster.memoryMiB`, or a path on disk. */
  readonly field: string
  readonly from?: string
  readonly to?: string
  /** How it comes about; `recreate` is named, never done, unless the user asks for it. */
  readonly effect: 'create' | 'in-place' | 'restart' | 'recreate' | 'remove' | 'unsupported'
}

/** The question that a change asks first: what is at stake, and the flag that answers it. */
export interface Consent {
  readonly id: string
  readonly text: string
  readonly details: readonly string[]
  readonly flag: string
}

export type Outcome =
  | 'ready' // it was already so
  | 'changed'
  | 'would-change' // look mode
  | 'later' // behind an unmet need: its answer would be a guess
  | 'blocked' // the check found a problem
  | 'failed' // the change did not come about
  | 'declined' // the person said no
  | 'cancelled' // interrupted

export interface StepHead {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly needs: readonly string[]
}

/** Everything a run has to say. Terminal, log, JSON and tests are listeners to one stream of these. */
export type Event = { readonly at: number } & (
  | {
      readonly type: 'run.started'
      readonly command: string
      readonly version: string
      readonly profile?: string
      readonly mode: 'look' | 'change'
      /** The folder of the simulated laptop, when nothing is real. */
      readonly rehearsal?: string
    }
  | {
      readonly type: 'plan.ready'
      /** Name of the profile it was made from. */
      readonly profile?: string
      readonly steps: readonly StepHead[]
      /** A changing command may look first; how this very plan is run. */
      readonly mode?: 'look' | 'change'
    }
  | { readonly type: 'step.started'; readonly id: string; readonly phase: 'check' | 'apply' }
  | {
      readonly type: 'step.progress'
      readonly id: string
      /** What is being done now, e.g. minikube's own words. */
      readonly message?: string
      /** 0 to 1, when it can be known. */
      readonly fraction?: number
      readonly bytes?: number
      readonly totalBytes?: number
      readonly bytesPerS?: number
      /** True while this step's question is before the person, false when it no longer is: a live display keeps still. */
      readonly asking?: boolean
    }
  | { readonly type: 'step.settling'; readonly id: string; readonly message?: string }
  | {
      readonly type: 'step.finished'
      readonly id: string
      readonly outcome: Outcome
      readonly changes: readonly Change[]
      readonly notes: readonly Note[]
      readonly detail: Readonly<Record<string, Json>>
      readonly durationMs: number
      readonly problem?: Problem
      /** With `would-change`: what would be asked before the change. */
      readonly consent?: Consent
    }
  | {
      readonly type: 'command.ran'
      readonly tool: string
      /** The program and its arguments; secrets cannot be among them. */
      readonly argv: readonly string[]
      readonly changes: boolean
      readonly outcome: string
      readonly exitCode: number | null
      readonly durationMs: number
      /** `simulated` in a rehearsal. */
      readonly simulated: boolean
    }
  | {
      readonly type: 'asked'
      /** The question's id, which never changes. */
      readonly question: string
      /** Its words, for people. */
      readonly text?: string
      readonly answer: string
      readonly by: 'person' | 'flag' | 'fallback'
    }
  | ({ readonly type: 'note'; readonly step?: string } & Note)
  /** A line that a program of the person's own has written (the verb `exec`), for the stream it was written to. */
  | {
      readonly type: 'output'
      /** Whose line it is: a context. */
      readonly source: string
      /** Of the longest source, so that the lines of all begin at one column. */
      readonly width: number
      readonly color?: OutputColor
      readonly fd: 1 | 2
      readonly text: string
    }
  | { readonly type: 'problem'; readonly problem: Problem }
  | {
      readonly type: 'run.finished'
      readonly exit: number
      readonly durationMs: number
      readonly next: readonly string[]
    }
)

export type OutputColor = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'white'

export interface Note {
  readonly level: 'info' | 'warning'
  readonly text: string
}

type Spread<E> = E extends unknown ? Omit<E, 'at'> : never
/** An event before the clock has stamped it. */
export type EventBody = Spread<Event>

export type Emit = (event: EventBody) => void
