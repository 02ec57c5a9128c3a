import type { RunResult } from '../engine/result.ts'
import type { Clock } from '../ports/clock.ts'
import type { Event, Json } from '../ports/event.ts'
import type { OutStream } from '../world.ts'
import type { StepRecord } from './record.ts'
import type { Page } from './step-lines.ts'
import type { Theme } from './theme.ts'

/** A listener to one run. Writes what it is told; decides nothing. */
export interface Reporter {
  readonly emit: (event: Event) => void
  /** Ends the report, after `run.finished`. */
  readonly close: (end: ReportEnd) => void
}

/** What a command leaves besides its events. */
export interface ReportEnd {
  /** The answer of a command that asks, for programs and for people. */
  readonly value?: Json
  readonly text?: string
  /** Of the plan that was run last. */
  readonly result?: RunResult
}

export interface ReporterOptions {
  readonly stdout: OutStream
  readonly stderr: OutStream
  /** For stderr. */
  readonly theme: Theme
  /** For stdout, which may go somewhere else. */
  readonly resultTheme: Theme
  readonly verbose: boolean
  readonly showCommands: boolean
  readonly clock: Clock
  /** How a looking command shows what it found; none for one that changes. */
  readonly view?: (steps: readonly StepRecord[], page: Page) => string
  /** The view is shown again whenever the plan has been run again (`status --watch`). */
  readonly watch?: boolean
}
