import type { Event } from '../ports/event.ts'
import { writeClosing } from './closing.ts'
import { nextProblemLines, problemLines, problemsOf } from './problem.ts'
import { emptyRecord, record } from './record.ts'
import type { RunRecord, StepRecord } from './record.ts'
import { columnsOf } from '../world.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { askedLine, commandLine, headerLine, rehearsalEnd, rehearsalStart } from './run-lines.ts'
import { finishedLines, isMachineCheck, machineLines, noteLines } from './step-lines.ts'
import type { Page } from './step-lines.ts'
import { oneLine } from './text.ts'
import { headline } from './summary.ts'
import { writeOutput } from './output.ts'
import { formatBytes, formatDuration } from './units.ts'

/** Progress of a step is told at most this often. */
const progressEveryMs = 5000

/**
 * For logs: whole lines on stderr, each behind the time since the start, nothing drawn over; the result on
 * stdout. A change is told when it begins, every five seconds while it goes on, and when it has ended.
 */
export function createLinesReporter(options: ReporterOptions): Reporter {
  const page: Page = { theme: options.theme, columns: columnsOf(options.stderr) }
  const toldAt = new Map<string, number>()
  let run: RunRecord = emptyRecord
  /** A fault of the command line comes before any run has started. */
  let firstAt: number | undefined
  return {
    emit(event) {
      if (event.type === 'output') {
        writeOutput(event, options)
        return
      }
      run = record(run, event)
      firstAt ??= event.at
      const stamp = page.theme.faint(`[${formatDuration(event.at - firstAt).padStart(7)}]`)
      for (const line of lines(event, run, page, options, toldAt)) options.stderr.write(`${stamp} ${line}\n`)
    },
    close(end) {
      writeClosing(run, end, options)
    },
  }
}

function lines(
  event: Event,
  run: RunRecord,
  page: Page,
  options: ReporterOptions,
  toldAt: Map<string, number>,
): readonly string[] {
  switch (event.type) {
    case 'run.started':
      return event.rehearsal === undefined ? [] : rehearsalStart(event.rehearsal, page)
    case 'plan.ready':
      return run.planMode === 'look' ? [] : [headerLine(run, page)]
    case 'step.started': {
      const step = run.steps.find(({ id }) => id === event.id)
      if (event.phase === 'check' || step === undefined) return []
      toldAt.set(event.id, event.at)
      return [`${page.theme.change(page.theme.signs.arrow)} ${oneLine(step.title)}`]
    }
    case 'step.progress':
    case 'step.settling':
      return progressLine(event.id, event.at, run, toldAt)
    case 'step.finished':
      return run.planMode === 'look' ? [] : finished(event.id, run.steps, page)
    case 'command.ran':
      return options.showCommands || options.verbose ? [commandLine(event, page)] : []
    case 'asked':
      return event.by === 'person' ? [] : [askedLine(event, page)]
    case 'note':
      // Those of a step are told when it is finished, below its line.
      return event.step === undefined ? noteLines([event], page, '') : []
    case 'problem':
      return nextProblemLines(event.problem, run.problems.slice(0, -1), page.theme, page.columns)
    case 'output':
    case 'run.finished':
      return []
  }
}

function progressLine(
  id: string,
  at: number,
  run: RunRecord,
  toldAt: Map<string, number>,
): readonly string[] {
  const last = toldAt.get(id)
  const step = run.steps.find((each) => each.id === id)
  if (last === undefined || at - last < progressEveryMs || step === undefined) return []
  toldAt.set(id, at)
  const { message, bytes, totalBytes } = step.progress ?? {}
  const amount =
    bytes === undefined
      ? []
      : [
          totalBytes === undefined
            ? formatBytes(bytes)
            : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
        ]
  const words = [...(message === undefined || message === '' ? [] : [oneLine(message)]), ...amount]
  const what =
    words.length > 0 ? words.join(', ') : step.phase === 'settle' ? 'waiting until it is there' : 'at work'
  return [`  ${oneLine(step.title)}: ${what}`]
}

function finished(id: string, steps: readonly StepRecord[], page: Page): readonly string[] {
  const step = steps.find((each) => each.id === id)
  // What waits is told once, in the summary, with what it waits for.
  if (step === undefined || step.outcome === 'later') return []
  if (!isMachineCheck(step)) {
    return [...finishedLines(step, steps, page), ...problemsOf([step], steps, page)]
  }
  const checks = steps.filter(isMachineCheck)
  if (checks.some(({ outcome }) => outcome === undefined)) return []
  return [...machineLines(checks, page), ...problemsOf(checks, steps, page)]
}

/** `--quiet`: what failed, and one line about it, on stderr; the answer of a command that asks on stdout. */
export function createQuietReporter(options: ReporterOptions): Reporter {
  const page: Page = { theme: options.theme, columns: columnsOf(options.stderr) }
  let run: RunRecord = emptyRecord
  return {
    emit(event) {
      run = record(run, event)
      if (event.type === 'output') writeOutput(event, options)
      if (event.type === 'run.started' && event.rehearsal !== undefined) {
        options.stderr.write(`${rehearsalStart(event.rehearsal, page).join('\n')}\n`)
      }
      const problem = event.type === 'problem' || event.type === 'step.finished' ? event.problem : undefined
      if (problem === undefined) return
      options.stderr.write(`${problemLines(problem, page.theme, page.columns).join('\n')}\n`)
    },
    close({ text }) {
      if (text !== undefined) options.stdout.write(text)
      else if (run.steps.length > 0 && run.finished?.exit !== 0)
        options.stderr.write(`${headline(run, page)}\n`)
      if (run.rehearsal !== undefined) options.stderr.write(`${rehearsalEnd(page)}\n`)
    },
  }
}
