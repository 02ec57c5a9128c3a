import type { Event } from '../ports/event.ts'
import type { LiveRegion } from './live-region.ts'
import { nextProblemLines, problemsOf } from './problem.ts'
import { progressLines } from './progress.ts'
import { emptyRecord, record } from './record.ts'
import type { RunRecord, StepRecord } from './record.ts'
import { columnsOf } from '../world.ts'
import type { ReportEnd, Reporter, ReporterOptions } from './reporter.ts'
import { writeClosing } from './closing.ts'
import { writeOutput } from './output.ts'
import { askedLine, commandLine, headerLine, rehearsalStart } from './run-lines.ts'
import { finishedLines, isMachineCheck, machineLines, noteLines } from './step-lines.ts'
import type { Page } from './step-lines.ts'

const frameMs = 100

/**
 * For a person at a terminal: finished steps scroll by on stderr, what is under way lives in a region below
 * them, the result goes to stdout. Drawn ten times a second by the clock, and never while a question is open.
 */
export function createTtyReporter(options: ReporterOptions, region: LiveRegion): Reporter {
  const display = new TtyDisplay(options, region)
  return { emit: (event) => display.emit(event), close: (end) => display.close(end) }
}

class TtyDisplay {
  readonly #options: ReporterOptions
  readonly #region: LiveRegion
  readonly #stopTicking = new AbortController()
  #run: RunRecord = emptyRecord
  #frame = 0
  #isTicking = false
  #hasHeader = false
  /** Lines that wait for an open question to be answered. */
  #held: string[] = []

  constructor(options: ReporterOptions, region: LiveRegion) {
    this.#options = options
    this.#region = region
  }

  emit(event: Event): void {
    if (event.type === 'output') {
      this.#region.clear()
      writeOutput(event, this.#options)
      return
    }
    this.#run = record(this.#run, event)
    this.#print(this.#linesOf(event))
    if (event.type === 'step.progress' && event.asking === true) this.#region.release()
    if (event.type === 'step.started' && !this.#isTicking) {
      this.#isTicking = true
      void this.#tick()
    }
    if (event.type === 'step.finished') this.#afterStep()
    if (event.type === 'run.finished') this.#stop()
  }

  close(end: ReportEnd): void {
    this.#stop()
    writeClosing(this.#run, end, this.#options)
  }

  #linesOf(event: Event): readonly string[] {
    const page = this.#page()
    switch (event.type) {
      case 'run.started':
        return event.rehearsal === undefined ? [] : rehearsalStart(event.rehearsal, page)
      case 'plan.ready':
        return this.#header(page)
      case 'step.finished':
        return this.#run.planMode === 'look' ? [] : this.#finished(event.id, page)
      case 'command.ran':
        return this.#options.showCommands || this.#options.verbose ? [commandLine(event, page)] : []
      case 'asked':
        return event.by === 'person' ? [] : [askedLine(event, page)]
      case 'note':
        // Those of a step are told when it is finished, below its line.
        return event.step === undefined ? noteLines([event], page, '') : []
      case 'problem':
        return nextProblemLines(event.problem, this.#run.problems.slice(0, -1), page.theme, page.columns)
      case 'step.started':
      case 'step.progress':
      case 'step.settling':
      case 'output':
      case 'run.finished':
        return []
    }
  }

  #header(page: Page): readonly string[] {
    if (this.#hasHeader || this.#run.planMode === 'look') return []
    this.#hasHeader = true
    return [headerLine(this.#run, page)]
  }

  /** Checks of the machine are told together once all are done. */
  #finished(id: string, page: Page): readonly string[] {
    const { steps } = this.#run
    const step = steps.find((each) => each.id === id)
    // What waits is told once, in the summary, with what it waits for.
    if (step === undefined || step.outcome === 'would-change' || step.outcome === 'later') return []
    if (isMachineCheck(step)) {
      const checks = steps.filter(isMachineCheck)
      return checks.every(({ outcome }) => outcome !== undefined) ? this.#machine(checks, page) : []
    }
    return [...finishedLines(step, steps, page), ...problemsOf([step], steps, page)]
  }

  #machine(checks: readonly StepRecord[], page: Page): readonly string[] {
    return [...machineLines(checks, page), ...problemsOf(checks, this.#run.steps, page)]
  }

  /**
   * Once nothing is under way, the region goes at once and not at the next frame: a question may be asked before
   * that (`destroy`). With `status --watch` the latest view stands where it was.
   */
  #afterStep(): void {
    const { watch, view } = this.#options
    const { steps } = this.#run
    if (steps.some(({ outcome }) => outcome === undefined)) return
    if (watch !== true) this.#region.release()
    else if (view !== undefined) this.#region.draw(view(steps, this.#page()).trimEnd().split('\n'))
  }

  get #isAsking(): boolean {
    return this.#run.steps.some(({ progress }) => progress?.asking === true)
  }

  #print(lines: readonly string[]): void {
    this.#held.push(...lines)
    if (this.#held.length === 0 || this.#isAsking) return
    this.#region.clear()
    this.#options.stderr.write(`${this.#held.join('\n')}\n`)
    this.#held = []
    this.#draw()
  }

  #draw(): void {
    if (this.#isAsking || !this.#isTicking || this.#stopTicking.signal.aborted) return
    // A watched view is not wiped by the looking that renews it.
    if (this.#options.watch === true && this.#options.view !== undefined) return
    const moment = { nowMs: this.#options.clock.now(), frame: this.#frame }
    this.#region.draw(progressLines(this.#run, moment, this.#page()))
  }

  async #tick(): Promise<void> {
    const { signal } = this.#stopTicking
    while (!signal.aborted) {
      this.#draw()
      this.#frame += 1
      // Aborted by close: there is nothing more to draw.
      await this.#options.clock.sleep(frameMs, signal).catch(() => undefined)
    }
  }

  #stop(): void {
    if (!this.#stopTicking.signal.aborted) this.#stopTicking.abort()
    this.#region.release()
    if (this.#held.length > 0) this.#options.stderr.write(`${this.#held.join('\n')}\n`)
    this.#held = []
  }

  #page(): Page {
    return { theme: this.#options.theme, columns: columnsOf(this.#options.stderr) }
  }
}
