import { recordsOf } from './plan-view.ts'
import type { RunRecord } from './record.ts'
import { columnsOf } from '../world.ts'
import type { ReportEnd, ReporterOptions } from './reporter.ts'
import { rehearsalEnd } from './run-lines.ts'
import type { Page } from './step-lines.ts'
import { nextLines, summaryLines } from './summary.ts'

/**
 * The end of a report for people: on stdout the answer, the view of what was found, or the report of what was
 * done; on stderr what to run after an answer, and that it was a rehearsal.
 */
export function writeClosing(run: RunRecord, end: ReportEnd, options: ReporterOptions): void {
  const { stdout, stderr, resultTheme, theme } = options
  const text = closingText(run, end, options.view, { theme: resultTheme, columns: columnsOf(stdout) })
  // Set apart from the lines above, where both go to the same terminal.
  if (text !== '' && end.text === undefined && stdout.isTTY && stderr.isTTY) stderr.write('\n')
  stdout.write(text)
  // What a command answers is for whoever asked, be it a program: what to run next stands beside it.
  if (end.text !== undefined) writeNext(run, options)
  if (run.steps.length === 0 && run.problems.length > 1) {
    stderr.write(`${theme.bad(`${theme.signs.bad} ${run.problems.length} problems`)}\n`)
  }
  if (run.rehearsal !== undefined) stderr.write(`${rehearsalEnd({ theme, columns: columnsOf(stderr) })}\n`)
}

function writeNext(run: RunRecord, { stderr, theme }: ReporterOptions): void {
  for (const line of nextLines(run.finished?.next ?? [], theme)) stderr.write(`${line}\n`)
}

function closingText(run: RunRecord, end: ReportEnd, view: ReporterOptions['view'], page: Page): string {
  if (end.text !== undefined) return end.text
  if (run.steps.length === 0) return ''
  if (view === undefined) return `${summaryLines(run, page).join('\n')}\n`
  if (end.result === undefined) return ''
  const next = nextLines(run.finished?.next ?? [], page.theme)
  return `${view(recordsOf(end.result, run.steps), page)}${next.map((line) => `${line}\n`).join('')}`
}
